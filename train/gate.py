"""Whether the page may read the scores of a model. Pure; what cannot be shown does not pass.

Each check says passed, failed, or undecided where the data are too few: where the floor that is asked for
cannot be told from chance by so many rows. Most are of the model, and a pack's scores pass if all of these do
and those of that pack; nothing is passed as a whole unless every check is.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import Literal

from harvest.records import QualityFile, QualityStats, Record
from harvest.records.record import Count, Many, Number
from train.giveaway import Giveaway
from train.metrics import Estimate, Metrics

Outcome = Literal["passed", "failed", "undecided"]

NETWORK = "network"

_ONE_SIDED = 1.645
"""Standard errors that chance exceeds once in 20 times."""
_FEWEST_SHUFFLED = 5
_NEARLY_ONE = 0.999


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is asked of a model; None where something is not asked."""

    quality_std: float = 0.03
    p50_above_min: float = 0.05
    rank_correlation: float = 0.2
    elite_auc: float | None = 0.65
    """The layers of a negative come from pairs that may be good: even the truth stays below 0.9."""
    elite_pass: float | None = 0.7
    slope: float = 0.5
    """Of scores over quality01 on held-out rows; what is stretched to twice its width has 0.5."""
    leak: float = 0.95
    """No single feature may order held-out rows so well."""
    believable: float = 0.995
    """Nor may the model: labels are never so clean."""
    scored_rows: int = 30
    elite_rows: int = 10


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that the verdict rests on; metrics are of held-out rows and quality01."""

    chosen: str
    metrics: Mapping[str, Metrics]
    """By the name of the model."""
    shuffled: Sequence[Metrics]
    """Of the chosen kind of model, trained on shuffled labels."""
    giveaway: Giveaway
    quality: Sequence[QualityFile]
    """What would be written, by pack."""

    @property
    def ours(self) -> Metrics:
        """Of the chosen model."""
        return self.metrics[self.chosen]


class Check(Record):
    """One thing asked of a model."""

    name: str
    value: Number | None
    threshold: Number | None
    verdict: Outcome
    sentence: str
    needed: Count | None = None
    """Rows it would take to decide, where there are too few."""
    pack: str | None = None
    """Whose scores it is about; None: it is about the model, and so about all packs."""


class Verdict(Record):
    """What the gate says."""

    verdict: Outcome
    """Passed only if everything is: the model, and each pack."""
    checks: Many[Check]
    packs: Mapping[str, Outcome] = {}
    """By pack: what the checks of the model and its own come to. The scores of those that passed are used."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which model is used, and why."""

    name: str
    sentence: str


def choose(validation: Mapping[str, Sequence[Metrics]]) -> Choice:
    """Take what orders the validation rows best, the mean over seeds deciding; of equals the network."""
    means = {name: _mean_order(runs) for name, runs in validation.items()}
    known = {name: mean for name, mean in means.items() if mean is not None}
    if not known:
        return Choice(name=NETWORK, sentence="No model orders the validation rows at all.")
    best = max(known, key=lambda name: (known[name], name == NETWORK))
    reached = f"{best} orders the validation rows best ({known[best]:.3f})"
    if best == NETWORK or NETWORK not in validation:
        return Choice(name=best, sentence=f"{reached}.")
    own = f"{known[NETWORK]:.3f}" if NETWORK in known else "no order at all"
    return Choice(name=best, sentence=f"The baseline {reached}; it is used instead of the network ({own}).")


def _mean_order(runs: Sequence[Metrics]) -> float | None:
    known = [value for each in runs if (value := each.rank_correlation.value) is not None]
    return fmean(known) if known else None


def judge(evidence: Evidence, limits: Limits | None = None) -> Verdict:
    """Decide; with too few scored rows nothing can be said, whatever else is found."""
    checks = tuple(_checks(evidence, limits or Limits()))
    packs = [file.pack for file in evidence.quality]
    own = {pack: [each for each in checks if each.pack in {None, pack}] for pack in packs}
    return Verdict(
        verdict=_outcome(checks), checks=checks, packs={pack: _outcome(each) for pack, each in own.items()}
    )


def _outcome(checks: Sequence[Check]) -> Outcome:
    """Give the worst of all, but where there are too few rows to tell."""
    enough, *others = checks
    if enough.verdict != "passed":
        return enough.verdict
    found: set[Outcome] = {check.verdict for check in others}
    return "failed" if "failed" in found else "undecided" if "undecided" in found else "passed"


def _checks(evidence: Evidence, limits: Limits) -> Iterator[Check]:
    order = evidence.ours.rank_correlation
    yield _enough_rows(order, limits)
    yield _files_apart(evidence.giveaway)
    yield _no_leak(evidence.giveaway, limits)
    yield _believable(order, limits)
    yield _order(order, limits)
    yield _above_chance(order, evidence.shuffled)
    yield _baselines(evidence)
    if limits.elite_auc is not None:
        yield _elite_auc(evidence.ours.elite_auc, limits.elite_auc, limits.elite_rows)
    if limits.elite_pass is not None:
        yield _elite_pass(evidence.ours.elite_pass, limits.elite_pass, limits.elite_rows)
    yield _unstretched(evidence.ours.calibration_slope, limits)
    yield from _scores(evidence.quality, limits)


def rows_needed(estimate: Estimate, *, floor: float, chance: float, fewest: int) -> int:
    """Tell how many rows it takes to tell a floor from chance, by how much the figure varies now."""
    if estimate.n < fewest or floor <= chance or estimate.value is None:
        return fewest
    if estimate.spread is None:
        return max(fewest, 2 * estimate.n)
    return max(fewest, math.ceil(estimate.n * (_ONE_SIDED * estimate.spread / (floor - chance)) ** 2))


def spelled(estimate: Estimate) -> str:
    """Write a figure with its spread."""
    if estimate.value is None:
        return "none"
    spread = "" if estimate.spread is None else f" ± {estimate.spread:.3f}"
    return f"{estimate.value:.3f}{spread}"


def _enough_rows(order: Estimate, limits: Limits) -> Check:
    floor, name = limits.rank_correlation, "scored rows"
    needed = rows_needed(order, floor=floor, chance=0.0, fewest=limits.scored_rows)
    sentence = f"{order.n:,} scored rows were held out; to tell {floor:g} from chance takes {needed:,}."
    if order.n < needed:
        return _undecided(name, sentence, value=order.n, threshold=needed, needed=needed)
    return _at_least(name, sentence, value=order.n, floor=needed)


def _files_apart(giveaway: Giveaway) -> Check:
    shared = giveaway.shared_files
    sentence = f"{shared:,} preset files stand both among the rows learned from and those held out."
    return _at_most("files apart", sentence, value=shared, ceiling=0)


def _no_leak(giveaway: Giveaway, limits: Limits) -> Check:
    named, reached = giveaway.column or "No feature", giveaway.correlation
    sentence = f"{named} by itself orders held-out rows by {reached:.3f}; {limits.leak:g} is a leak."
    return _at_most("no leak", sentence, value=reached, ceiling=limits.leak)


def _believable(order: Estimate, limits: Limits) -> Check:
    sentence = f"The model's own rank correlation is {spelled(order)}; {limits.believable:g} is too good."
    return _at_most("believable", sentence, value=order.value or 0.0, ceiling=limits.believable)


def _order(order: Estimate, limits: Limits) -> Check:
    floor = limits.rank_correlation
    sentence = f"Rank correlation with held-out scores is {spelled(order)}; {floor:g} is asked."
    return _at_least("rank correlation", sentence, value=order.value, floor=floor)


def _above_chance(order: Estimate, shuffled: Sequence[Metrics]) -> Check:
    """Compare the model's own figure, without its spread, with what chance reaches on the same rows.

    How far chance reaches on just these rows is what the shuffled trainings vary by. To ask that the model
    lie a spread of its own above that would count the luck of the rows twice.
    """
    name, top = "above shuffled labels", _band(shuffled)
    if top is None:
        few = f"{len(shuffled)} trainings on shuffled labels say too little; {_FEWEST_SHUFFLED} are asked."
        return _undecided(name, few, value=order.value)
    sentence = (
        f"{len(shuffled)} trainings on shuffled labels can reach {top:.3f}; the model {spelled(order)}."
    )
    return _at_least(name, sentence, value=order.value, floor=top)


def _band(shuffled: Sequence[Metrics]) -> float | None:
    """Give what one more training on shuffled labels stays below 99 times in 100; None: too few were tried.

    Shuffled trainings vary more than rows do: with few features that matter, any direction fits by luck.
    Fisher's transformation keeps the band below 1.
    """
    orders = [each.rank_correlation.value or 0.0 for each in shuffled]
    if (n := len(orders)) < _FEWEST_SHUFFLED:
        return None
    reached = [math.atanh(min(_NEARLY_ONE, max(-_NEARLY_ONE, order))) for order in orders]
    above = fmean(reached) + _student(n - 1) * stdev(reached) * math.sqrt(1 + 1 / n)
    return max(*orders, math.tanh(above))


def _student(freedom: int) -> float:
    """Approximate the 99 % point of Student's t (Cornish and Fisher): 3.6 for 4, where the tables say 3.7."""
    z = NormalDist().inv_cdf(0.99)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _baselines(evidence: Evidence) -> Check:
    ours, name = evidence.ours.rank_correlation, "baselines"
    orders = {each: metrics.rank_correlation.value or 0.0 for each, metrics in evidence.metrics.items()}
    own = orders.pop(evidence.chosen)
    if not orders:
        return _undecided(name, "No other model was trained beside it.", value=None)
    best = max(orders, key=lambda each: orders[each])
    chance = _ONE_SIDED * (ours.spread or 0.0)
    sentence = (
        f"{evidence.chosen} reaches {spelled(ours)}, the best other, {best}, {orders[best]:.3f}; "
        f"by chance alone it may lie {chance:.3f} behind."
    )
    return _at_least(name, sentence, value=own - orders[best], floor=-chance)


def _elite_auc(share: Estimate, floor: float, fewest: int) -> Check:
    return _elite("elite AUC", "A good elite pair stands above a negative", share, floor, fewest)


def _elite_pass(share: Estimate, floor: float, fewest: int) -> Check:
    return _elite(
        "elite pass rate", "A good elite pair stands above the median negative", share, floor, fewest
    )


def _elite(name: str, what: str, share: Estimate, floor: float, fewest: int) -> Check:
    needed = rows_needed(share, floor=floor, chance=0.5, fewest=fewest)
    if share.n < needed:
        few = f"{share.n:,} held-out pairs with 4 stars and more, or fewer negatives; it takes {needed:,}."
        return _undecided(name, few, value=share.value, threshold=floor, needed=needed)
    sentence = f"{what} in a share of {spelled(share)}; {floor:.3g} is asked."
    return _at_least(name, sentence, value=share.value, floor=floor)


def _unstretched(slope: Estimate, limits: Limits) -> Check:
    sentence = f"For 1 of quality01 held-out scores rise by {spelled(slope)}; {limits.slope:g} is asked."
    return _at_least("not stretched", sentence, value=slope.value, floor=limits.slope)


def _scores(quality: Sequence[QualityFile], limits: Limits) -> Iterator[Check]:
    if not quality:
        yield _undecided("scores", "No pack was scored.", value=None)
    for file in quality:
        for check in _of_pack(file, limits):
            yield check.model_copy(update={"pack": file.pack})


def _of_pack(file: QualityFile, limits: Limits) -> Iterator[Check]:
    if file.quality_stats is None:
        yield _undecided("scores", f"No pair of {file.pack} has a score.", value=None)
    else:
        yield from _spread(file.pack, file.quality_stats, limits)
    missing = (file.stats.missing_files if file.stats else None) or 0
    whole = f"{file.pack}: {missing:,} pairs have no score because a preset file is missing."
    yield _at_most("missing files", whole, value=missing, ceiling=0)


def _spread(pack: str, stats: QualityStats, limits: Limits) -> Iterator[Check]:
    std, gap = limits.quality_std, limits.p50_above_min
    wide = f"{pack}: the scores' standard deviation is {stats.std:.4f}; {std:g} is asked."
    yield _at_least("quality std", wide, value=stats.std, floor=std)
    deep = f"{pack}: the lowest score lies {stats.p50 - stats.min:.4f} below the median; {gap:g} is asked."
    yield _at_least("p50 - min", deep, value=stats.p50 - stats.min, floor=gap)


def _at_least(name: str, sentence: str, *, value: float | None, floor: float) -> Check:
    passed = value is not None and value >= floor
    verdict = "passed" if passed else "failed"
    return Check(name=name, value=value, threshold=floor, verdict=verdict, sentence=sentence)


def _at_most(name: str, sentence: str, *, value: float, ceiling: float) -> Check:
    verdict = "passed" if value <= ceiling else "failed"
    return Check(name=name, value=value, threshold=ceiling, verdict=verdict, sentence=sentence)


def _undecided(
    name: str,
    sentence: str,
    *,
    value: float | None,
    threshold: float | None = None,
    needed: int | None = None,
) -> Check:
    return Check(
        name=name, value=value, threshold=threshold, verdict="undecided", sentence=sentence, needed=needed
    )
