"""What the run did: steps, coverage, rate, faults, figures, flaws, quarantine. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from orchestrate.report import plots
from orchestrate.report.blocks import Bar, Bars, Block, Gallery, Note, Plot, Row, Section, Table
from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Level
from orchestrate.report.findings.finished import seconds_taken
from orchestrate.report.tally import FIGURES
from orchestrate.report.words import Text, as_is, counted, label, say, share, span

_BUCKETS = 90
_BINS = 24
_MOST_HELD = 30
_CHARS = 240
_LEVELS: Mapping[str, Level] = {"done": "good", "failed": "bad", "running": "care", "waiting": "care"}


def steps(facts: Facts) -> Iterator[Section]:
    """List the steps of a night."""
    if facts.night is None:
        return
    rows = [
        Row(
            cells=(
                label("step", step.name),
                label("state", step.state),
                as_is(span(float(step.seconds)) if step.seconds else ""),
                as_is(step.reason),
            ),
            level=_LEVELS.get(step.state, "none"),
        )
        for step in facts.night.steps
        if step.name != "report"  # whoever reads this has it
    ]
    columns = tuple(say(f"column.{name}") for name in ("step", "state", "took", "what"))
    table = Table(title=say("section.steps"), columns=columns, rows=rows, wide=3)
    yield Section(id="steps", title=say("section.steps"), blocks=[table])


def coverage(facts: Facts) -> Section:
    """Draw how the packs were covered."""
    title, tally = say("section.coverage"), facts.tally
    known = {each.pack: each for each in facts.coverage if tally.moments.get(each.pack)}
    if not known or tally.first_ms is None or tally.last_ms is None:
        return Section(id="coverage", title=title, blocks=[Note(text=say("section.nothing"))])
    ends = (float(tally.first_ms), float(tally.last_ms))
    lines = [
        plots.line(_shares(tally.moments[pack], each.pairs), x=ends, y=(0.0, 1.0), series=place)
        for place, (pack, each) in enumerate(known.items())
    ]
    plot = Plot(
        title=title,
        caption=say("section.coverage_note"),
        drawing=plots.level(0.5, top=1.0) + _joined(lines),
        x=_clocks(tally.first_ms, tally.last_ms),
        y=("100 %", "50 %", "0 %"),
        legend=[
            as_is(f"{pack}: {share(each.share or 0)}") if each.pairs else as_is(pack)
            for pack, each in known.items()
        ],
    )
    return Section(id="coverage", title=title, blocks=[plot])


def rate(facts: Facts) -> Section:
    """Draw how fast it went, and where the time went."""
    title = say("section.rate")
    blocks: list[Block] = [*_pace(facts)]
    told = facts.meta.harvest if facts.meta else None
    for key, seconds in (
        ("section.phases", dict(told.phase_seconds) if told else {}),
        ("section.visits", dict(told.visit_seconds) if told else {}),
    ):
        blocks.extend(_bars(say(key), {name: float(each) for name, each in seconds.items()}))
    return Section(id="rate", title=title, blocks=blocks or [Note(text=say("section.nothing"))])


def pairs_a_minute(facts: Facts) -> float | None:
    """Tell how many samples a minute it made while it measured."""
    told = facts.meta.harvest if facts.meta else None
    measuring = float(told.phase_seconds.get("measuring", 0)) if told else 0.0
    seconds = measuring or (seconds_taken(facts) or 0.0)
    return 60 * facts.tally.samples / seconds if seconds and facts.tally.samples else None


def faults(facts: Facts) -> Section:
    """Put the faults on a line of time, a lane a kind."""
    title, tally = say("section.faults"), facts.tally
    if not tally.fault_count or tally.first_ms is None or tally.last_ms is None:
        return Section(id="faults", title=title, blocks=[Note(text=say("section.no_faults"))])
    began, length = tally.first_ms, max(1, tally.last_ms - tally.first_ms)
    rows = [
        Row(
            cells=(
                label("fault", name),
                as_is(f"{times:,}"),
                as_is(span(tally.lost[name])),
                as_is(_remedy(facts, name)),
            ),
            lane=plots.ticks((fault.t_ms - began) / length for fault in tally.faults if fault.name == name),
        )
        for name, times in tally.fault_count.most_common()
    ]
    columns = tuple(say(f"column.{name}") for name in ("fault", "when", "times", "lost", "remedy"))
    table = Table(title=title, columns=columns, rows=rows, wide=4, caption=say("section.faults_note"))
    return Section(id="faults", title=title, blocks=[table])


def figures(facts: Facts) -> Section:
    """Draw how each figure is spread over the pairs."""
    title = say("section.figures")
    small = [each for name in FIGURES if (each := _spread(facts, name))]
    if not small:
        return Section(id="figures", title=title, blocks=[Note(text=say("section.nothing"))])
    gallery = Gallery(title=title, caption=say("section.figures_note"), plots=small)
    return Section(id="figures", title=title, blocks=[gallery])


def reasons(facts: Facts) -> Section:
    """Count why pairs look bad, by newliveweb's rule and by ours."""
    title, tally = say("section.reasons"), facts.tally
    found = [*tally.reasons.most_common(), *tally.flaws.most_common()]
    if not found:
        return Section(id="reasons", title=title, blocks=[Note(text=say("section.no_reasons"))])
    most = max(times for _, times in found)
    bars = [
        Bar(name=label("flaw", name), shown=f"{times:,} ({share(times / tally.samples)})", share=times / most)
        for name, times in found
    ]
    blocks = [Bars(title=title, bars=bars), Note(text=say("section.reasons_note"))]
    return Section(id="reasons", title=title, blocks=blocks)


def quarantine(facts: Facts) -> Section:
    """List the pairs that are held back; those of this run first."""
    title = say("section.quarantine")
    held = sorted(facts.held, key=lambda each: (not each.is_new, each.pack, each.entry.pair))
    if not held:
        return Section(id="quarantine", title=title, blocks=[Note(text=say("section.no_quarantine"))])
    rows = [
        Row(
            cells=(
                as_is(f"{each.pack} {each.entry.pair}"),
                label("fault", each.entry.reason),
                as_is(each.entry.evidence[:_CHARS]),
                as_is(each.entry.at),
            )
        )
        for each in held[:_MOST_HELD]
    ]
    columns = tuple(say(f"column.{name}") for name in ("pair", "why", "seen", "since"))
    blocks: list[Block] = [Table(title=title, columns=columns, rows=rows, wide=2)]
    if (more := len(held) - _MOST_HELD) > 0:
        blocks.append(Note(text=say("section.more", count=counted(more, "pair"))))
    return Section(id="quarantine", title=title, blocks=blocks)


def _shares(moments: Sequence[int], pairs: int | None) -> list[tuple[float, float]]:
    whole = pairs or len(moments)
    return [(float(at), (place + 1) / whole) for place, at in enumerate(sorted(moments))]


def _joined(drawings: Sequence[plots.Markup]) -> plots.Markup:
    return plots.Markup().join(drawings)


def _clocks(first_ms: int, last_ms: int) -> Sequence[Text]:
    """Name the beginning, the middle and the end, in UTC, as the records do."""
    moments = (first_ms, (first_ms + last_ms) // 2, last_ms)
    try:
        spelled = [datetime.fromtimestamp(each / 1000, UTC).strftime("%H:%M") for each in moments]
    except (OverflowError, ValueError, OSError):  # a journal may bear any number
        return ()
    return [as_is(each) for each in (*spelled[:2], f"{spelled[2]} UTC")]


def _pace(facts: Facts) -> Iterator[Plot]:
    tally = facts.tally
    moments = np.array([each for of_pack in tally.moments.values() for each in of_pack], np.float64)
    if tally.first_ms is None or tally.last_ms is None or tally.last_ms <= tally.first_ms or len(moments) < 2:  # noqa: PLR2004
        return
    counts = plots.histogram(moments, low=tally.first_ms, high=tally.last_ms, bins=_BUCKETS)
    minutes = (tally.last_ms - tally.first_ms) / 60_000 / _BUCKETS
    mean = pairs_a_minute(facts)
    yield Plot(
        title=say("section.rate"),
        caption=say("section.rate_note", mean="?" if mean is None else f"{mean:.1f}"),
        drawing=plots.area(counts),
        x=_clocks(tally.first_ms, tally.last_ms),
        y=(f"{max(counts) / minutes:.0f}", "0"),
    )


def _bars(title: Text, seconds: Mapping[str, float]) -> Iterator[Bars]:
    spent = sorted(((each, name) for name, each in seconds.items() if each > 0), reverse=True)
    if not spent:
        return
    longest = spent[0][0]
    bars = [
        Bar(name=label("phase", name.removeprefix("page: ")), shown=span(each), share=each / longest)
        for each, name in spent
    ]
    yield Bars(title=title, bars=bars)


def _remedy(facts: Facts, name: str) -> str:
    """Name the commonest remedy."""
    used = [fault.remedy for fault in facts.tally.faults if fault.name == name and fault.remedy]
    return max(set(used), key=lambda remedy: (used.count(remedy), remedy))[:_CHARS] if used else ""


def _spread(facts: Facts, name: str) -> Plot | None:
    values = facts.tally.latest(name) if facts.tally.rows else np.empty(0)
    if len(values) < 2:  # noqa: PLR2004 - one value is no spread
        return None
    low, high = (float(each) for each in np.percentile(values, (0.5, 99.5)))
    middle = float(np.median(values))
    wide = high if high > low else low + 1
    drawn = plots.columns([plots.histogram(values, low=low, high=wide, bins=_BINS)])
    return Plot(
        title=label("figure", name),
        caption=as_is(f"{middle:.3g}"),
        drawing=drawn + plots.upright(middle, x=(low, wide)),
        x=(as_is(f"{low:.3g}"), as_is(f"{high:.3g}")),
    )
