"""Takes presets from where the owner keeps them into a pack, each pair whole or not at all."""

import errno
from collections.abc import Callable, Sequence
from pathlib import Path

from harvest.packs import disk, urls
from harvest.packs.milk import MAX_BYTES
from harvest.packs.problem import PackProblem
from harvest.packs.shelf import Shelf
from harvest.packs.source import SOURCE, Source, SourcePair, local
from harvest.packs.witness import Witness
from harvest.records import Pair

SUFFIXES = (".milk", ".milk2")

Keep = Callable[[str, bytes], None]
"""Receives a preset that the pack lacks: its path within the pack, and its bytes."""


class Intake:
    """What a source has to give a pack, gathered pair by pair."""

    def __init__(self, source: Source, pack: Path, *, within: Sequence[Path], keep: Keep) -> None:
        self.pairs: list[Pair] = []
        self.problems = [*source.problems]
        self.inputs = {str(source.path): disk.digest(source.text)}
        """Hashes by path at the source."""
        self.outputs: dict[str, str] = {}
        """Hashes by path within the pack."""
        self.copied = 0
        self.copied_bytes = 0
        self._home = source.path.parent
        inside = (self._home, *within)
        self._presets = Witness(lambda path: read_preset(path, inside))
        self._pack = pack.name
        self._keep = keep
        self._shelves = {layer: Shelf.of(pack, layer) for layer in ("fg", "bg")}

    def take(self, listed: SourcePair) -> None:
        """Take in one pair, or note what it lacks."""
        fg, bg = self._read(listed.pair, "fg", listed.fg), self._read(listed.pair, "bg", listed.bg)
        if fg and bg:
            fg_url, bg_url = self._shelve("fg", *fg), self._shelve("bg", *bg)
            diffs = {"warp_diff": listed.warp_diff, "cx_diff": listed.cx_diff}
            known = {name: diff for name, diff in diffs.items() if diff is not None}
            self.pairs.append(Pair(pair=listed.pair, fg_url=fg_url, bg_url=bg_url, **known))

    def changed(self) -> list[Path]:
        """List the presets that are no longer as they were read."""
        return self._presets.changed()

    def _read(self, pair: int, layer: str, spelled: str) -> tuple[Path, bytes] | None:
        path = self._home / local(spelled)
        try:
            return path, self._presets.read(path)
        except OSError as error:
            found = f"{path} ({error.strerror})"
            problem = PackProblem(file=SOURCE, pair=pair, field=layer, found=found, expected="a preset")
            self.problems.append(problem)
            return None

    def _shelve(self, layer: str, path: Path, data: bytes) -> str:
        digest = disk.digest(data)
        name, lacking = self._shelves[layer].place(path.name, digest)
        relative = f"{layer}/{name}"
        if lacking:
            self._keep(relative, data)
            self.copied += 1
            self.copied_bytes += len(data)
        self.inputs[str(path)] = digest
        self.outputs[relative] = digest
        return urls.of(self._pack, relative)


def read_preset(path: Path, within: Sequence[Path]) -> bytes:
    """Read a preset that lies in one of these folders, all links followed; anything else is an OSError."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "a NUL in the path", str(path))
    if not any(disk.inside(path, folder) for folder in within):
        raise OSError(errno.EACCES, "outside the source; --within allows another folder", str(path))
    if path.suffix.lower() not in SUFFIXES:
        raise OSError(errno.EINVAL, f"none of {', '.join(SUFFIXES)}", str(path))
    return disk.read_file(path, at_most=MAX_BYTES)
