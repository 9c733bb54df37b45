"""A pack and its scores as they lie on the disk, which is what the page must have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harvest.packs import disk
from harvest.packs.manifest import MANIFEST, QUALITY, Pack
from harvest.packs.quarantine import holding, read_quarantine
from harvest.records import Pair, QualityFile, RecordError, parse
from orchestrate.verify import odds
from orchestrate.verify.answers import Generation


@dataclass(frozen=True, kw_only=True)
class OnDisk:
    """A pack and its scores as they lie on the disk."""

    name: str
    pairs: Sequence[Pair]
    manifest_hash: str
    is_whole: bool
    """Whether the manifest is the whole one: newliveweb reads no scores beside any other."""
    quality_hash: str | None
    """None: there is no such file."""
    scores: Mapping[int, float]
    """By pair."""
    problem: str | None
    """Why there are no scores."""
    presets: Mapping[str, str]
    """Hashes by address."""
    quarantined: frozenset[int] = frozenset()

    @property
    def quality_url(self) -> str:
        """Where a page finds the scores."""
        return f"/presets/{self.name}/{QUALITY}"

    def quality(self, pair: Pair) -> float | None:
        """Give the score that the page must use: the file's, else the manifest's own."""
        return self.scores.get(pair.pair, pair.quality01)

    def promise(self, gamma: float, generation: Generation) -> odds.Promise:
        """Reckon what a page of this make promises of its picks."""
        law: odds.Law = "blend" if generation == "documented" else "power"
        return odds.promise([self.quality(pair) for pair in self.pairs], gamma, law)

    def places(self, picks: Sequence[int]) -> odds.Places:
        """Tell where in the pack the pairs of these numbers stand, those that it lists."""
        place_of = {pair.pair: place for place, pair in enumerate(self.pairs)}
        return np.array([place_of[pair] for pair in picks if pair in place_of], np.int64)


def look(pack: Pack) -> OnDisk:
    """Read the scores now: the pack may have been opened before they were written."""
    scores: dict[int, float] = {}
    sha256, problem = None, None
    try:
        text = disk.read_file(pack.folder / QUALITY, at_most=disk.JSON_BYTES)
        sha256 = disk.digest(text)
        quality = parse(text, QualityFile, source=QUALITY)
    except FileNotFoundError:
        problem = f"There is no {QUALITY} in {pack.folder}."
    except OSError as error:
        problem = disk.explain(error)
    except RecordError as error:
        problem = str(error)
    else:
        scores = {scored.pair: float(scored.quality01) for scored in quality.pairs}
        if quality.pack != pack.name:
            scores, problem = {}, f"The {QUALITY} in {pack.folder} is of pack {quality.pack}."
    return OnDisk(
        name=pack.name,
        pairs=pack.manifest.pairs,
        manifest_hash=pack.manifest_hash,
        is_whole=pack.manifest_file == MANIFEST,
        quality_hash=sha256,
        scores=scores,
        problem=problem,
        presets={url: preset.sha256 for url, preset in pack.presets.items()},
        quarantined=frozenset(entry.pair for entry in holding(pack, read_quarantine(pack.folder))),
    )
