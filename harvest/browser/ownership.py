"""Whose browser is this? Each launch gets a run token, a folder named by it, and a lock held for its life.

A folder is stale when nobody holds its lock any more: no clock, pid or container can make a living harvest
look dead. A process is ours if it runs the browser that the folder's record names, on exactly the folder's
profile, and carries our marker or is such a browser's child. Nothing else is ever ended.
"""

import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import psutil
from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harvest.browser import processes
from harvest.browser.flags import MARKER

_PROFILE_SWITCH = "--user-data-dir="
_TOKEN = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_RECORD = "owner.json"
_RECORD_BYTES = 65536
_RETRY_S = 0.05
_BROWSER_NAMES = ("chrom", "msedge", "headless_shell")


class OwnerRecord(BaseModel):
    """Who started the browser, written before it is started; and what it runs, once that is known."""

    model_config = ConfigDict(frozen=True)

    token: str
    owner_pid: Annotated[int, Field(gt=0)]
    program: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Our right to one browser: its token, the folder that proves it, and the folder's lock."""

    token: str
    folder: Path
    lock: FileLock = field(compare=False, repr=False)
    """Held by the harvest that owns the browser, for as long as that lives."""

    @classmethod
    def at(cls, folder: Path) -> "Claim":
        """Look at a folder that was claimed once, or is about to be."""
        return cls(token=folder.name, folder=folder, lock=FileLock(folder / "lock", thread_local=False))

    @property
    def profile(self) -> Path:
        """The browser's user data."""
        return self.folder / "profile"


def default_root() -> Path:
    """The folder that holds one folder per browser of ours, on this machine and for this user."""
    try:
        return user_cache_path("harvest", appauthor=False) / "browsers"
    except RuntimeError:  # this user has no home
        return Path(tempfile.gettempdir(), "harvest", "browsers")


def claim(root: Path) -> Claim:
    """Take a new token, and lock and sign its folder."""
    token = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    claimed = Claim.at(root.absolute() / token)
    claimed.folder.mkdir(parents=True)
    try:
        claimed.lock.acquire(blocking=False)
        _write(claimed, OwnerRecord(token=token, owner_pid=os.getpid()))
        claimed.profile.mkdir()
    except BaseException:
        release(claimed)
        raise
    return claimed


def record_program(claimed: Claim, program: Path) -> None:
    """Note which program the browser is, once it runs: it may have been started through a script."""
    _write(claimed, OwnerRecord(token=claimed.token, owner_pid=os.getpid(), program=program))


def release(claimed: Claim) -> None:
    """Remove a folder: the profile first, since without its record a folder proves nothing any more."""
    shutil.rmtree(claimed.profile, ignore_errors=True)
    claimed.lock.release(force=True)
    if not claimed.profile.exists():
        shutil.rmtree(claimed.folder, ignore_errors=True)


def read(folder: Path) -> OwnerRecord | None:
    """Read the folder's record; None when there is none that can be trusted."""
    path = folder / _RECORD
    try:
        if not path.is_file() or path.stat().st_size > _RECORD_BYTES:
            return None
        record = OwnerRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return record if record.token == folder.name else None


def is_browser(program: Path | None, record: OwnerRecord) -> bool:
    """Whether a program is the recorded browser or lies beside it, as its helpers do."""
    if program is None:
        return False
    if record.program is not None:
        return program.parent == record.program.parent
    return any(name in program.name.lower() for name in _BROWSER_NAMES)


def belongs(command_line: Sequence[str], claimed: Claim) -> Literal["ours", "foreign"] | None:
    """Tell from a browser's command line whether it runs on this claim's profile, and by whose will.

    Our main process carries marker and profile; its children inherit the profile and say their `--type`.
    A main process without the marker is a person's, who opened the profile by hand.
    """
    profile = os.path.normcase(f"{_PROFILE_SWITCH}{claimed.profile}")
    arguments = [os.path.normcase(argument) for argument in command_line]
    # Chromium's children on Linux rewrite their command line into one string, which psutil cuts at blanks.
    if any(argument.startswith("--type=") for argument in arguments):
        return "ours" if f" {profile} " in f" {' '.join(arguments)} " else None
    if profile not in arguments:
        return None
    return "ours" if os.path.normcase(f"{MARKER}{claimed.token}") in arguments else "foreign"


@dataclass(frozen=True, kw_only=True)
class Users:
    """Who runs on a claim's profile."""

    ours: Sequence[psutil.Process]
    foreign: Sequence[psutil.Process]


def users(claimed: Claim, record: OwnerRecord, among: Iterable[psutil.Process] | None = None) -> Users:
    """Look through all processes for browsers on this claim's profile."""
    found: dict[str | None, list[psutil.Process]] = {"ours": [], "foreign": []}
    for process in processes.running() if among is None else among:
        whose = belongs(processes.command_line(process), claimed)
        if whose is not None and is_browser(processes.program(process), record):
            found[whose].append(process)
    return Users(ours=found["ours"], foreign=found["foreign"])


def end(claimed: Claim, *, wait_s: float) -> list[psutil.Process]:
    """Kill what is left of the browser, remove its folder, return the processes that outlived it."""
    record = read(claimed.folder) or OwnerRecord(token=claimed.token, owner_pid=os.getpid())
    deadline = time.monotonic() + wait_s
    while (there := users(claimed, record)).ours and time.monotonic() < deadline:
        # Again until none is found: a browser may start a child while its others are being killed.
        processes.kill(there.ours, wait_s=max(0.1, deadline - time.monotonic()))
    while not there.ours and not there.foreign:
        release(claimed)
        if not claimed.folder.exists() or time.monotonic() > deadline:
            break
        time.sleep(_RETRY_S)  # the kernel may still be closing files of the dead, Windows above all
    return list(there.ours)


State = Literal["in use", "stale", "unproven"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One folder under the root: whose it is, and what belongs to it."""

    claim: Claim
    state: State
    reason: str
    members: Sequence[psutil.Process]


def judge(record: OwnerRecord | None, *, locked: bool, foreign: bool) -> tuple[State, str]:
    """Whether the folder's browser may be ended."""
    if record is None:
        return "unproven", "no readable owner's record"
    if locked:
        return "in use", f"its harvest, pid {record.owner_pid}, is running"
    if foreign:
        return "unproven", "a browser without our marker uses its profile"
    return "stale", f"its harvest, pid {record.owner_pid}, has ended"


def survey(root: Path) -> list[Finding]:
    """Look at every browser folder of ours; changes nothing."""
    if not root.is_dir():
        return []
    running = processes.running()
    folders = [path for path in root.absolute().iterdir() if _TOKEN.fullmatch(path.name)]
    return [_examine(path, running) for path in sorted(folders) if path.is_dir() and not path.is_symlink()]


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What became of one stale browser."""

    survivors: Sequence[psutil.Process]
    folder_removed: bool


def clean(finding: Finding, *, wait_s: float = 5.0) -> Cleaned:
    """End a stale browser and remove its folder; anything not stale is refused."""
    claimed = finding.claim
    if finding.state != "stale":
        raise ValueError(f"{claimed.token} is {finding.state}, not stale")
    with claimed.lock.acquire(blocking=False):  # nobody else cleans or owns it meanwhile
        survivors = end(claimed, wait_s=wait_s)
    return Cleaned(survivors=survivors, folder_removed=not claimed.folder.exists())


def sweep(root: Path) -> list[tuple[Finding, Cleaned]]:
    """End every stale browser; tell which there were, and what became of them."""
    return [(finding, clean(finding)) for finding in survey(root) if finding.state == "stale"]


def _examine(folder: Path, running: Sequence[psutil.Process]) -> Finding:
    claimed = Claim.at(folder)
    record = read(folder)
    there = users(claimed, record, running) if record is not None else Users(ours=(), foreign=())
    locked = record is not None and _locked(claimed)
    state, reason = judge(record, locked=locked, foreign=bool(there.foreign))
    members = there.ours if state != "unproven" else ()
    return Finding(claim=claimed, state=state, reason=reason, members=members)


def _locked(claimed: Claim) -> bool:
    """Whether a living harvest, this one included, holds the folder's lock."""
    try:
        with claimed.lock.acquire(blocking=False):
            return False
    except Timeout:
        return True


def _write(claimed: Claim, record: OwnerRecord) -> None:
    draft = claimed.folder / f"{_RECORD}.new"
    draft.write_text(record.model_dump_json(), encoding="utf-8")
    draft.replace(claimed.folder / _RECORD)
