"""Two runs side by side: what each came to, and how far they agree about the pairs both have seen. Pure."""

from collections.abc import Iterator

import numpy as np

from orchestrate.report.blocks import Block, Note, Row, Section, Table
from orchestrate.report.facts import Facts
from orchestrate.report.findings.model import order_of, spelled
from orchestrate.report.sections.measuring import pairs_a_minute
from orchestrate.report.tally import FIGURES
from orchestrate.report.words import Text, as_is, counted, label, listed, say, share, span
from train.metrics import spearman


def section(facts: Facts, other: Facts) -> Section:
    """Put them side by side."""
    title = say("section.against", name=other.name)
    pairs = sorted(facts.tally.rows.keys() & other.tally.rows.keys())
    common = say("against.common", pairs=counted(len(pairs), "pair")) if pairs else say("against.no_common")
    columns = tuple(say(f"column.{name}") for name in ("what", "this", "other"))
    rows = [Row(cells=(name, one, two)) for name, one, two in _facts(facts, other)]
    blocks: list[Block] = [Table(title=title, columns=columns, rows=rows), Note(text=common)]
    if pairs:
        named = tuple(say(f"column.{name}") for name in ("figure", "this", "other", "agreement"))
        compared = [Row(cells=cells) for cells in _figures(facts, other)]
        blocks.append(Table(title=say("column.median"), columns=named, rows=compared))
    return Section(id="against", title=title, blocks=blocks)


def _facts(facts: Facts, other: Facts) -> Iterator[tuple[Text, Text, Text]]:
    for name, told in _TOLD:
        one, two = told(facts), told(other)
        if one or two:
            yield say(f"against.{name}"), one or as_is(""), two or as_is("")
    for pack in dict.fromkeys((*facts.scores, *other.scores)):
        yield say("against.std", pack=pack), _std(facts, pack), _std(other, pack)
        if (agreed := _scores_agree(facts, other, pack)) is not None:
            yield say("against.scores", pack=pack), as_is(f"{agreed:.3f}"), as_is("")


def _figures(facts: Facts, other: Facts) -> Iterator[tuple[Text, ...]]:
    pairs = sorted(facts.tally.rows.keys() & other.tally.rows.keys())
    ones, twos = ([each.tally.rows[pair] for pair in pairs] for each in (facts, other))
    for column, name in enumerate(FIGURES):
        one, two = facts.tally.figures[ones, column], other.tally.figures[twos, column]
        known = np.isfinite(one) & np.isfinite(two)
        if known.any():
            agreed = spearman(one[known], two[known])
            middles = (f"{np.median(each[known]):.4g}" for each in (one, two))
            last = "" if agreed is None else f"{agreed:.3f}"
            yield (label("figure", name), *map(as_is, middles), as_is(last))


def _state(facts: Facts) -> Text | None:
    return label("state", facts.state)


def _coverage(facts: Facts) -> Text | None:
    return listed(
        f"{each.pack} {share(each.share) if each.share is not None else each.covered}"
        for each in facts.coverage
    )


def _rate(facts: Facts) -> Text | None:
    rate = pairs_a_minute(facts)
    return None if rate is None else as_is(f"{rate:.1f}")


def _ok(facts: Facts) -> Text | None:
    return as_is(share(facts.tally.ok / facts.tally.samples)) if facts.tally.samples else None


def _faults(facts: Facts) -> Text | None:
    common = facts.tally.fault_count.most_common(5)
    if not common:
        return as_is("0")
    return listed(say("times", name=label("fault", name), times=times) for name, times in common)


def _lost(facts: Facts) -> Text | None:
    return as_is(span(sum(facts.tally.lost.values())))


def _renderer(facts: Facts) -> Text | None:
    kinds = facts.tally.renderers.most_common()
    return listed(label("renderer", kind) for kind, _ in kinds) if kinds else None


def _gate(facts: Facts) -> Text | None:
    return label("outcome", facts.training.verdict.verdict) if facts.training else None


def _order(facts: Facts) -> Text | None:
    report = facts.training
    chosen = (
        next((each for each in report.contestants if each.name == report.chosen), None) if report else None
    )
    return as_is(f"{spelled(order_of(chosen))} ({chosen.name})") if chosen else None


def _page(facts: Facts) -> Text | None:
    if not facts.verified:
        return None
    return listed(
        say("named_value", name=pack, value=label("outcome", each.verdict))
        for pack, each in facts.verified.items()
    )


_TOLD = (
    ("state", _state),
    ("coverage", _coverage),
    ("rate", _rate),
    ("ok", _ok),
    ("faults", _faults),
    ("lost", _lost),
    ("renderer", _renderer),
    ("gate", _gate),
    ("order", _order),
    ("page", _page),
)


def _std(facts: Facts, pack: str) -> Text:
    scores = facts.scores.get(pack)
    values = [float(pair.quality01) for pair in scores.now.pairs] if scores else []
    return as_is(f"{np.std(values):.3f}" if values else "")


def _scores_agree(facts: Facts, other: Facts, pack: str) -> float | None:
    if pack not in facts.scores or pack not in other.scores:
        return None
    before = {pair.pair: float(pair.quality01) for pair in other.scores[pack].now.pairs}
    both = [
        (float(pair.quality01), before[pair.pair])
        for pair in facts.scores[pack].now.pairs
        if pair.pair in before
    ]
    return spearman([one for one, _ in both], [two for _, two in both]) if both else None
