"""The page's side of this adapter: every question has a deadline, every answer is checked."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

from playwright.async_api import Error, Page

from harvest.browser.launch import first_line
from harvest.browser.watch import WatchedPage
from harvest.page.driven import PageError
from harvest.page.realtime.answers import Asked, Coupled, Facts, Hearing, Taken

_MARGIN_S = 10.0
"""The page keeps limits by itself; this much later it is overdue."""


def script(name: str, wishes: object = None) -> str:
    """Make a script of ours run by itself."""
    source = files("harvest.page.realtime").joinpath(f"{name}.js").read_text(encoding="utf-8")
    # What stands before the function is its comment.
    return f"({source.strip()})({json.dumps(wishes)});"


async def install(page: Page, wishes: Mapping[str, bool]) -> None:
    """Let our scripts stand in whatever this page loads from now on."""
    await page.add_init_script(script("prepare", wishes))
    await page.add_init_script(script("tap"))


async def facts(watched: WatchedPage) -> Facts:
    """Which hooks are there."""
    return Facts.model_validate(await _ask(watched, "facts"))


async def hearing(watched: WatchedPage) -> Hearing:
    """What is heard in this moment."""
    return Hearing.model_validate(await _ask(watched, "hearing"))


async def settle(watched: WatchedPage, *, without_liquid: bool) -> None:
    """Switch off what changes the picture by itself."""
    await _ask(watched, "settle", {"withoutLiquid": without_liquid}, answers=False)


async def draws(watched: WatchedPage, *, limit_s: float) -> bool:
    """Wait until the engines draw."""
    return bool(await _ask(watched, "drawing", 1000 * limit_s, limit_s=limit_s))


async def couple(watched: WatchedPage, pack: str, *, limit_s: float) -> Coupled:
    """Switch coupled mode on."""
    wish = {"pack": pack, "limitMs": 1000 * limit_s}
    return Coupled.model_validate(await _ask(watched, "couple", wish, limit_s=limit_s))


async def play(watched: WatchedPage, *, audible: float, limit_s: float) -> Hearing:
    """Let the track play, and wait until it is heard."""
    wish = {"audible": audible, "limitMs": 1000 * limit_s}
    return Hearing.model_validate(await _ask(watched, "play", wish, limit_s=limit_s))


async def show(watched: WatchedPage, wanted: Mapping[str, object], *, times: int, limit_s: float) -> Asked:
    """Ask for a pair until it is there."""
    wish = {**wanted, "times": times, "limitMs": 1000 * limit_s}
    return Asked.model_validate(await _ask(watched, "show", wish, limit_s=limit_s))


async def take(  # noqa: PLR0913 - what a measurement is, each by its name
    watched: WatchedPage,
    *,
    settle_s: float,
    dwell_s: float,
    least_frames: int,
    limit_s: float,
    with_thumbnail: bool = False,
) -> Taken:
    """Take the pictures of every frame for a while."""
    wish = {
        "settleMs": 1000 * settle_s,
        "dwellMs": 1000 * dwell_s,
        "leastFrames": least_frames,
        "limitMs": 1000 * limit_s,
        "withThumbnail": with_thumbnail,
    }
    return Taken.model_validate(await _ask(watched, "take", wish, limit_s=limit_s))


async def note(watched: WatchedPage, lines: Sequence[str]) -> None:
    """Write over the page."""
    await _ask(watched, "note", list(lines), answers=False)


async def _ask(
    watched: WatchedPage, name: str, wish: object = None, *, limit_s: float = 0.0, answers: bool = True
) -> object:
    calling = f"wish => window.__nw_verify?.getVerifyState ? window.__harvestTap.{name}(wish) : null"
    work = watched.page.evaluate(calling, wish)
    try:
        answer = await watched.run(f"the page ({name})", work, deadline_s=limit_s + _MARGIN_S)
    except Error as error:
        if "context was destroyed" in error.message:
            raise PageError("The page was left, or loaded itself anew.", "page-left") from error
        raise PageError(f"The page failed: {first_line(error)}") from error
    if answers and answer is None:
        raise PageError(f"At {watched.page.url} there is no newliveweb.", "page-left")
    return answer
