"""Tells the truth about this machine: what a night needs, and what there is."""

import asyncio
import importlib.metadata
import shutil
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psutil
from playwright.async_api import Error

from harvest.browser import executable, ownership, probe, processes, renderer
from harvest.browser.driver import DriverError
from harvest.browser.keeper import Keeper
from harvest.browser.launch import LaunchError, first_line
from harvest.browser.watch import PageFaultError, WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, to_the_end, within
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

# Together they keep the promise of 10 seconds, closing included.
_PATIENCE_S = 9.0
_PROGRAM_S = 7.5
_BROWSER_S = 7.0
_LAUNCH_S = 6.0
_CLOSE_S = 0.5

_IN_BROWSER = ("browser", "renderer", "audio", "frames", "page")
_ASK_AGAIN = "Ask again when the machine is less busy; if it stays so, restart it."


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


async def examine(config: Config, *, patience: float = 1.0) -> AsyncGenerator[Check]:
    """Look at everything, side by side where that is possible; checks come in a fixed order.

    Whoever has more than 10 seconds may wait so many times as long for a machine that is busy.
    """
    nvidia = asyncio.create_task(_nvidia())
    questions = {
        "python": _one(_python()),
        "packages": _one(_packages()),
        "torch": _one(_torch(asyncio.shield(nvidia), patience)),
        "nvidia-smi": _one(asyncio.shield(nvidia)),
        "node": _one(_node()),
        "disk": _one(_disk(config)),
        "memory": _one(_memory()),
        "stale browsers": _one(_stale(config.browser.profiles)),
        "browser": _browser(config.browser, asyncio.shield(nvidia), patience),
    }
    tasks = [asyncio.create_task(_in_time(name, question, patience)) for name, question in questions.items()]
    try:
        for task in tasks:
            for check in await task:
                yield check
    finally:
        for task in (nvidia, *tasks):
            task.cancel()
        await asyncio.wait({nvidia, *tasks})


async def _in_time(name: str, question: Coroutine[Any, Any, list[Check]], patience: float) -> list[Check]:
    """No single question may keep a person waiting, nor take the others along."""
    try:
        return await within(patience * _PATIENCE_S, name, question)
    except (OverdueError, OSError, RuntimeError, ValueError) as error:
        return [Check(name=name, state="missing", found=f"not known: {error}", mend=_ASK_AGAIN)]


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
        if distribution.metadata["Name"]  # an interrupted installation leaves some without
    }
    missing = unmet(LOCK.read_text(encoding="utf-8"), installed)
    if missing:
        return Check(name="packages", state="missing", found=", ".join(missing), mend=f"Run `{SETUP}`.")
    return Check(name="packages", state="ok", found="all as locked")


async def _torch(nvidia: Awaitable[Check], patience: float) -> Check:
    try:
        # -P: nothing that happens to lie in the current folder is imported.
        text = await _program(sys.executable, "-P", "-m", "orchestrate.torch_probe", patience=patience)
        answer = orjson.loads(text.splitlines()[-1])
    except OverdueError as error:
        mend = "The first import after an installation is slow: ask again."
        return Check(name="torch", state="warning", found=f"not known: {error}", mend=mend)
    except (OSError, RuntimeError, ValueError, IndexError) as error:
        return Check(name="torch", state="missing", found=str(error), mend=f"Run `{SETUP}`.")
    return judge_torch(answer, nvidia=(await nvidia).state == "ok")


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


async def _disk(config: Config) -> Check:
    """Judge the fuller of the two disks: that of the artifacts and that of the browsers' profiles."""
    places = [await asyncio.to_thread(_existing, p) for p in (config.artifacts, config.browser.profiles)]
    free, place = min((shutil.disk_usage(place).free, place) for place in places)
    return judge_disk(free, place)


async def _memory() -> Check:
    return judge_memory(psutil.virtual_memory().available)


async def _stale(profiles: Path) -> Check:
    return judge_stale(await asyncio.to_thread(ownership.survey, profiles))


async def _browser(config: BrowserConfig, nvidia: Awaitable[Check], patience: float) -> list[Check]:
    """One real launch in the requested mode, and everything that only a running browser can tell."""
    launch_s = min(config.launch_s, patience * _LAUNCH_S)
    config = config.model_copy(update={"launch_s": launch_s, "close_s": patience * _CLOSE_S})
    checks: list[Check] = []
    try:
        await within(patience * _BROWSER_S, "the browser", _in_browser(config, nvidia, checks))
    except (LaunchError, DriverError, Error, OverdueError, PageFaultError) as error:
        if len(checks) == len(_IN_BROWSER):
            return checks  # only the closing was slow
        name = _IN_BROWSER[len(checks)]
        program = f"{_program_name(config)}: " if name == "browser" else ""
        mend = _launch_help(config, error) if name == "browser" else _ASK_AGAIN
        checks.append(Check(name=name, state="missing", found=f"{program}{first_line(error)}", mend=mend))
    asked = len(checks)
    return checks + [Check(name=name, state="skipped", found="not reached") for name in _IN_BROWSER[asked:]]


async def _in_browser(config: BrowserConfig, nvidia: Awaitable[Check], checks: list[Check]) -> None:
    began = asyncio.get_running_loop().time()
    async with Keeper(config, partial(_blank, deadline_s=config.launch_s)) as keeper:
        took = asyncio.get_running_loop().time() - began
        mode = f"{config.gpu_mode}, {'headed' if config.headed else 'headless'}"
        found = f"{keeper.browser.version} at {_program_name(config)}, launched in {took:.1f} s ({mode})"
        checks.append(Check(name="browser", state="ok", found=found))
        verdict = renderer.judge(await probe.renderer_signals(keeper))
        has_nvidia = (await nvidia).state == "ok"
        checks.append(judge_renderer(verdict, config, platform=sys.platform, nvidia=has_nvidia))
        checks.append(judge_audio(await probe.audio_signal(keeper.page)))
        rate = await probe.frame_rate(keeper.page, width=config.width, height=config.height)
        checks.append(judge_frame_rate(rate, config))
        checks.append(await _page(keeper.page, deadline_s=config.launch_s))


async def _page(watched: WatchedPage, *, deadline_s: float) -> Check:
    """Open the built page: build, server and browser must work together."""
    page = watched.page
    try:
        async with serving() as url:
            await watched.run("opening the page", page.goto(url), deadline_s=deadline_s)
            shown = page.wait_for_selector("html[data-ready=true]", state="attached")
            await watched.run("the page's first frame", shown, deadline_s=deadline_s)
            return Check(name="page", state="ok", found=f"built, opened at {url}, first frame seen")
    except PageMissingError as error:
        return Check(name="page", state="missing", found="not built", mend=str(error))
    except (Error, OverdueError, PageFaultError) as error:
        found = f"does not start: {str(error).splitlines()[0]}"
        return Check(name="page", state="missing", found=found, mend=f"Run `{SETUP}` to build it again.")


async def _blank(watched: WatchedPage, *, deadline_s: float) -> None:
    page = "data:text/html,<title>doctor</title>"
    await watched.run("opening a page", watched.page.goto(page), deadline_s=deadline_s)


def _program_name(config: BrowserConfig) -> str:
    return str(config.executable or executable.installed() or "Playwright's own Chromium")


def _launch_help(config: BrowserConfig, error: Exception) -> str:
    if not isinstance(error, LaunchError) or error.__cause__ is None:
        return ""  # nothing is known of its cause, or our own sentence says what to do
    if config.executable is not None:
        return "Name a Chrome, Edge or Chromium with --browser, or leave it out to use the installed one."
    if config.gpu_mode == "force":
        return "Without a GPU this mode cannot start; --gpu-mode safe can."
    if executable.installed() is None:
        return f"{executable.NO_BROWSER} `{SETUP}` does it for you."
    return "Start that browser by hand: what it says there is the reason."


def _existing(folder: Path) -> Path:
    whole = folder.absolute()
    return next(place for place in (whole, *whole.parents) if place.is_dir())


async def _program(*command: str, patience: float = 1.0) -> str:
    """Run a program that only looks, and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await within(patience * _PROGRAM_S, Path(command[0]).name, process.communicate())
    except BaseException:
        # Its children too: one that holds the pipe would keep us waiting for its end.
        await to_the_end(_end(process))
        raise
    if process.returncode:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"{Path(command[0]).name} failed: {last[0]}")
    return out.decode(errors="replace")


async def _end(process: Process) -> None:
    await asyncio.to_thread(_kill_tree, process.pid)
    await process.wait()  # or its end would be told to a loop that is closed by then


def _kill_tree(pid: int) -> None:
    if (program := processes.find(pid)) is not None:
        processes.kill([*program.children(recursive=True), program], wait_s=_CLOSE_S)
