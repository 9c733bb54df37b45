"""Our own deadline on every await that another process has to answer."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

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
