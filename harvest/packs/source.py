"""The owner's `manifest.jsonl`: one pair a line, its presets named by paths of Windows or of WSL."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harvest.packs import disk
from harvest.packs.problem import PackError, PackProblem
from harvest.records import Record, RecordError, parse
from harvest.records.record import Count, Number

SOURCE = "manifest.jsonl"

_DRIVE = re.compile(r"([A-Za-z]):[\\/]")
_MOUNT = re.compile(r"/mnt/([A-Za-z])(?:/|$)")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PROBLEMS_BORNE = 1000


class SourcePair(Record):
    """One line: a pair and where its presets lie."""

    pair: Count
    fg: str
    bg: str
    warp_diff: Annotated[Number | None, Field(alias="warp_diff")] = None
    cx_diff: Annotated[Number | None, Field(alias="cx_diff")] = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source manifest as read."""

    path: Path
    text: bytes
    pairs: Sequence[SourcePair]
    problems: Sequence[PackProblem]


def to_windows(path: str) -> str:
    r"""Spell a path of WSL as Windows does: `/mnt/d/a/b` is `D:\a\b`; any other stays as it is."""
    if not (mount := _MOUNT.match(path)):
        return path
    return f"{mount[1].upper()}:\\" + path[mount.end() :].replace("/", "\\")


def to_wsl(path: str) -> str:
    r"""Spell a path of Windows as WSL does: `D:\a\b` is `/mnt/d/a/b`; any other stays as it is."""
    if not (drive := _DRIVE.match(path)):
        return path
    return f"/mnt/{drive[1].lower()}/" + path[drive.end() :].replace("\\", "/")


def local(path: str, *, windows: bool = os.name == "nt") -> Path:
    """Take a path of either system as this one spells it."""
    return Path(to_windows(path) if windows else to_wsl(path).replace("\\", "/"))


def has_changed(source: Source) -> bool:
    """Whether the manifest is no longer as it was read."""
    try:
        return disk.read_file(source.path, at_most=disk.JSON_BYTES) != source.text
    except OSError:
        return True


def read_source(folder: Path, *, limit: int | None = None) -> Source:
    """Read the pairs of a source, at most so many; lines that are none are listed, not fatal."""
    path = folder / SOURCE
    try:
        text = disk.read_file(path, at_most=disk.JSON_BYTES)
    except FileNotFoundError:
        raise PackError(f"There is no source in {folder}: it has no {SOURCE}.") from None
    except OSError as error:
        raise PackError(disk.explain(error)) from error
    if text.startswith(_UTF16) or b"\0" in text:
        raise PackError(f"{path}: found UTF-16 or NULs, expected lines of JSON in UTF-8.")
    pairs, problems = parse_source(text, limit=limit)
    if not pairs:
        raise PackError(problems[0] if problems else f"{path}: found nothing, expected a pair in each line.")
    return Source(path=path, text=text, pairs=pairs, problems=problems)


def parse_source(text: bytes, *, limit: int | None = None) -> tuple[list[SourcePair], list[PackProblem]]:
    """Read the first pairs of a text, and say of its other lines why they are none."""
    pairs: dict[int, SourcePair] = {}
    problems: list[PackProblem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if limit is not None and len(pairs) >= limit:
            break
        if len(problems) > _PROBLEMS_BORNE:
            raise PackError(f"{SOURCE}: found more than {_PROBLEMS_BORNE:,} flaws, expected a pair a line.")
        if not line.strip():
            continue
        report = partial(PackProblem, file=f"{SOURCE}:{number}")
        try:
            pair = parse(line, SourcePair)
        except RecordError as error:
            problems += (
                report(field=flaw.path, found=flaw.found, expected=flaw.expected) for flaw in error.problems
            )
            continue
        if pair.pair in pairs:
            problems.append(report(pair=pair.pair, found="this number again", expected="another"))
        pairs.setdefault(pair.pair, pair)
    return list(pairs.values()), problems
