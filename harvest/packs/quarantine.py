"""Pairs that plans leave out until released: they abort the engine, hang it, or never show.

`quarantine.v0.json` lies in the pack and is its own history: releasing an entry ends it, nothing is deleted.
An entry holds for the presets that misbehaved, not for their number: a pack made anew, in which the number
means two other presets, starts with a clean slate.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from harvest.packs import disk
from harvest.packs.contract import quoted
from harvest.packs.manifest import Pack
from harvest.packs.problem import PackError, PackProblem
from harvest.packs.publish import PRIVATE
from harvest.records import Fault, FaultName, Pair, Record, RecordError, parse, to_json
from harvest.records.record import Count, Many

QUARANTINE = "quarantine.v0.json"
_PATIENCE_S = 10.0

Reason = Literal["preset-abort", "preset-stuck", "pair-not-shown", "by-hand"]
"""The fault that a run met again and again, or a person's own."""


_REASONS: dict[FaultName, Reason] = {
    "page-stuck": "preset-stuck",
    "preset-stuck": "preset-stuck",
    "pair-not-shown": "pair-not-shown",
    "wrong-pair": "pair-not-shown",
    "preset-missing": "pair-not-shown",
}
"""What else a pair does, page crashes and lost contexts too, is an abort."""


class Release(Record):
    """Why an entry has ended."""

    at: str
    by: str
    why: str


class Entry(Record):
    """One pair held back."""

    pair: Count
    fg_hash: str
    """SHA-256 of the foreground's bytes."""
    bg_hash: str
    reason: Reason
    evidence: str
    """What was seen, in words."""
    run: str | None = None
    """The token of the run that saw it; missing where a person added the entry."""
    at: str
    by: str
    released: Release | None = None


class Quarantine(Record):
    """`quarantine.v0.json`: the pairs of one pack that are or were held back."""

    version: Literal["v0"] = "v0"
    pack: str
    entries: Many[Entry] = ()


def allowed(pack: Pack, quarantine: Quarantine) -> list[Pair]:
    """List the pairs that a plan may visit."""
    held = {_presets(entry) for entry in active(quarantine)}
    return [pair for pair in pack.manifest.pairs if _presets_of(pack, pair) not in held]


def active(quarantine: Quarantine) -> list[Entry]:
    """List the entries that nobody has released."""
    return [entry for entry in quarantine.entries if entry.released is None]


def holding(pack: Pack, quarantine: Quarantine) -> list[Entry]:
    """List those of them that hold a pair of this pack back: its presets are still those that misbehaved."""
    there = {_presets_of(pack, pair) for pair in pack.manifest.pairs}
    return [entry for entry in active(quarantine) if _presets(entry) in there]


def hashes(pack: Pack, number: int) -> tuple[str, str]:
    """Tell what identifies the presets of a pair, foreground first, however it is numbered later."""
    for pair in pack.manifest.pairs:
        if pair.pair == number and (presets := _presets_of(pack, pair)):
            return presets[1:]
    raise PackError(f"Pack {pack.name} has no pair {number} whose presets can be read.")


def add(quarantine: Quarantine, entry: Entry) -> Quarantine:
    """Hold a pair back."""
    for standing in active(quarantine):
        if _presets(standing) == _presets(entry):
            since = f"since {standing.at}, for {standing.reason}"
            raise PackError(f"Pair {entry.pair} of {quarantine.pack} is in quarantine already, {since}.")
    return quarantine.model_copy(update={"entries": (*quarantine.entries, entry)})


def release(quarantine: Quarantine, number: int, ending: Release) -> Quarantine:
    """Let a pair be visited again; its entry stays as history."""
    if not any(entry.pair == number for entry in active(quarantine)):
        raise PackError(f"Pair {number} of {quarantine.pack} is not in quarantine.")
    entries = tuple(
        entry if entry.pair != number or entry.released else entry.model_copy(update={"released": ending})
        for entry in quarantine.entries
    )
    return quarantine.model_copy(update={"entries": entries})


def read_quarantine(folder: Path) -> Quarantine:
    """Read what is held back in a pack; where there is no file, nothing is."""
    try:
        text = disk.read_file(folder / QUARANTINE, at_most=disk.JSON_BYTES)
    except FileNotFoundError:
        return Quarantine(pack=folder.absolute().name)
    return parse(text, Quarantine, source=str(folder / QUARANTINE))


def examine_quarantine(folder: Path) -> tuple[Quarantine | None, list[PackProblem]]:
    """Read what is held back as far as it can be read, and find what is wrong with it."""
    file, name = str(folder / QUARANTINE), folder.absolute().name
    try:
        held = read_quarantine(folder)
    except OSError as error:
        return None, [PackProblem(file=file, found=str(error.strerror), expected="a file that can be read")]
    except RecordError as error:
        return None, [
            PackProblem(file=file, field=at.path, found=at.found, expected=at.expected)
            for at in error.problems
        ]
    if held.pack == name:
        return held, []
    expected = f"its folder's name, {quoted(name)}"
    found = quoted(held.pack)
    return held, [PackProblem(severity="warning", file=file, field="pack", found=found, expected=expected)]


def hold_back(pack: Pack, number: int, fault: Fault, *, at: datetime) -> None:
    """Put a pair into quarantine whose every visit failed."""
    fg_hash, bg_hash = hashes(pack, number)
    entry = Entry(
        pair=number,
        fg_hash=fg_hash,
        bg_hash=bg_hash,
        reason=_REASONS.get(fault.name, "preset-abort"),
        evidence=f"{fault.name}, every time: {fault.evidence}",
        run=fault.run,
        at=at.isoformat(timespec="seconds"),
        by="harvest eval",
    )
    update(pack.folder, lambda quarantine: add(quarantine, entry))


def update(folder: Path, change: Callable[[Quarantine], Quarantine]) -> Quarantine:
    """Read, change and write the quarantine of a pack; other writers wait meanwhile."""
    with disk.locked(folder / PRIVATE / "quarantine.lock", wait_s=_PATIENCE_S):
        changed = change(read_quarantine(folder))
        disk.replace_file(folder / QUARANTINE, to_json(changed))
    return changed


_Presets = tuple[int, str, str]


def _presets(entry: Entry) -> _Presets:
    return entry.pair, entry.fg_hash, entry.bg_hash


def _presets_of(pack: Pack, pair: Pair) -> _Presets | None:
    presets = pack.presets_of(pair)
    return presets and (pair.pair, presets[0].sha256, presets[1].sha256)
