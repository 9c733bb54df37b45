"""Brings a pack from the owner's source to the folder the page reads: all at once, or not at all.

What changed is told by content, not by size and time: a copy's time is its own, network drives and WSL round
times, and the provenance needs the hashes anyway. To find 3,000 pairs unchanged takes 1.2 s on two cores.

A preset whose bytes changed comes under a new name, with its hash in it, and the old file stays until the
sync that brings the next change. So an address never means two things to a page, a cache or a journal that
knows it, and a night that began on the old version sees it to its end.

A source that somebody writes while it is read would give a mixture of two versions; so, before anything is
decided, all that was read is looked at again. A manifest that was not made from this source is somebody's
work: it is replaced only by force, and kept.
"""

import errno
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from harvest.packs import disk, urls
from harvest.packs.contract import quoted
from harvest.packs.intake import Intake, Keep
from harvest.packs.manifest import MANIFEST
from harvest.packs.problem import PackError, PackProblem
from harvest.packs.provenance import PROVENANCE, Provenance, hash_of, versions
from harvest.packs.publish import drafting
from harvest.packs.source import Source, has_changed, read_source
from harvest.packs.standing import SOURCE_COPY, Standing, read_standing, stranger
from harvest.records import PairsManifest, to_json
from harvest.records.moment import timestamp

_KEPT_DIGITS = 8
_CHANGED_NAMED = 3

Progress = Callable[[int, int], None]
"""Told after each pair how many are done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to bring where, and who asks."""

    source: Path
    """The folder of `manifest.jsonl`; presets that lie elsewhere are refused."""
    presets: Path
    """The folder in which packs lie."""
    name: str
    within: Sequence[Path] = ()
    """Other folders in which presets may lie."""
    limit: int | None = None
    """At most so many pairs."""
    force: bool = False
    """Replace a pack that was not made from this source."""
    command: Sequence[str]
    at: datetime

    @property
    def pack(self) -> Path:
        """The folder of the pack."""
        return self.presets / self.name


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a sync did, or would do."""

    state: Literal["new", "changed", "unchanged"]
    """What the page will find."""
    pairs: int
    copied: int
    copied_bytes: int
    problems: Sequence[PackProblem]
    """Why parts of the source are not in the pack."""
    replaces: str | None
    """Whose pack it takes the place of, in words; None: of none, or of one from the same source."""


def sync(request: Request, *, progress: Progress) -> Outcome:
    """Make the pack what its source says, as far as the source is whole."""
    source = _read_source(request)
    with drafting(request.pack) as draft:
        standing = read_standing(request.pack)
        _refuse_stranger(request, standing)
        intake = _take_in(request, source, draft.add, progress)
        revision = revise(request, source, intake, standing)
        for name, text in revision.documents.items():
            draft.add(name, text)
        if len(draft):
            _remove(request.pack, revision.outlived)
            draft.publish()
    return _outcome(request, standing, intake, revision)


def rehearse(request: Request, *, progress: Progress) -> Outcome:
    """Tell what a sync would do; writes nothing."""
    source = _read_source(request)
    standing = read_standing(request.pack)
    intake = _take_in(request, source, lambda _relative, _data: None, progress)
    return _outcome(request, standing, intake, revise(request, source, intake, standing))


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What to write and what to remove so that a pack becomes what its source says."""

    documents: Mapping[str, bytes]
    """By name; one that stands already is left out."""
    outlived: Mapping[str, str]
    """Presets, with their hashes, of neither this version nor the one before."""


def revise(request: Request, source: Source, intake: Intake, standing: Standing) -> Revision:
    """Decide what the pack's documents become; one that would say the same stays as it is, to the byte."""
    old = standing.provenance
    manifest = _manifest(request, intake, standing)
    outputs = intake.outputs | {MANIFEST: disk.digest(manifest), SOURCE_COPY: disk.digest(source.text)}
    gone = _gone(old, outputs)
    outlived = _outlived(gone, standing)
    provenance = Provenance(
        pack=request.name,
        made_at=timestamp(request.at),
        command=tuple(request.command),
        parameters={
            "source": str(request.source),
            "within": [str(folder) for folder in request.within],
            "limit": request.limit,
        },
        versions=versions(),
        inputs=intake.inputs,
        outputs=outputs,
        superseded={path: digest for path, digest in gone.items() if path not in outlived},
    )
    documents = _kept(request, standing)
    if manifest != standing.manifest_text:
        documents[MANIFEST] = manifest
    if source.text != standing.source_text:
        documents[SOURCE_COPY] = source.text
    if old is None or _gist(old) != _gist(provenance):
        documents[PROVENANCE] = to_json(provenance)
    return Revision(documents=documents, outlived=outlived)


def _manifest(request: Request, intake: Intake, standing: Standing) -> bytes:
    name, pairs, old = request.name, tuple(intake.pairs), standing.manifest
    if old is not None and (old.pack, old.pairs) == (name, pairs):
        return standing.manifest_text
    return to_json(PairsManifest(version="v0", generated_at=timestamp(request.at), pack=name, pairs=pairs))


def _refuse_stranger(request: Request, standing: Standing) -> None:
    if not request.force and (found := stranger(standing, request.source)):
        raise PackError(f"In {request.pack} stands {found}; --force replaces it, and keeps its manifest.")


def _kept(request: Request, standing: Standing) -> dict[str, bytes]:
    """Keep somebody else's manifest, under a name by which the presets that it names are kept as well."""
    if stranger(standing, request.source) is None:
        return {}
    text = disk.read_file(request.pack / MANIFEST, at_most=disk.JSON_BYTES)
    return {f"pairs-manifest.v0.before-sync.{disk.digest(text)[:_KEPT_DIGITS]}.json": text}


def _gone(old: Provenance | None, outputs: Mapping[str, str]) -> dict[str, str]:
    """List the presets of earlier versions that this one has no more."""
    earlier = {**old.superseded, **old.outputs} if old else {}
    return {path: digest for path, digest in earlier.items() if "/" in path and path not in outputs}


def _outlived(gone: Mapping[str, str], standing: Standing) -> dict[str, str]:
    """List those of them that the version before had no more either, and no filtered manifest has."""
    if standing.provenance is None or standing.filtered is None:
        return {}
    candidates = standing.provenance.superseded.keys() - standing.filtered
    return {path: digest for path, digest in gone.items() if path in candidates}


def _gist(provenance: Provenance) -> tuple[object, ...]:
    """Tell what makes two provenances one: all but when, by which command line and on what."""
    return provenance.pack, provenance.parameters, provenance.inputs, provenance.outputs


def _read_source(request: Request) -> Source:
    if complaint := urls.name_complaint(request.name):
        raise PackError(f"{quoted(request.name)} is no name for a pack: found {complaint}.")
    if not request.presets.is_dir():
        raise PackError(f"There is no folder {request.presets} for packs to lie in.")
    return read_source(request.source, limit=request.limit)


def _take_in(request: Request, source: Source, keep: Keep, progress: Progress) -> Intake:
    intake = Intake(source, request.pack, within=request.within, keep=keep)
    for done, pair in enumerate(source.pairs, 1):
        intake.take(pair)
        progress(done, len(source.pairs))
    _refuse_change(source, intake)
    if not intake.pairs:
        raise PackError(f"No pair of {source.path} is whole; for one thing, {intake.problems[0]}")
    return intake


def _refuse_change(source: Source, intake: Intake) -> None:
    changed = [*([source.path] if has_changed(source) else []), *intake.changed()]
    if changed:
        named = ", ".join(map(str, changed[:_CHANGED_NAMED]))
        more = f" and {len(changed) - _CHANGED_NAMED:,} more" if len(changed) > _CHANGED_NAMED else ""
        why = f"The source has changed while it was read: {named}{more}; run it again when it is done"
        raise BlockingIOError(errno.EAGAIN, why)


def _remove(pack: Path, outlived: Mapping[str, str]) -> None:
    """Remove presets we wrote ourselves, unless somebody has changed them."""
    for relative, digest in outlived.items():
        if hash_of(pack, relative) == digest:
            with suppress(OSError):
                (pack / relative).unlink()


def _outcome(request: Request, standing: Standing, intake: Intake, revision: Revision) -> Outcome:
    changed = "changed" if standing.manifest_text else "new"
    return Outcome(
        state=changed if intake.copied or MANIFEST in revision.documents else "unchanged",
        pairs=len(intake.pairs),
        copied=intake.copied,
        copied_bytes=intake.copied_bytes,
        problems=intake.problems,
        replaces=stranger(standing, request.source),
    )
