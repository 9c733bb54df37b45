"""The page in a real browser: quiet, self-sufficient, without a script, on a desk and on a phone."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from built_page import browsing
from playwright.async_api import Browser, Page, ViewportSize

from harvest.browser.cdp import ask
from orchestrate.report.writing import write_report
from tests.orchestrate.report import nights

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LONG = "a_pack_whose_name_is_as_long_as_a_name_of_a_folder_may_well_be_and_has_no_blank_in_it"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """A browser of our own."""
    async with browsing() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a night in which something went wrong, with the longest of names."""
    folder = nights.whole(tmp_path_factory.mktemp("report") / "night")
    nights.silent(folder)
    told = nights.verification(pack=LONG)
    nights.put(folder / "verify" / LONG / "verify.json", told)
    return write_report(folder, language="en")


async def _opened(browser: Browser, report: Path, viewport: ViewportSize) -> tuple[Page, list[str]]:
    """Open it where no script may run; whatever it says or asks for is noted."""
    page = await browser.new_page(viewport=viewport, java_script_enabled=False)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if _leaves(asked.url, report) else None)
    await page.goto(report.as_uri())
    return page, complaints


def _leaves(url: str, report: Path) -> bool:
    return url.split("#", maxsplit=1)[0] != report.as_uri() and not url.startswith("data:")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_it_is_quiet_and_fits(browser: Browser, report: Path, viewport: ViewportSize) -> None:
    """Nothing is complained of, nothing is fetched, nothing has to be scrolled sideways."""
    page, complaints = await _opened(browser, report, viewport)
    for language in ("en", "zh"):
        await page.locator(f'label[for="{language}"]').click()
        box = await page.locator("main").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= viewport["width"]
        widest = await _widest(page)
        assert widest <= viewport["width"], language
    assert not complaints


async def _widest(page: Page) -> float:
    """Tell how far anything reaches that does not scroll by itself."""
    session = await page.context.new_cdp_session(page)
    sizes = await ask(session, "Page.getLayoutMetrics", deadline_s=10)
    return float(sizes["cssContentSize"]["width"])


async def test_the_language_is_switched_without_a_script(browser: Browser, report: Path) -> None:
    """It opens in the one that was asked for; one click shows the other, and only that."""
    page, _ = await _opened(browser, report, DESK)
    english, chinese = page.get_by_text("May I trust the samples?"), page.get_by_text("样本可信吗")
    assert await english.is_visible()
    assert not await chinese.is_visible()
    await page.locator('label[for="zh"]').click()
    assert await chinese.is_visible()
    assert not await english.is_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
async def test_what_is_wrong_is_on_the_first_screen(
    browser: Browser, report: Path, viewport: ViewportSize
) -> None:
    """Nobody has to scroll or open anything to learn that nothing was heard for an hour."""
    page, _ = await _opened(browser, report, viewport)
    box = await page.get_by_text("Silent audio for 1:0").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= viewport["height"]


async def test_pictures_are_shown(browser: Browser, report: Path) -> None:
    """They are inside the file, and decoded."""
    page, complaints = await _opened(browser, report, DESK)
    first = page.locator(".sheet img").first
    await first.scroll_into_view_if_needed()
    box = await first.bounding_box()
    assert box is not None
    assert box["width"] >= 200
    assert not complaints
