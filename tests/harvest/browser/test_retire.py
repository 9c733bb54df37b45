"""Browsers are retired before they rot."""

from dataclasses import replace

import pytest
from webgl_page import open_webgl_page

from harvest.browser.keeper import Keeper
from harvest.browser.retire import Service, retirement
from harvest.config import BrowserConfig

YOUNG = Service(age_s=10, pages_opened=1, memory_bytes=100 * 2**20)
LIMITS = BrowserConfig(retire_after_s=60, retire_after_pages=5, retire_above_mib=500)


def test_a_young_browser_goes_on() -> None:
    """Within its limits a browser is kept."""
    assert retirement(YOUNG, LIMITS) is None


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        (replace(YOUNG, age_s=61), "age 61 s > 60 s"),
        (replace(YOUNG, pages_opened=6), "6 pages > 5"),
        (replace(YOUNG, memory_bytes=501 * 2**20), "memory 501 MiB > 500 MiB"),
    ],
)
def test_each_limit_retires_with_its_reason(service: Service, reason: str) -> None:
    """Age, pages and memory each retire a browser, and the reason says by how much."""
    assert retirement(service, LIMITS) == reason


async def test_a_retired_browser_is_replaced_by_a_working_one(browser_config: BrowserConfig) -> None:
    """Too much memory replaces the browser; a working page is back and the old one is gone."""
    greedy = browser_config.model_copy(update={"retire_above_mib": 1.0})
    async with Keeper(greedy, open_webgl_page) as keeper:
        old = keeper.browser
        reason = await keeper.retire_if_due()
        assert reason is not None
        assert reason.startswith("memory ")
        assert not old.alive
        assert await keeper.page.page.evaluate("frames") > 0
        assert len(list(browser_config.profiles.iterdir())) == 1
