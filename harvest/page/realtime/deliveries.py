"""Presets and manifests on their way into the browser: looked at before it sees them, and hashed."""

import contextlib
import hashlib
import re
from urllib.parse import unquote, urlsplit

from playwright.async_api import APIResponse, Error, Page, Route

from harvest.packs.milk import MilkError, parse

_WATCHED = re.compile(r"\.milk(\?|$)|/pairs-manifest[^/]*\.json(\?|$)", re.IGNORECASE)
_OK = 200
_OF_THE_WIRE = {"content-encoding", "content-length"}
"""True of what the server sent, and no longer of its contents."""


class Deliveries:
    """What a page has received since it was loaded."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}
        self.asked_for: list[str] = []
        """Presets in the order in which the page asked for them; what it still knows it does not ask for."""

    async def watch(self, page: Page) -> None:
        """Stand between the page and its server from now on."""
        await page.route(_WATCHED, self._deliver)

    def forget(self) -> None:
        """A page that is loaded anew knows nothing."""
        self._hashes.clear()
        self.asked_for.clear()

    def hash_of(self, url: str) -> str | None:
        """SHA-256 of what the page received from this address, None before it did."""
        return self._hashes.get(path_of(url))

    async def _deliver(self, route: Route) -> None:
        path = path_of(route.request.url)
        # The page or the server may be gone by now; whoever waits for either of them finds out.
        with contextlib.suppress(Error):
            response = await route.fetch()
            body = await response.body()
            await response.dispose()  # or the driver keeps it all night
            if path.lower().endswith(".milk"):
                self.asked_for.append(path)
                if why := complaint(response, body):
                    await route.fulfill(status=404, body=why)
                    return
            self._hashes[path] = hashlib.sha256(body).hexdigest()
            headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_WIRE}
            await route.fulfill(status=response.status, headers=headers, body=body)
            return
        with contextlib.suppress(Error):
            await route.abort()


def path_of(address: str) -> str:
    """Name a file as manifests do, from any address of it."""
    return unquote(urlsplit(address.replace("\\", "/")).path)


def is_missing(response: APIResponse) -> bool:
    """Vite answers for a file that is not there with its page, and that all is well."""
    return response.status != _OK or response.headers.get("content-type", "").startswith("text/html")


def complaint(response: APIResponse, body: bytes) -> str | None:
    """Say why this is no preset: engines take anything for one."""
    if is_missing(response):
        return f"status {response.status}, {response.headers.get('content-type', 'no content type')}"
    try:
        parse(body)
    except MilkError as error:
        return str(error)
    return None
