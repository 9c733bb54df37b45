"""Whatever dies beneath a page is noticed in time, and a working page comes back."""

import asyncio
import os
import random
import time

import psutil
import pytest
from breakage import BREAKAGES, noticed
from playwright.async_api import Error
from webgl_page import WEBGL_PAGE, open_webgl_page

from harvest.browser import ownership
from harvest.browser.keeper import Keeper, UnrepairableError
from harvest.browser.watch import PageFaultError, WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError


async def works(keeper: Keeper) -> bool:
    """Frames advance on a live context."""
    page = keeper.page.page
    before = await page.evaluate("frames")
    await page.wait_for_function(f"frames > {before} && !gl.isContextLost()", timeout=10_000)
    return True


@pytest.mark.parametrize("name", BREAKAGES)
async def test_each_fault_is_noticed_and_repaired(name: str, browser_config: BrowserConfig) -> None:
    """A fault is named in time, interrupts the call in flight, and a working page is back in 20 s."""
    break_it, expected, within_s = BREAKAGES[name]
    async with Keeper(browser_config, open_webgl_page) as keeper:
        assert await works(keeper)
        forever = keeper.page.page.evaluate("new Promise(() => {})")
        in_flight = asyncio.create_task(keeper.page.run("waiting for ever", forever, deadline_s=60))
        await asyncio.sleep(0)
        await break_it(keeper.page)
        broken_at = time.monotonic()
        with pytest.raises(PageFaultError) as caught:
            await in_flight
        assert caught.value.fault == expected
        assert time.monotonic() - broken_at <= within_s
        await keeper.repair(caught.value.fault)
        assert await works(keeper)
        assert time.monotonic() - broken_at <= 20
    assert not list(browser_config.profiles.iterdir())


@pytest.mark.timeout(600)
async def test_random_faults_leak_nothing(browser_config: BrowserConfig) -> None:
    """After 25 faults in a row there is not one process or open file more than after the first launch."""
    chance = random.Random(50)  # noqa: S311 - a repeatable choice, not a secret
    me = psutil.Process()
    async with Keeper(browser_config, open_webgl_page) as keeper:
        open_files = open_handles(me)
        for _ in range(25):
            break_it, expected, _seconds = BREAKAGES[chance.choice(sorted(BREAKAGES))]
            await break_it(keeper.page)
            assert await noticed(keeper) == expected
            await keeper.repair(expected)
            assert await works(keeper)
            assert len(list(browser_config.profiles.iterdir())) == 1
        assert open_handles(me) <= open_files
        (finding,) = ownership.survey(browser_config.profiles)
        assert finding.state == "in use"
    assert me.children(recursive=True) == []
    assert not list(browser_config.profiles.iterdir())


def open_handles(process: psutil.Process) -> int:
    """How many files, pipes and sockets this process holds open."""
    return process.num_handles() if os.name == "nt" else process.num_fds()


async def test_a_call_that_the_page_refuses_is_no_fault(browser_config: BrowserConfig) -> None:
    """An error of the page's own script reaches the caller as it is, and the page goes on."""
    async with Keeper(browser_config, open_webgl_page) as keeper:
        with pytest.raises(Error, match="no such thing"):
            await keeper.page.run(
                "failing", keeper.page.page.evaluate("throw new Error('no such thing')"), deadline_s=5
            )
        assert await works(keeper)


async def test_a_call_that_takes_too_long_is_overdue(browser_config: BrowserConfig) -> None:
    """A healthy page that does not finish in time gives an OverdueError, and goes on."""
    async with Keeper(browser_config, open_webgl_page) as keeper:
        with pytest.raises(OverdueError, match="the answer"):
            await keeper.page.run(
                "the answer", keeper.page.page.evaluate("new Promise(() => {})"), deadline_s=0.5
            )
        assert await works(keeper)


async def test_a_navigation_is_no_fault(browser_config: BrowserConfig) -> None:
    """Heartbeats that a navigation destroys do not condemn the page."""
    impatient = browser_config.model_copy(update={"beat_s": 0.001})
    async with Keeper(impatient, open_webgl_page) as keeper:
        for _ in range(20):
            await keeper.page.run("going on", keeper.page.page.goto(WEBGL_PAGE), deadline_s=5)
        assert await works(keeper)


async def test_a_page_that_cannot_be_prepared_is_unrepairable(browser_config: BrowserConfig) -> None:
    """When no remedy helps, the error names every one that was tried; a later repair may still succeed."""
    keeper = Keeper(browser_config, open_webgl_page)
    async with keeper:

        async def never_works(watched: WatchedPage) -> None:
            await watched.run(
                "preparing", watched.page.evaluate("throw new Error('still broken')"), deadline_s=5
            )

        keeper._prepare = never_works  # pyright: ignore[reportPrivateUsage] - what worked once works no more
        with pytest.raises(
            UnrepairableError, match=r"new-page: .* relaunch: .* restart-driver: .* restart-driver: .*\."
        ):
            await keeper.repair("page-crash")
        keeper._prepare = open_webgl_page  # pyright: ignore[reportPrivateUsage]
        await keeper.repair("page-crash")
        assert await works(keeper)
    assert not list(browser_config.profiles.iterdir())
