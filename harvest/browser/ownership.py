"""Whose browser is this? Each launch gets a run token, a profile folder named by it, and an owner's record.

A process is ours only if it carries both the token's marker argument or its profile path, and the folder's
record vouches for the token. Nothing else is ever ended.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, ValidationError

from harvest.browser import processes
from harvest.browser.flags import MARKER
from harvest.browser.processes import ProcessId

_PROFILE_SWITCH = "--user-data-dir="
_RECORD = "owner.json"


class OwnerRecord(BaseModel):
    """Who started the browser, written before it is started."""

    model_config = ConfigDict(frozen=True)

    token: str
    owner: ProcessId
    browser: ProcessId | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Our right to one browser: its token and the folder that proves it."""

    token: str
    folder: Path

    @property
    def profile(self) -> Path:
        """The browser's user data."""
        return self.folder / "profile"


def default_root() -> Path:
    """The folder that holds one folder per browser of ours, on this machine and for this user."""
    return user_cache_path("harvest", appauthor=False) / "browsers"


def claim(root: Path) -> Claim:
    """Take a new token and put our name on its folder."""
    token = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    claimed = Claim(token=token, folder=root / token)
    claimed.profile.mkdir(parents=True)
    owner = processes.identify(os.getpid())
    assert owner is not None
    _write(claimed, OwnerRecord(token=token, owner=owner))
    return claimed


def record_browser(claimed: Claim, browser: ProcessId) -> None:
    """Note the browser process itself, once it is known."""
    record = read(claimed.folder)
    assert record is not None
    _write(claimed, record.model_copy(update={"browser": browser}))


def read(folder: Path) -> OwnerRecord | None:
    """Read the folder's record; None when there is none that can be trusted."""
    try:
        record = OwnerRecord.model_validate_json((folder / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    return record if record.token == folder.name else None


def belongs(arguments: Sequence[str], claimed: Claim) -> Literal["ours", "foreign"] | None:
    """Tell from a command line whether a process runs on this claim's profile, and by whose will.

    Our main process carries marker and profile; its children inherit the profile and say their `--type`.
    A main process without the marker is a person's, who opened the profile by hand.
    """
    values = {os.path.normcase(argument) for argument in arguments[1:]}
    if os.path.normcase(f"{_PROFILE_SWITCH}{claimed.profile}") not in values:
        return None
    marked = os.path.normcase(f"{MARKER}{claimed.token}") in values
    child = any(value.startswith("--type=") for value in values)
    return "ours" if marked or child else "foreign"


def members(claimed: Claim, among: Iterable[psutil.Process] | None = None) -> list[psutil.Process]:
    """All running processes of the browser under this claim; none while anybody else uses its profile."""
    candidates = psutil.process_iter() if among is None else among
    told = [(process, belongs(processes.arguments(process), claimed)) for process in candidates]
    if any(whose == "foreign" for _, whose in told):
        return []
    return [process for process, whose in told if whose == "ours"]


def used_by_others(claimed: Claim, among: Iterable[psutil.Process]) -> bool:
    """Whether a browser that is not ours runs on this claim's profile."""
    return any(belongs(processes.arguments(process), claimed) == "foreign" for process in among)


def end(claimed: Claim, *, wait_s: float) -> list[psutil.Process]:
    """Kill what is left of the browser, remove its folder, return the processes that outlived it."""
    deadline = time.monotonic() + wait_s
    left = members(claimed)
    while left and time.monotonic() < deadline:
        # Again until none is found: a browser may start a child while its others are being killed.
        processes.kill(left, wait_s=max(0.1, deadline - time.monotonic()))
        left = members(claimed)
    if not left:
        shutil.rmtree(claimed.folder, ignore_errors=True)
    return left


State = Literal["in use", "stale", "unproven"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One folder under the root: whose it is, and what belongs to it."""

    claim: Claim
    state: State
    reason: str
    members: Sequence[psutil.Process]


def judge(record: OwnerRecord | None, *, owner_alive: bool, foreign: bool) -> tuple[State, str]:
    """Whether the folder's browser may be ended."""
    if record is None:
        return "unproven", "no readable owner's record"
    if foreign:
        return "unproven", "a browser without our marker uses its profile"
    if owner_alive:
        return "in use", f"its harvest, pid {record.owner.pid}, is running"
    return "stale", f"its harvest, pid {record.owner.pid}, has ended"


def survey(root: Path) -> list[Finding]:
    """Look at every browser folder of ours; changes nothing."""
    if not root.is_dir():
        return []
    running = list(psutil.process_iter())
    findings: list[Finding] = []
    for folder in sorted(root.iterdir()):
        if not folder.is_dir() or folder.is_symlink():
            continue
        claimed = Claim(token=folder.name, folder=folder)
        record = read(folder)
        state, reason = judge(
            record,
            owner_alive=record is not None and processes.alive(record.owner),
            foreign=used_by_others(claimed, running),
        )
        findings.append(Finding(claim=claimed, state=state, reason=reason, members=members(claimed, running)))
    return findings


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What became of one stale browser."""

    finding: Finding
    survivors: Sequence[psutil.Process]
    folder_removed: bool


def clean(finding: Finding, *, wait_s: float = 5.0) -> Cleaned:
    """End a stale browser and remove its folder; anything not stale is refused."""
    if finding.state != "stale":
        raise ValueError(f"{finding.claim.token} is {finding.state}, not stale")
    survivors = end(finding.claim, wait_s=wait_s)
    return Cleaned(finding=finding, survivors=survivors, folder_removed=not finding.claim.folder.exists())


def _write(claimed: Claim, record: OwnerRecord) -> None:
    draft = claimed.folder / f"{_RECORD}.new"
    draft.write_text(record.model_dump_json(), encoding="utf-8")
    draft.replace(claimed.folder / _RECORD)
