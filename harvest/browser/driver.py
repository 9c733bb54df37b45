"""Playwright's driver, a process of its own that can die like any other."""

import asyncio
import contextlib
import logging

import psutil
from playwright.async_api import Error, Playwright, async_playwright

from harvest.browser import processes
from harvest.deadline import OverdueError, to_the_end, within

_PING_S = 1.0

# When the driver dies, Playwright leaves a future with this error that nobody can await.
_ORPHANED = "Connection closed while reading from the driver"

# Two drivers started at once could not be told apart.
_starting = asyncio.Lock()


class DriverError(Exception):
    """Playwright's driver could not be started."""


class Driver:
    """A running Playwright driver."""

    def __init__(self, playwright: Playwright, process: psutil.Process) -> None:
        self.playwright = playwright
        self.process = process

    @classmethod
    async def start(cls, *, deadline_s: float) -> "Driver":
        """Start a driver and learn its process, which Playwright does not tell; a failure leaves none."""
        logging.getLogger("asyncio").addFilter(_worth_telling)
        async with _starting:
            before = set(_drivers())
            starting = async_playwright()
            try:
                playwright = await within(deadline_s, "starting Playwright's driver", starting.start())
                (process,) = set(_drivers()) - before
            except BaseException as error:
                new = set(_drivers()) - before
                await to_the_end(asyncio.to_thread(processes.kill, new, wait_s=deadline_s))
                if isinstance(error, Exception):
                    raise DriverError(f"Playwright's driver did not start: {error}") from error
                raise
        return cls(playwright, process)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return processes.alive(self.process)

    async def answers(self) -> bool:
        """Whether it still talks to us; asks nothing of any browser."""
        try:
            context = await within(_PING_S, "Playwright's driver", self.playwright.request.new_context())
            await within(_PING_S, "Playwright's driver", context.dispose())
        except (OverdueError, Error):
            return False
        return True

    async def stop(self, *, deadline_s: float) -> None:
        """Stop it politely if it answers; our side of the connection is closed in any case."""
        if not await self.answers():
            await asyncio.to_thread(processes.kill, [self.process], wait_s=deadline_s)
        with contextlib.suppress(OverdueError, Error):
            await within(deadline_s, "stopping Playwright's driver", self.playwright.stop())
        await asyncio.to_thread(processes.kill, [self.process], wait_s=deadline_s)


def _worth_telling(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return str(error) != _ORPHANED


def _drivers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "run-driver" in processes.command_line(child)]
