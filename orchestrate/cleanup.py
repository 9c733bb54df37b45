"""Shows and ends what earlier runs left behind."""

from collections.abc import Sequence
from pathlib import Path

import psutil

from harvest.browser import ownership
from harvest.browser.ownership import Finding
from orchestrate import show
from orchestrate.exit_codes import ExitCode


def run(profiles: Path, *, dry_run: bool, as_json: bool) -> ExitCode:
    """Survey, end what is stale unless it is a dry run, and say what was done and why."""
    findings = ownership.survey(profiles)
    outcomes = [_settle(finding, dry_run=dry_run) for finding in findings]
    if as_json:
        show.as_json([_as_record(f, outcome) for f, outcome in zip(findings, outcomes, strict=True)])
    elif not findings:
        show.sentence(f"Nothing of ours in {profiles}.")
    else:
        show.rows(
            ("browser", "state", "processes", "why", "done"),
            [
                (f.claim.token, f.state, _pids(f.members), f.reason, outcome)
                for f, outcome in zip(findings, outcomes, strict=True)
            ],
        )
    return ExitCode.LEFT_OVER if any("could not" in outcome for outcome in outcomes) else ExitCode.OK


def _settle(finding: Finding, *, dry_run: bool) -> str:
    if finding.state != "stale":
        return "left alone"
    if dry_run:
        return "would be ended"
    cleaned = ownership.clean(finding)
    if cleaned.survivors:
        return f"could not end {_pids(cleaned.survivors)}"
    return "ended, folder removed" if cleaned.folder_removed else "ended; could not remove the folder"


def _as_record(finding: Finding, outcome: str) -> dict[str, object]:
    return {
        "token": finding.claim.token,
        "folder": str(finding.claim.folder),
        "state": finding.state,
        "pids": [process.pid for process in finding.members],
        "reason": finding.reason,
        "done": outcome,
    }


def _pids(processes: Sequence[psutil.Process]) -> str:
    return " ".join(str(process.pid) for process in processes) or "none"
