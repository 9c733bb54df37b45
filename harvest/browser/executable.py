"""Which browser to use: an installed Chrome, Edge or Chromium, else Playwright's own."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from playwright.sync_api import sync_playwright

NO_BROWSER = (
    "No browser found: install Chrome, Edge or Chromium, or run `playwright install chromium`, "
    "or name one with browser.executable in harvest.toml."
)

_WINDOWS_PROGRAMS = (
    ("Google", "Chrome", "Application", "chrome.exe"),
    ("Microsoft", "Edge", "Application", "msedge.exe"),
    ("Chromium", "Application", "chrome.exe"),
)
_WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_MAC_PROGRAMS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
)
_LINUX_PROGRAMS = (
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "chromium",
    "chromium-browser",
)


def candidates(
    platform: str, environ: Mapping[str, str], which: Callable[[str], str | None]
) -> Iterable[PurePath]:
    """Every place where a browser may be installed, the preferred one first."""
    if platform == "win32":
        roots = [environ[name] for name in _WINDOWS_ROOTS if environ.get(name)]
        return [PureWindowsPath(root, *program) for program in _WINDOWS_PROGRAMS for root in roots]
    if platform == "darwin":
        homes = ["/", environ["HOME"]] if environ.get("HOME") else ["/"]
        return [PurePosixPath(home, "Applications", app) for app in _MAC_PROGRAMS for home in homes]
    return [PurePosixPath(found) for name in _LINUX_PROGRAMS if (found := which(name))]


def confined(path: Path) -> bool:
    """Whether a snap's sandbox would hide our profile folder and our pipes from this browser."""
    target = path.resolve()
    if "snap" in target.parts:
        return True
    # Ubuntu's `chromium-browser` is a shell script that hands over to the snap.
    try:
        with target.open("rb") as program:
            head = program.read(4096)
    except OSError:
        return False  # a program that we may run but not read
    return head.startswith(b"#!") and b"/snap/bin" in head


def installed() -> Path | None:
    """The browser that this machine already has, if any."""
    for candidate in candidates(sys.platform, os.environ, shutil.which):
        path = Path(candidate)
        if path.is_file() and not confined(path):
            return path
    return None


def downloaded() -> Path | None:
    """Playwright's own Chromium, if it was downloaded."""
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def find() -> Path | None:
    """The browser to use when the configuration names none."""
    return installed() or downloaded()


def main() -> int:
    """Print the browser's path for the set-up script."""
    found = find()
    if found is None:
        sys.stderr.write(f"{NO_BROWSER}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
