"""`run-summary.json` of a night: how it ended, in the owner's words."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harvest.account import SUMMARY
from harvest.packs import disk
from harvest.records import RecordError, RunSummary, parse, to_json
from harvest.records.moment import timestamp
from harvest.records.summary import (
    SummaryEnv,
    SummaryGate,
    SummaryInputs,
    SummaryOutputs,
    SummaryTraining,
    SummaryVerify,
)
from orchestrate.exit_codes import ExitCode
from orchestrate.night.asked import Asked
from orchestrate.night.record import EVAL, VERIFY, NightRecord, StepName

_OK_RATE = 0.1
"""Below it newliveweb's own gate fails a night."""


def write_summary(folder: Path, record: NightRecord) -> None:
    """Sum up a night from its record and from what its measuring told."""
    summary = summarise(record, _of_eval(folder / EVAL / SUMMARY), at=datetime.now(UTC))
    disk.replace_file(folder / SUMMARY, to_json(summary))


def summarise(record: NightRecord, measuring: RunSummary | None, *, at: datetime) -> RunSummary:
    """Say it as newliveweb's own tools do; `measuring` is what harvest eval said, if it came to an end."""
    asked, now = Asked.model_validate(record.asked), timestamp(at)
    outputs = measuring.outputs if measuring else _nothing(_code(record, "eval"))
    summary = RunSummary(
        generated_at=now,
        completed_at=now,
        stamp=record.stamp,
        inputs=measuring.inputs if measuring else _told(record, asked),
        env=measuring.env if measuring else _environment(),
        outputs=outputs,
        ending=record.ending,
    )
    trained, verified = _code(record, "train"), _code(record, "verify")
    known = {
        "failure": measuring and measuring.failure,
        "training": None if trained is None else _training(asked, trained),
        "verify": None if verified is None else _verify(record, verified),
        "gate": _gate(record, outputs),
    }
    return summary.model_copy(update={name: one for name, one in known.items() if one is not None})


def _training(asked: Asked, code: ExitCode) -> SummaryTraining:
    return SummaryTraining(epochs=asked.epochs, batch_size=asked.batch_size, lr=asked.lr, exit_code=code)


def _verify(record: NightRecord, code: ExitCode) -> SummaryVerify:
    packs = ",".join(Path(name).parent.name for name in record.step("verify").outputs)
    return SummaryVerify(pack=packs, exit_code=code, out_dir=VERIFY)


def _gate(record: NightRecord, outputs: SummaryOutputs) -> SummaryGate:
    is_ok = outputs.total_samples > 0 and outputs.ok_rate >= _OK_RATE
    is_verified = _code(record, "verify") is ExitCode.OK
    is_through = _code(record, "gate") is ExitCode.OK
    return SummaryGate(
        passed=is_ok and is_through and is_verified, ok_rate=outputs.ok_rate, verify_ok=is_verified
    )


def _code(record: NightRecord, name: StepName) -> ExitCode | None:
    code = record.step(name).code
    return None if code is None else ExitCode[code]


def _told(record: NightRecord, asked: Asked) -> SummaryInputs:
    return SummaryInputs(packs=record.packs, target_coverage=asked.target_coverage, max_hours=asked.max_hours)


def _environment() -> SummaryEnv:
    return SummaryEnv(playwright_version=version("playwright"), os=platform.platform())


def _nothing(code: ExitCode | None) -> SummaryOutputs:
    """No sample is no share of anything."""
    code = ExitCode.NOT_READY if code is None else code
    return SummaryOutputs(total_samples=0, ok_rate=0, too_dark_pct=0, low_motion_pct=0, eval_exit_code=code)


def _of_eval(path: Path) -> RunSummary | None:
    """Read what harvest eval wrote; after a kill there is nothing."""
    try:
        return parse(disk.read_file(path, at_most=disk.JSON_BYTES), RunSummary, source=str(path))
    except (FileNotFoundError, RecordError):
        return None
