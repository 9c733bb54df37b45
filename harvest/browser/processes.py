"""Processes by identity: a pid alone may be somebody else's by now."""

import time
from collections.abc import Iterable, Sequence

import psutil
from pydantic import BaseModel, ConfigDict

# psutil derives start times from the boot time, which moves by up to a second when the clock is set.
_SAME_START_S = 2.0
_SLICE_S = 0.05


class ProcessId(BaseModel):
    """One process, told apart from every later user of its pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float


def identify(pid: int) -> ProcessId | None:
    """Name the process that has this pid now."""
    try:
        return ProcessId(pid=pid, started=psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def find(process: ProcessId) -> psutil.Process | None:
    """Look up a process; None when it ended, or when its pid went to another or to a zombie."""
    try:
        candidate = psutil.Process(process.pid)
        if abs(candidate.create_time() - process.started) > _SAME_START_S:
            return None
        return None if candidate.status() == psutil.STATUS_ZOMBIE else candidate
    except psutil.Error:
        return None


def alive(process: ProcessId) -> bool:
    """Whether it still runs (a zombie does not)."""
    return find(process) is not None


def wait_end(running: Iterable[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Wait until all have ended, at most this long; return those that have not.

    A zombie has ended: one that was handed to init may wait long until it is taken off the list.
    """
    left = list(running)
    give_up = time.monotonic() + seconds
    while left and time.monotonic() < give_up:
        _, left = psutil.wait_procs(left, timeout=_SLICE_S)
        left = [process for process in left if not _zombie(process)]
    return left


def arguments(process: psutil.Process) -> Sequence[str]:
    """Its command line, or nothing where we may not look or it has just ended."""
    try:
        return process.cmdline()
    except (psutil.Error, OSError):
        return ()


def descendants(process: ProcessId) -> list[psutil.Process]:
    """Everything it started, directly or not."""
    root = find(process)
    if root is None:
        return []
    try:
        return root.children(recursive=True)
    except psutil.Error:
        return []


def kill(processes: Iterable[psutil.Process], *, wait_s: float) -> list[psutil.Process]:
    """End these and return those that are still there; psutil refuses a pid that was handed on."""
    victims = list(processes)
    for victim in victims:
        try:
            victim.kill()
        except psutil.Error:
            continue
    return wait_end(victims, seconds=wait_s)


def memory_bytes(processes: Iterable[psutil.Process]) -> int:
    """Resident memory of all of them; what they share is counted once for each."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
