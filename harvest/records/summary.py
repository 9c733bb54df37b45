"""`run-summary.json`: how a night ended, whichever way it did."""

from typing import Annotated

from pydantic_core import core_schema

from harvest.records.record import Amount, Count, Many, Number, Record, Share, one_of

# PowerShell writes a list of one as the one.
Names = Annotated[
    tuple[str, ...] | str,
    one_of(
        "a list of texts",
        core_schema.tuple_variable_schema(core_schema.str_schema(strict=True), strict=False),
        core_schema.str_schema(strict=True),
        json_schema={"type": ["array", "string"], "items": {"type": "string"}},
    ),
]


class SummaryInputs(Record):
    """What the night was told."""

    packs: Names
    manifest_file: str | None = None
    motion_min: Number | None = None
    luma_min: Number | None = None
    vite_host: str | None = None
    vite_port_mode: str | None = None
    gpu_mode: str | None = None
    headed: bool | None = None
    coupled_pick: str | None = None
    target_coverage: Share | None = None
    max_hours: Number | None = None


class SummaryEnv(Record):
    """What the night ran on."""

    node_version: str | None = None
    playwright_version: str | None = None
    webgl_renderer: str | None = None
    os: str | None = None


class SummaryOutputs(Record):
    """What the samples look like together."""

    total_samples: Count
    ok_rate: Share
    too_dark_pct: Share
    """A share from 0 to 1, whatever its name says; so is the next."""
    low_motion_pct: Share
    eval_exit_code: int


class SummaryFailure(Record):
    """What ended the sampling."""

    code: str | None = None
    message: str | None = None
    last_url: str | None = None


class SummaryTraining(Record):
    """How the model was trained."""

    epochs: Count
    batch_size: Count
    lr: Amount
    exit_code: int


class SummaryVerify(Record):
    """How the check in the page ended."""

    pack: str
    exit_code: int
    out_dir: str


class SummaryGate(Record):
    """The owner's gate on the night as a whole."""

    passed: bool
    ok_rate: Share
    verify_ok: bool


class LastSigns(Record):
    """What was there to be seen when a run ended."""

    console: Many[str] = ()
    """What the page complained of last."""
    samples: Many[str] = ()
    """The last lines of the journal."""
    screenshot: str | None = None
    """A file beside the summary; None: there was no page to look at."""


class Ending(Record):
    """Why a run of ours is over."""

    code: str
    """The name of its exit code."""
    phase: str
    reason: str
    evidence: LastSigns | None = None
    """Missing where all went well."""


class RunSummary(Record):
    """`run-summary.json`: how a night ended, whichever way it did."""

    generated_at: str
    stamp: str
    inputs: SummaryInputs
    env: SummaryEnv
    outputs: SummaryOutputs
    failure: SummaryFailure | None = None
    completed_at: str | None = None
    training: SummaryTraining | None = None
    verify: SummaryVerify | None = None
    gate: SummaryGate | None = None
    ending: Ending | None = None
    """Missing in the owner's summaries, present in every one of ours."""
