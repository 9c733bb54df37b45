r"""A pack as it lies on disk: found, read with patience, judged without, and hashed.

Two hashes tell whether two places hold the same thing, both SHA-256 in hexadecimal:

    manifest hash    of the manifest's bytes; a page can take it of what it fetched
    content hash     of what `sha256sum` prints for the manifest and the presets it names, each file once, by
                     its path within the pack, sorted by the bytes of that path; a preset that cannot be read
                     stands there with 64 dashes for its hash

In the folder of a pack that holds nothing else, a shell takes its content hash by

    find pairs-manifest.v0.json fg bg -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harvest.packs import disk
from harvest.packs.contract import judge, layers, parse_manifest, quoted
from harvest.packs.milk import MAX_BYTES
from harvest.packs.problem import PackError, PackProblem
from harvest.packs.publish import settle
from harvest.records import Pair, PairsManifest, QualityFile, RecordError, parse

MANIFEST = "pairs-manifest.v0.json"
MANIFESTS = "pairs-manifest*.json"
"""The whole one and its filtered variants."""
QUALITY = "pairs-quality.v0.json"

_READERS = 8
_UNREAD = "-" * 64
_READABLE = "a file that can be read"


@dataclass(frozen=True, kw_only=True, slots=True)
class PresetFile:
    """One `.milk` file of a pack."""

    relative: str
    """Its path within the pack, the parts separated by `/`."""
    path: Path
    sha256: str
    size: int


_Files = Mapping[str, tuple[str, PresetFile | OSError]]
"""By address: the path within the pack, and the file there or why there is none."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A manifest with everything it names, and everything that is wrong with them."""

    name: str
    folder: Path
    manifest_file: str
    manifest: PairsManifest
    manifest_hash: str
    content_hash: str
    presets: Mapping[str, PresetFile]
    """By address as the manifest spells it; a preset that cannot be read is among the problems instead."""
    quality: QualityFile | None
    """The scores that lie beside the manifest, whatever the manifest is called."""
    problems: Sequence[PackProblem]

    @property
    def errors(self) -> Sequence[PackProblem]:
        """Why it cannot be shown."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def manifest_url(self) -> str:
        """Where a page finds the manifest, spelled as a manifest spells its presets."""
        return f"/presets/{self.name}/{self.manifest_file}"

    def presets_of(self, pair: Pair) -> tuple[PresetFile, PresetFile] | None:
        """Find the foreground and background of a pair, if both can be read."""
        fg, bg = self.presets.get(pair.fg_url), self.presets.get(pair.bg_url)
        return (fg, bg) if fg and bg else None


def locate(name_or_place: str, presets: Path) -> tuple[Path, str]:
    """Find folder and manifest from a pack's name, its folder, or one of its manifests."""
    places = (presets / name_or_place, Path(name_or_place))
    for place in places:
        if place.is_dir():
            return place, MANIFEST
        if place.is_file():
            return place.parent, place.name
    raise PackError(f"There is no pack {name_or_place}: neither {places[0]} nor {places[1]} exists.")


def open_pack(folder: Path, manifest: str = MANIFEST) -> Pack:
    """Read a pack that is fit to be shown; any other is refused with every reason at once."""
    pack = examine(folder, manifest)
    if pack.errors:
        raise PackError(*pack.errors)
    return pack


def examine(folder: Path, manifest: str = MANIFEST) -> Pack:
    """Read as much of a pack as there is, and find everything that is wrong with it."""
    name = folder.absolute().name
    text = _read_manifest(folder, manifest)
    listed, misfits = parse_manifest(text, name, manifest)
    relatives, misled = judge(listed, name, manifest)
    files = _read_presets(folder, relatives)
    quality, doubts = _read_quality(folder, name)
    manifest_hash = disk.digest(text)
    hashes = {relative: _hash(file) for relative, file in files.values()} | {manifest: manifest_hash}
    return Pack(
        name=name,
        folder=folder,
        manifest_file=manifest,
        manifest=listed,
        manifest_hash=manifest_hash,
        content_hash=content_hash(hashes),
        presets={url: file for url, (_, file) in files.items() if isinstance(file, PresetFile)},
        quality=quality,
        problems=(*misfits, *misled, *_judge_files(listed, files, manifest), *doubts),
    )


def content_hash(hashes: Mapping[str, str]) -> str:
    """Hash files by their paths and hashes, as the docstring of this module says."""
    lines = sorted((relative.encode(), sha256.encode()) for relative, sha256 in hashes.items())
    return disk.digest(b"".join(b"%b  %b\n" % (sha256, relative) for relative, sha256 in lines))


def _judge_files(listed: PairsManifest, files: _Files, manifest: str) -> Iterator[PackProblem]:
    for pair in listed.pairs:
        report = partial(PackProblem, file=manifest, pair=pair.pair)
        named = [(field, *files[url]) for field, url in layers(pair) if url in files]
        for field, relative, file in named:
            if isinstance(file, OSError):
                found = f"{relative} ({file.strerror})"
                yield report(field=field, found=found, expected=_READABLE)
        hashes = [file.sha256 for _, _, file in named if isinstance(file, PresetFile)]
        if len(hashes) > len(set(hashes)):
            yield report(severity="warning", found="the same preset twice", expected="two different ones")


def _read_manifest(folder: Path, manifest: str) -> bytes:
    try:
        settle(folder)
        return disk.read_file(folder / manifest, at_most=disk.JSON_BYTES)
    except FileNotFoundError:
        raise PackError(f"There is no pack in {folder}: it has no {manifest}.") from None
    except OSError as error:
        raise PackError(disk.explain(error)) from error
    except RecordError as error:
        raise PackError(*error.problems) from error


def _read_presets(folder: Path, relatives: Mapping[str, str]) -> _Files:
    with ThreadPoolExecutor(_READERS) as pool:
        files = pool.map(partial(_read_preset, folder), relatives.values())
        return {url: (relative, file) for (url, relative), file in zip(relatives.items(), files, strict=True)}


def _read_preset(folder: Path, relative: str) -> PresetFile | OSError:
    path = folder / relative
    try:
        if not disk.inside(path, folder):
            return OSError(errno.ELOOP, "a link that leads out of the pack", str(path))
        data = disk.read_file(path, at_most=MAX_BYTES)
    except OSError as error:
        return error
    return PresetFile(relative=relative, path=path, sha256=disk.digest(data), size=len(data))


def _hash(file: PresetFile | OSError) -> str:
    return file.sha256 if isinstance(file, PresetFile) else _UNREAD


def _read_quality(folder: Path, name: str) -> tuple[QualityFile | None, list[PackProblem]]:
    """Read the scores; without them, or with bad ones, a pack can still be shown."""
    doubt = partial(PackProblem, severity="warning", file=QUALITY)
    try:
        text = disk.read_file(folder / QUALITY, at_most=disk.JSON_BYTES)
        quality = parse(text, QualityFile, source=QUALITY)
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return None, [doubt(found=str(error.strerror), expected=_READABLE)]
    except RecordError as error:
        return None, [doubt(field=at.path, found=at.found, expected=at.expected) for at in error.problems]
    if quality.pack != name:
        expected = f"its folder's name, {quoted(name)}"
        return None, [doubt(field="pack", found=quoted(quality.pack), expected=expected)]
    return quality, []
