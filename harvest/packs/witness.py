"""Tells whether files are still what they were when they were read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harvest.packs import disk

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Sight:
    stamp: _Stamp | None
    digest: str | None
    """None: it could not be read."""


class Witness:
    """Reads files, and remembers how it found each."""

    def __init__(self, read: Callable[[Path], bytes]) -> None:
        self._read = read
        self._seen: dict[Path, _Sight] = {}
        self._torn: set[Path] = set()

    def read(self, path: Path) -> bytes:
        """Read a file."""
        # Before its bytes: whoever writes between the two is found out.
        stamp = _stamp(path)
        try:
            data = self._read(path)
        except OSError:
            self._note(path, _Sight(stamp, None))
            raise
        self._note(path, _Sight(stamp, disk.digest(data)))
        return data

    def changed(self) -> list[Path]:
        """List the files that are not as they were; bytes are read again only where the times differ."""
        return [path for path in self._seen if path in self._torn or self._differs(path)]

    def _note(self, path: Path, sight: _Sight) -> None:
        if self._seen.setdefault(path, sight).digest != sight.digest:
            self._torn.add(path)

    def _differs(self, path: Path) -> bool:
        sight = self._seen[path]
        return _stamp(path) != sight.stamp and self._digest(path) != sight.digest

    def _digest(self, path: Path) -> str | None:
        try:
            return disk.digest(self._read(path))
        except OSError:
            return None


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):  # ValueError: a name with a NUL, which no file has
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
