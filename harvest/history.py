"""What a journal says was done already: which pairs have samples, and which visits failed.

What counts as a sample: it names a pair, and the same two presets were on screen before and after. One taken
with another seed or by another adapter is left out, and so are the owner's rows, which bear neither: figures
of different makes cannot be compared. `everyone=True` lets them in, to look only at what nobody has seen; a
row without evidence then counts for the first pass if it measured a brightness at all.

What counts as a failed visit: a fault that names a pair and may be that pair's doing. A kill, a full disk, or
a server that went away says nothing about the presets. A sample wipes the pair's slate clean.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from harvest.records import Adapter, Fault, FaultName, JournalLine, Sample

NOT_THE_PAIRS_DOING: AbstractSet[FaultName] = {
    "driver-gone",
    "driver-stuck",
    "page-left",
    "server-gone",
    "software-rendering",
    "manifest-mismatch",
    "self-test-failed",
    "audio-silent",
    "disk-full",
    "clock-change",
    "machine-slept",
    "folder-taken",
    "interrupted",
    "killed",
}


class History:
    """What was done, noted line by line in the order of the journal."""

    def __init__(self, *, seed: int, adapter: Adapter, everyone: bool = False) -> None:
        self.seed = seed
        self.adapter = adapter
        self.everyone = everyone
        self._passes: defaultdict[str, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._covered: defaultdict[str, set[int]] = defaultdict(set)
        self._failures: defaultdict[str, dict[int, list[Fault]]] = defaultdict(dict)

    def note(self, line: JournalLine) -> None:
        """Take one more line into account."""
        if isinstance(line, Fault):
            self._note_fault(line)
        elif line.pair is not None and self._counts(line):
            self._passes[line.pack][line.evidence.repeat if line.evidence else 0].add(line.pair)
            self._covered[line.pack].add(line.pair)
            self._failures[line.pack].pop(line.pair, None)

    def sampled(self, pack: str, repeat: int) -> AbstractSet[int]:
        """The pairs that have a sample of one pass."""
        return self._passes[pack].get(repeat, frozenset[int]())

    def covered(self, pack: str) -> AbstractSet[int]:
        """The pairs that have a sample of any pass."""
        return self._covered.get(pack, frozenset[int]())

    def failures(self, pack: str) -> dict[int, Sequence[Fault]]:
        """By pair: how its visits failed since its last sample; whose last failure is oldest comes first."""
        return {pair: tuple(faults) for pair, faults in self._failures[pack].items()}

    def _note_fault(self, fault: Fault) -> None:
        if fault.pack is not None and fault.pair is not None and fault.name not in NOT_THE_PAIRS_DOING:
            failed = self._failures[fault.pack]
            failed[fault.pair] = [*failed.pop(fault.pair, ()), fault]

    def _counts(self, sample: Sample) -> bool:
        evidence = sample.evidence
        if evidence is None:
            return self.everyone and sample.viz_avg_luma is not None
        proven = evidence.on_screen.before == evidence.on_screen.after
        ours = (evidence.seed, evidence.adapter) == (self.seed, self.adapter)
        return proven and (ours or self.everyone)


def recall(lines: Iterable[JournalLine], *, seed: int, adapter: Adapter, everyone: bool = False) -> History:
    """Take a journal into account."""
    history = History(seed=seed, adapter=adapter, everyone=everyone)
    for line in lines:
        history.note(line)
    return history
