"""What serves a page, and what brings it back at the same address: our own server, or one that is not ours.

The third, Vite in a newliveweb checkout, is in `vite.py`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from yarl import URL

from harvest.deadline import OverdueError, within
from harvest.serve import PAGE, PageMissingError, serving

ANSWER_S = 5.0
"""A page takes milliseconds; on a machine that compiles shaders on all its cores, a second or two."""
PATIENCE_S = 600.0
"""With a server that is not ours: whoever owns it may be about to start it again."""

_LONGEST_PAUSE_S = 30.0
_ANSWERED = range(200, 400)


class ServerError(Exception):
    """Nothing serves the page, and nothing that we may do changes that."""


class Server(Protocol):
    """What serves a page; its address never changes."""

    @property
    def url(self) -> str:
        """Where the page is."""
        ...

    async def answers(self) -> bool:
        """Whether the page can be had now."""
        ...

    async def revive(self) -> str:
        """Bring it back, and say what was done; raises `ServerError`."""
        ...


Ask = Callable[[aiohttp.ClientSession, str], Coroutine[Any, Any, bool]]


async def is_there(client: aiohttp.ClientSession, url: str) -> bool:
    """Whether a page is given out at an address, or said to be elsewhere."""
    async with client.get(url, allow_redirects=False) as answer:
        return answer.status in _ANSWERED


async def answers(url: str, *, ask: Ask = is_there, within_s: float = ANSWER_S) -> bool:
    """Ask a server once, by a connection of its own: an old one may be broken where the server is not."""
    try:
        async with aiohttp.ClientSession() as client:
            return await within(within_s, url, ask(client, url))
    except (OverdueError, aiohttp.ClientError, OSError):
        return False


class _Serve(Protocol):
    def __call__(self, *, port: int) -> AbstractAsyncContextManager[str]: ...


@asynccontextmanager
async def own_server(
    root: Path = PAGE, *, presets: Path | None = None, checkout: Path | None = None, track: Path | None = None
) -> AsyncGenerator["OwnServer"]:
    """Serve our page at a free port, as `serving` does."""
    serve = partial(serving, root, presets=presets, checkout=checkout, track=track)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serve(port=0))
        yield OwnServer(url, serve, stack)


class OwnServer:
    """Our page, served by this process."""

    def __init__(self, url: str, serve: _Serve, stack: AsyncExitStack) -> None:
        """`stack` holds what `serve` opened."""
        self.url = url
        self._serve = serve
        self._stack = stack

    async def answers(self) -> bool:
        """Whether the page can be had now."""
        return await answers(self.url)

    async def close(self) -> None:
        """Serve no longer."""
        await self._stack.aclose()

    async def revive(self) -> str:
        """Close it and open it again at its port."""
        await self.close()
        try:
            await self._stack.enter_async_context(self._serve(port=URL(self.url).port or 0))
        except (OSError, PageMissingError) as error:
            raise ServerError(f"Our page cannot be served at {self.url} again: {error}") from error
        return "served our page again"


@asynccontextmanager
async def foreign_server(url: str, *, patience_s: float = PATIENCE_S) -> AsyncGenerator["ForeignServer"]:
    """Use a server that somebody else runs; it must answer to begin with."""
    address = page_address(url)
    if not await answers(address):
        raise ServerError(f"Nothing answers at {address}: is its server running?")
    yield ForeignServer(address, patience_s)


class ForeignServer:
    """A server that is not ours to start or to end."""

    def __init__(self, url: str, patience_s: float) -> None:
        self.url = url
        self._patience_s = patience_s

    async def answers(self) -> bool:
        """Whether the page can be had now."""
        return await answers(self.url)

    async def revive(self) -> str:
        """Wait until its owner has brought it back."""
        began = time.monotonic()
        for pause in pauses():
            waited = time.monotonic() - began
            if await self.answers():
                return f"waited {waited:.0f} s for {self.url}"
            if waited >= self._patience_s:
                raise ServerError(f"{self.url} did not answer for {waited:.0f} s; it is not ours to start.")
            await asyncio.sleep(min(pause, self._patience_s - waited))
        raise AssertionError("pauses never end")


def pauses() -> Iterator[float]:
    """Give the seconds to wait between tries: short at first, since most servers are back soon."""
    pause = 1.0
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def page_address(text: str) -> str:
    """Read the address of a page; what stands behind `?` or `#` is for whoever opens it to say."""
    try:
        url = URL(text).with_query(None).with_fragment(None)
    except ValueError as error:
        raise ServerError(f"{text} is no address of a page: {error}.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ServerError(f"{text} is no address of a page: it should be like http://127.0.0.1:5174/.")
    if url.user or url.password:
        raise ServerError("A name or a password in the address would stand in every log: leave them out.")
    return str(url.with_path(url.raw_path, encoded=True))  # which is `/` where none was given
