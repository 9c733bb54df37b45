"""The ways in which what a run stands on breaks, each done on purpose and for real."""

import contextlib

from playwright.async_api import Error

from harvest.browser.cdp import ask
from harvest.browser.watch import WatchedPage
from harvest.deadline import OverdueError


async def crash_page(watched: WatchedPage) -> None:
    """The renderer crashes."""
    session = await watched.browser.context.new_cdp_session(watched.page)
    with contextlib.suppress(OverdueError, Error):
        await ask(session, "Page.crash", deadline_s=0.1)


async def crash_browser(watched: WatchedPage) -> None:
    """The browser's main process crashes."""
    watched.browser.process.kill()


async def kill_gpu_process(watched: WatchedPage) -> None:
    """The GPU process dies, as in a driver reset."""
    gpu = await watched.browser.gpu_process()
    assert gpu is not None
    gpu.kill()


async def lose_context(watched: WatchedPage) -> None:
    """One WebGL context is lost while the GPU process lives on."""
    lose = "getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    await watched.page.evaluate(f"document.querySelector('canvas').{lose}")


async def spin_page(watched: WatchedPage) -> None:
    """The page's script never comes back."""
    await watched.page.evaluate("void setTimeout(() => { for (;;); }, 0)")


async def leave_page(watched: WatchedPage) -> None:
    """The page goes somewhere else."""
    await watched.page.goto("about:blank")


async def stop_browser(watched: WatchedPage) -> None:
    """The browser's main process stops without ending."""
    watched.browser.process.suspend()


async def kill_driver(watched: WatchedPage) -> None:
    """Playwright's driver dies."""
    watched.browser.driver.process.kill()


async def stop_driver(watched: WatchedPage) -> None:
    """Playwright's driver stops without ending."""
    watched.browser.driver.process.suspend()
