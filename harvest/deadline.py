"""Awaits that end when we say: at a deadline, or only when all is done."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class OverdueError(Exception):
    """Another process did not answer in time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what} did not answer within {seconds:g} s")
        self.what = what
        self.seconds = seconds


async def within(seconds: float, what: str, work: Awaitable[T]) -> T:
    """Await `work`, at most this long."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise OverdueError(what, seconds) from None
        raise


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` although we are cancelled meanwhile; closing never stops halfway."""
    task = asyncio.create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError from task.exception()
    return task.result()
