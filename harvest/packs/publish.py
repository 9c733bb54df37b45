"""A pack changes all at once: everything new is staged, one rename decides, then it is moved into place.

    <pack>/.harvest/lock           held by the one writer
    <pack>/.harvest/staged/…       what the next version adds or replaces, complete before it counts
    <pack>/.harvest/decided.json   the moves that make it the version that stands, the manifest's last

A writer killed before the decision leaves the old version, and the next one throws away what it had staged.
A writer killed after it leaves the new one, and whoever opens the pack next makes the moves that are left.
The page, which reads a manifest and the presets it names, sees the old or the new version even in between:
presets are moved first, under names that the standing manifest does not use.

No folder is ever renamed: Windows refuses that while any program, such as a development server, has something
in it open, and between two renames there would be no pack at all.
"""

import errno
import os
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from harvest.packs import disk, urls
from harvest.records import Record, parse, to_json
from harvest.records.record import Many

PRIVATE = ".harvest"
_PATIENCE_S = 10.0

# Measured on ext4, 3,000 presets of 12 kB: flushed one after the other 2.4 s, eight at a time 0.7 s.
_FLUSHERS = 8


class _Decision(Record):
    moves: Many[str]


class Draft:
    """The next version of a pack; nothing of it counts before it is published."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._staged: dict[str, Path] = {}
        self._open: set[Path] = set()

    def __len__(self) -> int:
        return len(self._staged)

    def add(self, relative: str, data: bytes) -> None:
        """Stage one file of the next version, under its path within the pack.

        A place that cannot be written is refused here: once a change is decided on, it must be possible.
        """
        _refuse_outside(relative)
        target = self._folder / relative
        if target.parent not in self._open:
            _refuse_closed(target.parent, self._folder)
            self._open.add(target.parent)
        if target.is_dir():
            raise OSError(errno.EISDIR, "a folder, where a file must be", str(target))
        path = _staged(self._folder) / relative
        disk.write_draft(path, data)
        self._staged[relative] = path

    def publish(self) -> None:
        """Make it the version that stands."""
        with ThreadPoolExecutor(_FLUSHERS) as pool:
            list(pool.map(disk.flush, self._staged.values()))
        disk.flush_folders({path.parent for path in self._staged.values()})
        decision = _Decision(moves=tuple(sorted(self._staged, key=_turn)))
        disk.replace_file(_decided(self._folder), to_json(decision))
        _complete(self._folder)


@contextmanager
def drafting(folder: Path) -> Generator[Draft]:
    """Be the one writer of a pack; a second is refused at once."""
    with _alone(folder, wait_s=0):
        _complete(folder)
        _discard(folder)
        try:
            yield Draft(folder)
        finally:
            _discard(folder)


def settle(folder: Path) -> None:
    """Make the moves that an interrupted writer had decided; nearly always there are none."""
    if _decided(folder).exists():
        with _alone(folder, wait_s=_PATIENCE_S):
            _complete(folder)
            _discard(folder)


@contextmanager
def _alone(folder: Path, *, wait_s: float) -> Generator[None]:
    private = folder / PRIVATE
    private.mkdir(parents=True, exist_ok=True)
    _refuse_detour(private, folder)
    with disk.locked(private / "lock", wait_s=wait_s):
        yield


def _complete(folder: Path) -> None:
    """Make the decided moves that are left; made twice, they are the same."""
    decided = _decided(folder)
    if not decided.exists():
        return
    decision = parse(disk.read_file(decided, at_most=disk.JSON_BYTES), _Decision, source=str(decided))
    for relative in decision.moves:
        _refuse_outside(relative)
    places = {(folder / relative).parent for relative in decision.moves}
    for place in places:
        _refuse_closed(place, folder)
        place.mkdir(parents=True, exist_ok=True)
    for relative in decision.moves:
        if (staged := _staged(folder) / relative).exists():
            disk.move(staged, folder / relative)
    disk.flush_folders(places)
    decided.unlink()


def _discard(folder: Path) -> None:
    """Throw away what was staged, unless it has been decided on."""
    if not _decided(folder).exists():
        shutil.rmtree(_staged(folder), ignore_errors=True)


def _turn(relative: str) -> tuple[int, str]:
    """Presets before documents, the manifest last: what it names is there when it comes."""
    is_document, is_manifest = "/" not in relative, relative.startswith("pairs-manifest")
    return is_document + is_manifest, relative


def _refuse_outside(relative: str) -> None:
    if complaint := next(filter(None, map(urls.name_complaint, relative.split("/"))), None):
        raise OSError(errno.EINVAL, f"no path within a pack: {complaint}", relative)


def _refuse_detour(inner: Path, folder: Path) -> None:
    if not disk.inside(inner, folder):
        raise OSError(errno.ELOOP, "a link that leads out of the pack", str(inner))


def _refuse_closed(place: Path, folder: Path) -> None:
    """Refuse a folder that is none, leads out of the pack, or cannot be written; it need not exist."""
    for inner in reversed((place, *place.parents)):
        if inner.is_relative_to(folder) and os.path.lexists(inner):
            _refuse_detour(inner, folder)
            if not inner.is_dir():
                raise OSError(errno.ENOTDIR, "a file, where a folder must be", str(inner))
            if not os.access(inner, os.W_OK):
                raise OSError(errno.EACCES, "a folder that cannot be written", str(inner))


def _staged(folder: Path) -> Path:
    return folder / PRIVATE / "staged"


def _decided(folder: Path) -> Path:
    return folder / PRIVATE / "decided.json"
