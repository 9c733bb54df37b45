"""Makes a pack of presets that lie anywhere: found, read, sifted, paired, and written all at once.

Every file is read once for the index, and the few that are taken once more, so that what is written is what
was judged. A file that is broken, a copy, or has no partner is left out with its reason; nothing of that ends
the import.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from harvest.packs import disk, index_file, milk, urls
from harvest.packs.contract import quoted
from harvest.packs.contrast import contrast
from harvest.packs.features import COORDINATES, features
from harvest.packs.index import Index, Tally
from harvest.packs.index import Preset as Indexed
from harvest.packs.listing import LeftOut, find, shown, unreadable
from harvest.packs.manifest import MANIFEST
from harvest.packs.neighbours import Gathering
from harvest.packs.pairing import Band, by_contrast, by_shuffle
from harvest.packs.problem import PackError
from harvest.packs.provenance import PROVENANCE, Provenance, versions
from harvest.packs.publish import Draft, drafting
from harvest.packs.shelf import Shelf
from harvest.records import Pair, PairsManifest, to_json
from harvest.records.moment import timestamp

PairBy = Literal["name", "shuffle", "contrast"]
Phase = Literal["listing", "reading", "pairing"]

Progress = Callable[[Phase, int, int | None], None]
"""Told now and then how many are done, and of how many where that is known."""

_LEFT_OUT_KEPT = 1000
_REASONS_NAMED = 3
_FIGURE = re.compile(r"[0-9][0-9,]*")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to make of what, and who asks."""

    sources: Sequence[Path]
    """Folders, lists of paths, and single presets."""
    pack: Path
    """The folder of the pack, which has none yet."""
    pair_by: PairBy
    seed: int = 0
    pairs: int | None = None
    """At most so many."""
    band: Band | None = None
    distinct: bool = False
    """Whether to leave out what looks the same as a preset taken before; names pair all the same."""
    index: Path
    processes: int
    command: Sequence[str]
    at: datetime


@dataclass(kw_only=True)
class Reasons:
    """Why files were left out: how many for each reason, and the first of them by name."""

    counts: Counter[str] = field(default_factory=Counter[str])
    files: list[LeftOut] = field(default_factory=list[LeftOut])

    def add(self, left_out: LeftOut) -> None:
        """Take down one more."""
        self.counts[_FIGURE.sub("N", left_out.reason)] += 1
        if len(self.files) < _LEFT_OUT_KEPT:
            self.files.append(left_out)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an import found and made."""

    found: Tally
    pairs: int
    left_out: Reasons
    rebuilt: str | None
    """Why the index was made anew; None: it was not."""


@dataclass(frozen=True, kw_only=True)
class _Taken:
    path: str
    content: str
    data: bytes
    preset: milk.Preset


_TakenPair = tuple[int | None, _Taken, _Taken]


def import_pack(request: Request, *, progress: Progress, wait: Callable[[], None]) -> Outcome:
    """Make a pack; `wait` is told if another import has to end first."""
    _refuse_place(request.pack)
    with index_file.opened(request.index, wait=wait) as file:
        index = Index(file)
        index.note(find(request.sources), lambda done, of: progress("listing", done, of))
        index.read(request.processes, lambda done, of: progress("reading", done, of))
        found = index.tally()
        left_out = Reasons()
        with drafting(request.pack) as draft:
            packing = _Packing(request, draft)
            for number, fg, bg in islice(_choose(index, request, left_out.add), request.pairs):
                packing.add(number, fg, bg)
                progress("pairing", len(packing), request.pairs)
            if not len(packing):
                raise PackError(_why_none(found, left_out))
            packing.publish()
    return Outcome(found=found, pairs=len(packing), left_out=left_out, rebuilt=file.rebuilt)


def _why_none(found: Tally, left_out: Reasons) -> str:
    reasons = "".join(
        f" {count:,} left out: {why}" for why, count in left_out.counts.most_common(_REASONS_NAMED)
    )
    return f"Of {found.presets:,} preset{'' if found.presets == 1 else 's'}, no two make a pair.{reasons}"


def _refuse_place(pack: Path) -> None:
    if complaint := urls.name_complaint(pack.name):
        raise PackError(f"{quoted(pack.name)} is no name for a pack: found {complaint}.")
    if (pack / MANIFEST).exists():
        raise PackError(f"There is a pack in {pack} already; choose another place.")
    # Found out before hours of reading, not after.
    ground = next(place for place in (pack, *pack.parents) if os.path.lexists(place))
    if not ground.is_dir():
        raise PackError(f"No pack can lie in {pack}: {ground} is not a folder.")
    if not os.access(ground, os.W_OK):
        raise PackError(f"No pack can lie in {pack}: nothing can be written to {ground}.")


_Leave = Callable[[LeftOut], None]


def _choose(index: Index, request: Request, leave: _Leave) -> Iterator[_TakenPair]:
    for refusal in index.refusals():
        leave(refusal)
    if request.pair_by == "name":
        return _choose_by_name(index, leave)
    for copy in index.copies():
        leave(copy)
    presets = _take_all(index.shuffled(request.seed), leave)
    if request.distinct:
        presets = _sift(presets, leave)
    if request.pair_by == "shuffle":
        pairs = by_shuffle(presets)
    else:
        pairs = by_contrast(presets, lambda taken: taken.preset, request.band)
    return ((None, fg, bg) for fg, bg in pairs)


def _choose_by_name(index: Index, leave: _Leave) -> Iterator[_TakenPair]:
    for partless in index.partless():
        leave(partless)
    pairs: set[tuple[str, str]] = set()
    for couple in index.couples():
        match list(_take_all([couple.fg, couple.bg], leave)):
            case [fg, bg]:
                meanings = fg.preset.meaning_hash(), bg.preset.meaning_hash()
                if meanings[0] == meanings[1]:
                    leave(LeftOut(path=fg.path, reason="Both layers show the same.", instead=bg.path))
                elif meanings in pairs:
                    leave(LeftOut(path=fg.path, reason="A pair before it shows the same."))
                else:
                    pairs.add(meanings)
                    yield couple.number, fg, bg
            case _:
                pass  # what is missing has been left out with its reason


def _take_all(presets: Iterable[Indexed], leave: _Leave) -> Iterator[_Taken]:
    for path, content in presets:
        try:
            data = disk.read_file(Path(path), at_most=milk.MAX_BYTES)
        except OSError as error:
            leave(LeftOut(path=path, reason=unreadable(error)))
            continue
        if disk.digest(data) != content:
            leave(LeftOut(path=path, reason="It has changed since it was read."))
            continue
        yield _Taken(path=path, content=content, data=data, preset=milk.parse(data).preset)


def _sift(presets: Iterable[_Taken], leave: _Leave) -> Iterator[_Taken]:
    gathering = Gathering(COORDINATES)
    admitted: list[str] = []
    for taken in presets:
        double = gathering.admit(features(taken.preset))
        if double is None:
            admitted.append(taken.path)
            yield taken
        else:
            reason = "It looks the same as one taken before."
            leave(LeftOut(path=taken.path, reason=reason, instead=admitted[double]))


class _Packing:
    """The pack as it grows."""

    def __init__(self, request: Request, draft: Draft) -> None:
        self._request = request
        self._draft = draft
        self._numbers: list[int | None] = []
        self._pairs: list[Pair] = []
        self._inputs: dict[str, str] = {}
        self._outputs: dict[str, str] = {}
        self._shelves = {layer: Shelf.of(request.pack, layer) for layer in ("fg", "bg")}

    def __len__(self) -> int:
        return len(self._pairs)

    def add(self, number: int | None, fg: _Taken, bg: _Taken) -> None:
        """Add a pair."""
        warp_diff, cx_diff = contrast(fg.preset, bg.preset)
        pair = Pair(
            pair=len(self._pairs) + 1,
            fg_url=self._shelve("fg", fg),
            bg_url=self._shelve("bg", bg),
            warp_diff=warp_diff,
            cx_diff=cx_diff,
        )
        self._numbers.append(number)
        self._pairs.append(pair)

    def publish(self) -> None:
        """Write what it is and where it comes from, and let it count."""
        request = self._request
        name, at = request.pack.name, timestamp(request.at)
        manifest = to_json(
            PairsManifest(version="v0", generated_at=at, pack=name, pairs=tuple(self._numbered()))
        )
        if len(manifest) > disk.JSON_BYTES:
            raise PackError(f"{len(self):,} pairs are more than one manifest holds; ask for fewer.")
        provenance = Provenance(
            pack=name,
            made_at=at,
            command=tuple(request.command),
            parameters={
                "sources": [shown(str(source)) for source in request.sources],
                "pair_by": request.pair_by,
                "seed": request.seed,
                "pairs": request.pairs,
                "distinct": request.distinct,
                "band": [request.band.low, request.band.high] if request.band else None,
            },
            versions=versions(),
            inputs=self._inputs,
            outputs=self._outputs | {MANIFEST: disk.digest(manifest)},
        )
        self._draft.add(MANIFEST, manifest)
        self._draft.add(PROVENANCE, to_json(provenance))
        self._draft.publish()

    def _shelve(self, layer: str, taken: _Taken) -> str:
        name, is_new = self._shelves[layer].place(Path(shown(taken.path)).name, taken.content)
        relative = f"{layer}/{name}"
        if is_new:
            self._draft.add(relative, taken.data)
        self._inputs[shown(taken.path)] = taken.content
        self._outputs[relative] = taken.content
        return urls.of(self._request.pack.name, relative)

    def _numbered(self) -> Iterable[Pair]:
        """Give pairs the numbers in their names, where each has one of its own; else count them."""
        numbers = set(self._numbers)
        if None in numbers or len(numbers) < len(self._pairs):
            return self._pairs
        return (
            pair.model_copy(update={"pair": number})
            for pair, number in zip(self._pairs, self._numbers, strict=True)
        )
