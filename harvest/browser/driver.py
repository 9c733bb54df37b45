"""Playwright's driver, a process of its own that can die like any other."""

import asyncio
import contextlib
import logging

import psutil
from playwright.async_api import Error, Playwright, async_playwright

from harvest.browser import processes
from harvest.browser.processes import ProcessId
from harvest.deadline import OverdueError, within

# When the driver dies, Playwright leaves a future with this error that nobody can await.
_ORPHANED = "Connection closed while reading from the driver"

# Two drivers started at once could not be told apart.
_starting = asyncio.Lock()


class Driver:
    """A running Playwright driver."""

    def __init__(self, playwright: Playwright, process: ProcessId) -> None:
        self.playwright = playwright
        self.process = process

    @classmethod
    async def start(cls, *, deadline_s: float) -> "Driver":
        """Start a driver and learn its pid, which Playwright does not tell."""
        logging.getLogger("asyncio").addFilter(_worth_telling)
        async with _starting:
            before = _driver_pids()
            starting = async_playwright()
            playwright = await within(deadline_s, "starting Playwright's driver", starting.start())
            (pid,) = _driver_pids() - before
        process = processes.identify(pid)
        if process is None:
            raise RuntimeError("Playwright's driver ended as soon as it had started.")
        return cls(playwright, process)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return processes.alive(self.process)

    async def stop(self, *, deadline_s: float) -> None:
        """Stop it politely, or kill it once the deadline has passed."""
        with contextlib.suppress(OverdueError, Error):
            await within(deadline_s, "stopping Playwright's driver", self.playwright.stop())
        if (left := processes.find(self.process)) is not None:
            await asyncio.to_thread(processes.kill, [left], wait_s=deadline_s)


def _worth_telling(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return str(error) != _ORPHANED


def _driver_pids() -> set[int]:
    return {child.pid for child in psutil.Process().children() if "run-driver" in processes.arguments(child)}
