"""What was learned, and what the page makes of it: scores, gate, models, losses, picks. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np

from harvest.records import QualityFile
from orchestrate.report import plots
from orchestrate.report.blocks import Block, Note, Plot, Row, Section, Table
from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Level
from orchestrate.report.findings.model import order_of, spelled
from orchestrate.report.findings.page import arm
from orchestrate.report.words import Text, as_is, counted, label, say
from orchestrate.verify.record import Verification
from train.gate import Outcome
from train.report import Contestant

_BINS = 40
_LEVELS: dict[Outcome, Level] = {"passed": "good", "undecided": "care", "failed": "bad"}


def quality(facts: Facts) -> Section:
    """Draw the scores that each pack was given over those that it had."""
    blocks: list[Block] = [_scores(pack, each.now, each.before) for pack, each in facts.scores.items()]
    return Section(
        id="quality",
        title=say("section.quality"),
        blocks=blocks or [Note(text=say("section.no_quality"))],
    )


def gate(facts: Facts) -> Section:
    """Put every check beside what was asked, and every model beside the chosen one."""
    title, report = say("section.gate"), facts.training
    if report is None:
        return Section(id="gate", title=title, blocks=[Note(text=say("section.no_gate"))])
    blocks: list[Block] = [gate_table(facts), _models(report.contestants, report.chosen)]
    blocks.extend(Note(text=as_is(each)) for each in (report.choice, *report.sentences))
    return Section(id="gate", title=title, blocks=blocks)


def gate_table(facts: Facts) -> Table:
    """List the checks with their thresholds."""
    rows = [
        Row(
            cells=(
                label("check", check.name),
                label("outcome", check.verdict),
                as_is(_number(check.value)),
                as_is(_number(check.threshold)),
                as_is(check.sentence),
            ),
            level=_LEVELS[check.verdict],
        )
        for check in (facts.training.verdict.checks if facts.training else ())
    ]
    columns = tuple(say(f"column.{name}") for name in ("check", "verdict", "value", "asked", "words"))
    return Table(title=say("section.gate"), columns=columns, rows=rows, wide=4)


def history(facts: Facts) -> Section:
    """Draw loss and validation, epoch by epoch."""
    title = say("section.learning")
    if not facts.epochs:
        return Section(id="learning", title=title, blocks=[Note(text=say("section.no_learning"))])
    best = facts.training.best_epoch if facts.training else None
    losses = _series([epoch.losses for epoch in facts.epochs], without={"gradient"})
    ranked = _series([epoch.validation for epoch in facts.epochs], without=set())
    blocks = [
        _curves(say("section.losses"), losses, best),
        _curves(say("section.validation"), ranked, best),
    ]
    return Section(id="learning", title=title, blocks=[each for each in blocks if each])


def picks(facts: Facts) -> Section:
    """Draw what the page picked, by tenth of the pairs."""
    blocks: list[Block] = [
        drawn for pack, each in facts.verified.items() if (drawn := _deciles(pack, each)) is not None
    ]
    return Section(
        id="picks", title=say("section.picks"), blocks=blocks or [Note(text=say("section.no_picks"))]
    )


def _scores(pack: str, now: QualityFile, before: QualityFile | None) -> Plot:
    files = [now] if before is None else [now, before]
    values = [np.array([float(pair.quality01) for pair in file.pairs], np.float64) for file in files]
    shares = [
        [count / max(1, len(each)) for count in plots.histogram(each, low=0.0, high=1.0, bins=_BINS)]
        for each in values
    ]
    spreads = [f"{each.std():.3f}" if len(each) else "?" for each in values]
    highest = max((each for heights in shares for each in heights), default=0.0)
    caption = say(
        "section.quality_note",
        pack=pack,
        pairs=counted(len(now.pairs), "pair"),
        std=spreads[0],
        before=spreads[1] if before else say("title.unknown"),
    )
    return Plot(
        title=as_is(pack),
        caption=caption,
        drawing=plots.columns(shares),
        x=(as_is("0"), as_is("0.5"), as_is("1")),
        y=(f"{100 * highest:.0f} %", "0"),
        legend=(say("plot.now"), say("plot.before")) if before else (say("plot.now"),),
    )


def _models(models: Sequence[Contestant], chosen: str) -> Table:
    rows = [
        Row(
            cells=(
                as_is(f"{model.name} ✓" if model.name == chosen else model.name),
                as_is(spelled(order_of(model))),
                as_is(_mean([run.held_out.elite_auc.value for run in model.runs])),
                as_is(_mean([run.held_out.ndcg20.value for run in model.runs])),
                as_is(_mean([run.held_out.calibration_error.value for run in model.runs])),
            )
        )
        for model in sorted(models, key=lambda model: model.name != chosen)
    ]
    columns = tuple(say(f"column.{name}") for name in ("model", "order", "auc", "ndcg", "error"))
    return Table(title=say("section.models"), columns=columns, rows=rows)


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else ""


Series = dict[str, list[tuple[float, float]]]


def _series(epochs: Sequence[Mapping[str, float | None]], *, without: set[str]) -> Series:
    """Turn numbers by epoch into points by name; what was not measured leaves a gap."""
    found: Series = {}
    for number, epoch in enumerate(epochs, 1):
        for name, value in epoch.items():
            if value is not None and name not in without:
                found.setdefault(name, []).append((float(number), float(value)))
    return found


def _curves(title: Text, series: Series, best: int | None) -> Plot | None:
    every = [point for points in series.values() for point in points]
    if not every:
        return None
    low, high = min(0.0, *(value for _, value in every)), max(value for _, value in every)
    x = (1.0, max(2.0, *(at for at, _ in every)))
    lines = [
        plots.line(points, x=x, y=(low, high), series=place) for place, points in enumerate(series.values())
    ]
    marked = [plots.upright(float(best), x=x)] if best else []
    return Plot(
        title=title,
        drawing=plots.Markup().join([*marked, *lines]),
        x=(say("plot.epoch", number=1), as_is(f"{x[1]:.0f}")),
        y=(f"{high:.3g}", f"{low:.3g}"),
        legend=[as_is(name) for name in series],
    )


def _deciles(pack: str, found: Verification) -> Plot | None:
    weighted, shuffle = arm(found, "weighted"), arm(found, "shuffle")
    named = [
        (say("plot.weighted"), weighted.deciles if weighted else ()),
        (say("plot.expected"), weighted.expected if weighted else ()),
        (say("plot.shuffle"), shuffle.deciles if shuffle else ()),
    ]
    known = [(name, [float(each) for each in shares]) for name, shares in named if shares]
    if not known:
        return None
    top = max(0.2, *(each for _, shares in known for each in shares))
    return Plot(
        title=as_is(pack),
        caption=say("section.picks_note", pack=pack),
        drawing=plots.columns([shares for _, shares in known], top=top) + plots.level(0.1, top=top),
        x=(say("plot.lowest"), say("plot.highest")),
        y=(f"{100 * top:.0f} %", "0"),
        legend=[name for name, _ in known],
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
