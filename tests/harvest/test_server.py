"""A page's server is known to answer or not, and comes back at the address that it had."""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from harvest import server
from harvest.serve import serving
from harvest.server import (
    ForeignServer,
    OwnServer,
    ServerError,
    answers,
    foreign_server,
    own_server,
    page_address,
    pauses,
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page, as it is built."""
    (tmp_path / "index.html").write_text("page", encoding="utf-8")
    return tmp_path


@asynccontextmanager
async def listening(status: int = 200, *, silent: bool = False, port: int = 0) -> AsyncGenerator[str]:
    """Somebody else's server."""

    async def answer(_request: web.Request) -> web.Response:
        if silent:
            await asyncio.Event().wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else None)

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("status", "there"), [(200, True), (302, True), (404, False), (500, False)])
async def test_a_page_is_there_if_it_can_be_had(status: int, *, there: bool) -> None:
    """A redirection is an answer, an error is none."""
    async with listening(status) as url:
        assert await answers(url) is there


async def test_nobody_and_somebody_silent_do_not_answer() -> None:
    """The silent one is waited for no longer than was said."""
    async with listening(silent=True) as url:
        began = time.monotonic()
        assert not await answers(url, within_s=0.2)
        assert time.monotonic() - began < 2
    assert not await answers(url)


@pytest.fixture
async def broken(page: Path) -> AsyncGenerator[OwnServer]:
    """A server of ours that serves no longer."""
    serve = partial(serving, page)
    async with AsyncExitStack() as stack:
        own = OwnServer(await stack.enter_async_context(serve(port=0)), serve, stack)
        await stack.aclose()
        yield own


async def test_our_own_server_comes_back_at_its_address(broken: OwnServer) -> None:
    """Whether it was closed or still served."""
    url = broken.url
    assert not await broken.answers()
    for _ in range(2):
        assert await broken.revive() == "served our page again"
        assert broken.url == url
        assert await broken.answers()


async def test_our_own_server_says_so_when_its_port_is_taken(broken: OwnServer) -> None:
    """And comes back as soon as the port is free again."""
    async with listening(404, port=URL(broken.url).port or 0):
        with pytest.raises(ServerError, match="Our page cannot be served at"):
            await broken.revive()
        assert not await broken.answers()
    await broken.revive()
    assert await broken.answers()


@pytest.mark.parametrize("moment_s", [0.0, 0.001, 0.01])
async def test_our_own_server_is_gone_after_a_cancellation(page: Path, moment_s: float) -> None:
    """Also one that comes while it is being brought back."""
    served: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with own_server(page) as own:
            assert await own.answers()
            served.set_result(own.url)
            while True:
                await own.revive()

    task = asyncio.create_task(work())
    url = await served
    await asyncio.sleep(moment_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await answers(url)


async def test_a_foreign_server_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reviving it is waiting until somebody has started it again."""
    monkeypatch.setattr(server, "pauses", lambda: itertools.repeat(0.02))
    async with listening() as url:
        foreign = ForeignServer(url, 30)
        assert await foreign.answers()
    assert not await foreign.answers()
    reviving = asyncio.create_task(foreign.revive())
    done, _ = await asyncio.wait({reviving}, timeout=0.2)
    assert not done
    async with listening(port=URL(url).port or 0):
        assert await reviving == f"waited 0 s for {url}"


async def test_patience_with_a_foreign_server_ends() -> None:
    """Nobody waits for it all night."""
    async with listening() as url:
        pass
    with pytest.raises(ServerError, match="did not answer for 0 s; it is not ours to start"):
        await ForeignServer(url, 0.1).revive()
    with pytest.raises(ServerError, match="is its server running"):
        async with foreign_server(url):
            pass


def test_pauses_grow_to_half_a_minute() -> None:
    """A server that is back soon is found soon; one that stays away is not pestered."""
    assert list(itertools.islice(pauses(), 8)) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_an_address_is_that_of_the_page() -> None:
    """Without what is for the page to read, and in the spelling of browsers."""
    assert page_address("http://127.0.0.1:5174") == "http://127.0.0.1:5174/"
    assert page_address("http://LocalHost:5174/?coupled=1#x") == "http://localhost:5174/"
    assert page_address("https://x/web/") == "https://x/web/"
    for wrong in ("127.0.0.1:5174", "file:///etc/passwd", "localhost", "", "http://", "http://x:99999/"):
        with pytest.raises(ServerError, match="is no address of a page"):
            page_address(wrong)
    with pytest.raises(ServerError, match="in every log") as refused:
        page_address("http://me:secret@127.0.0.1:5174/")
    assert "secret" not in str(refused.value)
