"""Where pairs are shown: which server, which page, and how it is driven."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from harvest.browser import probe, renderer
from harvest.browser.keeper import Keeper, Prepare
from harvest.browser.renderer import RendererVerdict
from harvest.config import BrowserConfig
from harvest.page.driven import DrivenPage
from harvest.page.realtime import RealtimePage, small_window
from harvest.page.stepped import Audio, Request, SteppedPage, patient
from harvest.records import Adapter
from harvest.records.record import FreeForm
from harvest.serve import track_url
from harvest.server import Server, foreign_server, own_server
from harvest.vite import vite_server

Serve = Callable[[Path], AbstractAsyncContextManager[Server]]


async def _judge(keeper: Keeper) -> RendererVerdict:
    return renderer.judge(await probe.renderer_signals(keeper))


@dataclass(frozen=True, kw_only=True)
class Venue:
    """One kind of page, not opened yet."""

    adapter: Adapter
    serve: Serve
    """Serve it; its log goes to this folder."""
    drive: Callable[[str], DrivenPage]
    """Drive what is served at an address."""
    browser: BrowserConfig
    keep: Callable[[BrowserConfig, Prepare], Keeper] = Keeper
    """Keep a working page."""
    judge: Callable[[Keeper], Awaitable[RendererVerdict]] = _judge
    """Find out what draws."""
    described: Mapping[str, FreeForm] = field(default_factory=dict[str, FreeForm])
    """For the run's meta."""


def ours(request: Request, *, presets: Path, track: Path | None, browser: BrowserConfig) -> Venue:
    """Our own page, stepped."""
    heard = Audio(kind="url", url=track_url(track)) if track else Audio()
    asked = request.model_copy(update={"audio": heard})
    return Venue(
        adapter="stepped",
        serve=lambda _folder: own_server(presets=presets, track=track),
        drive=lambda url: SteppedPage(url, asked),
        browser=patient(browser),
        described=asked.model_dump(by_alias=True),
    )


def newliveweb(checkout: Path, *, track: Path | None, browser: BrowserConfig) -> Venue:
    """The owner's page, out of his checkout, as it is."""
    return _realtime(lambda folder: vite_server(checkout, folder), track, browser, web=str(checkout))


def running(url: str, *, track: Path | None, browser: BrowserConfig) -> Venue:
    """A page that somebody serves already, driven as his."""
    return _realtime(lambda _folder: foreign_server(url), track, browser, url=url)


def _realtime(serve: Serve, track: Path | None, browser: BrowserConfig, **described: str) -> Venue:
    return Venue(
        adapter="realtime",
        serve=serve,
        drive=lambda url: RealtimePage(url, track=track),
        browser=small_window(browser),
        described=described,
    )
