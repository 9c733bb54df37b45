"""Our built page in a real browser, with presets small enough to be drawn without a GPU."""

import hashlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from harvest.browser import executable
from harvest.browser.flags import launch_plan
from harvest.browser.launch import this_machine

GESTURE_FREE = "--autoplay-policy=no-user-gesture-required"

_PATIENCE_MS = 15_000
_FRAME = "ob_size=0.2;ob_a=1;ob_r={red};ob_g={green};ob_b=0.5"


def preset(red: str, green: str = "0.5") -> bytes:
    """Write a preset: a frame around the picture whose colour is given by two equations."""
    equations = _FRAME.format(red=red, green=green)
    return f"[preset00]\nfGammaAdj=1\nfDecay=0.9\nwave_a=1\nper_frame_1={equations};\n".encode()


BROKEN = b"[preset00]\nper_frame_1=ob_r = (1 + ;\n"


@dataclass
class Visit:
    """A page that was opened, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])

    async def coupled(self) -> Any:
        """What the page says of coupled mode."""
        return (await self.state())["coupled"]

    async def evidence(self) -> Any:
        """What the page says of what it really draws."""
        return (await self.state())["evidence"]

    async def state(self) -> Any:
        """All of the verify state, as a driver reads it."""
        return await self.page.evaluate("window.__nw_verify.getVerifyState()")

    async def act(self, action: str, *arguments: Any) -> Any:
        """Call one of the verify actions."""
        call = "([action, given]) => window.__nw_verify.actions[action](...given)"
        return await self.page.evaluate(call, [action, list(arguments)])

    async def shown_pair(self) -> int:
        """The pair on screen, as soon as there is one."""
        await self.page.wait_for_function("window.__nw_verify?.getVerifyState().coupled.lastPick")
        return (await self.coupled())["lastPick"]["pair"]


@dataclass(frozen=True)
class Site:
    """The page being served, and a browser to see it with."""

    browser: Browser
    url: str
    presets: Path

    @asynccontextmanager
    async def visit(
        self,
        query: str = "",
        *,
        storage: Mapping[str, str] | None = None,
        scripts: Sequence[str] = (),
        routes: Mapping[str, Mapping[str, Any]] | None = None,
        ready: bool = True,
    ) -> AsyncGenerator[Visit]:
        """Open the page as somebody who was never there before."""
        context = await self.browser.new_context(viewport={"width": 640, "height": 360})
        context.set_default_timeout(_PATIENCE_MS)
        try:
            await _prepare(context, storage or {}, scripts, routes or {})
            visit = _watch(await context.new_page())
            await visit.page.goto(f"{self.url}{query}")
            if ready:
                await visit.page.wait_for_selector("html[data-ready=true]", state="attached")
            yield visit
        finally:
            await context.close()


async def _prepare(
    context: BrowserContext,
    storage: Mapping[str, str],
    scripts: Sequence[str],
    routes: Mapping[str, Mapping[str, Any]],
) -> None:
    for key, value in storage.items():
        await context.add_init_script(
            f"localStorage.getItem({key!r}) ?? localStorage.setItem({key!r}, {value!r})"
        )
    for script in scripts:
        await context.add_init_script(script)
    for pattern, answer in routes.items():
        await context.route(pattern, _always(answer))


def _always(answer: Mapping[str, Any]) -> Callable[[Route], Awaitable[None]]:
    return lambda route: route.fulfill(**answer)


def _watch(page: Page) -> Visit:
    visit = Visit(page)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))

    def listen(kind: str, text: str) -> None:
        (visit.complaints if kind == "error" else visit.said).append(text)

    page.on("console", lambda message: listen(message.type, message.text))
    return visit


@asynccontextmanager
async def browsing(*, without: Sequence[str] = ()) -> AsyncGenerator[Browser]:
    """Start a browser as harvest does, drawing in software, less some of its switches."""
    plan = launch_plan(this_machine(), "off", token="a-test")
    program = executable.installed()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            channel=None if program else "chromium",
            args=[switch for switch in plan.args if switch not in without],
            chromium_sandbox=plan.sandbox,
            env={**os.environ, **plan.environment},
        )
        yield browser
        await browser.close()


def sha256(path: Path) -> str:
    """The hash of a file, without any of the code under test."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
