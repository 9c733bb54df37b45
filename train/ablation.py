"""What each mechanism of the network adds: trained with it and without, on the same rows, from the same seed.

Each seed deals the files out anew to the parts, and starts the network from other weights; all variants meet
the same deals and starts. So a variant is compared with the network as it is deal by deal: the difference is
surer than either figure, as what makes a deal hard makes it hard for both.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

import numpy as np

from harvest.records import Record
from harvest.records.record import Amount, Count, FreeForm, Many, Number
from train.contest import tried
from train.dataset import DataRequest, Dataset, build
from train.fit import fit
from train.recipe import Recipe
from train.table import SOURCES

AS_IT_IS = "as it is"

VARIANTS: Mapping[str, Mapping[str, FreeForm]] = {
    AS_IT_IS: {},
    "without attention": {"attention": False},
    "without adaptive weights": {"adaptive_weights": False},
    "without reweighting": {"coupling_weight": 0.0},
    "without ranking": {"pairwise_weight": 0.0},
    "without all four": {
        "attention": False,
        "adaptive_weights": False,
        "coupling_weight": 0.0,
        "pairwise_weight": 0.0,
    },
    "without layer norm": {"layer_norm": False},
    "without dropout": {"dropout": 0.0},
    "with beta 2": {"beta": 2.0},
    "with anti-collapse": {"variance_weight": 0.05},
}
"""What of the recipe is changed, by what a person calls it."""


class Run(Record):
    """One variant, trained once."""

    seed: Count
    rank_correlation: Number | None
    """Of held-out rows; None where the network orders nothing."""
    quality_std: Amount
    """Of quality01 over held-out rows that somebody scored."""
    elite_auc: Number | None
    seconds: Amount


class Variant(Record):
    """One variant, from all seeds."""

    name: str
    changed: Mapping[str, FreeForm]
    runs: Many[Run]


def ablate(
    request: DataRequest, recipe: Recipe, seeds: Sequence[int], told: Callable[[int, int], None]
) -> tuple[Variant, ...]:
    """Train every variant from every seed; all of a seed see the same rows."""
    runs: dict[str, list[Run]] = {name: [] for name in VARIANTS}
    for place, seed in enumerate(seeds):
        data = build(replace(request, seed=seed))
        for at, (name, changed) in enumerate(VARIANTS.items()):
            runs[name].append(_run(data, recipe.model_copy(update={**changed, "seed": seed})))
            told(place * len(VARIANTS) + at + 1, len(seeds) * len(VARIANTS))
    return tuple(
        Variant(name=name, changed=changed, runs=tuple(runs[name])) for name, changed in VARIANTS.items()
    )


def _run(data: Dataset, recipe: Recipe) -> Run:
    began = time.monotonic()
    with TemporaryDirectory(prefix="harvest-") as folder:
        fitted = fit(data.train, data.validation, recipe, Path(folder))
    found = tried("network", recipe.seed, began, fitted.predict, data)
    scored = data.test[data.test.source != SOURCES.index("neg")]
    return Run(
        seed=recipe.seed,
        rank_correlation=found.held_out.rank_correlation.value,
        quality_std=float(np.std(found.calibration(fitted.predict(scored)))),
        elite_auc=found.held_out.elite_auc.value,
        seconds=round(found.seconds, 3),
    )


COLUMNS = ("network", "seeds", "rank correlation", "beside as it is", "quality01 std", "elite AUC", "seconds")


def lines(variants: Sequence[Variant]) -> Iterator[tuple[str, ...]]:
    """Give a person the variants, each with its spread over seeds; columns as in `COLUMNS`."""
    ours = next(variant for variant in variants if variant.name == AS_IT_IS)
    for variant in variants:
        orders = [run.rank_correlation for run in variant.runs]
        yield (
            variant.name,
            str(len(variant.runs)),
            _spelled(orders),
            "" if variant is ours else _difference(orders, [run.rank_correlation for run in ours.runs]),
            _spelled([run.quality_std for run in variant.runs]),
            _spelled([run.elite_auc for run in variant.runs]),
            f"{fmean(run.seconds for run in variant.runs):.0f}",
        )


def _spelled(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "none"
    return f"{fmean(known):.3f}" + (f" ± {stdev(known):.3f}" if len(known) > 1 else "")


def _difference(theirs: Sequence[float | None], ours: Sequence[float | None]) -> str:
    """Give the mean difference deal by deal, with its standard error; equal is what had nothing to do."""
    apart = [
        one - other for one, other in zip(theirs, ours, strict=True) if one is not None and other is not None
    ]
    if not apart:
        return "none"
    if not any(apart):
        return "the same"
    return f"{fmean(apart):+.3f}" + (f" ± {stdev(apart) / len(apart) ** 0.5:.3f}" if len(apart) > 1 else "")
