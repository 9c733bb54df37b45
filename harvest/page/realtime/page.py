"""The adapter: it drives an already running newliveweb, whatever its defects, and ours by the same hooks."""

import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from urllib.parse import quote, urljoin

from playwright.async_api import Error, FilePayload, Page

from harvest.browser.launch import first_line
from harvest.browser.watch import WatchedPage
from harvest.deadline import OverdueError
from harvest.packs.manifest import Pack
from harvest.page.driven import (
    SILENT,
    Layer,
    LayerShown,
    Measurement,
    PageError,
    PageFacts,
    Refused,
    Sound,
    other_manifest,
)
from harvest.page.realtime import proving, tap, verdicts
from harvest.page.realtime.answers import Hearing, Taken
from harvest.page.realtime.arriving import arrive
from harvest.page.realtime.click import NAME, click_track
from harvest.page.realtime.deliveries import Deliveries, complaint, is_missing, path_of
from harvest.page.realtime.settings import RealtimeSettings
from harvest.records import Adapter, Pair

_HOOKS = "window.__nw_verify?.getVerifyState && window.__projectm_verify"
_GOTO_S = 30.0
_DRAWN_S = 90.0
_COUPLED_S = 20.0
_FILE_S = 10.0
_PRESET_S = 5.0
_SLOWEST = 4
"""A dwell that brings too few frames may last so many times as long."""


class RealtimePage:
    """A newliveweb that runs at an address."""

    adapter: Adapter = "realtime"

    def __init__(
        self, url: str, *, track: Path | None = None, settings: RealtimeSettings | None = None
    ) -> None:
        """Without a track the click track is played."""
        self.settings = settings or RealtimeSettings()
        self.deliveries = Deliveries()
        self.loads_per_pair = 2
        """Until it is proven that one is enough."""
        self.found: dict[str, str | float | bool | None] = {}
        self.is_spoilt = False
        """Whether the page must be loaded anew before it shows another pair."""
        self._url = url
        self._track = track
        self._sound: Sound = "click" if track is None else "track"
        self._pack: Pack | None = None
        self._hands_memory_over = False
        self._equipped: weakref.WeakSet[Page] = weakref.WeakSet()
        self._handed: weakref.WeakSet[Page] = weakref.WeakSet()

    # The protocol

    async def open(self, watched: WatchedPage) -> None:
        """Load it, switch off what disturbs, and let it play; again where a remedy must be in it first."""
        heard = await self._load(watched)
        if heard.reaches is False and not self._hands_memory_over:
            self._hands_memory_over = True
            heard = await self._load(watched)
        self.found |= {"audioReachesEngines": heard.reaches, "rms": round(heard.rms, 6)}
        self.is_spoilt = False

    async def self_test(self, watched: WatchedPage, packs: Mapping[str, Pack]) -> PageFacts:
        """Prove switching, hearing, drawing and manifests on this very page."""
        await proving.prove(self, watched, packs)
        return PageFacts(found=dict(self.found), remedies=self._remedies())

    async def measure(self, watched: WatchedPage, pack: Pack, pair: Pair) -> Measurement | Refused:
        """Show one pair, hold it, and measure it as it is drawn."""
        began = monotonic()
        if refused := await self.check_presets(watched, pair):
            return refused
        await self.turn_to(watched, pack)
        self.deliveries.asked_for.clear()
        ready = monotonic()
        if refused := await self.show(watched, pack, pair, times=self.loads_per_pair):
            return refused
        shown = monotonic()
        self.deliveries.asked_for.clear()
        taken = await self.take(watched, with_thumbnail=True)
        if refused := verdicts.refusal(taken, pair, self.strangers(pair)):
            self.is_spoilt = True
            return refused
        seconds = {"checking": ready - began, "showing": shown - ready, "measuring": monotonic() - shown}
        return self._measured(taken, pair, seconds)

    async def mend_sound(self, watched: WatchedPage, attempt: int) -> str | None:
        """Wake the sound, then load the page anew, then play the click track."""
        match attempt:
            case 1:
                await tap.play(watched, audible=SILENT, limit_s=self.settings.heard_s)
                return "sound resumed"
            case 2:
                await self.open(watched)
                return "page reloaded"
            case 3 if self._sound == "track":
                self._sound = "click"
                await self.open(watched)
                return "click track"
            case _:
                return None

    async def note(self, watched: WatchedPage, lines: Sequence[str]) -> None:
        """Write over the page."""
        await tap.note(watched, lines)

    # What the self-test needs too

    async def turn_to(self, watched: WatchedPage, pack: Pack) -> None:
        """Have the page show this pack, and nothing be left of what went wrong before."""
        if self._pack is not pack or self.is_spoilt:
            self._pack = pack
            await self.open(watched)

    async def check_presets(self, watched: WatchedPage, pair: Pair) -> Refused | None:
        """Look at both presets before the page does: it takes anything for one."""
        for layer, url in (("fg", pair.fg_url), ("bg", pair.bg_url)):
            asking = watched.page.request.get(urljoin(self._url, quote(path_of(url))))
            try:
                response = await watched.run("a preset", asking, deadline_s=_PRESET_S)
                body = await watched.run("a preset", response.body(), deadline_s=_PRESET_S)
                await watched.run("a preset", response.dispose(), deadline_s=_PRESET_S)
            except (Error, OverdueError) as error:
                raise PageError(f"The server is gone: {first_line(error)}", "server-gone") from error
            if why := complaint(response, body):
                fault = "preset-missing" if is_missing(response) else "preset-abort"
                return Refused(fault=fault, evidence=f"{layer}: {url}: {why}")
        return None

    async def show(self, watched: WatchedPage, pack: Pack, pair: Pair, *, times: int) -> Refused | None:
        """Have a pair shown, loaded so many times, and held; or tell why it is not."""
        wanted = {
            "pack": pack.name,
            "pair": pair.pair,
            "index": pack.manifest.pairs.index(pair),
            "length": len(pack.manifest.pairs),
            "fgUrl": pair.fg_url,
            "bgUrl": pair.bg_url,
        }
        asked = await tap.show(watched, wanted, times=times, limit_s=self.settings.shown_s)
        if asked.outcome == "shown":
            return None
        self.is_spoilt = True
        if asked.outcome == "frozen":
            raise PageError("The page draws no new frames.")
        if asked.outcome == "aborted" and not self.strangers(pair):
            return verdicts.aborted(asked.shown)
        seen = asked.shown
        what = f"pair {seen.pair}, {seen.fg} and {seen.bg} ({seen.status})"
        return Refused(fault="pair-not-shown", evidence=f"Asked {asked.asked} times, the page showed {what}.")

    async def take(
        self, watched: WatchedPage, *, dwell_s: float | None = None, with_thumbnail: bool = False
    ) -> Taken:
        """Take the frames of a while: too few of them, and the page cannot be measured."""
        asked = self.settings
        seconds = dwell_s or asked.dwell_s
        least = max(2, round(asked.least_frames * seconds / asked.dwell_s))
        limit_s = asked.settle_s + _SLOWEST * asked.dwell_s
        taken = await tap.take(
            watched,
            settle_s=asked.settle_s,
            dwell_s=seconds,
            least_frames=least,
            limit_s=limit_s,
            with_thumbnail=with_thumbnail,
        )
        if not taken.aborted and not taken.are_told_apart:
            raise PageError("Which of the engines' canvases is whose cannot be told.")
        if not taken.aborted and len(taken.times) < least:
            raise PageError(f"The page drew {len(taken.times)} new frames in {limit_s:g} s, not {least}.")
        return taken

    def strangers(self, pair: Pair) -> Sequence[str]:
        """Presets that the page asked for of its own accord."""
        wanted = {path_of(pair.fg_url), path_of(pair.bg_url)}
        return [path for path in self.deliveries.asked_for if path not in wanted]

    # Opening

    async def _load(self, watched: WatchedPage) -> Hearing:
        await self._equip(watched)
        self.deliveries.forget()
        address = verdicts.address_of(self._url, self._pack)
        await arrive(watched, address, hooks=_HOOKS, limit_s=_GOTO_S)
        if not await tap.draws(watched, limit_s=_DRAWN_S):
            raise PageError("The engines draw nothing.")
        await tap.settle(watched, without_liquid=self.settings.without_liquid)
        if self._pack is not None:
            await self._couple(watched, self._pack)
        return await self._start_sound(watched)

    async def _equip(self, watched: WatchedPage) -> None:
        page = watched.page
        if page not in self._equipped:
            wishes = {
                "hideToolbar": self.settings.hide_toolbar,
                "stubBeatTempo": self.settings.stub_beat_tempo,
            }
            await watched.run("our scripts", tap.install(page, wishes), deadline_s=_FILE_S)
            await watched.run("our watch", self.deliveries.watch(page), deadline_s=_FILE_S)
            self._equipped.add(page)
        if self._hands_memory_over and page not in self._handed:
            await watched.run("our scripts", page.add_init_script(tap.script("memory")), deadline_s=_FILE_S)
            self._handed.add(page)

    async def _couple(self, watched: WatchedPage, pack: Pack) -> None:
        """Switch coupled mode on, which every load switches off, and see whose manifest it came on with."""
        coupled = await tap.couple(watched, pack.name, limit_s=_COUPLED_S)
        self.found["coupledAfterLoad"] = coupled.was_on
        if not coupled.is_coupled:
            raise PageError(f"Coupled mode does not come on for {pack.name} ({coupled.status}).")
        if reason := other_manifest(pack, self.deliveries.hash_of(pack.manifest_url)):
            raise PageError(reason, "manifest-mismatch")

    async def _start_sound(self, watched: WatchedPage) -> Hearing:
        file: FilePayload | Path = (
            self._track
            if self._sound == "track" and self._track
            else {"name": NAME, "mimeType": "audio/wav", "buffer": click_track()}
        )
        giving = watched.page.locator("#audio-file").set_input_files(file)
        await watched.run("giving the page its track", giving, deadline_s=_FILE_S)
        return await tap.play(watched, audible=SILENT, limit_s=self.settings.heard_s)

    # What comes of it

    def _measured(self, taken: Taken, pair: Pair, seconds: Mapping[str, float]) -> Measurement:
        shown: Mapping[Layer, LayerShown] = {
            "fg": LayerShown(url=pair.fg_url, hash=self.deliveries.hash_of(pair.fg_url)),
            "bg": LayerShown(url=pair.bg_url, hash=self.deliveries.hash_of(pair.bg_url)),
        }
        return Measurement(
            footage=taken.footage(),
            frames=len(taken.times),
            before=shown,
            after=shown,
            sound=self._sound,
            thumbnail=taken.thumbnail,
            seconds=seconds,
        )

    def _remedies(self) -> Sequence[str]:
        found, asked = self.found, self.settings
        every = (
            ("coupledInit after every load", not found.get("coupledAfterLoad")),
            ("every pair loaded twice", self.loads_per_pair > 1),
            ("the engines' memory handed over", self._hands_memory_over),
            ("hold while measuring", bool(found.get("canHold"))),
            ("exact pairs by the shuffle state", not found.get("coupledShow")),
            ("toolbar hidden", asked.hide_toolbar),
            ("liquid layer off", asked.without_liquid and bool(found.get("hasLiquid"))),
            ("beat tempo worker stubbed", asked.stub_beat_tempo),
        )
        return [remedy for remedy, is_on in every if is_on]
