"""Our own page: it measures a pair on a virtual clock, as fast as it can be drawn, and proves what it drew.

The page's side of this is `vendor_web/src/hooks/harvest.ts`. What comes back is checked once, here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote

import numpy as np
from playwright.async_api import Error
from pydantic import ConfigDict, Field, TypeAdapter

from harvest.browser.launch import first_line
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.measure import Footage, luma
from harvest.packs.manifest import Pack
from harvest.page.driven import (
    Layer,
    LayerShown,
    Measurement,
    PageError,
    PageFacts,
    Refused,
    SelfTestError,
    other_manifest,
)
from harvest.page.spoken import Bytes, Spoken
from harvest.records import Adapter, Pair

VERSION = 1
"""Of the hooks that we speak."""

VISIT_S = 60.0
"""Longer than any pair takes: a pair of 210 frames has 1 to 3 s of drawing on two cores without a GPU."""

_OPEN_S = 30.0
_COMPILES_S = 15.0
"""Without a GPU one shader of a real preset took 12 s to compile on a busy machine."""
_OTHER_SECONDS = (30.0, 90.0)
"""Where to listen for a track that begins quietly."""
_MISSING = ("The server says 4", "The server sent a web page")

_HASH_OF = """async (url) => {
  const bytes = await (await fetch(url, { cache: "no-cache" })).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}"""

_COLOURS = ("red", "green", "blue")
_CLEAR = 2.0
"""How many times as bright as the others the one colour of a test preset is."""


def _test_preset(colour: str) -> str:
    """Fill the picture with one colour that pulses: a border as wide as half of it."""
    strength = "0.7 + 0.3*sin(5*time)"
    frame = [f"ob_{each[0]} = {strength if each == colour else 0};" for each in _COLOURS]
    code = "\n".join(f"per_frame_{n}={line}" for n, line in enumerate(frame, 1))
    text = f"[preset00]\nfWaveAlpha=0\nob_size=0.5\nob_a=1\nib_size=0\n{code}\n"
    return "data:text/plain," + quote(text)


TEST_PRESETS = {colour: _test_preset(colour) for colour in ("red", "green")}


class _Asked(Spoken):
    """Made by us."""

    model_config = ConfigDict(populate_by_name=True)


class Size(_Asked):
    """In pixels, or in cells of a mesh."""

    width: int
    height: int


class Audio(_Asked):
    """What the presets hear: the click track, or a track at an address of the page's server."""

    kind: Literal["click", "url"] = "click"
    url: str | None = None


class Request(_Asked):
    """How pairs are measured; what it says holds for every pair of a run."""

    audio: Audio = Audio()
    from_second: float = 8.0
    """Of the track, at which the first measured frame hears it."""
    warmup_frames: int = 30
    frames: int = 180
    frames_per_second: float = 30.0
    seed: int = 1
    size: Size = Size(width=160, height=90)
    picture: Size = Size(width=32, height=18)
    """Of what is brought back of each frame."""
    mesh: Size = Size(width=24, height=18)
    thumbnail_frame: int | None = 90
    """The measured frame that is brought back to be looked at; None: none."""


class _LayerShown(Spoken):
    """What a layer drew."""

    url: str
    hash: str
    """SHA-256 of the preset's bytes as the page received them."""
    frames: int


class _Thumbnail(Spoken):
    type: Literal["image/webp"]
    bytes: Bytes


class _Measured(Spoken):
    kind: Literal["measured"]
    shown: Mapping[Layer, _LayerShown]
    renderer: str
    pictures: Mapping[Literal["fg", "bg", "composed"], Bytes]
    picture_hash: str
    rms: Bytes
    peak: Bytes
    track: str
    thumbnail: _Thumbnail | None
    ms: Mapping[str, float]


class _Refused(Spoken):
    """Presets that the page cannot show, and why, by layer."""

    kind: Literal["refused"]
    reasons: Mapping[Layer, str]


_ANSWER: TypeAdapter[_Measured | _Refused] = TypeAdapter(
    Annotated[_Measured | _Refused, Field(discriminator="kind")]
)


def patient(config: BrowserConfig) -> BrowserConfig:
    """Wait longer for a sign of life: a page compiles shaders without one."""
    return config.model_copy(update={"stuck_s": max(config.stuck_s, _COMPILES_S)})


async def open_page(watched: WatchedPage, url: str, *, projectm: str | None = None) -> None:
    """Open our page for measuring: nothing is played, and it speaks our version.

    projectM draws if the page's server has it at this address, else butterchurn.
    """
    engine = f"&projectm={projectm}" if projectm else ""
    opening = watched.page.goto(f"{url}?coupled=0{engine}")
    await watched.run("opening the page", opening, deadline_s=_OPEN_S)
    hooks = watched.page.wait_for_function("window.__nw_harvest")
    await watched.run("the page's hooks", hooks, deadline_s=_OPEN_S)
    version = watched.page.evaluate("window.__nw_harvest.version")
    found = await watched.run("the page's version", version, deadline_s=_OPEN_S)
    if found != VERSION:
        raise PageError(
            f"The page at {url} speaks version {found} of __nw_harvest, and harvest version {VERSION}."
        )


class SteppedPage:
    """Our page, driven."""

    adapter: Adapter = "stepped"

    def __init__(self, url: str, request: Request) -> None:
        self._url = url
        self._request = request

    async def open(self, watched: WatchedPage) -> None:
        """Open it for measuring."""
        await open_page(watched, self._url)

    async def self_test(self, watched: WatchedPage, packs: Mapping[str, Pack]) -> PageFacts:
        """Prove it with two presets of our own, so that no pack can make a good page look bad."""
        for pack in packs.values():
            await self._prove_manifest(watched, pack)
        remedies = await self._find_sound(watched)
        for order in (("red", "green"), ("green", "red")):
            await self._prove_switch(watched, order)
        found = {
            "version": VERSION,
            "sound": self._request.audio.kind,
            "fromSecond": self._request.from_second,
        }
        return PageFacts(found=found, remedies=remedies)

    async def measure(self, watched: WatchedPage, pack: Pack, pair: Pair) -> Measurement | Refused:  # noqa: ARG002
        """Show one pair and measure it; a fault of the page interrupts that."""
        return await self._measure(watched, pair.fg_url, pair.bg_url)

    async def mend_sound(self, watched: WatchedPage, attempt: int) -> str | None:  # noqa: ARG002
        """Nothing plays here, so silence can only be the track's own: hear the click track instead."""
        if self._request.audio.kind == "click":
            return None
        self._request = self._request.model_copy(update={"audio": Audio()})
        return "click track"

    async def note(self, watched: WatchedPage, lines: Sequence[str]) -> None:
        """Write over the page."""
        writing = watched.page.evaluate("lines => window.__nw_harvest.note(lines)", list(lines))
        await watched.run("the note", writing, deadline_s=_OPEN_S)

    async def _find_sound(self, watched: WatchedPage) -> Sequence[str]:
        """Find a part of the track that can be heard; where there is none, hear the click track instead."""
        asked = self._request
        reasons: list[str] = []
        if asked.audio.kind == "click":
            return ()
        for second in (asked.from_second, *_OTHER_SECONDS):
            self._request = asked.model_copy(update={"from_second": second})
            try:
                heard = await self._measure(watched, TEST_PRESETS["red"], TEST_PRESETS["green"])
            except PageError as error:
                reasons.append(first_line(error))
                break
            if isinstance(heard, Measurement) and heard.is_heard:
                return ()
            reasons.append(f"nothing to be heard from second {second:g}")
        self._request = asked.model_copy(update={"audio": Audio()})
        return (f"click track instead of {asked.audio.url}: {'; '.join(reasons)}",)

    async def _prove_manifest(self, watched: WatchedPage, pack: Pack) -> None:
        asking = watched.page.evaluate(_HASH_OF, quote(pack.manifest_url))
        seen = await watched.run("hashing a manifest", asking, deadline_s=_OPEN_S)
        if reason := other_manifest(pack, seen):
            raise SelfTestError(reason, "manifest-mismatch")

    async def _prove_switch(self, watched: WatchedPage, order: tuple[str, str]) -> None:
        """Show two known colours, and find them in the pictures of their layers."""
        shown = await self._measure(watched, *(TEST_PRESETS[colour] for colour in order))
        if isinstance(shown, Refused):
            raise SelfTestError(f"The page cannot show our own test presets: {shown.evidence}")
        if not shown.is_heard:
            raise SelfTestError("The click track is silent.", "audio-silent")
        for colour, pictures in zip(order, (shown.footage.fg, shown.footage.bg), strict=True):
            means = pictures.mean(axis=(0, 1, 2))
            if _COLOURS[int(means.argmax())] != colour or means.max() < _CLEAR * np.median(means):
                raise SelfTestError(f"A {colour} layer was shown with a mean colour of {means.round(1)}.")
            if not np.ptp(luma(pictures).mean(axis=(1, 2))):
                raise SelfTestError(f"The frames of a pulsing {colour} layer are all the same.")

    async def _measure(self, watched: WatchedPage, fg_url: str, bg_url: str) -> Measurement | Refused:
        request = self._request
        asked = {"fgUrl": fg_url, "bgUrl": bg_url, **request.model_dump(by_alias=True)}
        asked["audio"] = request.audio.model_dump(exclude_none=True)
        work = watched.page.evaluate("request => window.__nw_harvest.measureEncoded(request)", asked)
        try:
            answer = await watched.run("measuring a pair", work, deadline_s=VISIT_S)
        except Error as error:
            raise PageError(f"The page failed: {error.message}") from error
        return _read(answer, request)


def _read(answer: object, request: Request) -> Measurement | Refused:
    found = _ANSWER.validate_python(answer)
    if isinstance(found, _Refused):
        reasons = found.reasons.values()
        missing = any(reason.startswith(_MISSING) for reason in reasons)
        evidence = " ".join(f"{layer}: {why}" for layer, why in found.reasons.items())
        return Refused(fault="preset-missing" if missing else "preset-abort", evidence=evidence)
    digest = hashlib.sha256(b"".join(found.pictures[view] for view in ("fg", "bg", "composed"))).hexdigest()
    if digest != found.picture_hash:
        raise PageError("What arrived of a measurement is not what the page sent.")
    # Both presets are switched to, drawn and read within one request: there is no before.
    shown: dict[Layer, LayerShown] = {
        layer: LayerShown(url=each.url, hash=each.hash) for layer, each in found.shown.items()
    }
    return Measurement(
        footage=_footage(found, request),
        frames=found.shown["fg"].frames,
        before=shown,
        after=shown,
        sound="click" if found.track.startswith("click track") else "track",
        thumbnail=found.thumbnail.bytes if found.thumbnail else None,
        picture_hash=found.picture_hash,
        seconds={phase: ms / 1000 for phase, ms in found.ms.items()},
    )


def _footage(found: _Measured, request: Request) -> Footage:
    shape = (request.frames, request.picture.height, request.picture.width, 3)
    fg, bg, composed = (
        np.frombuffer(found.pictures[view], np.uint8).reshape(shape) for view in ("fg", "bg", "composed")
    )
    return Footage(
        fg=fg,
        bg=bg,
        composed=composed,
        rms=np.frombuffer(found.rms, np.float32),
        peak=np.frombuffer(found.peak, np.float32),
        frames_per_second=request.frames_per_second,
    )
