"""One browser for many proofs, and our page with something planted in it."""

import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from loopback import answering

from harvest.browser.keeper import Keeper, Prepare
from harvest.browser.launch import Browser
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.packs.manifest import QUALITY
from harvest.page.stepped import Request, SteppedPage
from harvest.serve import PAGE
from harvest.server import Server, own_server
from harvest.venue import Venue

Serve = Callable[[Path], AbstractAsyncContextManager[Server]]


class Lent(Keeper):
    """Keeps nothing: it borrows the page of another keeper, and leaves it open."""

    def __init__(self, lender: Keeper, config: BrowserConfig, prepare: Prepare) -> None:
        super().__init__(config, prepare)
        self._lender = lender
        self._make_ready = prepare

    async def __aenter__(self) -> Self:
        """Prepare the page as if it were new."""
        await self._make_ready(self._lender.page)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back as another page: whoever listened to this one listens no more."""
        await self._lender._replace_page()

    @property
    def page(self) -> WatchedPage:
        """The lender's."""
        return self._lender.page

    @property
    def browser(self) -> Browser:
        """The lender's."""
        return self._lender.browser


def a_venue(lender: Keeper, config: BrowserConfig, serve: Serve) -> Venue:
    """A page of ours, in the browser that is lent."""
    return Venue(
        adapter="stepped",
        serve=serve,
        drive=lambda url: SteppedPage(url, Request()),
        browser=config,
        keep=lambda given, prepare: Lent(lender, given, prepare),
    )


def served(presets: Path, root: Path = PAGE) -> Serve:
    """Our page, or another make of it, with these packs."""
    return lambda _folder: own_server(root, presets=presets)


def planted(folder: Path, script: str) -> Path:
    """Copy our page, and let a script of ours run before any of its own."""
    shutil.copytree(PAGE, folder)
    index = folder / "index.html"
    page = index.read_text(encoding="utf-8").replace("<head>", f"<head><script>{script}</script>", 1)
    assert script in page
    index.write_text(page, encoding="utf-8")
    return folder


class Elsewhere:
    """A server that a test runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def answers(self) -> bool:
        """It does as long as it runs."""
        return True

    async def revive(self) -> str:
        """Nobody ends it."""
        raise NotImplementedError


@asynccontextmanager
async def hoarding(presets: Path) -> AsyncGenerator[Elsewhere]:
    """Serve our page as a careless proxy does: scores that a browser has already are told to be current."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/":
            return web.FileResponse(PAGE / "index.html")
        if request.path.endswith("/packs.json"):
            return web.json_response([])
        root = presets if request.path.startswith("/presets/") else PAGE
        file = root / request.path.removeprefix("/presets/" if root is presets else "/")
        if file.name != QUALITY:
            return web.FileResponse(file)
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return web.Response(
            body=file.read_bytes(), headers={"ETag": '"always"'}, content_type="application/json"
        )

    async with answering(answer) as url:
        yield Elsewhere(url)
