"""The music of a run: a file that somebody named, or the first in a folder of theirs."""

import heapq
import os
from collections.abc import Callable
from pathlib import Path

CONTENT_TYPES = {
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
}
"""By suffix; what Windows itself says of these depends on the programs that were installed."""

MOST_SUBFOLDERS = 80
"""Looked into, as newliveweb's own tools do it: collections are huge, and lie on slow disks."""

Told = Callable[[str], None]


class TrackError(Exception):
    """There is no such music."""


def choose_track(file: Path | None, folder: Path | None, *, told: Told) -> Path | None:
    """Choose what is played; None: nothing was named, or the folder holds no music.

    A file wins over a folder. Of a folder it is the first file by name, else the first in the first of its
    sub-folders that has one, never deeper. `told` hears of sub-folders that cannot be looked into.
    """
    if file is not None:
        return _checked(file)
    return None if folder is None else _first_in(folder, told)


def _checked(file: Path) -> Path:
    """Refuse a file that is none, or that no browser would know."""
    if file.suffix.lower() not in CONTENT_TYPES:
        known = ", ".join(suffix[1:] for suffix in CONTENT_TYPES)
        raise TrackError(f"{file} is no music that can be played: it must be one of {known}.")
    try:
        if not file.is_file():
            raise TrackError(f"There is no file {file} to be played.")
        with file.open("rb") as opened:
            empty = not opened.read(1)
    except OSError as error:
        raise TrackError(f"{file} cannot be read: {error.strerror}.") from error
    if empty:
        raise TrackError(f"{file} is empty.")
    return file


def _first_in(folder: Path, told: Told) -> Path | None:
    """Look through a folder, then through its sub-folders; nothing is listed whole, it may hold a million."""
    try:
        if (found := _first_file(folder)) is not None:
            return found
        with os.scandir(folder) as entries:
            folders = (entry.name for entry in entries if _visible(entry) and entry.is_dir())
            names = heapq.nsmallest(MOST_SUBFOLDERS, folders, key=_order)
    except OSError as error:
        raise TrackError(f"The folder {folder} of music cannot be looked into: {error.strerror}.") from error
    for name in names:
        try:
            found = _first_file(folder / name)
        except OSError as error:
            told(f"{folder / name} cannot be looked into for music: {error.strerror}.")
            continue
        if found is not None:
            return found
    return None


def _first_file(folder: Path) -> Path | None:
    with os.scandir(folder) as entries:
        name = min((entry.name for entry in entries if _is_music(entry)), key=_order, default=None)
    return None if name is None else folder / name


def _is_music(entry: "os.DirEntry[str]") -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - a million paths would be slow
    return suffix in CONTENT_TYPES and _visible(entry) and entry.is_file()


def _visible(entry: "os.DirEntry[str]") -> bool:
    return not entry.name.startswith(".")


def _order(name: str) -> tuple[str, str]:
    """Sort the same on all systems, whatever their order of letters."""
    return name.casefold(), name
