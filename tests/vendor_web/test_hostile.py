"""A page meets storage, servers and files that are not as they should be, and goes on."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from built_page import Site
from playwright.async_api import Route

pytestmark = pytest.mark.asyncio(loop_scope="module")

FULL = """for (let size = 8 << 20; size > 0; size >>= 1) {
    try { localStorage.setItem(`junk ${size}`, 'x'.repeat(size)); } catch { /* the next is smaller */ }
}"""
FORBIDDEN = """Object.defineProperty(window, 'localStorage',
    { get() { throw new DOMException('Not here.', 'SecurityError'); } })"""


@pytest.mark.parametrize("script", [FULL, FORBIDDEN])
async def test_a_browser_that_keeps_nothing(site: Site, script: str) -> None:
    """The walk goes through every pair all the same, and the volume can be set."""
    async with site.visit("?coupledPack=demo&coupledPick=shuffle", scripts=[script]) as visit:
        shown = [await visit.shown_pair()]
        for _ in range(5):
            assert await visit.act("coupledNext") is True
            shown.append((await visit.coupled())["lastPick"]["pair"])
        assert sorted(shown) == list(range(6))
        await visit.page.keyboard.press("m")
        assert await visit.page.input_value("#audio-volume") == "80"
        assert (await visit.evidence())["errors"] == []


@pytest.mark.parametrize(("kept", "gain"), [("50", 1), ("-3", 0), ("loud", 0), ("Infinity", 0)])
async def test_a_volume_that_cannot_be(site: Site, kept: str, gain: float) -> None:
    """A person hears the track at most as loud as it is, whatever was kept."""
    watch = """const Real = GainNode; window.gains = [];
        window.GainNode = function (context, options) {
            gains.push(options.gain);
            return new Real(context, options);
        }"""
    async with site.visit("?coupled=0", storage={"nw.audio.trackVolume": kept}, scripts=[watch]) as visit:
        await visit.page.wait_for_function("gains.length > 0")
        assert await visit.page.evaluate("gains") == [gain]


async def test_the_first_pair_cannot_be_shown(site: Site) -> None:
    """Another one is: nobody begins with a black picture."""
    state = {"v": 0, "pack": "flawed", "len": 4, "pos": 0, "order": [1, 2, 0, 3]}
    storage = {"nw.coupledPairs.shuffleState.v0": json.dumps(state)}
    async with site.visit("?coupledPack=flawed&coupledPick=shuffle", storage=storage) as visit:
        assert await visit.shown_pair() == 0
        assert [refused["pair"] for refused in (await visit.coupled())["refused"]] == [2, 1]


@asynccontextmanager
async def breaking_off() -> AsyncGenerator[str]:
    """A server that promises more than it sends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[preset00]")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield "http://{}:{}/".format(*server.sockets[0].getsockname())


async def test_a_connection_that_breaks_on_the_way(site: Site) -> None:
    """Half a preset is none: it is refused with the reason, when it is shown and when it is measured."""
    measure = """__nw_harvest.measure(
        { fgUrl: '/presets/demo/fg/4.milk', bgUrl: '/presets/demo/bg/4.milk', frames: 2 })"""
    async with breaking_off() as url, site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        await visit.page.route("**/fg/4.milk", lambda route: route.continue_(url=url))
        assert await visit.act("coupledShow", 4) is False
        assert "The server does not answer" in (await visit.coupled())["status"]["text"]
        measured = await visit.page.evaluate(measure)
        assert measured == {
            "kind": "refused",
            "reasons": {"fg": "The server does not answer: /presets/demo/fg/4.milk."},
        }
        assert (await visit.evidence())["errors"] == []


async def test_a_server_that_never_answers(site: Site) -> None:
    """Nobody waits for it for ever."""
    sooner = "const wait = AbortSignal.timeout; AbortSignal.timeout = ms => wait.call(AbortSignal, ms / 100)"
    asked = asyncio.Event()

    async def hold(_route: Route) -> None:
        asked.set()

    async with site.visit("?coupledPack=demo&pair=0", scripts=[sooner]) as visit:
        await visit.shown_pair()
        await visit.page.route("**/fg/4.milk", hold)
        assert await visit.act("coupledShow", 4) is False
        assert asked.is_set()
        assert "The server does not answer" in (await visit.coupled())["status"]["text"]


async def test_a_converter_that_does_not_start(site: Site) -> None:
    """What waited for it is refused; the next preset gets another, and so does the same."""
    fails_once = """const Real = Worker; let hired = 0;
        window.Worker = function (url, options) { return new Real(hired++ ? url : '/absent.js', options); }"""
    async with site.visit("?coupledPack=demo&pair=1", scripts=[fails_once]) as visit:
        await visit.page.wait_for_function("__nw_verify.getVerifyState().coupled.refused.length > 0")
        assert "The converter failed" in (await visit.coupled())["status"]["text"]
        assert await visit.act("coupledShow", 1) is True


async def test_the_panel_fits_every_window(site: Site) -> None:
    """No control lies outside of it, or over another one."""
    crossing = """() => {
        const boxes = [...document.querySelectorAll('#toolbar :is(button, select, input, meter, .figure)')]
            .map(element => ({ name: element.id, box: element.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0);
        const outer = document.querySelector('#toolbar').getBoundingClientRect();
        const out = boxes.filter(({ box }) => box.left < outer.left || box.right > outer.right);
        const over = boxes.filter(({ box: a }, at) => boxes.slice(at + 1).some(({ box: b }) =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
        return [...out, ...over].map(({ name }) => name);
    }"""
    async with site.visit("?coupledPack=demo&pair=2") as visit:
        await visit.shown_pair()
        for width in (320, 390, 640, 700, 800, 844, 960, 1280):
            await visit.page.set_viewport_size({"width": width, "height": 700})
            assert await visit.page.evaluate(crossing) == [], width
