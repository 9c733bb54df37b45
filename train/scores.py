"""From predictions for all pairs of a pack to `pairs-quality.v0.json`, which the page reads.

The file that stood there before becomes `pairs-quality.v0.previous.json`: renaming that one goes back. Both
change at once, under the pack's lock, and only while the manifest is the one whose pairs were scored.

A score says what pairs that are predicted like this one are worth on the average. Its uncertainty is the
standard error of that: how far the calibration may be off there, and how far models from other seeds say
something else, where several were trained. By how much one such pair differs from another is not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harvest.packs import disk
from harvest.packs.manifest import MANIFEST, QUALITY
from harvest.packs.publish import drafting
from harvest.records import QualityCounts, QualityFile, QualityStats, ScoredPair, to_json
from harvest.records.record import FreeForm
from train.calibration import Calibration
from train.gate import Verdict
from train.problem import TrainError

PREVIOUS = "pairs-quality.v0.previous.json"

_DECIMALS = 6
_PERCENTILES = {"p05": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95}


class ScoresError(TrainError):
    """Scores that must not be written; says in a sentence why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """What a model says of the pairs of one pack."""

    pack: str
    pairs: Sequence[int]
    predicted: NDArray[np.floating]
    missing: Sequence[int]
    """Pairs that could not be scored because a preset file is missing."""
    over_seeds: NDArray[np.floating] | None = None
    """Standard deviation of quality01 over models from several seeds; None: there is one."""


def quality_file(scored: Scored, calibration: Calibration, provenance: Mapping[str, FreeForm]) -> QualityFile:
    """Put scores into the words of the page; provenance is what a person needs to find their origin."""
    quality = np.clip(calibration(scored.predicted), 0, 1).round(_DECIMALS)
    apart = 0.0 if scored.over_seeds is None else scored.over_seeds
    error = np.hypot(calibration.error(scored.predicted), apart).round(_DECIMALS)
    rows = zip(scored.pairs, quality.tolist(), error.tolist(), strict=True)
    known: dict[str, QualityStats] = {}
    if len(quality):
        known["quality_stats"] = _stats(quality, calibration)
    return QualityFile(
        pack=scored.pack,
        pairs=tuple(ScoredPair(pair=pair, quality01=value, uncertainty=off) for pair, value, off in rows),
        stats=QualityCounts(missing_files=len(scored.missing)),
        provenance=dict(provenance),
        **known,
    )


def write_scores(file: QualityFile, folder: Path, *, manifest_hash: str, verdict: Verdict) -> Path:
    """Write scores that passed beside the manifest whose pairs they are of; keep those that stood there."""
    if (said := verdict.packs.get(file.pack, "undecided")) != "passed":
        raise ScoresError(f"The gate says {said}: the scores of {file.pack} are not written.")
    data, place = to_json(file), folder / QUALITY
    with drafting(folder) as draft:
        refuse_changed(folder, manifest_hash)
        before = disk.read_file(place, at_most=disk.JSON_BYTES) if place.exists() else data
        if before != data:
            draft.add(PREVIOUS, before)
        draft.add(QUALITY, data)
        draft.publish()
    return place


def keep_scores(files: Mapping[str, QualityFile], folder: Path) -> None:
    """Keep what would be written of each pack, whatever the gate says, and nothing of an earlier training."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        disk.replace_file(folder / f"{name}.json", to_json(file))
    for path in folder.glob("*.json"):
        if path.stem not in files:
            path.unlink()


def refuse_changed(folder: Path, manifest_hash: str) -> None:
    """Refuse a pack whose manifest is another than the one whose pairs were scored."""
    if disk.digest(disk.read_file(folder / MANIFEST, at_most=disk.JSON_BYTES)) != manifest_hash:
        raise ScoresError(f"{folder / MANIFEST} has changed since its pairs were scored: score them again.")


def _stats(quality: NDArray[np.float64], calibration: Calibration) -> QualityStats:
    cuts = np.percentile(quality, list(_PERCENTILES.values())).round(_DECIMALS).tolist()
    return QualityStats(
        min=float(quality.min()),
        max=float(quality.max()),
        mean=float(quality.mean().round(_DECIMALS)),
        std=float(quality.std().round(_DECIMALS)),
        calibration=calibration.model_dump(mode="json"),
        **dict(zip(_PERCENTILES, cuts, strict=True)),
    )
