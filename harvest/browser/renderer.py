"""Hardware or software: the verdict on what really draws, from two independent signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harvest.browser.flags import GpuMode

RendererClass = Literal["hardware", "software", "unknown"]

_SOFTWARE = (
    "swiftshader",
    "llvmpipe",
    "softpipe",
    "lavapipe",
    "basic render",
    "gdi generic",
    "software",
    "warp",
)
_HARDWARE = (
    "nvidia",
    "geforce",
    "radeon",
    "amd ",
    "intel",
    "apple m",
    "apple gpu",
    "adreno",
    "mali-",
)


class RendererError(Exception):
    """What draws is not known, or is software where a GPU was asked for."""


@dataclass(frozen=True, kw_only=True)
class RendererSignals:
    """What page and browser each say about the renderer; None where one says nothing."""

    webgl: str | None
    """`UNMASKED_RENDERER_WEBGL`, asked in the page."""
    gpu_process: str | None
    """`glRenderer` of the GPU process, asked through CDP."""
    display_type: str | None = None
    """ANGLE's display type, asked through CDP."""
    browser: str | None = None
    """The browser's version."""


@dataclass(frozen=True, kw_only=True)
class RendererVerdict:
    """What draws, and how we know."""

    renderer_class: RendererClass
    signals: RendererSignals
    reason: str


def classify(renderer: str | None) -> RendererClass:
    """Tell one renderer string; a name that we do not know proves nothing."""
    name = (renderer or "").lower()
    if any(mark in name for mark in _SOFTWARE):
        return "software"
    if any(mark in name for mark in _HARDWARE):
        return "hardware"
    return "unknown"


def judge(signals: RendererSignals) -> RendererVerdict:
    """Software if either signal says so; hardware only if both do."""
    page, process = classify(signals.webgl), classify(signals.gpu_process)
    if "SWIFTSHADER" in (signals.display_type or "").upper():
        process = "software"
    if "software" in (page, process):
        said = [who for who, what in (("page", page), ("GPU process", process)) if what == "software"]
        renderer_class: RendererClass = "software"
        reason = f"{' and '.join(said)} named a software renderer"
    elif page == process == "hardware":
        renderer_class, reason = "hardware", "page and GPU process named a GPU"
    else:
        doubtful = [who for who, what in (("page", page), ("GPU process", process)) if what == "unknown"]
        renderer_class = "unknown"
        reason = f"{' and '.join(doubtful)} named nothing that we know"
    return RendererVerdict(renderer_class=renderer_class, signals=signals, reason=reason)


def mend(
    renderer_class: RendererClass, *, platform: str, mode: GpuMode, headed: bool, nvidia: bool
) -> Sequence[str]:
    """What would bring hardware rendering, the likeliest help first."""
    if renderer_class == "hardware":
        return ()
    advice: list[str] = []
    if mode == "off":
        advice.append("--gpu-mode safe lets the browser use the GPU")
    if not nvidia:
        advice.append(
            "is the graphics driver installed? Over remote desktop and in containers the GPU is often hidden"
        )
    if platform == "win32" and not headed:
        advice.append("--headed: headless Chromium on Windows often falls back to software")
    if platform == "linux" and nvidia:
        advice.append("--angle vulkan, or install the NVIDIA driver's EGL library (libnvidia-gl)")
    return tuple(advice)
