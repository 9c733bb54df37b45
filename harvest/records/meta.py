"""`meta.json`: what a run is, was told, and has reached."""

from collections.abc import Mapping
from typing import Literal

from harvest.records.lines import Adapter, FaultName, RendererClass
from harvest.records.record import Amount, Count, FreeForm, Many, Number, Record, Share


class Budget(Record):
    """The hours asked for and the hours given."""

    input_max_hours: Number
    effective_max_hours: Number
    was_clamped: bool
    start_time_iso: str
    deadline_time_iso: str


class CoupledParams(Record):
    """How the page weights its picks."""

    coupled_gamma: Number | None = None
    coupled_explore: Number | None = None
    coupled_dedup_n: Count | None = None
    coupled_dedup_penalty: Number | None = None


class PackTarget(Record):
    """One pack of the run, and how many of its pairs are wanted."""

    pack: str
    manifest_file: str | None = None
    manifest_path: str | None = None
    pair_count: Count
    unique_pair_ids: Count | None = None
    target_coverage: Share
    target_unique_pairs: Count


class Limits(Record):
    """When the run, and a page within it, ends."""

    max_hours: Number
    reload_every: Count


class Timeouts(Record):
    """How long the page and its server may take to appear."""

    goto_ms: Count
    vite_ready_ms: Count
    goto_wait_until: str | None = None


class Preflight(Record):
    """One try to reach the server before the browser does."""

    ok: bool
    status: int
    """HTTP status; -1: no answer."""
    ms: Number
    error: str | None = None


class Timing(Record):
    """Where the time went."""

    nav_timeout_count: Count | None = None
    nav_total_ms: Amount | None = None
    browser_restart_count: Count | None = None
    restart_total_ms: Amount | None = None
    audio_check_count: Count | None = None
    audio_check_fail_count: Count | None = None
    audio_check_total_ms: Amount | None = None
    sample_loop_start_iso: str | None = None
    preflight_results: Many[Preflight] | None = None
    host_fallback_attempted: bool | None = None
    host_fallback_succeeded: bool | None = None
    effective_host: str | None = None
    elapsed_sec: Amount | None = None


class SampleSettings(Record):
    """How often and how finely a pair is read."""

    downsample_size: Count
    interval_ms: Number
    warmup_samples: Count
    measure_samples: Count


class Patience(Record):
    """How often picks and browsers may fail before the run gives up."""

    pick_timeout_ms: Number
    stuck_max_consecutive: Count
    stuck_max_restarts: Count
    browser_max_restarts: Count


class Heuristic(Record):
    """The owner's thresholds behind ok_heuristic."""

    motion_min: Number
    luma_min: Number


class Progress(Record):
    """How far one pack has come."""

    iter: Count
    visited: Count
    target: Count
    elapsed_min: Amount | None = None
    target_mode: str | None = None
    done: bool | None = None


class AudioRequest(Record):
    """The track or folder of tracks asked for."""

    audio_file: str | None = None
    audio_root: str | None = None


class RunAudio(Record):
    """Which audio was asked for and which was chosen."""

    require_audio: bool
    mode: str
    requested: AudioRequest | None = None
    picked_from: str | None = None
    audio_file: str | None = None


class Viewport(Record):
    """The size of the page."""

    mode: str
    width: Count | None = None
    height: Count | None = None
    device_scale_factor: Amount | None = None


class RunBrowser(Record):
    """How the browser was opened."""

    mute_audio: bool
    start_maximized: bool
    viewport: Viewport


class WebGl(Record):
    """What the page says it renders on."""

    ok: bool
    vendor: str | None = None
    renderer: str | None = None
    error: str | None = None


class Runtime(Record):
    """The graphics asked for and got."""

    gpu_mode: str | None = None
    headed: bool | None = None
    require_gpu: bool | None = None
    webgl: WebGl | None = None


class RunError(Record):
    """What ended a run, or an earlier part of a resumed one."""

    at: str | None = None
    code: str
    pack: str | None = None
    iter: Count | None = None
    phase: str | None = None
    renderer: str | None = None
    message: str | None = None
    stack: str | None = None
    last_url: str | None = None
    last_preflight: Preflight | None = None


class RunFacts(Record):
    """What makes a run of ours explainable and repeatable."""

    run: str
    seed: int
    adapter: Adapter
    renderer_class: RendererClass | None = None
    """Missing until both signals have been read."""
    versions: Mapping[str, str]
    config: Mapping[str, FreeForm]
    manifest_hashes: Mapping[str, str]
    """By pack: the manifest on disk when the run began."""
    page: Mapping[str, FreeForm]
    """What the page was found to offer, and the defects it was found to have."""
    remedies: Many[str]
    """The workarounds switched on for those defects."""
    faults: Mapping[FaultName, Count]
    phase: str | None = None
    """What was being done when this was written."""
    phase_seconds: Mapping[str, Amount]
    """By phase; together they are the whole run."""
    visit_seconds: Mapping[str, Amount] = {}
    """Where the time of measuring went: what pages say of visits, and what was spent on repairs."""


class RunMeta(Record):
    """`meta.json`: what a run is, was told, and has reached."""

    kind: Literal["coupled_eval.v0"]
    started_at: str
    finished_at: str | None
    url_base: str | None = None
    vite_port: Count | None = None
    vite_port_mode: str | None = None
    coupled_pick: str | None = None
    target_samples: Count | None = None
    budget: Budget | None = None
    coupled_params: CoupledParams | None = None
    packs: Many[PackTarget] | None = None
    limits: Limits | None = None
    timeouts: Timeouts | None = None
    timing: Timing | None = None
    sample: SampleSettings | None = None
    stuck: Patience | None = None
    heuristic: Heuristic | None = None
    warnings: Many[str] | None = None
    fields: Mapping[str, str] | None = None
    """The fields of a sample, each in a sentence."""
    progress: Mapping[str, Progress] | None = None
    audio: RunAudio | None = None
    browser: RunBrowser | None = None
    errors: Many[RunError] | None = None
    resumed_at: str | None = None
    runtime: Runtime | None = None
    error: RunError | None = None
    harvest: RunFacts | None = None
    """Missing in the owner's runs, present in every run of ours."""
