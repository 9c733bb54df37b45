"""What each finding means for a night."""

from pathlib import Path

from harvest.browser.ownership import Claim, Finding
from harvest.browser.probe import AudioSignal, FrameRate
from harvest.browser.renderer import RendererSignals, judge
from harvest.config import BrowserConfig
from orchestrate.judges import (
    Check,
    judge_audio,
    judge_disk,
    judge_frame_rate,
    judge_memory,
    judge_renderer,
    judge_stale,
    judge_torch,
    ready,
    unmet,
)

GIB = 2**30
RTX = "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 (0x00002684) Direct3D11 vs_5_0 ps_5_0, D3D11)"
SWIFT = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)"


def renderer_check(name: str, config: BrowserConfig) -> Check:
    """Judge a machine where both signals give this name."""
    verdict = judge(RendererSignals(webgl=name, gpu_process=name))
    return judge_renderer(verdict, config, platform="win32", nvidia=True)


def test_software_rendering_is_refused_where_a_gpu_was_asked_for_and_shouted_elsewhere() -> None:
    """--require-gpu and force mode make software rendering a failure; otherwise it is a loud warning."""
    assert renderer_check(RTX, BrowserConfig(require_gpu=True)).state == "ok"
    assert renderer_check(SWIFT, BrowserConfig(require_gpu=True)).state == "missing"
    assert renderer_check(SWIFT, BrowserConfig(gpu_mode="force")).state == "missing"
    assert renderer_check(SWIFT, BrowserConfig(gpu_mode="off")).state == "ok"
    assert renderer_check(SWIFT, BrowserConfig(gpu_mode="off", require_gpu=True)).state == "missing"
    shouted = renderer_check(SWIFT, BrowserConfig())
    assert shouted.state == "warning"
    assert shouted.found.startswith("SOFTWARE")
    assert "--headed" in shouted.mend


def test_an_unknown_renderer_is_no_gpu() -> None:
    """A masked name does not pass where a GPU is required."""
    assert renderer_check("WebKit WebGL", BrowserConfig(require_gpu=True)).state == "missing"


def test_silence_is_missing() -> None:
    """A muted page must still hear its own tone."""
    assert judge_audio(AudioSignal(rms=0.05, state="running")).state == "ok"
    assert judge_audio(AudioSignal(rms=0.0, state="running")).state == "missing"
    assert judge_audio(AudioSignal(rms=0.05, state="suspended")).state == "missing"


def test_no_webgl_is_missing_and_a_throttled_window_is_a_warning() -> None:
    """Frames must come, and at more than a hidden window's pace."""
    assert judge_frame_rate(None, BrowserConfig()).state == "missing"
    assert judge_frame_rate(FrameRate(bare=500, paced=60), BrowserConfig()).state == "ok"
    assert judge_frame_rate(FrameRate(bare=500, paced=1), BrowserConfig()).state == "warning"


def test_room_is_judged_by_need_and_wish() -> None:
    """Too little is missing, little is a warning, plenty is ok."""
    assert [judge_disk(free, Path()).state for free in (GIB // 2, 2 * GIB, 50 * GIB)] == [
        "missing",
        "warning",
        "ok",
    ]
    assert [judge_memory(free).state for free in (GIB // 2, 3 * GIB // 2, 8 * GIB)] == [
        "missing",
        "warning",
        "ok",
    ]


def test_torch_must_use_the_gpu_that_is_there() -> None:
    """A CPU build is fine without a GPU, and a warning beside one; a failed sum is missing."""
    cpu: dict[str, object] = {"version": "2.13.0+cpu", "cuda_build": None, "device": "cpu", "error": None}
    cuda: dict[str, object] = {**cpu, "cuda_build": "13.0", "device": "NVIDIA GeForce RTX 4090"}
    assert judge_torch(cpu, nvidia=False).state == "ok"
    assert judge_torch(cpu, nvidia=True).state == "warning"
    assert judge_torch(cuda, nvidia=True).state == "ok"
    assert judge_torch({**cuda, "error": "CUDA error: no kernel image"}, nvidia=True).state == "missing"


def test_only_stale_browsers_are_reported() -> None:
    """Browsers in use are no finding of the doctor's."""
    claim = Claim.at(Path("t"))
    used = Finding(claim=claim, state="in use", reason="", members=())
    stale = Finding(claim=claim, state="stale", reason="", members=())
    assert judge_stale([used]).state == "ok"
    assert judge_stale([used, stale]).state == "warning"


def test_the_lock_is_compared_by_version_and_marker() -> None:
    """Absent and other versions are named; other platforms' packages are not asked for; +cpu is the same."""
    lock = """# comment
orjson==3.11.0
torch==2.13.0  # a comment
typing_extensions==4.16.0
rich==15.0.0
pywin32==311 ; sys_platform == 'nowhere'
"""
    installed = {"orjson": "3.10.0", "torch": "2.13.0+cpu", "typing-extensions": "4.16.0"}
    assert unmet(lock, installed) == ["orjson (3.10.0, wanted ==3.11.0)", "rich (absent, wanted ==15.0.0)"]


def test_one_missing_thing_keeps_a_night_from_starting() -> None:
    """Warnings and skipped checks let a night start, a missing thing does not."""
    fine = [Check(name=state, state=state, found="") for state in ("ok", "warning", "skipped")]
    assert ready(fine)
    assert not ready([*fine, Check(name="x", state="missing", found="")])
