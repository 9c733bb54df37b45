"""One browser, from launch to a closing that cannot hang."""

import asyncio
import contextlib
import ctypes.util
import os
import re
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import psutil
from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, CDPSession, Error, Page

from harvest.browser import executable, ownership, processes
from harvest.browser.cdp import ask
from harvest.browser.cdp import processes as cdp_processes
from harvest.browser.driver import Driver
from harvest.browser.flags import Machine, launch_plan
from harvest.browser.ownership import Claim
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, to_the_end, within
from harvest.faults import BrowserReply

_VERSION_S = 1.0


class LaunchError(Exception):
    """A browser could not be started; the message says what to do."""


def this_machine() -> Machine:
    """What the launch switches depend on, here."""
    return Machine(
        platform=sys.platform,
        mesa=sys.platform == "linux" and ctypes.util.find_library("EGL_mesa") is not None,
    )


def screen_missing(platform: str, environ: Mapping[str, str], *, headed: bool) -> bool:
    """Whether a window was asked for where there is nothing to show it on."""
    return headed and platform == "linux" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


class Browser:
    """A running browser of ours: its process tree, its profile, its one context."""

    def __init__(  # noqa: PLR0913 - made only by `launch`, once everything is known
        self,
        *,
        driver: Driver,
        config: BrowserConfig,
        claim: Claim,
        context: BrowserContext,
        cdp: CDPSession,
        process: psutil.Process,
    ) -> None:
        self.driver = driver
        self.context = context
        self.process = process
        self.claim = claim
        self.pages_opened = 0
        self.launched_at = time.monotonic()
        self._config = config
        self._cdp = cdp

    @classmethod
    async def launch(cls, driver: Driver, config: BrowserConfig) -> "Browser":
        """Start a browser under a new claim; a failed start leaves nothing behind."""
        if screen_missing(sys.platform, os.environ, headed=config.headed):
            raise LaunchError("A window needs a screen: set DISPLAY, run under xvfb-run, or go --headless.")
        try:
            claim = ownership.claim(config.profiles)
        except OSError as error:
            reason = f"The profile folder {config.profiles} cannot be written ({error.strerror})"
            raise LaunchError(f"{reason}: set browser.profiles to another.") from None
        try:
            return await cls._launch(driver, config, claim)
        except BaseException as error:
            await to_the_end(asyncio.to_thread(ownership.end, claim, wait_s=config.close_s))
            if isinstance(error, Error | OverdueError | OSError | psutil.Error):
                raise LaunchError(f"The browser did not start: {first_line(error)}") from error
            raise

    @classmethod
    async def _launch(cls, driver: Driver, config: BrowserConfig, claim: Claim) -> "Browser":
        context = await _started(_start(driver, config, claim), config)
        cdp = await within(config.open_s, "opening CDP", _browser(context).new_browser_cdp_session())
        listed = await cdp_processes(cdp, deadline_s=config.open_s)
        (pid,) = [pid for kind, pid in listed if kind == "browser"]
        process = psutil.Process(pid)
        if (program := processes.program(process)) is not None:
            ownership.record_program(claim, program)
        return cls(driver=driver, config=config, claim=claim, context=context, cdp=cdp, process=process)

    @property
    def version(self) -> str:
        """The browser's own version number."""
        return _browser(self.context).version

    @property
    def alive(self) -> bool:
        """Whether the main process still runs."""
        return processes.alive(self.process)

    async def reply(self) -> BrowserReply:
        """Ask the main process for a sign of life."""
        try:
            await ask(self._cdp, "Browser.getVersion", deadline_s=_VERSION_S)
        except OverdueError:
            return "silent"
        except Error:
            return "closed"
        return "answered"

    async def wait_end(self, *, seconds: float) -> None:
        """Wait until the main process has ended, at most this long."""
        await asyncio.to_thread(processes.wait_end, [self.process], seconds=seconds)

    async def gpu_process(self) -> psutil.Process | None:
        """The process that draws; None in a browser that has none, or not yet again."""
        listed = await cdp_processes(self._cdp, deadline_s=self._config.open_s)
        # Just after its death CDP still lists the old one.
        found = (processes.find(pid) for kind, pid in listed if kind == "GPU")
        return next((gpu for gpu in found if gpu is not None and processes.alive(gpu)), None)

    async def system_info(self) -> dict[str, Any]:
        """What the GPU process says of itself (CDP `SystemInfo.getInfo`)."""
        return await ask(self._cdp, "SystemInfo.getInfo", deadline_s=self._config.open_s)

    async def new_page(self) -> Page:
        """Open a page; the first one takes the blank tab that the launch opened."""
        self.pages_opened += 1
        if self.pages_opened == 1 and self.context.pages:
            return self.context.pages[0]
        return await within(self._config.open_s, "opening a page", self.context.new_page())

    async def on_context_lost(self, report: Callable[[Page], None], script: str) -> None:
        """Call `report` whenever a page of this browser loses a WebGL context."""
        await within(
            self._config.open_s,
            "exposing a binding",
            self.context.expose_binding("__harvestContextLost", _told_by_page(report)),  # pyright: ignore[reportUnknownMemberType]
        )
        await within(self._config.open_s, "adding a script", self.context.add_init_script(script))

    async def memory_bytes(self) -> int:
        """Resident memory of the whole tree."""
        return await asyncio.to_thread(lambda: processes.memory_bytes(self._tree()))

    def _tree(self) -> Sequence[psutil.Process]:
        record = ownership.read(self.claim.folder)
        return ownership.users(self.claim, record).ours if record is not None else ()

    async def close(self) -> None:
        """Close politely while the browser answers; then make sure that nothing is left."""
        if self.alive and self.driver.alive and await self.reply() == "answered":
            with contextlib.suppress(OverdueError, Error):
                await within(self._config.close_s, "closing the browser", self.context.close())
        survivors = await asyncio.to_thread(ownership.end, self.claim, wait_s=self._config.close_s)
        if survivors:
            pids = ", ".join(str(process.pid) for process in survivors)
            raise RuntimeError(f"These browser processes cannot be ended: {pids}.")


async def _start(driver: Driver, config: BrowserConfig, claim: Claim) -> BrowserContext:
    plan = launch_plan(this_machine(), config.gpu_mode, config.angle, token=claim.token)
    program = config.executable or executable.installed()
    return await driver.playwright.chromium.launch_persistent_context(
        claim.profile,
        executable_path=program,
        # Playwright's own Chromium: the channel stands for its new headless, not the old shell.
        channel=None if program else "chromium",
        headless=not config.headed,
        args=plan.args,
        chromium_sandbox=plan.sandbox,
        env={**os.environ, **plan.environment},
        viewport={"width": config.width, "height": config.height},
        device_scale_factor=config.device_scale,
        # Ctrl-C is ours to handle: the driver must not close the browser under a running sample.
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
        timeout=config.launch_s * 1000,
    )


async def _started(start: Coroutine[Any, Any, BrowserContext], config: BrowserConfig) -> BrowserContext:
    """Await a start that goes on in the driver even when we no longer wait for it, and is closed then."""
    starting = asyncio.create_task(start)
    try:
        return await within(config.launch_s, "launching the browser", asyncio.shield(starting))
    except BaseException:
        await to_the_end(_close_late(starting, config.close_s))
        raise


async def _close_late(starting: "asyncio.Task[BrowserContext]", deadline_s: float) -> None:
    with contextlib.suppress(OverdueError, Error):
        context = await within(deadline_s, "launching the browser", starting)
        await within(deadline_s, "closing the browser", context.close())


def _browser(context: BrowserContext) -> PlaywrightBrowser:
    browser = context.browser
    assert browser is not None, "Playwright gives a persistent context its browser since 1.54"
    return browser


def _told_by_page(report: Callable[[Page], None]) -> Callable[[dict[str, Any]], None]:
    def told(source: dict[str, Any]) -> None:
        report(source["page"])

    return told


def first_line(error: Exception) -> str:
    """Cut an error down to its cause: Playwright puts its method's name before it and its log behind."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"^\w+\.\w+: ", "", lines[0])[:300]
