"""Finds the presets a person named: walks folders and follows lists, and goes nowhere else."""

import codecs
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harvest.packs.problem import PackError
from harvest.packs.source import local

SUFFIX = ".milk"
MOST_ENTRIES = 1_000_000
"""Seven times the largest collection known; whoever names more has named the wrong folder."""
DEPTH = 24

_LINE_CHARS = 4096
_QUOTED = re.compile('^"(.*)"$')
_JUNCTION = 0xA0000003  # stat.IO_REPARSE_TAG_MOUNT_POINT, which only Windows has


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A preset file, as its folder lists it."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Something that was not taken, and why, in one sentence."""

    path: str
    reason: str
    instead: str | None = None
    """The file that stands for it."""


class Other:
    """Something that is no preset and does not pretend to be one."""


Entry = Found | LeftOut | Other


def find(sources: Sequence[Path], *, most: int = MOST_ENTRIES) -> Iterator[Entry]:
    """Look at everything in the sources: folders, lists of paths, and single presets.

    Links to folders are not followed: a folder is walked because a person named it, or one around it.
    """
    looked_at = 0
    for source in sources:
        for entry in _entries(source):
            looked_at += 1
            if looked_at > most:
                raise PackError(
                    f"There are more than {most:,} entries in {source} and what was named before it."
                )
            yield entry


def shown(path: str) -> str:
    """Spell any name a file can have, so that it can be printed and written."""
    return os.fsencode(path).decode(errors="backslashreplace")


def unreadable(error: OSError) -> str:
    """Say why something cannot be read."""
    return f"It cannot be read: {error.strerror or error}."


def _entries(source: Path) -> Iterator[Entry]:
    if not os.path.lexists(source):
        raise PackError(f"There is no {source}.")
    if source.is_dir():
        yield from _walk(_absolute(source), DEPTH)
    elif source.suffix.lower() == SUFFIX:
        yield _look(_absolute(source))
    else:
        yield from _follow(source)


def _absolute(path: Path) -> str:
    # Unlike Path.resolve it follows no link: a file is known by the name its owner gave it.
    return os.path.abspath(path)  # noqa: PTH100


def _walk(folder: str, depth: int) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield from _visit(entry, depth)
    except OSError as error:
        yield LeftOut(path=folder, reason=unreadable(error))


def _visit(entry: os.DirEntry[str], depth: int) -> Iterator[Entry]:
    try:
        is_folder = entry.is_dir()
        is_detour = is_folder and _is_detour(entry)
    except OSError as error:
        yield LeftOut(path=entry.path, reason=unreadable(error))
        return
    if is_detour:
        yield LeftOut(path=entry.path, reason="It is a link to a folder, which is not followed.")
    elif is_folder and depth == 0:
        yield LeftOut(path=entry.path, reason=f"It lies more than {DEPTH} folders deep.")
    elif is_folder:
        yield from _walk(entry.path, depth - 1)
    else:
        yield _look(entry.path, entry) if entry.name.lower().endswith(SUFFIX) else Other()


def _is_detour(entry: os.DirEntry[str]) -> bool:
    if os.name != "nt":
        return entry.is_symlink()
    # To Python 3.11 a junction is no link, and yet it leads anywhere.
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return entry.is_symlink() or tag == _JUNCTION


def _look(path: str, entry: "os.DirEntry[str] | None" = None) -> Found | LeftOut:
    try:
        status = entry.stat() if entry else os.stat(path)  # noqa: PTH116 - a million Paths take seconds
    except OSError as error:
        return LeftOut(path=path, reason=unreadable(error))
    return Found(path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _follow(source: Path) -> Iterator[Entry]:
    """Look at every path of a list; those that are relative start where the list lies."""
    try:
        with _open_list(source) as lines:
            for listed in _paths(source, lines):
                path = _absolute(source.parent / local(listed))
                is_preset = path.lower().endswith(SUFFIX)
                yield _look(path) if is_preset else LeftOut(path=path, reason=f"It is no {SUFFIX} file.")
    except OSError as error:
        raise PackError(f"{source}: {unreadable(error)}") from error


def _open_list(source: Path) -> TextIO:
    if source.is_fifo():
        # To open one that nobody writes to would take for ever.
        raise PackError(f"{source} is a pipe; write the list to a file.")
    binary = source.open("rb")
    # As PowerShell 5 writes what `dir > list.txt` lists.
    is_utf16 = binary.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    if is_utf16:
        return io.TextIOWrapper(binary, encoding="utf-16", errors="replace")
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape")


def _paths(source: Path, lines: TextIO) -> Iterator[str]:
    while line := lines.readline(_LINE_CHARS + 1):
        if "\0" in line or len(line) > _LINE_CHARS:
            raise PackError(f"{source} is no list of paths, one a line: it holds NULs or endless lines.")
        # Windows puts quotes around what "Copy as path" copies.
        if listed := _QUOTED.sub(r"\1", line.strip()):
            yield listed
