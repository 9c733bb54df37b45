"""No await on another process lasts longer than we allow."""

import asyncio

import pytest

from harvest.deadline import OverdueError, to_the_end, within


async def test_work_in_time_gives_its_result() -> None:
    """A deadline that is kept changes nothing."""
    assert await within(1, "a thing", asyncio.sleep(0, result=7)) == 7


async def test_work_that_hangs_is_named() -> None:
    """A deadline that is missed says what did not answer, and for how long."""
    with pytest.raises(OverdueError, match=r"the sleeper did not answer within 0\.01 s"):
        await within(0.01, "the sleeper", asyncio.Event().wait())


async def test_a_timeout_of_the_work_itself_passes_through() -> None:
    """Only our own deadline becomes an OverdueError."""

    async def own_timeout() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await within(1, "a thing", own_timeout())


async def test_closing_is_finished_although_it_is_cancelled() -> None:
    """Work that must not stop halfway is done before the cancellation goes on."""
    door = asyncio.Event()
    done: list[str] = []

    async def close() -> None:
        await door.wait()
        done.append("closed")

    closing = asyncio.create_task(to_the_end(close()))
    await asyncio.sleep(0)
    for _ in range(3):
        closing.cancel()
        await asyncio.sleep(0)
    assert not closing.done()
    door.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert done == ["closed"]
