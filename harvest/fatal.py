"""What ended a run, under the codes that the owner's tools look for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from harvest.browser.driver import DriverError
from harvest.browser.keeper import UnrepairableError
from harvest.browser.launch import LaunchError
from harvest.browser.renderer import RendererError
from harvest.deadline import OverdueError
from harvest.page.driven import PageError, SelfTestError
from harvest.records import FaultName
from harvest.records.meta import RunError
from harvest.records.moment import timestamp
from harvest.server import ServerError

INTERRUPTED = "INTERRUPTED"

_CODES: Sequence[tuple[type[BaseException], str]] = (
    (KeyboardInterrupt, INTERRUPTED),
    (asyncio.CancelledError, INTERRUPTED),
    (RendererError, "FATAL_WEBGL_SWIFTSHADER"),
    (ServerError, "FATAL_VITE_NOT_READY"),
    (UnrepairableError, "FATAL_BROWSER_RESTART_LIMIT"),
    (LaunchError, "FATAL_PLAYWRIGHT_CRASH"),
    (DriverError, "FATAL_PLAYWRIGHT_CRASH"),
    (PageError, "FATAL_PLAYWRIGHT_CRASH"),
    (OverdueError, "FATAL_PLAYWRIGHT_CRASH"),
    (OSError, "FATAL_DISK"),
)
_OF_A_SELF_TEST: dict[FaultName, str] = {
    "manifest-mismatch": "FATAL_MANIFEST_MISMATCH",
    "audio-silent": "FATAL_AUDIO",
}


def code_of(error: BaseException) -> str:
    """Name an ending."""
    if isinstance(error, SelfTestError):
        return _OF_A_SELF_TEST.get(error.fault, "FATAL_SELF_TEST")
    return next((code for kind, code in _CODES if isinstance(error, kind)), "UNKNOWN")


def to_run_error(error: BaseException, phase: str) -> RunError:
    """Write it down."""
    code = code_of(error)
    message = f"during {phase}" if code == INTERRUPTED else f"{type(error).__name__}: {error}"
    return RunError(at=timestamp(datetime.now(UTC)), code=code, phase=phase, message=message)
