"""What is broken when, and what must be true afterwards. Pure."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from harvest.records import Fault, JournalLine, RecordError, Sample

Kind = Literal[
    "page crash",
    "browser killed",
    "GPU process killed",
    "context lost",
    "page spins",
    "page left",
    "browser stopped",
    "driver killed",
    "driver stopped",
    "server gone",
    "preset gone",
    "second harvest",
    "interrupted",
    "killed",
]
KINDS: Sequence[Kind] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One thing to be broken."""

    after: int
    """When the journal holds so many samples."""
    kind: Kind


def schedule(*, strokes: int, pairs: int, seed: int) -> list[Stroke]:
    """Draw when to strike; every kind comes equally often."""
    chance = random.Random(seed)  # noqa: S311
    kinds: list[Kind] = [KINDS[n % len(KINDS)] for n in range(strokes)]
    chance.shuffle(kinds)
    moments = sorted(chance.sample(range(1, pairs), strokes))
    return [Stroke(after=after, kind=kind) for after, kind in zip(moments, kinds, strict=True)]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is left of a run after all that."""

    pairs: int
    lost: Sequence[int]
    """Pairs without a sample."""
    twice: Sequence[int]
    different: Sequence[int]
    """Pairs whose pictures are not those of the undisturbed run."""
    broken_lines: int
    faults: Mapping[str, int]
    """As the journal tells them."""

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, doubled, changed or torn."""
        return not (self.lost or self.twice or self.different or self.broken_lines)


def judge(calm: Iterable[JournalLine | RecordError], wild: Iterable[JournalLine | RecordError]) -> Verdict:
    """Hold a run that was disturbed against one that was not."""
    expected = {line.pair: _pictures(line) for line in calm if isinstance(line, Sample)}
    lines = list(wild)
    samples = [line for line in lines if isinstance(line, Sample)]
    seen = Counter(sample.pair for sample in samples)
    different = {s.pair for s in samples if s.pair in expected and expected[s.pair] != _pictures(s)}
    return Verdict(
        pairs=len(expected),
        lost=_sorted(expected.keys() - seen.keys()),
        twice=_sorted(pair for pair, count in seen.items() if count > 1),
        different=_sorted(different),
        broken_lines=sum(isinstance(line, RecordError) for line in lines),
        faults=dict(Counter(line.name for line in lines if isinstance(line, Fault))),
    )


def _pictures(sample: Sample) -> str | None:
    return sample.evidence and sample.evidence.picture_hash


def _sorted(pairs: Iterable[int | None]) -> list[int]:
    return sorted(pair for pair in pairs if pair is not None)
