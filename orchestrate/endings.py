"""What can go wrong, turned into one sentence each and an exit code."""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from harvest.browser.driver import DriverError
from harvest.browser.keeper import UnrepairableError
from harvest.browser.launch import LaunchError
from harvest.packs import disk
from harvest.packs.problem import PackError
from harvest.page.stepped import PageError
from harvest.records import RecordError
from harvest.serve import PageMissingError
from orchestrate import show
from orchestrate.exit_codes import ExitCode

T = TypeVar("T")


@contextmanager
def refusing(interrupted: str) -> Generator[None]:
    """End the command in words; `interrupted` says what Ctrl-C leaves behind."""
    try:
        yield
    except (PackError, RecordError) as error:
        show.complain(str(error))
        raise typer.Exit(ExitCode.USAGE) from error
    except (LaunchError, DriverError, UnrepairableError, PageMissingError, PageError) as error:
        show.complain(str(error))
        raise typer.Exit(ExitCode.NOT_READY) from error
    except OSError as error:
        show.complain(disk.explain(error))
        raise typer.Exit(ExitCode.NOT_READY) from error
    except KeyboardInterrupt:
        show.complain(f"Interrupted: {interrupted}.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; Ctrl-C, a polite kill and a closed terminal all end it as KeyboardInterrupt."""
    try:
        return asyncio.run(_killable(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _killable(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        for polite in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(polite, task.cancel)
    return await work
