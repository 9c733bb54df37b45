"""What can go wrong, turned into one sentence each and an exit code."""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from harvest.audio import TrackError
from harvest.browser.driver import DriverError
from harvest.browser.keeper import UnrepairableError
from harvest.browser.launch import LaunchError
from harvest.browser.renderer import RendererError
from harvest.deadline import OverdueError
from harvest.packs import disk
from harvest.packs.problem import PackError
from harvest.page.driven import PageError, SelfTestError
from harvest.records import RecordError
from harvest.serve import PageMissingError
from harvest.server import ServerError
from orchestrate import show
from orchestrate.config import ConfigError
from orchestrate.exit_codes import ExitCode
from train.problem import TrainError

T = TypeVar("T")


_CODES: Sequence[tuple[tuple[type[BaseException], ...], ExitCode]] = (
    ((KeyboardInterrupt, asyncio.CancelledError), ExitCode.INTERRUPTED),
    ((ConfigError, PackError, RecordError, TrackError, TrainError), ExitCode.USAGE),
    (
        (
            LaunchError,
            DriverError,
            UnrepairableError,
            RendererError,
            PageMissingError,
            PageError,
            SelfTestError,
            ServerError,
            OverdueError,
            OSError,
        ),
        ExitCode.NOT_READY,
    ),
)


def exit_code(error: BaseException) -> ExitCode:
    """Tell how a command ends that this error ended."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), ExitCode.FAILED)


def explain(error: BaseException) -> str:
    """Say in words what ended a command."""
    match error:
        case OSError():
            return disk.explain(error)
        case KeyboardInterrupt() | asyncio.CancelledError():
            return "Interrupted."
        case _:
            return str(error)


@contextmanager
def refusing(interrupted: str) -> Generator[None]:
    """End the command in words; `interrupted` says what Ctrl-C leaves behind."""
    try:
        yield
    except KeyboardInterrupt as error:
        show.complain(f"Interrupted: {interrupted}.")
        raise typer.Exit(exit_code(error)) from None
    except Exception as error:
        code = exit_code(error)
        if code is ExitCode.FAILED:
            raise
        show.complain(explain(error))
        raise typer.Exit(code) from error


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; Ctrl-C, a polite kill and a closed terminal all end it as KeyboardInterrupt."""
    try:
        return asyncio.run(_killable(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


@contextmanager
def interruptible() -> Generator[None]:
    """Let a polite kill and a closed terminal end work that is not async as Ctrl-C does."""
    polite = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, signal.default_int_handler) for each in polite}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


async def _killable(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        for polite in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(polite, task.cancel)
    return await work
