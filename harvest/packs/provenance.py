"""Where a pack comes from: what it was made of, by which command, and what was written.

Each pack that we write carries `pack-provenance.v0.json`. A pack without one is foreign: it may be good, but
nobody can tell whether it is still what its maker wrote, or make it again.
"""

import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from harvest.packs import disk, urls
from harvest.records import Record, RecordError, parse
from harvest.records.record import FreeForm, Many

PROVENANCE = "pack-provenance.v0.json"
_AT_MOST = 4 * disk.JSON_BYTES
"""It names each preset up to three times, as input, output and superseded."""


class Provenance(Record):
    """How a pack was made. Hashes are SHA-256 in hexadecimal, by path."""

    version: Literal["v0"] = "v0"
    pack: str
    made_at: str
    command: Many[str]
    """The command line, word by word."""
    parameters: Mapping[str, FreeForm]
    """Everything the command went by, defaults included."""
    versions: Mapping[str, str]
    """Of harvest and of what it ran on."""
    inputs: Mapping[str, str]
    """What was read, by its path on the machine that read it."""
    outputs: Mapping[str, str]
    """What was written, by its path within the pack."""
    superseded: Mapping[str, str] = {}
    """Presets of the version before, left for pages that still show it; the next writer removes them."""


State = Literal["matches", "differs", "foreign"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a pack is what its maker wrote."""

    state: State
    differences: Sequence[str] = ()


def versions() -> dict[str, str]:
    """Tell what is at work; harvest itself is missing where it runs without having been installed."""
    known = {"python": platform.python_version(), "system": platform.platform()}
    with suppress(PackageNotFoundError):
        known["harvest"] = version("harvest")
    return known


def read_provenance(folder: Path) -> Provenance | None:
    """Read how a pack was made; None: nobody says."""
    try:
        text = disk.read_file(folder / PROVENANCE, at_most=_AT_MOST)
    except FileNotFoundError:
        return None
    return parse(text, Provenance, source=PROVENANCE)


def verify(folder: Path, *, known: Mapping[str, str] | None = None) -> Verdict:
    """Compare a pack with what its maker wrote; hashes already known by path are not taken again."""
    try:
        provenance = read_provenance(folder)
    except OSError as error:
        return Verdict(state="differs", differences=[disk.explain(error)])
    except RecordError as error:
        return Verdict(state="differs", differences=[str(problem) for problem in error.problems])
    if provenance is None:
        return Verdict(state="foreign")
    found = {path: (known or {}).get(path) or hash_of(folder, path) for path in provenance.outputs}
    return compare(provenance, found)


def compare(provenance: Provenance, found: Mapping[str, str | None]) -> Verdict:
    """Judge by the hashes found; None: there is no such file."""
    differences = [
        f"{path} is {'missing' if found.get(path) is None else 'not what was written'}"
        for path, written in provenance.outputs.items()
        if found.get(path) != written
    ]
    return Verdict(state="differs" if differences else "matches", differences=differences)


def hash_of(folder: Path, relative: str) -> str | None:
    """Hash one file of a pack; None where there is none within the pack that can be read."""
    if any(map(urls.name_complaint, relative.split("/"))):
        return None
    try:
        path = folder / relative
        return disk.digest(disk.read_file(path, at_most=_AT_MOST)) if disk.inside(path, folder) else None
    except OSError:
        return None
