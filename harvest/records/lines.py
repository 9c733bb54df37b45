"""What a plan lists and a journal holds: visits, samples, faults."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from harvest.faults import BrowserFault
from harvest.records.record import Amount, Correlation, Count, Many, Number, Record, Share

Adapter = Literal["stepped", "realtime"]
RendererClass = Literal["hardware", "software"]
FaultName = Literal[
    BrowserFault,
    "page-left",
    "server-gone",
    "software-rendering",
    "manifest-mismatch",
    "self-test-failed",
    "pair-not-shown",
    "wrong-pair",
    "preset-missing",
    "preset-stuck",
    "preset-abort",
    "audio-silent",
    "disk-full",
    "clock-change",
    "machine-slept",
    "folder-taken",
    "interrupted",
    "killed",
]

EVIDENCE_CHARS = 2000


class Visit(Record):
    """One showing of one pair, due or done."""

    pack: str
    pair: Count
    repeat: Count
    """Which pass over the pack this belongs to; the first is 0."""
    order: Count
    """Its place in the plan."""


class Shown(Record):
    """The two presets proven to be rendering at one moment."""

    fg_url: str
    bg_url: str
    fg_hash: str | None = None
    """Hash of the preset's text; missing where only its address could be proven."""
    bg_hash: str | None = None


class OnScreen(Record):
    """What was rendering around a measurement; only two equal halves make a sample."""

    before: Shown
    after: Shown


class Audio(Record):
    """The signal the page was analysing during the measurement."""

    source: Literal["track", "click"]
    rms: Amount
    peak: Amount


class Evidence(Record):
    """What proves a sample: who measured, on what, and which presets were really there."""

    run: str
    seed: int
    repeat: Count
    adapter: Adapter
    renderer_class: RendererClass
    context_generation: Count
    """How many graphics contexts this run had lost or replaced before this one."""
    frames: Count
    picture_hash: str | None = None
    """Of all its pictures; missing where the same pair never gives the same ones twice."""
    on_screen: OnScreen
    audio: Audio


class Figures(Record):
    """What a pair looked like; a figure that could not be measured is absent, never 0."""

    luma_mean: Share | None = None
    """Brightness of the composed picture, 0 black to 1 white."""
    luma_sd: Amount | None = None
    """How much brightness varies over place and time."""
    luma_p05: Share | None = None
    """5 % of all pixels are at most so bright."""
    luma_p95: Share | None = None
    """95 % of all pixels are at most so bright."""
    dark_share: Share | None = None
    """Share of pixels that are nearly black."""
    bright_share: Share | None = None
    """Share of pixels that are nearly white."""
    frozen_share: Share | None = None
    """Share of steps from frame to frame in which nothing moves."""
    motion: Amount | None = None
    """How much brightness changes from one frame to the next."""
    colourfulness: Amount | None = None
    """0 grey to about 1."""
    detail: Amount | None = None
    """How much neighbouring pixels differ."""
    flashes_per_second: Amount | None = None
    """In the worst second, by the general flash rule for photosensitive people."""
    audio_response: Correlation | None = None
    """How well rises of loudness and of motion go together."""
    beat_response: Correlation | None = None
    """How much more moves on a beat than between beats."""
    visibility_fg: Share | None = None
    """Share of the picture in which the foreground shows."""
    visibility_bg: Share | None = None
    """Share of the picture in which the background shows."""
    spatial_coupling: Number | None = None
    """S: how much the two layers agree in place."""
    temporal_coupling: Number | None = None
    """T: how much the two layers agree in time."""


class Sample(Record):
    """What one visit measured: the owner's fields in his order and by his formulas, then ours."""

    t_ms: Count
    """Unix milliseconds after the measurement."""
    pack: str
    pair: Count | None
    warp_diff: Number | None
    cx_diff: Number | None
    quality01: Number | None
    intensity01: Number | None
    preset_fg_id: str | None
    preset_bg_id: str | None
    viz_avg_luma: Number | None
    """By newliveweb's formula: the mean of both layers, not of what they make together."""
    viz_avg_frame_delta: Number | None
    """By newliveweb's formula: from one reading to the next, not from frame to frame."""
    pm_avg_luma_fg: Number | None
    pm_avg_luma_bg: Number | None
    audio_rms: Number | None
    audio_peak: Number | None
    page_errors_since_last: Count
    console_errors_since_last: Count
    ok_heuristic: bool
    reasons: Many[str]
    """Why it looks bad by the owner's thresholds."""

    kind: Literal["sample"] = "sample"
    """Absent in the owner's rows, which are samples all the same."""
    evidence: Evidence | None = None
    """Missing in the owner's rows, present in every row of ours."""
    figures: Figures | None = None
    flaws: Many[str] | None = None
    """Why it looks bad by our thresholds."""


def _bounded(text: object) -> object:
    """Shorten and clean: writing a fault down must not fail over what some program said."""
    if not isinstance(text, str):
        return text
    clean = text.encode(errors="replace").decode()
    return clean if len(clean) <= EVIDENCE_CHARS else clean[: EVIDENCE_CHARS - 1] + "…"


class Fault(Record):
    """Something that went wrong, and what was done about it.

    A fault shares its file with samples, and the owner's tools know only samples. So that none of
    them takes it for one, its keys never include his (`pack`, `pair`, `okHeuristic`, `reasons`,
    `quality01`), at any depth, and its line starts with a blank: his counters of rows and of the
    ok share take a line only when `{` comes first.
    """

    kind: Literal["fault"]
    name: FaultName
    t_ms: Count
    """Unix milliseconds when it was noticed."""
    run: str
    pack: Annotated[str | None, Field(validation_alias="faultPack", serialization_alias="faultPack")] = None
    """The pack of the visit it interrupted, if any."""
    pair: Annotated[Count | None, Field(validation_alias="faultPair", serialization_alias="faultPair")] = None
    evidence: Annotated[str, BeforeValidator(_bounded), Field(max_length=EVIDENCE_CHARS)]
    """What was seen, in words; cut to its bound."""
    remedy: str | None = None
    """What mended it; missing: nothing was tried."""
    seconds_lost: Amount | None = None


JournalLine = Sample | Fault
