"""What a page complains of: written to a bounded log, one line each, and its errors counted."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from playwright.async_api import ConsoleMessage, Error, Page, Request

from harvest.bounded_log import BoundedLog

LOG = "browser-console.log"
LINE_CHARS = 600
"""Of a text; what newliveweb's own tools keep of one."""

# Whatever moves a cursor, ends a line, turns the direction of writing, or is half of a character.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Console:
    """The ear at every page of a run; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """The log lies in this folder, and is continued."""
        self.log = BoundedLog(folder / LOG)
        self._heard: WeakSet[Page] = WeakSet()
        self._page_errors = 0
        self._console_errors = 0

    def __enter__(self) -> Self:
        """Listen."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the log."""
        self.log.close()

    def attach(self, page: Page) -> None:
        """Listen to a page from now on; once is enough, a reload is heard, too."""
        if page in self._heard:
            return
        self._heard.add(page)
        page.on("pageerror", self._on_page_error)
        page.on("console", self._on_console)
        page.on("requestfailed", self._on_request_failed)

    def take(self) -> tuple[int, int]:
        """Count the errors since the last time: those that nobody caught, and those told to the console."""
        taken = self._page_errors, self._console_errors
        self._page_errors = self._console_errors = 0
        return taken

    def _on_page_error(self, error: Error) -> None:
        self._page_errors += 1
        self._write("pageerror", error.stack or error.message)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._console_errors += 1
        at = message.location
        self._write(f"console.{message.type}", message.text, f"{at['url']}:{at['lineNumber']}")

    def _on_request_failed(self, request: Request) -> None:
        self._write("requestfailed", f"{request.method} {request.url}", request.failure or "")

    def _write(self, kind: str, *texts: str) -> None:
        self.log.write(line(datetime.now(UTC), kind, *texts))


def line(at: datetime, kind: str, *texts: str) -> bytes:
    """Write one line, whatever the texts hold and however long they are."""
    shown = " | ".join(_shown(text) for text in texts if text)
    return f"{at.isoformat(timespec='milliseconds')} [{kind}] {shown}\n".encode()


def _shown(text: str) -> str:
    kept = text if len(text) <= LINE_CHARS else f"{text[:LINE_CHARS]}…"
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), kept)
