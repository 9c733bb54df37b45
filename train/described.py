"""Presets in numbers, each content once, and the file that keeps them from one training to the next.

The file is numpy's `.npz`: `version` and `columns` as `train.features` has them, `hashes` (SHA-256 of each
preset's bytes), and a row each in `numbers`, `looks` and `starts`. One of another version, with other columns
or with anything but finite numbers is refused: nothing is learned from features that nobody can name.
"""

import io
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harvest.packs import disk, milk
from harvest.packs.features import COORDINATES
from harvest.packs.workers import workers
from train.features import COLUMNS, LAYER_COLUMNS, VERSION, Described, Matrix, describe, describe_pairs
from train.problem import TrainError

_KEPT_BYTES = 4 << 30
_BATCH = 128
_WORTH_A_PROCESS = 1000
"""Fewer presets are described in the time that a process needs to start."""
_ROWS_AT_ONCE = 8192


class FeaturesError(TrainError):
    """Features that must not be learned from; says in a sentence why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Presets:
    """What describes some presets."""

    hashes: tuple[str, ...]
    """In order; a preset's place here is its row."""
    described: Described
    """A row each."""
    refused: Mapping[str, str]
    """By hash: why the others cannot be described."""

    def rows(self, hashes: Sequence[str]) -> NDArray[np.int64]:
        """Find presets; each must be described."""
        places = {sha256: row for row, sha256 in enumerate(self.hashes)}
        return np.array([places[sha256] for sha256 in hashes], np.int64)

    def pairs(self, fg: NDArray[np.int64], bg: NDArray[np.int64]) -> Matrix:
        """Give the features of pairs of rows."""
        values = np.empty((len(fg), len(COLUMNS)), np.float32)
        for start in range(0, len(fg), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            values[some] = describe_pairs(self._at(fg[some]), self._at(bg[some]))
        return values

    def _at(self, rows: NDArray[np.int64]) -> Described:
        return Described(*(array[rows] for array in self.described))


def describe_files(
    files: Mapping[str, Path], *, kept: Path | None = None, processes: int | None = None
) -> Presets:
    """Describe presets, given by the hash of their bytes; what a file keeps of them is not read again."""
    known = _read(kept) if kept and kept.exists() else {}
    due = sorted(files.keys() - known.keys())
    found = dict(_describe_all({sha256: files[sha256] for sha256 in due}, processes))
    fresh = {sha256: one for sha256, one in found.items() if isinstance(one, Described)}
    if kept and fresh:
        disk.replace_file(kept, _file_of(known | fresh))
    wanted = {sha256: one for sha256, one in (known | fresh).items() if sha256 in files}
    refused = {sha256: one for sha256, one in found.items() if isinstance(one, str)}
    return Presets(hashes=tuple(sorted(wanted)), described=_stack(wanted), refused=refused)


def _describe_all(files: Mapping[str, Path], processes: int | None) -> Iterator[tuple[str, Described | str]]:
    if processes is None:
        processes = (os.cpu_count() or 1) if len(files) >= _WORTH_A_PROCESS else 1
    with workers(processes) as pool:
        under_way = [pool.submit(_describe_some, some) for some in _batches(files)]
        for future in under_way:
            yield from future.result()


def _batches(files: Mapping[str, Path]) -> Iterator[Sequence[tuple[str, Path]]]:
    items = list(files.items())
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


def _describe_some(files: Sequence[tuple[str, Path]]) -> list[tuple[str, Described | str]]:
    return [(sha256, _describe_one(sha256, path)) for sha256, path in files]


def _describe_one(sha256: str, path: Path) -> Described | str:
    try:
        data = disk.read_file(path, at_most=milk.MAX_BYTES)
        preset = milk.parse(data).preset
    except OSError as error:
        return disk.explain(error)
    except milk.MilkError as error:
        return f"{path.name}: {error}"
    if disk.digest(data) != sha256:
        return f"{path.name}: it has changed since it was first read."
    return describe(preset)


def _stack(described: Mapping[str, Described]) -> Described:
    ordered = [described[sha256] for sha256 in sorted(described)]
    widths = (len(LAYER_COLUMNS), COORDINATES, 2)
    return Described(
        *(
            np.array([one[place] for one in ordered], np.float32).reshape(-1, width)
            for place, width in enumerate(widths)
        )
    )


def _file_of(described: Mapping[str, Described]) -> bytes:
    numbers, looks, starts = _stack(described)
    file = io.BytesIO()
    np.savez(
        file,
        version=np.array(VERSION),
        columns=np.array(LAYER_COLUMNS),
        hashes=np.array(sorted(described)),
        numbers=numbers,
        looks=looks,
        starts=starts,
    )
    return file.getvalue()


def _read(path: Path) -> dict[str, Described]:
    try:
        data = disk.read_file(path, at_most=_KEPT_BYTES)
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _broken(path, f"it cannot be read ({error})") from error
    if complaint := _complaint(arrays):
        raise _broken(path, complaint)
    rows = zip(arrays["numbers"], arrays["looks"], arrays["starts"], strict=True)
    return {str(sha256): Described(*row) for sha256, row in zip(arrays["hashes"], rows, strict=True)}


def _complaint(arrays: Mapping[str, NDArray[np.generic]]) -> str | None:
    """Say what is wrong with a file's arrays, if anything."""
    if missing := {"version", "columns", "hashes", "numbers", "looks", "starts"} - arrays.keys():
        return f"it has no {min(missing)}"
    if str(arrays["version"]) != VERSION:
        return f"its version is {arrays['version']}, not {VERSION}"
    if tuple(map(str, arrays["columns"].ravel())) != LAYER_COLUMNS:
        return "its columns are others"
    count = arrays["hashes"].size
    widths = {"numbers": len(LAYER_COLUMNS), "looks": COORDINATES, "starts": 2}
    for name, width in widths.items():
        array = arrays[name]
        if array.dtype != np.float32 or array.shape != (count, width):
            return f"its {name} are {array.shape} of {array.dtype}, not {(count, width)} of float32"
        if not np.isfinite(array).all():
            return f"its {name} are not all finite"
    return None


def _broken(path: Path, why: str) -> FeaturesError:
    return FeaturesError(f"The features in {path} cannot be used: {why}. Delete the file to make it anew.")
