"""A sleep, a clock that was set, and a busy second are told apart."""

import asyncio
import subprocess
import sys
import time

import psutil
import pytest

from harvest.clocks import ClockFault, Clocks, Limits, describe, read_clocks, watch_clocks, what_happened

NOON = Clocks(wall=1_800_000_000.0, steady=50_000.0)


def later(*, wall: float, steady: float) -> Clocks:
    """Both clocks after they went on by so many seconds."""
    return Clocks(wall=NOON.wall + wall, steady=NOON.steady + steady)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (later(wall=1.0, steady=1.0), None),
        (later(wall=9.0, steady=9.0), None),  # a busy loop
        (later(wall=30.9, steady=30.9), None),
        (later(wall=31.1, steady=31.1), "machine-slept"),
        (later(wall=28_800.0, steady=28_800.0), "machine-slept"),  # a night
        (later(wall=3_600.0, steady=7_200.0), "machine-slept"),  # summer time ended in it
        (later(wall=5.9, steady=1.0), None),
        (later(wall=6.1, steady=1.0), "clock-change"),
        (later(wall=-4.1, steady=1.0), "clock-change"),
        (later(wall=3_601.0, steady=1.0), "clock-change"),
        (later(wall=-3_599.0, steady=1.0), "clock-change"),
    ],
)
def test_where_steady_time_goes_on_in_sleep_the_two_are_told_apart(
    after: Clocks, told: ClockFault | None
) -> None:
    """So it is on Linux and Windows: only a sleep moves steady time, only setting moves one clock alone."""
    assert what_happened(NOON, after, expected_s=1.0, limits=Limits(steady_stops=False)) == told


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (later(wall=1.0, steady=1.0), None),
        (later(wall=28_800.0, steady=1.0), "machine-slept"),
        (later(wall=40.0, steady=40.0), "machine-slept"),  # the process was stopped
        (later(wall=20.0, steady=1.0), "clock-change"),
        (later(wall=-28_800.0, steady=1.0), "clock-change"),
    ],
)
def test_where_steady_time_stops_in_sleep_a_jump_forward_is_a_sleep(
    after: Clocks, told: ClockFault | None
) -> None:
    """So it is on macOS; backwards no sleep ever goes."""
    assert what_happened(NOON, after, expected_s=1.0, limits=Limits(steady_stops=True)) == told


def test_a_description_says_how_far_each_clock_went() -> None:
    """It is the evidence that is recorded."""
    text = describe(NOON, later(wall=-3_599.0, steady=1.0))
    assert text == "Between two looks the clock on the wall went -3599.0 s, steady time +1.0 s."


def test_both_clocks_go_on() -> None:
    """And steady time is no less than what the process's own clock says has passed."""
    before, began = read_clocks(), time.monotonic()
    time.sleep(0.05)
    passed, after = time.monotonic() - began, read_clocks()
    assert after.steady - before.steady >= passed - 0.02
    assert what_happened(before, after, expected_s=0.05) is None


class _NoMoreLooksError(Exception):
    """All prepared looks were taken."""


async def test_each_fault_is_told_once() -> None:
    """The look after a jump is compared with the jump's own, not with the time before."""
    looks = [NOON, later(wall=1, steady=1), later(wall=91, steady=2), later(wall=92, steady=3)]
    looks += [later(wall=193, steady=104), later(wall=194, steady=105)]
    told: list[ClockFault] = []

    def look() -> Clocks:
        if not looks:
            raise _NoMoreLooksError
        return looks.pop(0)

    with pytest.raises(_NoMoreLooksError):
        await watch_clocks(
            lambda fault, _why: told.append(fault), every_s=0, clocks=look, limits=Limits(steady_stops=False)
        )
    assert told == ["clock-change", "machine-slept"]


_WATCHER = """
import asyncio
from harvest.clocks import Limits, watch_clocks
print("watching", flush=True)
told = lambda fault, why: print(fault, why, flush=True)
asyncio.run(watch_clocks(told, every_s=0.05, limits=Limits(slept_s=0.6)))
"""


async def test_a_process_that_was_not_run_notices() -> None:
    """Stopped for a second and continued, it says so with real clocks."""
    watcher = await asyncio.create_subprocess_exec(sys.executable, "-c", _WATCHER, stdout=subprocess.PIPE)
    assert watcher.stdout is not None
    try:
        assert await watcher.stdout.readline() == b"watching\n"
        await asyncio.sleep(0.2)
        process = psutil.Process(watcher.pid)
        process.suspend()
        await asyncio.sleep(1.0)
        process.resume()
        told = await asyncio.wait_for(watcher.stdout.readline(), 10)
    finally:
        watcher.kill()
        await watcher.wait()
    assert told.startswith(b"machine-slept Between two looks the clock on the wall went +1.")
