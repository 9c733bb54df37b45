"""`library-manifest.json`: single presets, not pairs; read as far as needed to list them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from harvest.packs import disk, urls
from harvest.packs.problem import PackError
from harvest.records import Record, RecordError, parse
from harvest.records.record import Many

LIBRARY = "library-manifest.json"


class LibraryPreset(Record):
    """One preset of a library."""

    id: str
    rel_path: str
    url: str | None = None
    label: str | None = None


class Library(Record):
    """The presets of one library."""

    version: Literal["v0", "v1", "v2", "v3"]
    presets: Many[LibraryPreset]


def read_library(folder: Path, file: str = LIBRARY) -> Library:
    """Read the list of a folder's presets, in any of the versions the page knows."""
    try:
        return parse(disk.read_file(folder / file, at_most=disk.JSON_BYTES), Library, source=file)
    except OSError as error:
        raise PackError(disk.explain(error)) from error
    except RecordError as error:
        raise PackError(*error.problems) from error


def files(folder: Path, library: Library) -> Iterator[tuple[LibraryPreset, Path | None]]:
    """Find the file of each preset within the folder; None where there is none, or only outside it."""
    for preset in library.presets:
        parts = preset.rel_path.replace("\\", "/").split("/")
        path = folder.joinpath(*parts)
        sound = not any(map(urls.name_complaint, parts)) and path.is_file() and disk.inside(path, folder)
        yield preset, path if sound else None
