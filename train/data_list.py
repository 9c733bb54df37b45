"""A file that lists where labels are: one path a line, of an elite manifest or of a run.

Relative paths begin at the list's folder; what follows `#` at the start of a line is for people.
"""

from pathlib import Path
from typing import NamedTuple

from harvest.packs import disk
from train.elite import ELITE_MANIFEST
from train.evals import EVAL
from train.problem import TrainError

_LIST_BYTES = 1 << 20


class DataList(NamedTuple):
    """What a list names."""

    elite: tuple[Path, ...]
    evals: tuple[Path, ...]


class DataListError(TrainError):
    """A list with a line that names nothing to learn from; says which and why."""


def read_data_list(path: Path) -> DataList:
    """Read a list; every line must lead somewhere."""
    elite: list[Path] = []
    evals: list[Path] = []
    try:
        lines = disk.read_file(path, at_most=_LIST_BYTES).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise DataListError(disk.explain(error)) from error
    except UnicodeDecodeError as error:
        raise DataListError(f"{path}: found bytes that are no UTF-8, expected one path a line.") from error
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            place = path.parent / line
            kind = _kind(place)
            if kind is None:
                raise DataListError(
                    f"{path}:{number}: found {line}, expected a manifest of scored pairs (*.json), "
                    f"an {EVAL}, or a folder that holds {ELITE_MANIFEST} or {EVAL}."
                )
            (elite if kind == "elite" else evals).append(place)
    return DataList(tuple(elite), tuple(evals))


def _kind(place: Path) -> str | None:
    """Tell an elite manifest from a run."""
    if place.is_dir():
        kinds = {"elite": place / ELITE_MANIFEST, "eval": place / EVAL}
        return next((kind for kind, file in kinds.items() if file.is_file()), None)
    ends = {".json": "elite", ".jsonl": "eval"}
    return ends.get(place.suffix.lower()) if place.is_file() else None
