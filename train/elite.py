"""Pairs scored by hand, as the owner's `AIVJ_FINAL_ELITE_MANIFEST.json` lists them, read with patience.

The file is a list of entries, or an object that holds such lists, whatever their keys:

    {"version": "v1", "pairs": [{"fg": "coupled_00065_fg.milk", "bg": "coupled_00065_bg.milk",
                                 "score": 4.6, "rank": 12}, …]}

    entry   means                                    also spelled
    fg      the foreground's file                    fgPath, fg_url, fgUrl, fgFile, foreground, …
    bg      the background's file                    bgPath, bg_url, background, …
    score   from 0 to 5, a number or its digits      eliteScore, final_score, rating
    rank    its place among all, the best first      eliteRank
    pair    its number, if it has one                pairId, id

Case, `_` and `-` in keys do not count. A layer may be an object with its file under `path`, `url`, `file` or
`name`. A file is looked for where its path says, on Windows or WSL; then from the manifest's folder, in its
`fg/` (`foregrounds/`) and `bg/` (`backgrounds/`), by its whole name and by its last part; an address that
begins with `/presets/` in the page's folder of packs. A byte-order mark may stand before everything.

Nothing is left out without a word: each entry that cannot be used is told with its reason. The same two files
listed twice are one entry. With two different scores they contradict each other: that is told, and the mean
counts, because nothing says which of the two was meant.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, NamedTuple, cast

from pydantic import ValidationError
from pydantic_core import core_schema

from harvest.packs import disk, milk, urls
from harvest.packs.source import local
from harvest.records import Record
from harvest.records.problem import mismatch
from harvest.records.record import Count, Number, one_of
from train.problem import TrainError

ELITE_MANIFEST = "AIVJ_FINAL_ELITE_MANIFEST.json"
BEST = 5
"""The highest score a hand can give."""

_EXPECTED = "a number from 0 to 5"
Stars = Annotated[
    int | float,
    one_of(
        _EXPECTED,
        core_schema.int_schema(strict=True, ge=0, le=BEST),
        core_schema.float_schema(strict=True, allow_inf_nan=False, ge=0, le=BEST),
        json_schema={"type": "number", "minimum": 0, "maximum": BEST},
    ),
]


class EliteEntry(Record):
    """One pair scored by hand, its keys already told apart."""

    fg: str
    bg: str
    score: Stars
    rank: Number | None = None
    pair: Count | None = None


class HandScore(NamedTuple):
    """What hands say of one pair of files."""

    fg: str
    """The hash of its bytes, like `bg`."""
    bg: str
    score: float
    """From 0 to 1."""
    pair: int | None
    """Its number in the first manifest that lists it, if it has one there."""


@dataclass(kw_only=True)
class EliteReading:
    """All that some manifests say, and what of it cannot be used."""

    scored: tuple[HandScore, ...] = ()
    """By the hashes of their files."""
    files: dict[str, Path] = field(default_factory=dict[str, Path])
    """By hash."""
    refused: list[str] = field(default_factory=list[str])
    """Of each entry that cannot be used, where it stands and why."""
    repeated: int = 0
    """Entries of which an equal one was there already."""
    contradictions: list[str] = field(default_factory=list[str])


class EliteError(TrainError):
    """A file that is no elite manifest; says in a sentence why."""


_LAYER_ENDS = ("", "path", "url", "file", "milk", "name")
_SPELLINGS: Mapping[str, str] = {
    **{f"{name}{end}": "fg" for name in ("fg", "foreground") for end in _LAYER_ENDS},
    **{f"{name}{end}": "bg" for name in ("bg", "background") for end in _LAYER_ENDS},
    **dict.fromkeys(("score", "elitescore", "finalscore", "rating"), "score"),
    **dict.fromkeys(("rank", "eliterank", "finalrank"), "rank"),
    **dict.fromkeys(("pair", "pairid", "id"), "pair"),
}
_IN_A_LAYER = ("path", "url", "file", "name")
_FOLDERS: Mapping[str, Sequence[str]] = {
    "fg": (".", "fg", "foregrounds", "foreground"),
    "bg": (".", "bg", "backgrounds", "background"),
}
_DIGITS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")


def read_elite(places: Sequence[Path], *, presets: Path | None = None) -> EliteReading:
    """Read manifests, or the folders they lie in; addresses of a page mean files below `presets`."""
    reading = EliteReading()
    found: dict[tuple[str, str], list[tuple[str, EliteEntry]]] = {}
    for manifest in sorted({place / ELITE_MANIFEST if place.is_dir() else place for place in places}):
        for where, item in _entries(manifest):
            try:
                entry = _entry(item, where)
                files = _files_of(entry, where, manifest.parent, presets)
            except EliteError as error:
                reading.refused.append(str(error))
                continue
            reading.files.update(files.values())
            found.setdefault((files["fg"][0], files["bg"][0]), []).append((where, entry))
    reading.scored = tuple(_merge(reading, key, found[key]) for key in sorted(found))
    return reading


def _entries(manifest: Path) -> Iterator[tuple[str, Any]]:
    """Yield each entry, and where it stands."""
    try:
        document = json.loads(disk.read_file(manifest, at_most=disk.JSON_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise EliteError(disk.explain(error)) from error
    except (ValueError, RecursionError) as error:
        raise EliteError(f"{manifest}: found no JSON ({error}), expected a list of scored pairs.") from error
    lists = _lists_of(document)
    if not lists:
        raise EliteError(f"{manifest}: found no list of objects, expected scored pairs.")
    for path, entries in lists.items():
        for at, entry in enumerate(entries):
            yield f"{manifest}: {path}[{at}]", entry


def _lists_of(document: Any) -> dict[str, list[Any]]:
    if isinstance(document, list):
        return {"$": cast("list[Any]", document)}
    if not isinstance(document, dict):
        return {}
    members = cast("dict[str, Any]", document)
    return {
        f"$.{key}": cast("list[Any]", value)
        for key, value in members.items()
        if isinstance(value, list) and any(isinstance(entry, dict) for entry in cast("list[Any]", value))
    }


def _entry(item: Any, where: str) -> EliteEntry:
    """Tell the keys of one entry apart."""
    if not isinstance(item, dict):
        raise EliteError(f"{where}: found no object, expected fg, bg and score.")
    known: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", item).items():
        name = _SPELLINGS.get(re.sub("[_-]", "", key).lower())
        if name is not None:
            known.setdefault(name, _READ[name](value))
    said = {name: value for name, value in known.items() if value is not None}
    try:
        return EliteEntry.model_validate(said, by_alias=True, by_name=False)
    except ValidationError as error:
        problem = mismatch(error.errors(include_url=False)[0], where)
        raise EliteError(str(problem)) from error


def _layer(value: Any) -> Any:
    """Find the file in what stands for a layer."""
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    return next((members[name] for name in _IN_A_LAYER if name in members), members)


def _score(value: Any) -> Any:
    return float(value) if isinstance(value, str) and _DIGITS.fullmatch(value.strip()) else value


def _aside(value: Any) -> Any:
    """Take a rank or number that is one; what else may stand there is nobody's business."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


_READ: Mapping[str, Callable[[Any], Any]] = {
    "fg": _layer,
    "bg": _layer,
    "score": _score,
    "rank": _aside,
    "pair": _aside,
}


def _files_of(
    entry: EliteEntry, where: str, folder: Path, presets: Path | None
) -> dict[str, tuple[str, Path]]:
    """Find the files of both layers: the hash of each, and where it lies."""
    found: dict[str, tuple[str, Path]] = {}
    for layer, name in (("fg", entry.fg), ("bg", entry.bg)):
        for path in _choices(name, layer, folder, presets):
            with suppress(OSError, ValueError):  # not there, not a file, or no name at all: try the next
                found[layer] = (disk.digest(disk.read_file(path, at_most=milk.MAX_BYTES)), path)
                break
        else:
            raise EliteError(f"{where}: found no file {name!r} for {layer}.")
    return found


def _choices(name: str, layer: str, folder: Path, presets: Path | None) -> Iterator[Path]:
    """List where a file may lie, the likeliest first."""
    plain = name.replace("\\", "/")
    if plain.startswith(urls.ROOT) and presets is not None:
        yield presets / plain.removeprefix(urls.ROOT)
    if (named := local(name)).is_absolute():
        yield named
    last = plain.rpartition("/")[2]
    relative = plain.lstrip("/") if not re.match("[A-Za-z]:", plain) else last
    for choice in dict.fromkeys((relative, last)):
        for inner in _FOLDERS[layer]:
            yield folder / inner / choice
            if not choice.lower().endswith(".milk"):
                yield folder / inner / f"{choice}.milk"


def _merge(
    reading: EliteReading, key: tuple[str, str], entries: Sequence[tuple[str, EliteEntry]]
) -> HandScore:
    """Make one of all entries for the same two files."""
    reading.repeated += len(entries) - 1
    scores = [float(entry.score) for _, entry in entries]
    if len(set(scores)) > 1:
        said = ", ".join(f"{score:g} ({where})" for score, (where, _) in zip(scores, entries, strict=True))
        reading.contradictions.append(f"The same two files have several scores, their mean counts: {said}.")
    pair = next((entry.pair for _, entry in entries if entry.pair is not None), None)
    return HandScore(fg=key[0], bg=key[1], score=fmean(scores) / BEST, pair=pair)
