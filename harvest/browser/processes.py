"""Processes, which psutil tells apart from later users of their pids by a start time that no clock moves."""

import time
from collections.abc import Collection, Iterable
from pathlib import Path

import psutil

_LOOK_AGAIN_S = 0.02


def find(pid: int) -> psutil.Process | None:
    """Look up the process that has this pid now."""
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def running() -> list[psutil.Process]:
    """List every process, looked at afresh.

    psutil's own iterator gives back old objects that remember a program after another replaced it, as a
    script is by the browser that it starts.
    """
    return [process for pid in psutil.pids() if (process := find(pid)) is not None]


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not, and one that we cannot look at is given the benefit."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError):
        return True


def command_line(process: psutil.Process) -> list[str]:
    """Its arguments, or nothing where we may not look or it has just ended."""
    try:
        return process.cmdline()
    except (psutil.Error, OSError):
        return []


def program(process: psutil.Process) -> Path | None:
    """The file it runs, where we may look."""
    try:
        # Linux marks a program that was replaced while it ran.
        return Path(process.exe().removesuffix(" (deleted)"))
    except (psutil.Error, OSError):
        return None


def kill(victims: Iterable[psutil.Process], *, wait_s: float) -> list[psutil.Process]:
    """End these and return those that are still there; psutil refuses a pid that was handed on."""
    killed = list(victims)
    for victim in killed:
        try:
            victim.kill()
        except (psutil.Error, OSError):
            continue  # what could not be killed is found alive below
    return wait_end(killed, seconds=wait_s)


def wait_end(running: Collection[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Wait until all have ended, at most this long; return those that have not.

    We only look: psutil's own waiting would take our children from under asyncio, and would wait for zombies,
    which have ended but, handed to init, may stay on the list for long.
    """
    give_up = time.monotonic() + seconds
    while (left := [process for process in running if alive(process)]) and time.monotonic() < give_up:
        time.sleep(_LOOK_AGAIN_S)
    return left


def memory_bytes(processes: Iterable[psutil.Process]) -> int:
    """Resident memory of all of them; what they share is counted once for each."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except (psutil.Error, OSError):
            continue
    return total
