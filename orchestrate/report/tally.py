"""A journal counted: read once, line by line, whatever its length; only numbers are kept of it. Pure."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harvest.records import Fault, Figures, JournalLine, RecordError, Sample
from train.evals import SILENT, label, owner_label
from train.metrics import spearman

FIGURES = tuple(Figures.model_fields)
"""The columns of a tally's figures."""
NOISE_FIGURES = ("luma_mean", "motion", "colourfulness")
"""What two visits to a pair are compared by: light, movement, colour."""

_BROKEN_KEPT = 5
_FAULTS_KEPT = 20_000

Pair = tuple[str, int]
"""A pack, and the number of a pair in it."""


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A time without sound."""

    began_ms: int
    ended_ms: int
    visits: int
    is_over: bool
    """Whether something was heard again."""

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.ended_ms - self.began_ms) / 1000


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How well two visits to the same pairs agree."""

    pairs: int
    correlations: Mapping[str, float | None]
    """By figure: the rank correlation; None where nothing differs."""


@dataclass(kw_only=True, eq=False)
class Tally:
    """What a journal comes to."""

    is_there: bool = False
    samples: int = 0
    ok: int = 0
    """By newliveweb's own rule."""
    first_ms: int | None = None
    last_ms: int | None = None
    moments: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """By pack: when each of its pairs was first seen, in order; only what is proven counts."""
    rows: dict[Pair, int] = field(default_factory=dict[Pair, int])
    """By pair: the row of its latest sample."""
    labels: dict[Pair, float] = field(default_factory=dict[Pair, float])
    """By pair: how good its latest sample looks, as the trainer has it; NaN: too little was measured."""
    flaws_of: dict[Pair, tuple[str, ...]] = field(default_factory=dict[Pair, tuple[str, ...]])
    """By pair: of its latest sample; in newliveweb's own rows its reasons."""
    reasons: Counter[str] = field(default_factory=Counter[str])
    flaws: Counter[str] = field(default_factory=Counter[str])
    sources: Counter[str] = field(default_factory=Counter[str])
    """Of sound."""
    renderers: Counter[str] = field(default_factory=Counter[str])
    unproven: int = 0
    """Samples that do not prove which pair was on screen."""
    runs: set[str] = field(default_factory=set[str])
    """Their tokens."""
    faults: list[Fault] = field(default_factory=list[Fault])
    fault_count: Counter[str] = field(default_factory=Counter[str])
    lost: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    """By fault: seconds."""
    spells: list[Spell] = field(default_factory=list[Spell])
    broken: int = 0
    broken_lines: list[str] = field(default_factory=list[str])
    """The first of them."""
    is_torn: bool = False
    """Whether the last line is no record: its writer was killed."""
    passes: defaultdict[int, dict[Pair, int]] = field(
        default_factory=lambda: defaultdict[int, dict[Pair, int]](dict)
    )
    """By pass: the row of each pair."""
    _figures: "array[float]" = field(default_factory=lambda: array("d"))
    _kept: int = 0

    @property
    def figures(self) -> NDArray[np.float64]:
        """A row a sample, a column a figure; NaN: it was not measured."""
        return np.frombuffer(self._figures or array("d"), np.float64).reshape(-1, len(FIGURES))

    def latest(self, name: str) -> NDArray[np.float64]:
        """Give one figure of every pair, where it was measured."""
        values = self.figures[list(self.rows.values()), FIGURES.index(name)]
        return values[np.isfinite(values)]

    @property
    def noise(self) -> Noise | None:
        """Compare the first two passes; None: no pair was visited twice."""
        first, second = self.passes.get(0, {}), self.passes.get(1, {})
        both = first.keys() & second.keys()
        if not both:
            return None
        one, two = ([which[pair] for pair in sorted(both)] for which in (first, second))
        found = {name: self._agreement(one, two, FIGURES.index(name)) for name in NOISE_FIGURES}
        return Noise(pairs=len(both), correlations=found)

    def _agreement(self, one: Sequence[int], two: Sequence[int], column: int) -> float | None:
        first, second = self.figures[one, column], self.figures[two, column]
        known = np.isfinite(first) & np.isfinite(second)
        return spearman(first[known], second[known])

    def note_fault(self, fault: Fault) -> None:
        """Count a fault."""
        self.fault_count[fault.name] += 1
        self.runs.add(fault.run)
        self.lost[fault.name] += fault.seconds_lost or 0.0
        if len(self.faults) < _FAULTS_KEPT:
            self.faults.append(fault)

    def note_sample(self, sample: Sample) -> None:
        """Count a sample; what it measured is kept if it proves of which pair."""
        evidence = sample.evidence
        self.samples += 1
        self.ok += sample.ok_heuristic
        self.reasons.update(sample.reasons)
        self.flaws.update(sample.flaws or ())
        if evidence:
            self.runs.add(evidence.run)
            self.sources[evidence.audio.source] += 1
            self.renderers[evidence.renderer_class] += 1
        is_another = evidence is not None and evidence.on_screen.before != evidence.on_screen.after
        self.unproven += evidence is None or is_another
        if sample.pair is not None and not is_another:
            self._keep((sample.pack, sample.pair), sample)

    def note_broken(self, error: RecordError) -> None:
        """Count a line that is no record."""
        self.broken += 1
        if self.broken <= _BROKEN_KEPT:
            self.broken_lines.append(str(error))

    def _keep(self, pair: Pair, sample: Sample) -> None:
        if pair not in self.rows:
            self.moments.setdefault(sample.pack, []).append(sample.t_ms)
        evidence, figures = sample.evidence, sample.figures or Figures()
        self.rows[pair] = self.passes[evidence.repeat if evidence else 0][pair] = self._kept
        self._kept += 1
        values = (getattr(figures, name) for name in FIGURES)
        self._figures.extend(float("nan") if value is None else float(value) for value in values)
        good = label(figures, is_flawed=bool(sample.flaws)) if sample.figures else owner_label(sample)
        self.labels[pair] = float("nan") if good is None else good
        self.flaws_of[pair] = tuple(sample.flaws or sample.reasons)


def count(lines: Iterable[JournalLine | RecordError]) -> Tally:
    """Count a journal."""
    tally = Tally(is_there=True)
    silence = _Silence(tally)
    for line in lines:
        tally.is_torn = isinstance(line, RecordError)
        if isinstance(line, RecordError):
            tally.note_broken(line)
            continue
        tally.first_ms = line.t_ms if tally.first_ms is None else min(line.t_ms, tally.first_ms)
        tally.last_ms = line.t_ms if tally.last_ms is None else max(line.t_ms, tally.last_ms)
        silence.note(line)
        if isinstance(line, Fault):
            tally.note_fault(line)
        else:
            tally.note_sample(line)
    silence.end()
    return tally


class _Silence:
    """Finds the times without sound: from the first silent visit to the next one that is heard."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._began_ms: int | None = None
        self._visits = 0

    def note(self, line: JournalLine) -> None:
        """Take one line into account."""
        if _is_silent(line):
            self._began_ms = line.t_ms if self._began_ms is None else self._began_ms
            self._visits += 1
        elif isinstance(line, Sample):
            self._close(line.t_ms, is_over=True)

    def end(self) -> None:
        """The journal ends here."""
        self._close(self._tally.last_ms or 0, is_over=False)

    def _close(self, at_ms: int, *, is_over: bool) -> None:
        if self._began_ms is not None:
            spell = Spell(began_ms=self._began_ms, ended_ms=at_ms, visits=self._visits, is_over=is_over)
            self._tally.spells.append(spell)
        self._began_ms, self._visits = None, 0


def _is_silent(line: JournalLine) -> bool:
    if isinstance(line, Fault):
        return line.name == "audio-silent"
    rms = line.evidence.audio.rms if line.evidence else line.audio_rms
    return rms is not None and rms < SILENT
