"""Writes a generated pack: presets, manifest, truth and provenance, all at once or not at all.

    <pack>/pairs-manifest.v0.json      what the page reads
    <pack>/truth.jsonl                 what the pairs really are, a line each; not for trainers
    <pack>/pack-provenance.v0.json     how to make it again
    <pack>/fg/00000_fg.1a2b3c4d.milk   named by number and content, which tell nothing of how good it is
    <pack>/bg/…

The same seed, rates and number of pairs give the same bytes; fewer pairs give the first of them. Only the
provenance differs, which tells the time; therefore the manifest does not.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harvest.packs import disk, urls
from harvest.packs.contract import quoted
from harvest.packs.contrast import contrast
from harvest.packs.generate.pair import GeneratedPair, generate_pair
from harvest.packs.generate.planted import PLANTED, Rates
from harvest.packs.manifest import MANIFEST, QUALITY
from harvest.packs.milk import Preset, build
from harvest.packs.problem import PackError
from harvest.packs.provenance import PROVENANCE, Provenance, hash_of, read_provenance, versions
from harvest.packs.publish import PRIVATE, Draft, drafting
from harvest.packs.quarantine import QUARANTINE
from harvest.records import Pair, PairsManifest, to_json, to_line
from harvest.records.moment import timestamp

TRUTH = "truth.jsonl"
MOST_PAIRS = 100_000
"""A manifest of more would be larger than any reader takes."""

Progress = Callable[[int, int], None]
"""Told after each pair how many are done, and of how many."""

_OWN = {MANIFEST, TRUTH, PROVENANCE, "fg", "bg", PRIVATE, QUALITY, QUARANTINE}
"""What a generated pack holds; its scores and quarantine came later, and are kept."""
_SEEDS = range(-(1 << 63), 1 << 63)
"""Those that a JSON file can hold."""
_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to generate, where, and who asks."""

    pack: Path
    """The folder of the pack."""
    pairs: int
    seed: int
    rates: Rates
    force: bool = False
    """Replace a generated pack that stands there."""
    command: Sequence[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was generated."""

    pairs: int
    bytes: int
    cases: Mapping[str, int]
    """How many pairs there are of each case, good and plain among them."""


def generate_pack(request: Request, *, progress: Progress) -> Outcome:
    """Generate a pack."""
    _refuse_nonsense(request)
    _refuse_place(request)
    with drafting(request.pack) as draft:
        before = read_provenance(request.pack)
        packing = _Packing(request, draft)
        for number in range(request.pairs):
            packing.add(generate_pair(number, seed=request.seed, rates=request.rates))
            progress(number + 1, request.pairs)
        packing.publish(before)
    return packing.outcome()


def _refuse_nonsense(request: Request) -> None:
    if not 1 <= request.pairs <= MOST_PAIRS:
        raise PackError(f"A pack has from 1 to {MOST_PAIRS:,} pairs, not {request.pairs:,}.")
    if request.seed not in _SEEDS:
        raise PackError(f"A seed is a whole number of at most 64 bits, not {request.seed:,}.")
    if strangers := request.rates.keys() - PLANTED.keys():
        raise PackError(f"There is no case {min(strangers)} to plant; there are {', '.join(PLANTED)}.")
    if not all(0 <= rate <= 1 for rate in request.rates.values()) or sum(request.rates.values()) > 1:
        raise PackError("Rates of planted cases are shares from 0 to 1, and together at most 1.")


def _refuse_place(request: Request) -> None:
    pack = request.pack
    if complaint := urls.name_complaint(pack.name):
        raise PackError(f"{quoted(pack.name)} is no name for a pack: found {complaint}.")
    standing = {entry.name for entry in pack.iterdir()} if pack.exists() else set[str]()
    if strange := standing - _OWN:
        raise PackError(
            f"{pack} holds {min(strange)}, which is not of a generated pack; choose another place."
        )
    if MANIFEST in standing and not request.force:
        raise PackError(f"There is a pack in {pack} already; --force replaces it.")


class _Packing:
    """A pack as it grows."""

    def __init__(self, request: Request, draft: Draft) -> None:
        self._request = request
        self._draft = draft
        self._pairs: list[Pair] = []
        self._truths: list[bytes] = []
        self._outputs: dict[str, str] = {}
        self._cases = Counter[str]()
        self._bytes = 0

    def add(self, pair: GeneratedPair) -> None:
        number = pair.truth.pair
        warp_diff, cx_diff = contrast(pair.fg, pair.bg)
        self._pairs.append(
            Pair(
                pair=number,
                fg_url=self._add_preset(number, "fg", pair.fg),
                bg_url=self._add_preset(number, "bg", pair.bg),
                warp_diff=warp_diff,
                cx_diff=cx_diff,
            )
        )
        self._truths.append(to_line(pair.truth))
        self._cases[pair.truth.case] += 1

    def publish(self, before: Provenance | None) -> None:
        manifest = PairsManifest(version="v0", pack=self._request.pack.name, pairs=tuple(self._pairs))
        self._add(MANIFEST, to_json(manifest))
        self._add(TRUTH, b"".join(self._truths))
        self._draft.add(PROVENANCE, to_json(self._provenance(before)))
        if before:
            _remove(self._request.pack, _gone(before.superseded, self._outputs))
        self._draft.publish()

    def outcome(self) -> Outcome:
        return Outcome(pairs=len(self._pairs), bytes=self._bytes, cases=dict(sorted(self._cases.items())))

    def _add_preset(self, number: int, layer: str, preset: Preset) -> str:
        data = build(preset).data
        relative = f"{layer}/{number:05}_{layer}.{disk.digest(data)[:_DIGITS]}.milk"
        self._add(relative, data)
        return urls.of(self._request.pack.name, relative)

    def _add(self, relative: str, data: bytes) -> None:
        self._draft.add(relative, data)
        self._outputs[relative] = disk.digest(data)
        self._bytes += len(data)

    def _provenance(self, before: Provenance | None) -> Provenance:
        request = self._request
        return Provenance(
            pack=request.pack.name,
            made_at=timestamp(request.at),
            command=tuple(request.command),
            parameters={
                "pairs": request.pairs,
                "seed": request.seed,
                "rates": dict(request.rates),
                "force": request.force,
            },
            versions=versions(),
            inputs={},
            outputs=self._outputs,
            superseded=_gone(before.outputs, self._outputs) if before else {},
        )


def _gone(earlier: Mapping[str, str], outputs: Mapping[str, str]) -> dict[str, str]:
    """List the presets of an earlier version that this one has no more."""
    return {path: digest for path, digest in earlier.items() if "/" in path and path not in outputs}


def _remove(pack: Path, presets: Mapping[str, str]) -> None:
    """Remove presets of the version before the last, unless somebody has changed them."""
    for relative, digest in presets.items():
        if hash_of(pack, relative) == digest:
            with suppress(OSError):
                (pack / relative).unlink()
