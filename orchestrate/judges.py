"""What each finding about this machine means for a night: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from harvest.browser import renderer
from harvest.browser.ownership import Finding
from harvest.browser.probe import AudioSignal, FrameRate
from harvest.browser.renderer import RendererVerdict
from harvest.config import BrowserConfig

State = Literal["ok", "warning", "missing", "skipped"]

SETUP = "python3 bootstrap.py setup"
_GIB = 2**30
_SLOW_PACE = 10.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing a night needs, or would like."""

    name: str
    state: State
    found: str
    mend: str = ""


def ready(checks: Sequence[Check]) -> bool:
    """Whether a night can start."""
    return all(check.state != "missing" for check in checks)


def judge_renderer(verdict: RendererVerdict, config: BrowserConfig, *, platform: str, nvidia: bool) -> Check:
    """Software rendering is refused where a GPU was asked for, and shouted where not."""
    seen = verdict.signals
    found = f"{verdict.renderer_class.upper()}: page {seen.webgl!r}, GPU process {seen.gpu_process!r}"
    mend = "; ".join(
        renderer.mend(
            verdict.renderer_class,
            platform=platform,
            mode=config.gpu_mode,
            headed=config.headed,
            nvidia=nvidia,
        )
    )
    as_asked = config.gpu_mode == "off" and verdict.renderer_class == "software"
    if verdict.renderer_class == "hardware" or (as_asked and not config.gpu_required):
        state: State = "ok"
    elif config.gpu_required:
        state = "missing"
    else:
        state = "warning"
    return Check(name="renderer", state=state, found=found, mend="" if state == "ok" else mend)


def judge_audio(signal: AudioSignal) -> Check:
    """Muted, and yet the analyser must hear something."""
    found = f"muted, analyser rms {signal.rms:.4f}, context {signal.state}"
    alive = signal.rms > 0 and signal.state == "running"
    mend = "" if alive else "The browser blocks autoplay: use an installed Chrome, or --headed."
    return Check(name="audio", state="ok" if alive else "missing", found=found, mend=mend)


def judge_frame_rate(rate: FrameRate | None, config: BrowserConfig) -> Check:
    """WebGL 2 is a must; a window that is not drawn shows as a slow pace."""
    if rate is None:
        return Check(name="frames", state="missing", found="no WebGL 2", mend="See the renderer above.")
    size = f"{config.width}x{config.height}"
    found = f"bare WebGL loop {rate.bare:.0f}/s at {size}, {rate.paced:.0f} animation frames/s"
    slow = rate.paced < _SLOW_PACE
    mend = "The window is throttled: keep it uncovered, the screen on, the machine less busy." if slow else ""
    return Check(name="frames", state="warning" if slow else "ok", found=found, mend=mend)


def judge_disk(free: int, place: Path) -> Check:
    """A night of 3,000 pairs leaves well under 1 GiB; the owner's alarm is set at 5."""
    mend = f"Make room on the disk of {place}, or set artifacts to another one."
    return _judge_room("disk", free, needed=1 * _GIB, wished=5 * _GIB, mend=mend)


def judge_memory(available: int) -> Check:
    """A browser with two layers takes about 1 GiB before it is retired."""
    return _judge_room("memory", available, needed=1 * _GIB, wished=2 * _GIB, mend="Close other programs.")


def _judge_room(name: str, free: int, *, needed: int, wished: int, mend: str) -> Check:
    state: State = "missing" if free < needed else "warning" if free < wished else "ok"
    found = f"{free / _GIB:.1f} GiB free"
    return Check(name=name, state=state, found=found, mend="" if state == "ok" else mend)


def judge_torch(answer: dict[str, object], *, nvidia: bool) -> Check:
    """A number must really have been computed, and on the GPU where there is one."""
    version, device, error = answer["version"], answer["device"], answer["error"]
    if error is not None:
        return Check(name="torch", state="missing", found=f"{version}: {error}", mend=f"Run `{SETUP}`.")
    if device != "cpu":
        return Check(name="torch", state="ok", found=f"{version}, computed on {device} (CUDA)")
    why = "CPU build" if answer["cuda_build"] is None else "CUDA build, but CUDA finds no device"
    if nvidia:
        mend = f"An NVIDIA GPU is here: `{SETUP}` installs the CUDA build; then check the driver."
        return Check(name="torch", state="warning", found=f"{version}, computed on cpu ({why})", mend=mend)
    return Check(name="torch", state="ok", found=f"{version}, computed on cpu ({why})")


def judge_stale(findings: Sequence[Finding]) -> Check:
    """Browsers that an ended harvest left behind cost memory and GPU."""
    stale = [finding for finding in findings if finding.state == "stale"]
    if not stale:
        return Check(name="stale browsers", state="ok", found="none")
    processes = sum(len(finding.members) for finding in stale)
    found = f"{len(stale)} left behind, {processes} processes"
    return Check(name="stale browsers", state="warning", found=found, mend="Run `harvest cleanup`.")


def unmet(lock: str, installed: dict[str, str]) -> list[str]:
    """Every locked package that is not installed at its locked version."""
    wanted: list[str] = []
    for line in lock.splitlines():
        text = line.split("#")[0].strip()
        if not text:
            continue
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        version = installed.get(requirement.name.lower().replace("_", "-"))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            wanted.append(f"{requirement.name} ({version or 'absent'}, wanted {requirement.specifier})")
    return wanted
