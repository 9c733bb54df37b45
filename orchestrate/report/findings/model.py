"""Is the new model better? Held-out order beside what anybody reaches, and every check of the gate."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Answer, Level, Point, worst_first
from orchestrate.report.words import Text, as_is, label, listed, say
from train.gate import Check, Outcome
from train.metrics import Estimate, spearman
from train.report import Contestant, TrainingReport, over_seeds

_LEVELS: dict[Outcome, Level] = {"passed": "good", "undecided": "care", "failed": "bad"}
_WORDS: dict[Outcome, str] = {"passed": "word.yes", "undecided": "word.undecided", "failed": "word.no"}


def answer(facts: Facts) -> Answer:
    """Say what the gate says, and by how much."""
    report = facts.training
    if report is None:
        return _untrained(facts)
    outcome, through = report.verdict.verdict, _through(report)
    is_partly = bool(through) and outcome != "passed"
    failing = [check for check in report.verdict.checks if check.verdict != "passed"]
    points = [Point(level=_LEVELS[check.verdict], text=said(check)) for check in failing]
    return Answer(
        question="model",
        level="care" if is_partly else _LEVELS[outcome],
        word=say("word.partly_better" if is_partly else _WORDS[outcome]),
        headline=_headline(report),
        points=(*worst_first(points), *_split(report, through), *_beside(report), *_than_before(facts)),
    )


def said(check: Check) -> Text:
    """Tell of a check: its name in both languages, its sentence as the gate wrote it."""
    return say("model.check", name=label("check", check.name), sentence=check.sentence)


def order_of(model: Contestant) -> Estimate:
    """Sum up how well it orders held-out rows: one training with its error, several with their spread."""
    found = [run.held_out.rank_correlation for run in model.runs]
    if len(found) == 1:
        return found[0]
    seeds = over_seeds(found)
    return Estimate(value=seeds.mean, n=seeds.n, spread=seeds.spread)


def spelled(order: Estimate) -> str:
    """Write an order as a person reads it."""
    if order.value is None:
        return "none"
    return f"{order.value:.3f}" + ("" if order.spread is None else f" ± {order.spread:.3f}")


def _through(report: TrainingReport) -> Sequence[str]:
    """Name the packs whose scores passed."""
    return [pack for pack, outcome in report.verdict.packs.items() if outcome == "passed"]


def _split(report: TrainingReport, through: Sequence[str]) -> Iterator[Point]:
    """Tell which packs got scores, where not all did."""
    others = [pack for pack in report.verdict.packs if pack not in through]
    if through and others:
        yield Point(level="care", text=say("model.split", packs=listed(through), others=listed(others)))


def _untrained(facts: Facts) -> Answer:
    step = facts.night.step("train") if facts.night else None
    why = as_is(step.reason) if step and step.reason else say("model.none" if step else "model.not_asked")
    level: Level = "bad" if step and step.state == "failed" else "none"
    return Answer(question="model", level=level, word=say("word.untrained"), headline=why)


def _headline(report: TrainingReport) -> Text:
    chosen = next((each for each in report.contestants if each.name == report.chosen), None)
    checks = report.verdict.checks
    passed = sum(check.verdict == "passed" for check in checks)
    order = spelled(order_of(chosen)) if chosen else "none"
    return say("model.order", model=report.chosen, order=order, passed=passed, checks=len(checks))


def _beside(report: TrainingReport) -> Iterator[Point]:
    others = [(each.name, order_of(each)) for each in report.contestants if each.name != report.chosen]
    known = [(name, order) for name, order in others if order.value is not None]
    if known:
        name, order = max(known, key=lambda other: other[1].value or 0.0)
        yield Point(level="none", text=say("model.best_other", name=name, order=spelled(order)), is_key=True)
    shuffled = [run.held_out.rank_correlation.value or 0.0 for run in report.shuffled]
    if shuffled:
        told = say(
            "model.shuffled",
            times=len(shuffled),
            low=f"{min(shuffled):.3f}",
            high=f"{max(shuffled):.3f}",
            mean=f"{fmean(shuffled):.3f}",
        )
        yield Point(level="none", text=told, is_key=True)


def _than_before(facts: Facts) -> Iterator[Point]:
    for pack, scores in facts.scores.items():
        if scores.before is None:
            continue
        before = {each.pair: float(each.quality01) for each in scores.before.pairs}
        both = [
            (before[each.pair], float(each.quality01)) for each in scores.now.pairs if each.pair in before
        ]
        found = spearman(*_parted(both)) if both else None
        if found is not None:
            yield Point(level="none", text=say("model.than_before", pack=pack, order=f"{found:.2f}"))


def _parted(both: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [one for one, _ in both], [other for _, other in both]
