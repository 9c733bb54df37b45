"""Hardware or software: recorded strings of many machines, and every launch variant that this one has."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import get_args

import pytest
from webgl_page import open_webgl_page

from harvest.browser import probe, renderer
from harvest.browser.flags import Angle, GpuMode
from harvest.browser.keeper import Keeper
from harvest.browser.renderer import RendererSignals, classify, judge, mend
from harvest.config import BrowserConfig

HARDWARE = [
    "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 (0x00002684) Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (NVIDIA Corporation, NVIDIA H200/PCIe/SSE2, OpenGL ES 3.2)",
    "ANGLE (Intel, Intel(R) UHD Graphics 770 (0x00004680) Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (Intel, Mesa Intel(R) Xe Graphics (TGL GT2), OpenGL 4.6)",
    "ANGLE (AMD, AMD Radeon RX 7900 XTX (0x0000744C) Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (AMD, AMD Radeon Graphics (radeonsi, renoir, LLVM 15.0.7), OpenGL ES 3.2)",
    "ANGLE (Apple, ANGLE Metal Renderer: Apple M2 Pro, Unspecified Version)",
    "ANGLE (Qualcomm, Adreno (TM) 740, OpenGL ES 3.2)",
    "D3D12 (NVIDIA GeForce RTX 4090)",
]
SOFTWARE = [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "ANGLE (Mesa/X.org, llvmpipe (LLVM 15.0.6 256 bits), OpenGL ES 3.2)",
    "ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (Mesa, lavapipe (LLVM 17.0.6), Vulkan 1.3)",
    "Mesa softpipe",
    "GDI Generic",
    "Apple Software Renderer",
    "Google SwiftShader",
]
UNKNOWN = ["", "WebKit WebGL", "ANGLE (Unknown, Unspecified Renderer, OpenGL 4.1)", None]


@pytest.mark.parametrize("name", HARDWARE)
def test_a_gpus_name_is_hardware(name: str) -> None:
    """Names that real GPUs give are recognised."""
    assert classify(name) == "hardware"


@pytest.mark.parametrize("name", SOFTWARE)
def test_a_software_renderers_name_is_software(name: str) -> None:
    """Every software renderer is recognised, also those that name a vendor."""
    assert classify(name) == "software"


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_masked_or_missing_name_proves_nothing(name: str | None) -> None:
    """What we do not know is not taken for a GPU."""
    assert classify(name) == "unknown"


def test_hardware_takes_two_witnesses_and_software_one() -> None:
    """One witness of software is enough; hardware needs both signals."""
    gpu, cpu = HARDWARE[0], SOFTWARE[0]
    assert judge(RendererSignals(webgl=gpu, gpu_process=gpu)).renderer_class == "hardware"
    assert judge(RendererSignals(webgl=cpu, gpu_process=gpu)).renderer_class == "software"
    assert judge(RendererSignals(webgl=gpu, gpu_process=cpu)).renderer_class == "software"
    assert judge(RendererSignals(webgl=gpu, gpu_process=None)).renderer_class == "unknown"
    assert judge(RendererSignals(webgl=None, gpu_process=gpu)).renderer_class == "unknown"
    shader = RendererSignals(webgl=gpu, gpu_process=gpu, display_type="ANGLE_SWIFTSHADER")
    assert judge(shader).renderer_class == "software"


def test_the_remedy_fits_machine_and_mode() -> None:
    """The help depends on platform, mode, window and GPU; hardware needs none."""
    windows = mend("software", platform="win32", mode="safe", headed=False, nvidia=True)
    assert any("--headed" in text for text in windows)
    assert mend("hardware", platform="win32", mode="safe", headed=False, nvidia=True) == ()
    off = mend("software", platform="linux", mode="off", headed=True, nvidia=True)
    assert off[0].startswith("--gpu-mode safe")
    assert any("vulkan" in text for text in off)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A virtual screen that nobody sees."""
    if sys.platform != "linux" or shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb (Linux)")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


@pytest.mark.parametrize("headed", [False, True], ids=["headless", "headed"])
@pytest.mark.parametrize("angle", ["gl-egl", "swiftshader"])
@pytest.mark.parametrize("mode", get_args(GpuMode))
async def test_every_variant_here_is_seen_through(
    mode: GpuMode,
    angle: Angle,
    headed: bool,  # noqa: FBT001 - a parameter of the test
    browser_config: BrowserConfig,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a GPU every backend, mode and window is called software, by both signals and by name."""
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    if headed:
        monkeypatch.setenv("DISPLAY", request.getfixturevalue("screen"))
    config = browser_config.model_copy(update={"gpu_mode": mode, "angle": angle, "headed": headed})
    async with Keeper(config, open_webgl_page) as keeper:
        signals = await probe.renderer_signals(keeper)
    expected = "llvmpipe" if angle == "gl-egl" else "SwiftShader"
    assert expected in (signals.webgl or "")
    assert expected in (signals.gpu_process or "")
    assert renderer.judge(signals).renderer_class == "software"
