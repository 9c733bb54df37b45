"""A laptop that slept, and a clock that was set: told apart by looking at two clocks every second.

*wall* is the time of day; whoever sets the clock moves it. *steady* is moved by nobody. Whether it goes on
while the machine sleeps depends on the system:

    Linux     CLOCK_BOOTTIME goes on (time.monotonic() would stop)
    Windows   time.monotonic() goes on: GetTickCount64 up to Python 3.12, since then QueryPerformanceCounter;
              Microsoft documents of both that they count sleep and hibernation
    macOS     time.monotonic() stops
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

ClockFault = Literal["machine-slept", "clock-change"]
Told = Callable[[ClockFault, str], None]


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """Both clocks at one moment, in seconds."""

    wall: float
    steady: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is still nothing to speak of."""

    slept_s: float = 30.0
    """Longer than work of ours ever holds up the loop, shorter than any sleep."""
    changed_s: float = 5.0
    """Far more than a time server corrects within a second, far less than what spoils a record."""
    steady_stops: bool = sys.platform not in {"linux", "win32"}
    """In sleep."""


LIMITS = Limits()


def read_clocks() -> Clocks:
    """Look at both clocks of this machine."""
    if sys.platform == "linux":
        return Clocks(wall=time.time(), steady=time.clock_gettime(time.CLOCK_BOOTTIME))
    return Clocks(wall=time.time(), steady=time.monotonic())


def what_happened(
    before: Clocks, after: Clocks, *, expected_s: float, limits: Limits = LIMITS
) -> ClockFault | None:
    """Judge two looks that were meant to lie `expected_s` apart.

    Where steady time stops in sleep, waking cannot be told from a clock that was set forward, and counts as
    waking. A process that was stopped and went on has slept, too: it was not run, which is what matters.
    """
    steady_s = after.steady - before.steady
    jump_s = after.wall - before.wall - steady_s
    if steady_s - expected_s > limits.slept_s or (limits.steady_stops and jump_s > limits.slept_s):
        return "machine-slept"
    return "clock-change" if abs(jump_s) > limits.changed_s else None


def describe(before: Clocks, after: Clocks) -> str:
    """Say by how much each clock went on."""
    wall_s, steady_s = after.wall - before.wall, after.steady - before.steady
    return f"Between two looks the clock on the wall went {wall_s:+.1f} s, steady time {steady_s:+.1f} s."


async def watch_clocks(
    told: Told,
    *,
    every_s: float = 1.0,
    limits: Limits = LIMITS,
    clocks: Callable[[], Clocks] = read_clocks,
) -> NoReturn:
    """Tell of each sleep and each change of the clock, until cancelled."""
    before = clocks()
    while True:
        await asyncio.sleep(every_s)
        after = clocks()
        fault = what_happened(before, after, expected_s=every_s, limits=limits)
        if fault is not None:
            told(fault, describe(before, after))
        before = after
