"""Keeps one working page: whatever dies beneath it is replaced, and the caller repeats the visit."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.async_api import Error, Page

from harvest.browser.driver import Driver
from harvest.browser.launch import Browser, first_line
from harvest.browser.retire import Service, retirement
from harvest.browser.watch import CONTEXT_LOST_SCRIPT, PageFaultError, WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, to_the_end, within
from harvest.faults import BrowserFault, Remedy, remedies

_STARTS = 3

Prepare = Callable[[WatchedPage], Awaitable[None]]


class UnrepairableError(Exception):
    """Every remedy was tried and the page still does not work."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What broke, what was done about it, and how long it took."""

    fault: BrowserFault
    tried: tuple[Remedy, ...]
    seconds: float


class Keeper:
    """Owner of driver, browser and page; use it as a context manager."""

    def __init__(self, config: BrowserConfig, prepare: Prepare) -> None:
        """`prepare` turns a blank page into a working one, and raises if it does not become one."""
        self._config = config
        self._prepare = prepare
        self._driver: Driver | None = None
        self._browser: Browser | None = None
        self._watched: WatchedPage | None = None

    async def __aenter__(self) -> Self:
        """Open the first page; a machine that is too busy for it is asked again."""
        for tries_left in reversed(range(_STARTS)):
            try:
                await self._restart_driver()
            except OverdueError:
                if not tries_left:
                    await self.close()
                    raise
            except BaseException:
                await self.close()
                raise
            else:
                break
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no process and no profile behind."""
        await self.close()

    @property
    def page(self) -> WatchedPage:
        """The page that works now."""
        assert self._watched is not None, "the keeper is closed"
        return self._watched

    @property
    def browser(self) -> Browser:
        """The browser that carries it."""
        assert self._browser is not None, "the keeper is closed"
        return self._browser

    async def repair(self, fault: BrowserFault) -> Repair:
        """Bring a working page back, by the lightest remedy that does it."""
        began = time.monotonic()
        tried: list[Remedy] = []
        reasons: list[str] = []
        for remedy in remedies(fault):
            if not self._can(remedy):
                continue
            tried.append(remedy)
            try:
                await self._apply(remedy)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next remedy may do without
                reasons.append(f"{remedy}: {first_line(error)}.")
            else:
                return Repair(fault=fault, tried=tuple(tried), seconds=time.monotonic() - began)
        raise UnrepairableError(f"After {fault} nothing helped. " + " ".join(reasons))

    async def retire_if_due(self) -> str | None:
        """Replace a browser that has served long enough; return why, or None."""
        service = Service(
            age_s=time.monotonic() - self.browser.launched_at,
            pages_opened=self.browser.pages_opened,
            memory_bytes=await self.browser.memory_bytes(),
        )
        reason = retirement(service, self._config)
        if reason is not None:
            await self.repair("browser-gone")  # a replacement that fails is mended like any other
        return reason

    async def photograph(self, file: Path) -> None:
        """Keep what the page shows, for whoever asks why a run ended; a page that is gone shows nothing."""
        if self._watched is None:
            return
        with suppress(PageFaultError, OverdueError, Error, OSError):
            taking = self._watched.page.screenshot(path=file)
            await self._watched.run("a picture of the page", taking, deadline_s=self._config.open_s)

    async def close(self) -> None:
        """Close everything, the innermost first."""
        await to_the_end(self._close())

    async def _close(self) -> None:
        try:
            await self._close_browser()
        finally:
            if self._driver is not None:
                driver, self._driver = self._driver, None
                await driver.stop(deadline_s=self._config.close_s)

    def _can(self, remedy: Remedy) -> bool:
        """Whether what a remedy builds on is still there after the one before it failed."""
        match remedy:
            case "reload" | "new-page":
                return self._watched is not None
            case "relaunch":
                return self._driver is not None
            case "restart-driver":
                return True

    async def _apply(self, remedy: Remedy) -> None:
        match remedy:
            case "reload":
                await self._watch(self.page.page)
            case "new-page":
                await self._replace_page()
            case "relaunch":
                await self._relaunch()
            case "restart-driver":
                await self._restart_driver()

    async def _restart_driver(self) -> None:
        await self.close()
        self._driver = await Driver.start(deadline_s=self._config.launch_s)
        await self._relaunch()

    async def _relaunch(self) -> None:
        await self._close_browser()
        assert self._driver is not None
        self._browser = await Browser.launch(self._driver, self._config)
        await self._browser.on_context_lost(self._context_lost, CONTEXT_LOST_SCRIPT)
        await self._watch(await self._browser.new_page())

    async def _replace_page(self) -> None:
        # The new page comes first: a headed browser ends with its last page.
        fresh = await self.browser.new_page()
        await self._dismiss()
        # Popups of the old page go with it.
        for old in [page for page in self.browser.context.pages if page is not fresh]:
            await within(self._config.close_s, "closing the old page", old.close())
        await self._watch(fresh)

    async def _watch(self, page: Page) -> None:
        await self._dismiss()
        self._watched = WatchedPage(page, self.browser, self._config)
        await self._prepare(self._watched)
        await self._watched.watch_gpu()

    def _context_lost(self, page: Page) -> None:
        if self._watched is not None and self._watched.page is page:
            self._watched.context_lost()

    async def _dismiss(self) -> None:
        if self._watched is not None:
            await self._watched.dismiss()

    async def _close_browser(self) -> None:
        await self._dismiss()
        self._watched = None
        if self._browser is not None:
            browser, self._browser = self._browser, None
            await to_the_end(browser.close())
