"""Our own page: it measures a pair on a virtual clock, as fast as it can be drawn, and proves what it drew.

The page's side of this is `vendor_web/src/hooks/harvest.ts`. What comes back is checked once, here.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Error
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig

VERSION = 1
"""Of the hooks that we speak."""

Layer = Literal["fg", "bg"]
Frames: TypeAlias = NDArray[np.uint8]
"""Of shape frames, height, width, 3."""

_OPEN_S = 30.0
_COMPILES_S = 15.0
"""Without a GPU one shader of a real preset took 12 s to compile on a busy machine."""


class PageError(Exception):
    """The page does not do what ours does: another version, or no page of ours at all."""


class _Spoken(BaseModel):
    """A record in the page's words."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Size(_Spoken):
    """In pixels, or in cells of a mesh."""

    width: int
    height: int


class Audio(_Spoken):
    """What the presets hear: the click track, or a track at an address of the page's server."""

    kind: Literal["click", "url"] = "click"
    url: str | None = None


class Request(_Spoken):
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


def _decoded(text: object) -> object:
    return base64.b64decode(text) if isinstance(text, str) else text


Bytes = Annotated[bytes, BeforeValidator(_decoded)]


class LayerShown(_Spoken):
    """What a layer drew."""

    url: str
    hash: str
    """SHA-256 of the preset's bytes as the page received them."""
    frames: int


class _Thumbnail(_Spoken):
    type: Literal["image/webp"]
    bytes: Bytes


class _Measured(_Spoken):
    kind: Literal["measured"]
    shown: Mapping[Layer, LayerShown]
    renderer: str
    pictures: Mapping[Literal["fg", "bg", "composed"], Bytes]
    picture_hash: str
    rms: Bytes
    peak: Bytes
    track: str
    thumbnail: _Thumbnail | None
    ms: Mapping[str, float]


class Refused(_Spoken):
    """Presets that the page cannot show, and why, by layer."""

    kind: Literal["refused"]
    reasons: Mapping[Layer, str]


_ANSWER: TypeAdapter[_Measured | Refused] = TypeAdapter(
    Annotated[_Measured | Refused, Field(discriminator="kind")]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What the page drew of one pair, frame by frame, and the proof of it."""

    fg: Frames
    bg: Frames
    composed: Frames
    rms: NDArray[np.float32]
    peak: NDArray[np.float32]
    shown: Mapping[Layer, LayerShown]
    renderer: str
    picture_hash: str
    track: str
    thumbnail: bytes | None
    """WebP."""
    ms: Mapping[str, float]
    """Where the page's time went, by phase."""


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


async def measure(
    watched: WatchedPage, fg_url: str, bg_url: str, request: Request, *, deadline_s: float
) -> Measurement | Refused:
    """Measure one pair; a fault of the page interrupts it."""
    asked = {"fgUrl": fg_url, "bgUrl": bg_url, **request.model_dump(by_alias=True, exclude_none=False)}
    if request.audio.kind == "click":
        asked["audio"] = {"kind": "click"}
    work = watched.page.evaluate("request => window.__nw_harvest.measureEncoded(request)", asked)
    try:
        answer = await watched.run("measuring a pair", work, deadline_s=deadline_s)
    except Error as error:
        raise PageError(f"The page failed: {error.message}") from error
    return _read(answer, request)


def _read(answer: object, request: Request) -> Measurement | Refused:
    found = _ANSWER.validate_python(answer)
    if isinstance(found, Refused):
        return found
    shape = (request.frames, request.picture.height, request.picture.width, 3)
    views = {
        view: np.frombuffer(pictures, np.uint8).reshape(shape) for view, pictures in found.pictures.items()
    }
    digest = hashlib.sha256(b"".join(found.pictures[view] for view in ("fg", "bg", "composed"))).hexdigest()
    if digest != found.picture_hash:
        raise PageError("What arrived of a measurement is not what the page sent.")
    return Measurement(
        fg=views["fg"],
        bg=views["bg"],
        composed=views["composed"],
        rms=np.frombuffer(found.rms, np.float32),
        peak=np.frombuffer(found.peak, np.float32),
        shown=found.shown,
        renderer=found.renderer,
        picture_hash=found.picture_hash,
        track=found.track,
        thumbnail=found.thumbnail.bytes if found.thumbnail else None,
        ms=found.ms,
    )
