"""The ways a browser dies, each made on purpose."""

import asyncio
from collections.abc import Awaitable, Callable

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.faults import BrowserFault
from orchestrate.chaos.breakage import (
    crash_browser,
    crash_page,
    kill_driver,
    kill_gpu_process,
    lose_context,
    spin_page,
    stop_browser,
    stop_driver,
)

BREAKAGES: dict[str, tuple[Callable[[WatchedPage], Awaitable[None]], BrowserFault, float]] = {
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
