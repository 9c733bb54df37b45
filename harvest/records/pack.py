"""A pack as it lies on disk: its pairs, and the quality the trainer gave each of them."""

from typing import Annotated

from pydantic import Field

from harvest.records.record import Amount, Count, FreeForm, Many, Number, Record, Share


class Pair(Record):
    """A foreground and a background preset shown together."""

    pair: Count
    """Its id within the pack; not its place in the list."""
    fg_url: str
    bg_url: str
    warp_diff: Annotated[Number | None, Field(alias="warp_diff")] = None
    cx_diff: Annotated[Number | None, Field(alias="cx_diff")] = None
    quality01: Share | None = None


class PairsManifest(Record):
    """`pairs-manifest.v0.json` or a filtered variant: the pairs of one pack."""

    version: str | None = None
    generated_at: str | None = None
    pack: str
    generated_from: str | None = None
    """The filter in words; only in a filtered manifest, like the two counts after it."""
    kept_pairs: Count | None = None
    total_pairs: Count | None = None
    pairs: Many[Pair]


class ScoredPair(Record):
    """The score of one pair."""

    pair: Count
    quality01: Share
    uncertainty: Amount | None = None
    """Standard error of quality01, where the model gives one."""


class QualityStats(Record):
    """How the scores of a pack are spread; nearly equal scores change nothing in the page."""

    min: Number
    max: Number
    mean: Number | None = None
    std: Amount
    p05: Number | None = None
    p25: Number | None = None
    p50: Number
    p75: Number | None = None
    p95: Number
    calibration: FreeForm = None
    """How predictions were mapped to quality01."""


class QualityCounts(Record):
    """What the trainer met while it scored a pack."""

    missing_files: Count | None = None
    """Pairs left without a score because a preset file was not there."""


class QualityFile(Record):
    """`pairs-quality.v0.json`: the scores of one pack, as the page loads them."""

    pack: str
    pairs: Many[ScoredPair]
    quality_stats: QualityStats | None = None
    stats: QualityCounts | None = None
    provenance: FreeForm = None
    """Which version, data and code the scores come from."""
