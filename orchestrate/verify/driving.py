"""A page opened in each mode, its files watched on their way, and picks asked of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playwright.async_api import ConsoleMessage, Error, Page, Response, Route
from pydantic import TypeAdapter

from harvest.browser.launch import first_line
from harvest.browser.watch import WatchedPage
from harvest.console import LINE_CHARS
from harvest.packs import disk
from harvest.packs.manifest import MANIFEST, QUALITY, Pack
from harvest.page.driven import PageError
from harvest.page.realtime import tap
from harvest.page.realtime.arriving import arrive
from harvest.page.realtime.deliveries import path_of
from orchestrate.verify.answers import Delivered, Delivery, Generation, Opened, Pick, Seen
from orchestrate.verify.record import Mode

Told = Callable[[str, int, int | None], None]
"""Told of which phase how many are done, and of how many."""

SHOWING = "pairs shown"
PHASES = (SHOWING, "weighted picks", "shuffle picks")

_SCRIPT = files("orchestrate.verify").joinpath("page.js").read_text(encoding="utf-8").strip()
_WISHES = {"hideToolbar": True, "stubBeatTempo": True}
"""As in `harvest eval`: the toolbar's blur costs several times the frame, the worker grows all the time."""
_HOOKS = "window.__nw_verify?.getVerifyState && window.__nw_verify?.actions?.coupledNext"
_ABOUT_SCORES = ("[coupled-", "pairs-quality")
_MOST_KEPT = 100

_OPEN_S = 90.0
"""newliveweb compiles its engines for half a minute without a GPU, and Vite bundles it before that."""
_COUPLED_S = 20.0
_PICK_S = 15.0
_DWELL_S = 0.5
_MARGIN_S = 10.0
_ASK_S = 60.0
_LIVE_S = 300.0
"""For the picks of one mode where each must be shown; what has not come by then is not waited for."""

_PAIRS_A_CALL = 2_000_000
"""Weights that a page reckons in one call, which takes it a second or two without a sign of life."""
_NUMBERS: TypeAdapter[list[int] | None] = TypeAdapter(list[int] | None)

_QUICK_PRESET = "[preset00]\nfDecay=0.9\nwave_r=1\nwave_g=1\nwave_b=1\n"
"""Bright enough that no watchman of the page's replaces it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to ask of a page."""

    pack: Pack
    gamma: float
    seed: int
    shown: int
    """Real pairs to show."""
    draws: Callable[[Generation], int]
    """Picks of each mode, as the page has it."""


def address(url: str, pack: Pack, mode: Mode, gamma: float) -> str:
    """Where the page shows a pack and picks in this mode, in newliveweb's own words."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= {
        "coupled": "1",
        "coupledPack": pack.name,
        "coupledPick": mode,
        "coupledGamma": f"{gamma:g}",
    }
    if pack.manifest_file != MANIFEST:
        query["coupledManifest"] = pack.manifest_file
    return urlunsplit(parts._replace(query=urlencode(query)))


class Ear:
    """What a page received and said since it was last loaded, and its errors since it was first."""

    def __init__(self) -> None:
        self.answers: dict[str, Response] = {}
        self.said: list[str] = []
        self.errors: list[str] = []

    def attach(self, page: Page) -> None:
        """Listen to a page."""
        page.on("response", self._on_response)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    def forget(self) -> None:
        """A page that is loaded anew receives all anew."""
        self.answers.clear()
        self.said.clear()

    def _on_response(self, response: Response) -> None:
        self.answers[path_of(response.url)] = response

    def _on_console(self, message: ConsoleMessage) -> None:
        if any(mark in message.text for mark in _ABOUT_SCORES) and len(self.said) < _MOST_KEPT:
            self.said.append(message.text[:LINE_CHARS])

    def _on_error(self, error: Error) -> None:
        if len(self.errors) < _MOST_KEPT:
            self.errors.append(first_line(error))


class Driver:
    """One page, asked for one pack."""

    def __init__(self, url: str, wanted: Wanted, told: Told) -> None:
        self.ear = Ear()
        self._url = url
        self._wanted = wanted
        self._told = told

    async def prepare(self, watched: WatchedPage) -> None:
        """Let our scripts stand in whatever this page loads."""
        self.ear.attach(watched.page)
        for script in (tap.script("prepare", _WISHES), f"({_SCRIPT})();"):
            await watched.run("our scripts", watched.page.add_init_script(script), deadline_s=_ASK_S)
        await self._load(watched, "weighted")

    async def see(self, watched: WatchedPage) -> Seen:
        """Ask for everything; the page has been prepared."""
        wanted = self._wanted
        opened = await self._open(watched)
        manifest, quality = [
            await self._delivery(watched, f"/presets/{wanted.pack.name}/{file}")
            for file in (wanted.pack.manifest_file, QUALITY)
        ]
        console = tuple(self.ear.said)
        shown = await self._show(watched) if opened.is_open else ()
        draws = wanted.draws(opened.generation) if opened.is_open else 0
        if opened.generation != "harvest" and draws:
            await self._have_it_easy(watched)
            await self._load(watched, "weighted")
            await self._open(watched)
        weighted = await self._draw(watched, "weighted", draws)
        if draws:
            await self._load(watched, "shuffle")
            await self._open(watched)
        shuffle = await self._draw(watched, "shuffle", draws)
        return Seen(
            opened=opened,
            manifest=manifest,
            quality=quality,
            console=console,
            page_errors=tuple(self.ear.errors),
            shown=shown,
            weighted=weighted,
            shuffle=shuffle,
        )

    async def _load(self, watched: WatchedPage, mode: Mode) -> None:
        self.ear.forget()
        place = address(self._url, self._wanted.pack, mode, self._wanted.gamma)
        await arrive(watched, place, hooks=_HOOKS, limit_s=_OPEN_S)

    async def _open(self, watched: WatchedPage) -> Opened:
        wish = {"pack": self._wanted.pack.name, "limitMs": 1000 * _COUPLED_S}
        return Opened.model_validate(await _ask(watched, "open", wish, limit_s=_COUPLED_S))

    async def _delivery(self, watched: WatchedPage, path: str) -> Delivery:
        response = self.ear.answers.get(path)
        if response is None:
            return Delivery(status=None, from_cache=False, hash=None)
        try:
            body = await watched.run("a file's bytes", response.body(), deadline_s=_ASK_S)
        except Error:  # the browser keeps no bytes of a large file, or of an answer that has none
            body = None
        counted = await _ask(watched, "delivery", path)
        is_cached = response.from_service_worker or (
            counted is not None and Delivered.model_validate(counted).is_cached
        )
        return Delivery(
            status=response.status, from_cache=is_cached, hash=None if body is None else disk.digest(body)
        )

    async def _show(self, watched: WatchedPage) -> Sequence[Pick]:
        """Show real pairs, one after the other."""
        picks: list[Pick] = []
        for number in range(1, self._wanted.shown + 1):
            picks.append(await self._next(watched, dwell_s=_DWELL_S))
            self._told(SHOWING, number, self._wanted.shown)
        return picks

    async def _next(self, watched: WatchedPage, *, dwell_s: float) -> Pick:
        wish = {"limitMs": 1000 * _PICK_S, "dwellMs": 1000 * dwell_s}
        return Pick.model_validate(await _ask(watched, "next", wish, limit_s=_PICK_S))

    async def _draw(self, watched: WatchedPage, mode: Mode, draws: int) -> Sequence[int]:
        """Have picks drawn, or where the page offers none without a picture, shown."""
        a_call = max(1, _PAIRS_A_CALL // len(self._wanted.pack.manifest.pairs))
        picks: list[int] = []
        while len(picks) < draws:
            wish = {"count": min(a_call, draws - len(picks)), "seed": self._wanted.seed + len(picks)}
            drawn = _NUMBERS.validate_python(await _ask(watched, "draw", wish, limit_s=_ASK_S))
            if drawn is None:
                return await self._pick_live(watched, mode, draws)
            if not drawn:
                raise PageError("The page offers picks, and draws none.")
            picks += drawn
            self._told(f"{mode} picks", len(picks), draws)
        return picks

    async def _pick_live(self, watched: WatchedPage, mode: Mode, draws: int) -> Sequence[int]:
        picks: list[int] = []
        clock = asyncio.get_running_loop()
        until = clock.time() + _LIVE_S
        while len(picks) < draws and clock.time() < until:
            pick = await self._next(watched, dwell_s=0)
            if pick.pair is None:
                break  # what no longer answers will not answer the next time
            picks.append(pick.pair)
            self._told(f"{mode} picks", len(picks), draws)
        return picks

    async def _have_it_easy(self, watched: WatchedPage) -> None:
        """Send one small preset for all: a pick is chosen, loaded and told as ever, and compiles at once."""

        async def fulfil(route: Route) -> None:
            await route.fulfill(body=_QUICK_PRESET, content_type="text/plain")

        routing = watched.page.route("**/*.milk*", fulfil)
        await watched.run("a quick preset", routing, deadline_s=_ASK_S)


async def _ask(
    watched: WatchedPage, name: str, wish: Mapping[str, object] | str, *, limit_s: float = 0.0
) -> object:
    work = watched.page.evaluate(f"wish => window.__harvestVerify.{name}(wish)", wish)
    try:
        return await watched.run(f"the page ({name})", work, deadline_s=limit_s + _MARGIN_S)
    except Error as error:
        if "context was destroyed" in error.message:
            raise PageError("The page was left, or loaded itself anew.", "page-left") from error
        raise PageError(f"The page failed ({name}): {first_line(error)}") from error
