"""Tells the truth about this machine: what a night needs, and what there is."""

import asyncio
import importlib.metadata
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
import psutil
from playwright.async_api import Error

from harvest.browser import executable, ownership, probe, renderer
from harvest.browser.keeper import Keeper
from harvest.browser.launch import LaunchError
from harvest.browser.watch import PageFaultError, WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, within
from harvest.serve import PageMissingError, serving
from orchestrate import show
from orchestrate.config import Config
from orchestrate.exit_codes import ExitCode
from orchestrate.judges import (
    SETUP,
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

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PROGRAM_S = 9.0
_LAUNCH_S = 8.0


async def run(config: Config, *, as_json: bool) -> ExitCode:
    """Examine, showing each finding as it comes."""
    checks: list[Check] = []
    with show.working("Looking at this machine …"):
        async for check in examine(config):
            checks.append(check)
            if not as_json:
                show.finding(check.state, check.name, check.found, check.mend)
    fit = ready(checks)
    if as_json:
        show.as_json({"ready": fit, "checks": [asdict(check) for check in checks]})
    else:
        show.sentence(*_conclusion(checks))
    return ExitCode.OK if fit else ExitCode.NOT_READY


def _conclusion(checks: Sequence[Check]) -> tuple[str, str]:
    missing = [check.name for check in checks if check.state == "missing"]
    if missing:
        return f"Not ready for a night: {', '.join(missing)}.", "bold red"
    warnings = [check.name for check in checks if check.state == "warning"]
    if warnings:
        return f"Ready, but look at: {', '.join(warnings)}.", "bold yellow"
    return "Ready for a night.", "bold green"


async def examine(config: Config) -> AsyncGenerator[Check]:
    """Look at everything, side by side where that is possible; checks come in a fixed order."""
    questions = (
        _one(_python()),
        _one(_packages()),
        _one(_torch()),
        _one(_nvidia()),
        _one(_node()),
        _one(_disk(config.artifacts)),
        _one(_memory()),
        _one(_stale(config.browser.profiles)),
        _browser(config.browser),
    )
    tasks = [asyncio.create_task(question) for question in questions]
    try:
        for task in tasks:
            for check in await task:
                yield check
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one(question: Awaitable[Check]) -> list[Check]:
    return [await question]


async def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check(name="python", state="ok", found=f"{version} at {sys.prefix}")


async def _packages() -> Check:
    if not LOCK.is_file():
        return Check(name="packages", state="warning", found=f"no {LOCK.name} to compare with")
    installed = {
        distribution.name.lower().replace("_", "-"): distribution.version
        for distribution in importlib.metadata.distributions()
    }
    missing = unmet(LOCK.read_text(encoding="utf-8"), installed)
    if missing:
        return Check(name="packages", state="missing", found=", ".join(missing), mend=f"Run `{SETUP}`.")
    return Check(name="packages", state="ok", found="all as locked")


async def _torch() -> Check:
    try:
        text = await _program(sys.executable, "-m", "orchestrate.torch_probe")
    except (OverdueError, OSError, RuntimeError) as error:
        return Check(name="torch", state="missing", found=str(error), mend=f"Run `{SETUP}`.")
    return judge_torch(orjson.loads(text), nvidia=shutil.which("nvidia-smi") is not None)


async def _nvidia() -> Check:
    if shutil.which("nvidia-smi") is None:
        return Check(name="nvidia-smi", state="skipped", found="not on this machine")
    query = "name,driver_version,memory.used,memory.total,temperature.gpu,utilization.gpu"
    try:
        text = await _program("nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader")
    except (OverdueError, OSError, RuntimeError) as error:
        mend = "The NVIDIA driver does not answer: restart the machine, or install the driver again."
        return Check(name="nvidia-smi", state="warning", found=str(error), mend=mend)
    return Check(name="nvidia-smi", state="ok", found="; ".join(text.splitlines()))


async def _node() -> Check:
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if node is None:
        return Check(
            name="node", state="warning", found="none: the page cannot be rebuilt", mend=f"Run `{SETUP}`."
        )
    try:
        version = await _program(node, "--version")
    except (OverdueError, OSError, RuntimeError) as error:
        return Check(name="node", state="warning", found=str(error), mend=f"Run `{SETUP}`.")
    return Check(name="node", state="ok", found=f"{version.strip()} at {node}")


async def _disk(artifacts: Path) -> Check:
    place = await asyncio.to_thread(_existing, artifacts)
    return judge_disk(shutil.disk_usage(place).free, place)


async def _memory() -> Check:
    return judge_memory(psutil.virtual_memory().available)


async def _stale(profiles: Path) -> Check:
    return judge_stale(await asyncio.to_thread(ownership.survey, profiles))


async def _browser(config: BrowserConfig) -> list[Check]:
    """One real launch in the requested mode, and everything that only a running browser can tell."""
    name = str(config.executable or executable.installed() or "Playwright's own")
    config = config.model_copy(update={"launch_s": min(config.launch_s, _LAUNCH_S)})
    began = asyncio.get_running_loop().time()
    try:
        async with Keeper(config, _blank) as keeper:
            took = asyncio.get_running_loop().time() - began
            version = keeper.browser.version
            mode = f"{config.gpu_mode}, {'headed' if config.headed else 'headless'}"
            launched = Check(
                name="browser", state="ok", found=f"{version} at {name}, launched in {took:.1f} s ({mode})"
            )
            return [launched, *await _in_page(keeper, config)]
    except (LaunchError, Error, OverdueError, PageFaultError) as error:
        return [
            Check(
                name="browser", state="missing", found=f"{name}: {error}", mend=_launch_help(config, error)
            ),
            *(
                Check(name=check, state="skipped", found="no browser")
                for check in ("renderer", "audio", "frames", "page")
            ),
        ]


async def _in_page(keeper: Keeper, config: BrowserConfig) -> list[Check]:
    verdict = renderer.judge(await probe.renderer_signals(keeper))
    nvidia = shutil.which("nvidia-smi") is not None
    rate = await probe.frame_rate(keeper.page, width=config.width, height=config.height)
    return [
        judge_renderer(verdict, config, platform=sys.platform, nvidia=nvidia),
        judge_audio(await probe.audio_signal(keeper.page)),
        judge_frame_rate(rate, config),
        await _page(keeper.page),
    ]


async def _page(watched: WatchedPage) -> Check:
    """Open the built page: build, server and browser must work together."""
    page = watched.page
    try:
        async with serving() as url:
            await watched.run("opening the page", page.goto(url), deadline_s=_LAUNCH_S)
            shown = page.wait_for_selector("html[data-ready=true]", state="attached")
            await watched.run("the page's first frame", shown, deadline_s=_LAUNCH_S)
            return Check(name="page", state="ok", found=f"built, opened at {url}, first frame seen")
    except PageMissingError as error:
        return Check(name="page", state="missing", found="not built", mend=str(error))
    except (Error, OverdueError, PageFaultError) as error:
        found = f"does not start: {str(error).splitlines()[0]}"
        return Check(name="page", state="missing", found=found, mend=f"Run `{SETUP}` to build it again.")


async def _blank(watched: WatchedPage) -> None:
    page = "data:text/html,<title>doctor</title>"
    await watched.run("opening a page", watched.page.goto(page), deadline_s=_LAUNCH_S)


def _launch_help(config: BrowserConfig, error: Exception) -> str:
    if error.__cause__ is None:
        return ""  # our own sentence already says what to do
    if config.executable is not None:
        return "Name a Chrome, Edge or Chromium with --browser, or leave it out to use the installed one."
    if config.gpu_mode == "force":
        return "Without a GPU this mode cannot start; --gpu-mode safe can."
    return f"{executable.NO_BROWSER} `{SETUP}` does it for you."


def _existing(folder: Path) -> Path:
    whole = folder.absolute()
    return next(place for place in (whole, *whole.parents) if place.is_dir())


async def _program(*command: str) -> str:
    """Run a program that only looks, and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await within(_PROGRAM_S, Path(command[0]).name, process.communicate())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"{Path(command[0]).name} failed: {last[0]}")
    return out.decode(errors="replace")
