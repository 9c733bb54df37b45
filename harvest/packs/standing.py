"""What a pack has been so far, as far as a new version of it must know."""

import os
from dataclasses import dataclass
from pathlib import Path

from harvest.packs import disk
from harvest.packs.contract import judge, quoted
from harvest.packs.manifest import MANIFEST, MANIFESTS
from harvest.packs.provenance import Provenance, read_provenance
from harvest.packs.source import to_wsl
from harvest.records import PairsManifest, RecordError, parse

SOURCE_COPY = "manifest.source.jsonl"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One pack; what is not there, or cannot be read, is to be written anew."""

    stands: bool = False
    """Whether there is a manifest, readable or not."""
    manifest: PairsManifest | None = None
    manifest_text: bytes = b""
    source_text: bytes = b""
    provenance: Provenance | None = None
    filtered: frozenset[str] | None = frozenset()
    """The presets that filtered manifests name; None: one of these cannot be read."""


def read_standing(pack: Path) -> Standing:
    """Read what stands."""
    manifest_text = _text(pack / MANIFEST)
    return Standing(
        stands=os.path.lexists(pack / MANIFEST),
        manifest=_parsed(manifest_text),
        manifest_text=manifest_text,
        source_text=_text(pack / SOURCE_COPY),
        provenance=_provenance(pack),
        filtered=_filtered(pack),
    )


def stranger(standing: Standing, source: Path) -> str | None:
    """Say whose pack stands there, if it was not made from this source."""
    if not standing.stands:
        return None
    pairs = f"{len(standing.manifest.pairs):,} pairs" if standing.manifest else "pairs that cannot be read"
    if (origin := standing.provenance) is None:
        return f"a pack of {pairs} that does not say where it comes from"
    match origin.parameters.get("source"):
        case str(spelled) if to_wsl(spelled) == to_wsl(str(source)):
            return None
        case str(spelled):
            return f"a pack of {pairs} from {quoted(spelled)}"
        case _:
            return f"a pack of {pairs} made by {quoted(' '.join(origin.command))}"


def _text(path: Path) -> bytes:
    try:
        return disk.read_file(path, at_most=disk.JSON_BYTES)
    except OSError:
        return b""


def _parsed(manifest: bytes) -> PairsManifest | None:
    try:
        return parse(manifest, PairsManifest)
    except RecordError:
        return None


def _provenance(pack: Path) -> Provenance | None:
    try:
        return read_provenance(pack)
    except (OSError, RecordError):
        return None


def _filtered(pack: Path) -> frozenset[str] | None:
    named: set[str] = set()
    for file in pack.glob(MANIFESTS):
        if file.name != MANIFEST:
            manifest = _parsed(_text(file))
            if manifest is None:
                return None
            files, _ = judge(manifest, pack.name, file.name)
            named |= set(files.values())
    return frozenset(named)
