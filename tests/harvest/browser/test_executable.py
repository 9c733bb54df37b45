"""The browser is found where each platform keeps it."""

from pathlib import Path

import pytest

from harvest.browser.executable import candidates, confined


def nowhere(_name: str) -> None:
    """A PATH that holds nothing."""


def test_windows_prefers_chrome_then_edge() -> None:
    """Every usual folder is looked into, Chrome before Edge before Chromium."""
    places = candidates(
        "win32", {"PROGRAMFILES": r"C:\Program Files", "LOCALAPPDATA": r"C:\Users\vj\AppData\Local"}, nowhere
    )
    assert [str(place) for place in places][:3] == [
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Users\vj\AppData\Local\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    ]


def test_macos_looks_into_both_application_folders() -> None:
    """Applications of the machine come before those of the user."""
    places = [str(place) for place in candidates("darwin", {"HOME": "/Users/vj"}, nowhere)]
    assert places[0] == "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    assert places[1].startswith("/Users/vj/Applications/")


def test_linux_asks_the_path() -> None:
    """Only what PATH holds is a candidate."""
    installed = {"chromium": "/usr/bin/chromium"}
    assert [str(p) for p in candidates("linux", {}, installed.get)] == ["/usr/bin/chromium"]
    assert not list(candidates("linux", {}, nowhere))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [("#!/bin/sh\nexec /snap/bin/chromium\n", True), ("#!/bin/sh\nexec /usr/lib/chromium/chromium\n", False)],
)
def test_a_snaps_wrapper_is_no_browser_for_us(tmp_path: Path, text: str, *, hidden: bool) -> None:
    """A script that hands over to a snap is passed by; any other script is not."""
    program = tmp_path / "chromium-browser"
    program.write_text(text, encoding="utf-8")
    assert confined(program) == hidden
