"""`run-summary.json`: how a run ended, whichever way it did; made from what lies in its folder."""

import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harvest.account import META, SUMMARY, read_meta
from harvest.journal import read_journal
from harvest.packs import disk
from harvest.records import Ending, RunMeta, RunSummary, Sample, to_json
from harvest.records.moment import timestamp
from harvest.records.summary import SummaryEnv, SummaryFailure, SummaryInputs, SummaryOutputs
from orchestrate.exit_codes import ExitCode
from orchestrate.signs import last_signs


def write_summary(folder: Path, code: ExitCode, *, phase: str, reason: str) -> None:
    """Write down how the run in a folder ended."""
    meta = read_meta(folder / META)
    samples = (line for line in read_journal(folder) if isinstance(line, Sample))
    ending = ending_of(code, phase=phase, reason=reason, run=folder)
    summary = summarise(meta, samples, code, ending, at=datetime.now(UTC), stamp=folder.absolute().name)
    disk.replace_file(folder / SUMMARY, to_json(summary))


def ending_of(code: ExitCode, *, phase: str, reason: str, run: Path) -> Ending:
    """Tell why it is over; where not all went well, with what there was to be seen in the run's folder."""
    ending = Ending(code=code.name, phase=phase, reason=reason)
    return ending if code is ExitCode.OK else ending.model_copy(update={"evidence": last_signs(run)})


def summarise(  # noqa: PLR0913 - each is a fact of its own
    meta: RunMeta, samples: Iterable[Sample], code: ExitCode, ending: Ending, *, at: datetime, stamp: str
) -> RunSummary:
    """Sum up a run."""
    now = timestamp(at)
    summary = RunSummary(
        generated_at=now,
        completed_at=now,
        stamp=stamp,
        inputs=_inputs(meta),
        env=_environment(meta),
        outputs=_outputs(samples, code),
        ending=ending,
    )
    if not meta.error:
        return summary
    failure = SummaryFailure(code=meta.error.code, message=meta.error.message, last_url=meta.url_base)
    return summary.model_copy(update={"failure": failure})


def _inputs(meta: RunMeta) -> SummaryInputs:
    runtime, heuristic = meta.runtime, meta.heuristic
    packs = meta.packs or ()
    return SummaryInputs(
        packs=tuple(pack.pack for pack in packs),
        motion_min=heuristic and heuristic.motion_min,
        luma_min=heuristic and heuristic.luma_min,
        gpu_mode=runtime and runtime.gpu_mode,
        headed=runtime and runtime.headed,
        coupled_pick=meta.coupled_pick,
        target_coverage=packs[0].target_coverage if packs else None,
        max_hours=meta.limits and meta.limits.max_hours,
    )


def _environment(meta: RunMeta) -> SummaryEnv:
    webgl = meta.runtime and meta.runtime.webgl
    return SummaryEnv(
        playwright_version=version("playwright"),
        webgl_renderer=webgl and webgl.renderer,
        os=platform.platform(),
    )


def _outputs(samples: Iterable[Sample], code: ExitCode) -> SummaryOutputs:
    total = ok = dark = still = 0
    for sample in samples:
        total += 1
        ok += sample.ok_heuristic
        dark += "too-dark" in sample.reasons
        still += "low-motion" in sample.reasons
    return SummaryOutputs(
        total_samples=total,
        ok_rate=round(ok / max(total, 1), 4),
        too_dark_pct=round(dark / max(total, 1), 4),
        low_motion_pct=round(still / max(total, 1), 4),
        eval_exit_code=code,
    )
