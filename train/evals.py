"""What runs measured of pairs, from their `eval.jsonl`, and how good it looks: a label for each two files.

A label is a product, as a picture is spoilt by its worst side. It starts at 1, and each aspect takes away
its weight times what it lacks; what was not measured takes nothing:

    aspect      weight  goodness, straight between the two values
    light       1.0     luma_mean: 0 in the dark to 1 at 0.15, and from 1 at 0.55 to 0 at 0.9
    motion      0.8     log10(motion): 0 at -2.7 to 1 at -1.5
    response    0.5     audio_response: 0 at 0.15 to 1 at 0.7
    colour      0.65    colourfulness: 0 at 0 to 1 at 0.15
    visible     0.25    the lesser of visibility_fg and visibility_bg: 0 at 0 to 1 at 0.15
    coupling    0.25    the greater of |S| and |T|: 0 at 0 to 1 at 0.6
    calm        1.0     flashes_per_second: 1 at 0 to 0 at 3

Any flaw that the run found leaves a quarter of it. Chosen by looking at 298 generated pairs, each shown for
6 s, whose truth labels follow by a rank correlation of 0.80, without the flawed ones 0.67; of 3,000 others,
shown for 0.8 s, by 0.69.

A pair's score is the share of the other measured pairs that have a lower label: 0.8 says that it looks
better than four fifths of them. Labels have a scale of their own that nobody asked for: of those 3,000 pairs
half lie between 0.33 and 0.58. Pairs that hands who know the truth gave 4 to 4.75 of 5 stars are labelled
0.58 on the average, those with less than one star 0.30; their scores are 0.71 and 0.24, nearer to the stars.

An owner's row has neither evidence nor figures; let in, it is labelled by newliveweb's own score:
0.65 * luma from 0.06 to 0.18 + 0.35 * motion from 1.5e-5 to 6e-4.

Which samples count: each must prove which presets were on screen, before and after, by the hashes that the
pack's files have now, and that there was sound. Of several makes (adapter and seed) only the commonest
counts, because their figures cannot be compared. A visit written twice counts once, as it was written last.
What then remains of the same two files is averaged: on a page that cannot be cleared one measurement is
mostly noise, and on a stepped one equal passes stay what they are.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.records import Evidence, Fault, Figures, JournalLine, Pair, RecordError, Sample
from harvest.records.text import bounded_lines, read_line

EVAL = "eval.jsonl"

SILENT = 1e-3
"""Mean RMS below which nothing was heard, as the harvester has it."""
FLAWED = 0.25
"""What a flaw leaves of a label."""

_WEIGHTS: Mapping[str, float] = {
    "light": 1.0,
    "motion": 0.8,
    "response": 0.5,
    "colour": 0.65,
    "visible": 0.25,
    "coupling": 0.25,
    "calm": 1.0,
}
_LEAST_MOTION = 1e-6

Make = tuple[str, int]
"""An adapter and a seed."""


class MeasuredPair(NamedTuple):
    """What runs measured of one pair of files."""

    fg: str
    """The hash of its bytes, like `bg`."""
    bg: str
    pack: str
    pair: int
    """Its number in that pack."""
    label: float
    """From 0 to 1."""
    score: float
    """The share of the other measured pairs with a lower label."""
    spatial: float
    """S; NaN where it was not measured."""
    temporal: float
    """T, likewise."""
    samples: int


@dataclass(kw_only=True)
class EvalReading:
    """All that some runs measured, and what of it does not count."""

    measured: tuple[MeasuredPair, ...] = ()
    """By the hashes of their files."""
    samples: int = 0
    faults: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    """Samples that do not count, by reason; a visit written again does not count as refused."""
    makes: Counter[Make] = field(default_factory=Counter[Make])
    """Proven samples by adapter and seed."""


class _Seen(NamedTuple):
    """One sample that counts."""

    t_ms: int
    make: Make | None
    """None: nothing proves it."""
    label: float
    spatial: float
    temporal: float


class _Place(NamedTuple):
    fg: str
    bg: str
    pack: str
    pair: int


class _Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """Why a sample does not count."""


def read_evals(
    places: Sequence[Path], packs: Mapping[str, Pack], *, unproven: bool = False, mixed: bool = False
) -> EvalReading:
    """Read journals, or the run folders they lie in, of these packs.

    `unproven` lets in rows without evidence, of pairs that nobody has proven; `mixed` every adapter and seed.
    """
    reading = EvalReading()
    pairs = {name: {pair.pair: pair for pair in pack.manifest.pairs} for name, pack in packs.items()}
    visits: dict[tuple[_Place, object], _Seen] = {}
    for path in sorted({(place / EVAL if place.is_dir() else place).resolve() for place in places}):
        for line in _read(path):
            if isinstance(line, Fault):
                reading.faults += 1
                continue
            reading.samples += 1
            try:
                visit, seen = _judge(line, packs, pairs, unproven=unproven)
            except _Refusal as refusal:
                reading.refused[str(refusal)] += 1
            else:
                visits[visit] = max(seen, visits.get(visit, seen), key=_order)
    _settle(reading, visits, mixed=mixed)
    return reading


def label(figures: Figures, *, is_flawed: bool) -> float | None:
    """Tell how good a pair looks, from 0 to 1; None: too little of it was measured."""
    if figures.luma_mean is None or figures.motion is None or figures.colourfulness is None:
        return None
    goodness = {
        "light": min(_rise(figures.luma_mean, 0, 0.15), _rise(figures.luma_mean, 0.9, 0.55)),
        "motion": _rise(math.log10(figures.motion + _LEAST_MOTION), -2.7, -1.5),
        "colour": _rise(figures.colourfulness, 0, 0.15),
    }
    if figures.audio_response is not None:
        goodness["response"] = _rise(figures.audio_response, 0.15, 0.7)
    if figures.visibility_fg is not None and figures.visibility_bg is not None:
        goodness["visible"] = _rise(min(figures.visibility_fg, figures.visibility_bg), 0, 0.15)
    couplings = [abs(one) for one in (figures.spatial_coupling, figures.temporal_coupling) if one is not None]
    if couplings:
        goodness["coupling"] = _rise(max(couplings), 0, 0.6)
    if figures.flashes_per_second is not None:
        goodness["calm"] = _rise(figures.flashes_per_second, 3, 0)
    left = math.prod(1 - _WEIGHTS[name] * (1 - good) for name, good in goodness.items())
    return left * FLAWED if is_flawed else left


def shares_below(labels: Sequence[float]) -> list[float]:
    """Give for each the share of the others that are lower; of one alone, 0."""
    below = np.searchsorted(np.sort(labels), labels, side="left")
    return (below / max(1, len(labels) - 1)).tolist()


def owner_label(sample: Sample) -> float | None:
    """Tell how good a pair looks by newliveweb's own score; None: it was not measured."""
    luma, motion = sample.viz_avg_luma, sample.viz_avg_frame_delta
    if luma is None or motion is None:
        return None
    return 0.65 * _rise(luma, 0.06, 0.18) + 0.35 * _rise(motion, 1.5e-5, 6e-4)


def _rise(value: float, nothing: float, full: float) -> float:
    """Run straight from 0 at one value to 1 at another, and stay there."""
    return min(1.0, max(0.0, (value - nothing) / (full - nothing)))


def _read(path: Path) -> Iterator[JournalLine | RecordError]:
    disk.refuse_other_than_file(path)
    with path.open("rb") as file:
        for line in bounded_lines(file):
            if not line.isspace():
                yield read_line(line, source=path.name)


def _judge(
    line: Sample | RecordError,
    packs: Mapping[str, Pack],
    pairs: Mapping[str, Mapping[int, Pair]],
    *,
    unproven: bool,
) -> tuple[tuple[_Place, object], _Seen]:
    """Find the visit that a sample is of, and what it saw."""
    if isinstance(line, RecordError):
        raise _Refusal("no record")
    pack, pair = packs.get(line.pack), pairs.get(line.pack, {}).get(-1 if line.pair is None else line.pair)
    if pack is None:
        raise _Refusal("of a pack that was not given")
    if pair is None:
        raise _Refusal("of no pair of its pack")
    files = pack.presets_of(pair)
    if files is None:
        raise _Refusal("its files are not there")
    place = _Place(files[0].sha256, files[1].sha256, line.pack, pair.pair)
    evidence = line.evidence
    if evidence is None:
        if not unproven:
            raise _Refusal("without evidence")
        return (place, line.t_ms), _see(line, None, line.audio_rms, owner_label(line))
    _refuse_unproven(evidence, place)
    labelled = None if line.figures is None else label(line.figures, is_flawed=bool(line.flaws))
    make = (evidence.adapter, evidence.seed)
    return (place, (evidence.run, evidence.repeat)), _see(line, make, evidence.audio.rms, labelled)


def _refuse_unproven(evidence: Evidence, place: _Place) -> None:
    before, after = evidence.on_screen.before, evidence.on_screen.after
    if before != after:
        raise _Refusal("another pair after the measurement than before")
    if before.fg_hash is None or before.bg_hash is None:
        raise _Refusal("without the hashes of what was shown")
    if (before.fg_hash, before.bg_hash) != (place.fg, place.bg):
        raise _Refusal("of other bytes than the pack's files have now")


def _see(sample: Sample, make: Make | None, rms: float | None, labelled: float | None) -> _Seen:
    if rms is None or rms < SILENT:
        raise _Refusal("silent")
    if labelled is None:
        raise _Refusal("without figures to judge by")
    figures = sample.figures or Figures()
    couplings = (figures.spatial_coupling, figures.temporal_coupling)
    spatial, temporal = (math.nan if one is None else float(one) for one in couplings)
    return _Seen(sample.t_ms, make, labelled, spatial, temporal)


def _order(seen: _Seen) -> tuple[int, float]:
    return seen.t_ms, seen.label


def _settle(reading: EvalReading, visits: Mapping[tuple[_Place, object], _Seen], *, mixed: bool) -> None:
    """Average what counts of the same two files."""
    reading.makes = Counter(seen.make for seen in visits.values() if seen.make)
    common = max(reading.makes, key=lambda make: (reading.makes[make], make), default=None)
    proven: defaultdict[tuple[str, str], list[tuple[_Place, _Seen]]] = defaultdict(list)
    others: defaultdict[tuple[str, str], list[tuple[_Place, _Seen]]] = defaultdict(list)
    for (place, _), seen in visits.items():
        if seen.make and seen.make != common and not mixed:
            reading.refused["by another adapter or with another seed"] += 1
        else:
            (proven if seen.make else others)[place.fg, place.bg].append((place, seen))
    chosen = dict(others) | dict(proven)
    averaged = [_average(chosen[files]) for files in sorted(chosen)]
    shares = shares_below([one.label for one in averaged])
    reading.measured = tuple(one._replace(score=share) for one, share in zip(averaged, shares, strict=True))


def _average(samples: Sequence[tuple[_Place, _Seen]]) -> MeasuredPair:
    place = min(place for place, _ in samples)
    seen = sorted((one for _, one in samples), key=_order)
    return MeasuredPair(
        *place,
        label=fmean(one.label for one in seen),
        score=math.nan,
        spatial=_mean(one.spatial for one in seen),
        temporal=_mean(one.temporal for one in seen),
        samples=len(seen),
    )


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return fmean(known) if known else math.nan
