"""Launch switches: every platform's choice, tested on any platform, and read back from a real browser."""

from pathlib import Path

import psutil
import pytest
from playwright.async_api import async_playwright
from webgl_page import open_webgl_page

from harvest.browser import executable, processes
from harvest.browser.flags import (
    OUR_DISABLED_FEATURES,
    PLAYWRIGHT_DISABLED_FEATURES,
    GpuMode,
    Machine,
    launch_plan,
)
from harvest.browser.keeper import Keeper
from harvest.browser.launch import screen_missing
from harvest.config import BrowserConfig

LINUX = Machine(platform="linux", mesa=True)
BARE_LINUX = Machine(platform="linux")
WINDOWS = Machine(platform="win32")
MAC = Machine(platform="darwin")


@pytest.mark.parametrize(
    ("machine", "mode", "backend"),
    [
        (WINDOWS, "off", "swiftshader"),
        (WINDOWS, "safe", None),
        (WINDOWS, "force", "d3d11"),
        (MAC, "off", "swiftshader"),
        (MAC, "safe", None),
        (MAC, "force", "metal"),
        (LINUX, "off", "gl-egl"),
        (LINUX, "safe", "gl-egl"),
        (LINUX, "force", "gl-egl"),
        (BARE_LINUX, "off", "swiftshader"),
    ],
)
def test_each_platform_and_mode_has_its_backend(machine: Machine, mode: GpuMode, backend: str | None) -> None:
    """The ANGLE backend follows from platform and GPU mode alone."""
    args = launch_plan(machine, mode, token="t").args
    chosen = [arg.removeprefix("--use-angle=") for arg in args if arg.startswith("--use-angle=")]
    assert chosen == ([backend] if backend else [])


@pytest.mark.parametrize("machine", [LINUX, WINDOWS, MAC])
def test_only_force_forbids_the_software_fallback(machine: Machine) -> None:
    """A missing GPU fails the launch in force mode and in no other."""
    for mode in ("off", "safe", "force"):
        args = launch_plan(machine, mode, token="t").args
        assert ("--disable-software-rasterizer" in args) == (mode == "force")


def test_off_keeps_mesa_from_using_a_gpu() -> None:
    """Software on purpose stays software on a Linux machine that has a GPU."""
    assert launch_plan(LINUX, "off", token="t").environment == {"LIBGL_ALWAYS_SOFTWARE": "1"}
    assert launch_plan(LINUX, "safe", token="t").environment == {}


def test_a_named_backend_is_taken_as_it_is() -> None:
    """`--angle` overrules the platform's choice."""
    assert "--use-angle=vulkan" in launch_plan(LINUX, "safe", "vulkan", token="t").args


def test_every_plan_is_silent_marked_and_survives_gpu_crashes() -> None:
    """No plan makes a sound, hides its owner, or gives WebGL up after three GPU deaths."""
    for machine in (LINUX, BARE_LINUX, WINDOWS, MAC):
        for mode in ("off", "safe", "force"):
            args = launch_plan(machine, mode, token="20260101T000000-00000000").args
            assert "--mute-audio" in args
            assert "--harvest-run=20260101T000000-00000000" in args
            assert "--disable-gpu-process-crash-limit" in args
            assert "--disable-domain-blocking-for-3d-apis" in args


def test_the_sandbox_is_off_only_on_linux() -> None:
    """Windows and macOS keep the browser's sandbox."""
    assert [launch_plan(machine, "safe", token="t").sandbox for machine in (LINUX, WINDOWS, MAC)] == [
        False,
        True,
        True,
    ]


def test_a_window_needs_a_screen_only_on_linux() -> None:
    """A headed launch without a display is refused before a browser is started."""
    assert screen_missing("linux", {}, headed=True)
    assert not screen_missing("linux", {"DISPLAY": ":0"}, headed=True)
    assert not screen_missing("linux", {"WAYLAND_DISPLAY": "wayland-0"}, headed=True)
    assert not screen_missing("linux", {}, headed=False)
    assert not screen_missing("win32", {}, headed=True)


async def test_our_list_of_playwrights_disabled_features_is_theirs(tmp_path: Path) -> None:
    """What Playwright disables on its own is what flags.py repeats: an upgrade that changes it is noticed."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=executable.installed(), headless=True, chromium_sandbox=False
        )
        theirs = disabled_features(own_child_with(f"--user-data-dir={tmp_path}"))
        await context.close()
    assert theirs == [PLAYWRIGHT_DISABLED_FEATURES]


async def test_the_running_browser_disables_both_lists(browser_config: BrowserConfig) -> None:
    """The last --disable-features, the only one Chromium heeds, holds Playwright's features and ours."""
    async with Keeper(browser_config, open_webgl_page) as keeper:
        arguments = own_child_with(f"--harvest-run={keeper.browser.claim.token}")
    effective = disabled_features(arguments)[-1]
    assert set(effective) == {*PLAYWRIGHT_DISABLED_FEATURES, *OUR_DISABLED_FEATURES}
    assert "--mute-audio" in arguments
    assert "--autoplay-policy=no-user-gesture-required" in arguments


def own_child_with(argument: str) -> list[str]:
    """Command line of the one main process below us that carries this argument."""
    lines = [processes.command_line(child) for child in psutil.Process().children(recursive=True)]
    (found,) = [
        line for line in lines if argument in line and not any(arg.startswith("--type=") for arg in line)
    ]
    return found


def disabled_features(arguments: list[str]) -> list[tuple[str, ...]]:
    """Every --disable-features list on a command line, in order."""
    switch = "--disable-features="
    return [tuple(arg.removeprefix(switch).split(",")) for arg in arguments if arg.startswith(switch)]
