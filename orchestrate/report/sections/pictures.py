"""The contact sheet: which pairs are shown is decided from numbers; their pictures are read last."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harvest.packs import disk
from harvest.run import THUMBNAILS
from orchestrate.report.blocks import Block, Card, Note, Section, Sheet
from orchestrate.report.facts import Facts
from orchestrate.report.tally import FIGURES, NOISE_FIGURES, Pair
from orchestrate.report.words import Text, label, say

SHOWN = 12
"""Of each kind."""

_PICTURE_BYTES = 40_000
"""Three dozen of them stay far below 3 MB; one that is larger is not shown."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Pairs to be shown, in order, and what they were chosen by."""

    best: Sequence[Pair]
    worst: Sequence[Pair]
    doubtful: Sequence[Pair]
    by: str
    doubted_by: str


def section(facts: Facts) -> Section:
    """Show the best, the worst and the most uncertain pairs."""
    chosen = choose(facts)
    title = say("section.pictures")
    if not chosen.best:
        return Section(id="pictures", title=title, blocks=[Note(text=say("section.no_pictures"))])
    by = say(f"section.by_{chosen.by}")
    blocks: list[Block] = [
        _sheet(facts, say("section.best"), by, chosen.best),
        _sheet(facts, say("section.worst"), by, chosen.worst),
    ]
    if chosen.doubtful:
        why = say(f"section.by_{chosen.doubted_by}")
        blocks.append(_sheet(facts, say("section.doubtful"), why, chosen.doubtful))
    else:
        blocks.append(Note(text=say("section.no_doubtful")))
    return Section(id="pictures", title=title, blocks=blocks)


def choose(facts: Facts, *, shown: int = SHOWN) -> Chosen:
    """Choose them: by the new scores, else by what was measured; equals by their number."""
    measured = {pair: value for pair, value in facts.tally.labels.items() if np.isfinite(value)}
    scored = _scored(facts)
    ranked = sorted(scored or measured, key=lambda pair: (-(scored or measured)[pair], pair))
    number = min(shown, max(1, len(ranked) // 2)) if ranked else 0
    by, doubts = _doubts(facts, scored, measured)
    doubtful = sorted(doubts, key=lambda pair: (-doubts[pair], pair))[:shown]
    return Chosen(
        best=ranked[:number],
        worst=ranked[len(ranked) - number :][::-1] if len(ranked) > 1 else (),
        doubtful=doubtful,
        by="score" if scored else "label",
        doubted_by=by,
    )


def _scored(facts: Facts) -> Mapping[Pair, float]:
    files = [scores.now for scores in facts.scores.values()]
    return {(file.pack, pair.pair): float(pair.quality01) for file in files for pair in file.pairs}


def _doubts(
    facts: Facts, scored: Mapping[Pair, float], measured: Mapping[Pair, float]
) -> tuple[str, Mapping[Pair, float]]:
    """Tell how uncertain pairs are, by the best witness there is.

    A score that a measurement contradicts says more than its own uncertainty, which is widest at either end.
    """
    both = sorted(scored.keys() & measured.keys())
    if both:
        ours, theirs = (_ranks([each[pair] for pair in both]) for each in (scored, measured))
        return "gap", {pair: abs(ours[at] - theirs[at]) for at, pair in enumerate(both)}
    unsure = {
        (scores.now.pack, pair.pair): float(pair.uncertainty)
        for scores in facts.scores.values()
        for pair in scores.now.pairs
        if pair.uncertainty is not None
    }
    if unsure:
        return "uncertainty", unsure
    return "visits", _apart(facts)


def _ranks(values: Sequence[float]) -> Sequence[float]:
    return np.argsort(np.argsort(np.array(values), kind="stable"), kind="stable").astype(float).tolist()


def _apart(facts: Facts) -> Mapping[Pair, float]:
    """Tell by how much two visits to a pair differ, in ranks of what they are compared by."""
    first, second = facts.tally.passes.get(0, {}), facts.tally.passes.get(1, {})
    both = sorted(first.keys() & second.keys())
    apart = np.zeros(len(both))
    for name in NOISE_FIGURES:
        column = facts.tally.figures[:, FIGURES.index(name)]
        one, two = (column[[which[pair] for pair in both]] for which in (first, second))
        spread = float(np.nanstd(one)) if np.isfinite(one).any() else 0.0
        apart += np.nan_to_num(np.abs(one - two)) / (spread or 1.0)
    return dict(zip(both, apart.tolist(), strict=True)) if apart.any() else {}


def _sheet(facts: Facts, title: Text, caption: Text, pairs: Sequence[Pair]) -> Sheet:
    return Sheet(title=title, caption=caption, cards=[_card(facts, pair) for pair in pairs])


def _card(facts: Facts, pair: Pair) -> Card:
    pack, number = pair
    found = tuple(label("flaw", flaw) for flaw in facts.tally.flaws_of.get(pair, ()))
    return Card(
        name=f"{pack} {number}",
        picture=_picture(facts.eval_folder / THUMBNAILS, pack, number),
        lines=tuple(_lines(facts, pair)),
        flaws=found,
    )


def _lines(facts: Facts, pair: Pair) -> Iterator[Text]:
    scores = facts.scores.get(pair[0])
    own = next((each for each in scores.now.pairs if each.pair == pair[1]), None) if scores else None
    measured = facts.tally.labels.get(pair)
    if own is not None:
        unsure = "" if own.uncertainty is None else f" ± {own.uncertainty:.2f}"
        yield say("sheet.score", value=f"{own.quality01:.3f}{unsure}")
    if measured is not None and np.isfinite(measured):
        yield say("sheet.measured", value=f"{measured:.3f}")
    row = facts.tally.rows.get(pair)
    if row is not None:
        values = facts.tally.figures[row]
        light, motion = (values[FIGURES.index(name)] for name in ("luma_mean", "motion"))
        if np.isfinite(light) and np.isfinite(motion):
            yield say("sheet.light", light=f"{light:.2f}", motion=f"{motion:.3f}")


def _picture(folder: Path, pack: str, number: int) -> str | None:
    """Read a picture into an address; None: there is none that could be shown."""
    path = folder / pack / f"{number}.webp"
    try:
        if not disk.inside(path, folder):
            return None
        data = disk.read_file(path, at_most=_PICTURE_BYTES)
    except (OSError, ValueError):  # what is no name of a file is a ValueError
        return None
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return f"data:image/webp;base64,{b64encode(data).decode()}" if is_webp else None
