"""What a real page complains of is written down safely, and counted."""

import re
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from built_page import browsing
from playwright.async_api import Page

from harvest.console import LOG, Console, line

AT = datetime(2026, 2, 15, 11, 45, 48, 914_600, tzinfo=UTC)


@pytest.fixture
async def page() -> AsyncGenerator[Page]:
    """A blank page in a real browser."""
    async with browsing() as browser:
        yield await browser.new_page()


async def test_errors_are_written_and_counted(page: Page, tmp_path: Path) -> None:
    """Those since the last time only; other messages are written, and count for nothing."""
    with Console(tmp_path) as console:
        console.attach(page)
        console.attach(page)  # as after each reload
        await _complain(page)
        assert console.take() == (1, 2)
        assert console.take() == (0, 0)
        await page.goto("about:blank")
        await _complain(page)
        assert console.take() == (1, 2)
    said = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    kinds = Counter(re.findall(r"^\S+\+00:00 \[(.*?)\] .", "\n".join(said), re.MULTILINE))
    once = {"console.log": 1, "console.error": 2, "pageerror": 1, "requestfailed": 1, "console.debug": 1}
    assert kinds == {kind: 2 * count for kind, count in once.items()}
    assert sum("first\\nsecond\\x1b[2J" in each for each in said) == 2
    assert sum("Error: nobody caught it" in each for each in said) == 2
    assert sum("GET http://127.0.0.1:9/gone | net::ERR_" in each for each in said) == 2


async def _complain(page: Page) -> None:
    """Make every kind of noise, and wait until it was heard."""
    await page.evaluate(
        """async () => {
            console.log("first\\nsecond\\u001b[2J");
            console.error("an error");
            setTimeout(() => { throw new Error("nobody caught it"); }, 0);
            await fetch("http://127.0.0.1:9/gone").catch(() => {});
        }"""
    )
    async with page.expect_console_message(lambda message: message.text == "last"):
        await page.evaluate("setTimeout(() => console.debug('last'), 50)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain — Größe 好", "plain — Größe 好"),
        ("a\r\nb\tc\x1b[31m\x00", r"a\r\nb\tc\x1b[31m\x00"),
        ("\x9b31m\u2028\u202e\u2066", r"\x9b31m\u2028\u202e\u2066"),
        ("\ud83d", r"\ud83d"),
        ("x" * 601, "x" * 600 + "…"),
        ("", ""),
    ],
)
def test_a_text_stays_on_its_line(text: str, shown: str) -> None:
    """It cannot end it, move the cursor of whoever reads it, or fill the log."""
    assert line(AT, "pageerror", text).decode() == f"2026-02-15T11:45:48.914+00:00 [pageerror] {shown}\n"


def test_texts_of_a_line_are_told_apart() -> None:
    """And those that say nothing are left out."""
    written = line(AT, "requestfailed", "GET http://x/", "net::ERR_FAILED", "")
    assert written == b"2026-02-15T11:45:48.914+00:00 [requestfailed] GET http://x/ | net::ERR_FAILED\n"
