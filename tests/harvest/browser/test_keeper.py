"""Whatever dies beneath a page is noticed in time, and a working page comes back."""

import asyncio
import os
import random
import time

import psutil
import pytest
from breakage import BREAKAGES, noticed
from webgl_page import open_webgl_page

from harvest.browser import ownership
from harvest.browser.keeper import Keeper
from harvest.browser.watch import PageFaultError
from harvest.config import BrowserConfig


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
        await break_it(keeper)
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
async def test_fifty_random_faults_leak_nothing(browser_config: BrowserConfig) -> None:
    """After 50 faults in a row there is not one process or open file more than after the first launch."""
    chance = random.Random(50)  # noqa: S311 - a repeatable choice, not a secret
    me = psutil.Process()
    async with Keeper(browser_config, open_webgl_page) as keeper:
        open_files = open_handles(me)
        for _ in range(50):
            break_it, expected, _seconds = BREAKAGES[chance.choice(sorted(BREAKAGES))]
            await break_it(keeper)
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
