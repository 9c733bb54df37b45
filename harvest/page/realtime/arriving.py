"""newliveweb opened at an address, until its hooks are there."""

from playwright.async_api import Error

from harvest.browser.launch import first_line
from harvest.browser.watch import WatchedPage
from harvest.page.driven import PageError


async def arrive(watched: WatchedPage, address: str, *, hooks: str, limit_s: float) -> None:
    """Open it, and wait for what `hooks`, an expression, asks for; each may take so long."""
    opening = watched.page.goto(address, wait_until="domcontentloaded")
    try:
        await watched.run("opening the page", opening, deadline_s=limit_s)
    except Error as error:
        raise PageError(f"{address} cannot be opened: {first_line(error)}", "server-gone") from error
    there = watched.page.wait_for_function(hooks, timeout=0)
    await watched.run("newliveweb's hooks", there, deadline_s=limit_s)
