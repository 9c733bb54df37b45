"""`harvest bench ablation`: what each mechanism of the network adds, from your own labels."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from orchestrate import show
from orchestrate.asking import Learning
from orchestrate.chosen import chosen_packs
from orchestrate.config import Resolved
from orchestrate.endings import interruptible, refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable, telling
from orchestrate.help import AsJson, examples
from orchestrate.learning import labels, with_list
from orchestrate.progress import counting
from orchestrate.train import DataLists, Packs
from train.recipe import Recipe

_FEW_NEGATIVES = 10_000
"""Fewer are quicker, and every variant sees the same."""
_FIXED = (
    "batch_size",
    "lr",
    "extra_eval_weight",
    "neg_weight",
    "neg_min_pair_distance",
    "min_quality_std",
)
"""What makes no difference between variants."""

EXAMPLES = examples(
    ("harvest bench ablation --packs a --elite elite.json --eval artifacts/coupled-eval/…", "30 trainings"),
    ("harvest bench ablation --packs a --data-list data.txt --seeds 5 --json", "surer, for machines"),
)


@configurable("presets", "web")
@telling(Learning, but=_FIXED)
def ablation(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    said: Mapping[str, Any],
    packs: Packs,
    data_list: DataLists = None,
    seeds: Annotated[int, typer.Option(min=1, max=20, help="Trainings of each network.")] = 3,
    json: AsJson = False,
) -> ExitCode:
    """Train the network with one mechanism off at a time, and tell what that changes on held-out presets.

    Takes labels as harvest train does, and ten trainings a seed: half an hour for 3 seeds and 3,000 pairs on
    one core. Every variant sees the same rows from the same seeds, dealt out anew for each seed; the column
    "beside as it is" is the mean difference with its standard error: within twice that it may be chance.
    "The same" had nothing to do: adaptive weights need runs that measured S and T. Nothing is kept.
    """
    from train.ablation import COLUMNS, ablate, lines  # noqa: PLC0415 - torch takes seconds to load

    with refusing("nothing was kept"):
        asked = with_list(Learning.model_validate({"neg_samples": _FEW_NEGATIVES, **said}), data_list)
        data = labels(asked, tuple(chosen_packs(packs, resolved).values()), resolved.config)
        with interruptible(), counting("trainings") as told:
            recipe = Recipe(epochs=asked.epochs, device=asked.device)
            found = ablate(data, recipe, range(seeds), told)
    if json:
        show.as_json({"variants": [each.model_dump(mode="json", by_alias=True) for each in found]})
    else:
        show.rows(COLUMNS, list(lines(found)))
    return ExitCode.OK
