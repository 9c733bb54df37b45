"""The six ways a browser dies, each made on purpose."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from playwright.async_api import Error

from harvest.browser.cdp import ask
from harvest.browser.keeper import Keeper
from harvest.deadline import OverdueError
from harvest.faults import BrowserFault


async def crash_page(keeper: Keeper) -> None:
    """The renderer crashes."""
    session = await keeper.browser.context.new_cdp_session(keeper.page.page)
    with contextlib.suppress(OverdueError, Error):
        await ask(session, "Page.crash", deadline_s=0.1)


async def crash_browser(keeper: Keeper) -> None:
    """The browser's main process crashes."""
    keeper.browser.process.kill()


async def kill_gpu_process(keeper: Keeper) -> None:
    """The GPU process dies, as in a driver reset."""
    gpu = await keeper.browser.gpu_process()
    assert gpu is not None
    gpu.kill()


async def lose_context(keeper: Keeper) -> None:
    """One WebGL context is lost while the GPU process lives on."""
    await keeper.page.page.evaluate("gl.getExtension('WEBGL_lose_context').loseContext()")


async def spin_page(keeper: Keeper) -> None:
    """The page's script never comes back."""
    await keeper.page.page.evaluate("void setTimeout(() => { for (;;); }, 0)")


async def stop_browser(keeper: Keeper) -> None:
    """The browser's main process stops without ending."""
    keeper.browser.process.suspend()


async def kill_driver(keeper: Keeper) -> None:
    """Playwright's driver dies."""
    keeper.browser.driver.process.kill()


async def stop_driver(keeper: Keeper) -> None:
    """Playwright's driver stops without ending."""
    keeper.browser.driver.process.suspend()


BREAKAGES: dict[str, tuple[Callable[[Keeper], Awaitable[None]], BrowserFault, float]] = {
    # name: (how, what must be noticed, within how many seconds)
    "page crash": (crash_page, "page-crash", 5),
    "browser crash": (crash_browser, "browser-gone", 5),
    "GPU process killed": (kill_gpu_process, "gpu-lost", 1),
    "context lost": (lose_context, "gpu-lost", 1),
    "page spins": (spin_page, "page-stuck", 5),
    "browser stopped": (stop_browser, "browser-stuck", 5),
    "driver killed": (kill_driver, "driver-gone", 5),
    "driver stopped": (stop_driver, "driver-stuck", 6),
}


async def noticed(keeper: Keeper) -> BrowserFault:
    """Wait until the keeper's page has noticed that something broke."""
    return await asyncio.wait_for(keeper.page.wait_for_fault(), timeout=30)
