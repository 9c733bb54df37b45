"""A page under watch: whatever breaks beneath it is noticed, named, and interrupts the call in flight."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from dataclasses import replace
from importlib.resources import files
from typing import Any, TypeVar

import psutil
from playwright.async_api import Error, Page

from harvest.browser import processes
from harvest.browser.launch import Browser
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, within
from harvest.faults import BrowserFault, Vitals, diagnose

T = TypeVar("T")

CONTEXT_LOST_SCRIPT = files("harvest.browser").joinpath("watch.js").read_text(encoding="utf-8")

_SETTLE_S = 1.0


class PageFaultError(Exception):
    """The page, or something beneath it, broke."""

    def __init__(self, fault: BrowserFault) -> None:
        super().__init__(fault)
        self.fault: BrowserFault = fault


class WatchedPage:
    """A page and its watchman."""

    def __init__(self, page: Page, browser: Browser, config: BrowserConfig) -> None:
        self.page = page
        self.browser = browser
        self._gpu: psutil.Process | None = None
        self._config = config
        self._crashed = False
        self._contexts_lost = 0
        self._refusing_since: float | None = None
        self._alarm = asyncio.Event()
        self._fault: asyncio.Future[BrowserFault] = asyncio.get_running_loop().create_future()
        page.on("crash", self._on_crash)
        page.on("close", self._on_crash)
        browser.context.on("close", self._on_context_close)
        self._watchman = asyncio.create_task(self._watch(), name="page watch")
        self._watchman.add_done_callback(self._on_watch_end)

    async def watch_gpu(self) -> None:
        """Watch the GPU process too; call it when the page draws, for only then is there surely one."""
        self._gpu = await self.browser.gpu_process()

    def context_lost(self) -> None:
        """Take the page's word that a WebGL context is gone."""
        self._contexts_lost += 1
        self._alarm.set()

    async def run(self, what: str, work: Coroutine[Any, Any, T], *, deadline_s: float) -> T:
        """Await `work` on this page; a fault of the page interrupts it at once."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._fault}, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
            if self._fault.done():
                raise PageFaultError(self._fault.result())
            if not task.done():
                raise OverdueError(what, deadline_s)
            return await self._result(task)
        finally:
            await _discard(task)

    async def _result(self, task: "asyncio.Task[T]") -> T:
        """Tell a page that broke from a call that the page itself refused."""
        try:
            return task.result()
        except Error as error:
            if fault := await self._examine():
                raise PageFaultError(fault) from error
            raise

    async def wait_for_fault(self) -> BrowserFault:
        """Wait until something breaks."""
        return await asyncio.shield(self._fault)

    async def dismiss(self) -> None:
        """Send the watchman home; the page itself is left as it is."""
        self.page.remove_listener("crash", self._on_crash)
        self.page.remove_listener("close", self._on_crash)
        self.browser.context.remove_listener("close", self._on_context_close)
        await _discard(self._watchman)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._config.beat_s):
                    await self._alarm.wait()
            self._alarm.clear()
            if fault := await self._examine():
                if not self._fault.done():
                    self._fault.set_result(fault)
                return

    async def _examine(self) -> BrowserFault | None:
        """Look at the processes, ask the page; where something is wrong, ask what lies beneath it."""
        vitals = self._vitals()
        if diagnose(vitals) is None:
            vitals = replace(vitals, page_answers=await self._beat())
        if diagnose(vitals) is None:
            return None
        reply = await self.browser.reply()
        if reply == "closed":
            # Connections break before processes are gone; only the processes tell which of them it was.
            await self.browser.wait_end(seconds=_SETTLE_S)
        driver_answers = await self.browser.driver.answers() if reply == "silent" else None
        return diagnose(
            replace(
                self._vitals(),
                page_answers=vitals.page_answers,
                browser=reply,
                driver_answers=driver_answers,
            )
        )

    def _vitals(self) -> Vitals:
        return Vitals(
            driver_alive=self.browser.driver.alive,
            browser_alive=self.browser.alive,
            page_crashed=self._crashed or self._refuses_every_beat(),
            gpu_alive=self._gpu is None or processes.alive(self._gpu),
            contexts_lost=self._contexts_lost,
        )

    async def _beat(self) -> bool:
        try:
            await within(self._config.stuck_s, "the page", self.page.evaluate("0"))
        except OverdueError:
            return False
        except Error:
            self._refusing_since = self._refusing_since or time.monotonic()
        else:
            self._refusing_since = None
        return True

    def _refuses_every_beat(self) -> bool:
        """A navigation destroys a beat's context, which is no fault; a dead page refuses every one."""
        since = self._refusing_since
        return since is not None and time.monotonic() - since > self._config.stuck_s

    def _on_watch_end(self, watchman: "asyncio.Task[None]") -> None:
        """Let nobody rely on a watchman who failed himself."""
        if not watchman.cancelled() and (error := watchman.exception()) and not self._fault.done():
            self._fault.set_exception(error)

    def _on_crash(self, _page: Page) -> None:
        self._crashed = True
        self._alarm.set()

    def _on_context_close(self, _context: object) -> None:
        self._alarm.set()


async def _discard(task: "asyncio.Task[Any]") -> None:
    """Cancel a task and take what it still throws: somebody else has already answered for it."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
