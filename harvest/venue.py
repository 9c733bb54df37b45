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
from harvest.page.stepped import Audio, Request, SteppedPage, patient
from harvest.records import Adapter
from harvest.records.record import FreeForm
from harvest.serve import track_url
from harvest.server import Server, own_server


async def _judge(keeper: Keeper) -> RendererVerdict:
    return renderer.judge(await probe.renderer_signals(keeper))


@dataclass(frozen=True, kw_only=True)
class Venue:
    """One kind of page, not opened yet."""

    adapter: Adapter
    serve: Callable[[Path], AbstractAsyncContextManager[Server]]
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
