"""Questions to a page about the browser beneath it: renderer, audio, frame rate."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from harvest.browser.keeper import Keeper
from harvest.browser.renderer import RendererSignals
from harvest.browser.watch import WatchedPage

_PROBES = files("harvest.browser").joinpath("probe.js").read_text(encoding="utf-8").strip()


@dataclass(frozen=True, kw_only=True)
class AudioSignal:
    """What the analyser of a muted page hears."""

    rms: float
    state: str


@dataclass(frozen=True, kw_only=True)
class FrameRate:
    """Frames per second of a bare WebGL loop."""

    bare: float
    """Drawn as fast as they can be, each finished before the next."""
    paced: float
    """Drawn once per animation frame."""


async def renderer_signals(keeper: Keeper) -> RendererSignals:
    """Ask page and GPU process, independently, what draws."""
    webgl = await _ask(keeper.page, "webgl()")
    info = await keeper.browser.system_info()
    process: dict[str, str] = info["gpu"].get("auxAttributes") or {}
    return RendererSignals(
        webgl=webgl and webgl["renderer"],
        gpu_process=process.get("glRenderer") or None,
        display_type=process.get("displayType") or None,
        browser=keeper.browser.version,
    )


async def audio_signal(page: WatchedPage, *, patience_s: float = 2.0) -> AudioSignal:
    """Play a tone that nobody hears and look for it in an analyser."""
    return AudioSignal(**await _ask(page, f"audio({patience_s})"))


async def frame_rate(page: WatchedPage, *, seconds: float = 0.5, width: int, height: int) -> FrameRate | None:
    """Measure a bare WebGL loop; None without WebGL 2."""
    measured = await _ask(page, f"frameRate({seconds}, {width}, {height})")
    return measured and FrameRate(**measured)


async def _ask(page: WatchedPage, probe: str) -> Any:
    return await page.run(probe, page.page.evaluate(f"({_PROBES}).{probe}"), deadline_s=15)
