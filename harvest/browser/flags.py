"""Launch switches per platform and GPU mode: pure, so that every platform is tested on any."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

GpuMode = Literal["off", "safe", "force"]
Angle = Literal["auto", "d3d11", "metal", "gl-egl", "vulkan", "swiftshader"]

MARKER = "--harvest-run="

# Playwright 1.65's own list. Chromium takes only the last --disable-features, so ours must repeat it;
# a test reads both back from a running browser and fails when an upgrade changes the list.
PLAYWRIGHT_DISABLED_FEATURES = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)

# Windows calls a covered window hidden and stops drawing it: a night behind another window would stand still.
OUR_DISABLED_FEATURES = ("CalculateNativeWinOcclusion",)

_ALWAYS = (
    "--mute-audio",  # nothing is heard; the analyser still hears
    "--autoplay-policy=no-user-gesture-required",  # no click needed, so none can open the microphone
    "--no-proxy-server",  # the page is on this machine; a system proxy can only break it
    # Measured: without these two, WebGL is gone for good after three GPU-process deaths; with them 7 of 7
    # kills were survived.
    "--disable-gpu-process-crash-limit",
    "--disable-domain-blocking-for-3d-apis",
)

_HARDWARE_HELP = ("--enable-gpu-rasterization", "--enable-zero-copy")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the choice of switches depends on."""

    platform: str
    mesa: bool = False
    """Mesa's EGL is installed: llvmpipe can stand in for a GPU."""
    root: bool = False


@dataclass(frozen=True, kw_only=True)
class LaunchPlan:
    """Switches and environment for one launch."""

    args: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    sandbox: bool = True


def launch_plan(machine: Machine, mode: GpuMode, angle: Angle = "auto", *, token: str) -> LaunchPlan:
    """Everything that a browser of ours is started with, besides Playwright's own switches."""
    backend, environment = _backend(machine, mode) if angle == "auto" else (angle, {})
    features = ",".join((*PLAYWRIGHT_DISABLED_FEATURES, *OUR_DISABLED_FEATURES))
    return LaunchPlan(
        args=(
            f"{MARKER}{token}",
            *_ALWAYS,
            f"--disable-features={features}",
            *([f"--use-angle={backend}"] if backend else []),
            *_gpu_switches(machine, mode, backend),
        ),
        environment=environment,
        # Root cannot use Chromium's sandbox on Linux, and containers seldom allow it to anybody.
        sandbox=machine.platform != "linux",
    )


def _backend(machine: Machine, mode: GpuMode) -> tuple[Angle | None, dict[str, str]]:
    """ANGLE's backend; None leaves the choice to the browser."""
    match machine.platform, mode:
        case "linux", "off":
            # Measured: llvmpipe draws 1.6 to 4.4 times as fast as SwiftShader.
            return ("gl-egl", {"LIBGL_ALWAYS_SOFTWARE": "1"}) if machine.mesa else ("swiftshader", {})
        case "linux", _:
            # One backend for every vendor's driver; where there is no GPU it meets llvmpipe.
            return "gl-egl", {}
        case _, "off":
            return "swiftshader", {}
        case "win32", "force":
            return "d3d11", {}
        case "darwin", "force":
            return "metal", {}
        case _:
            return None, {}


def _gpu_switches(machine: Machine, mode: GpuMode, backend: Angle | None) -> tuple[str, ...]:
    switches: list[str] = []
    if mode != "off":
        switches += _HARDWARE_HELP
    if mode == "force" or (machine.platform == "linux" and backend not in (None, "swiftshader")):
        switches.append("--ignore-gpu-blocklist")
    if mode == "force":
        # Without it a missing GPU is silently replaced by SwiftShader.
        switches.append("--disable-software-rasterizer")
    return tuple(switches)
