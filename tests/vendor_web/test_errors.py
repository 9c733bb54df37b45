"""What goes wrong is said where a person looks, and drivers are never left waiting."""

import asyncio

import pytest
from built_page import Site
from playwright.async_api import Route

from harvest.serve import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOSE_CONTEXT = """document.querySelector('#viz-canvas').getContext('webgl2')
    .getExtension('WEBGL_lose_context').loseContext()"""


async def test_an_hour_like_any_other_has_no_errors(site: Site) -> None:
    """Pairs, music, keys and measurements leave nothing in the console and nothing uncaught."""
    async with site.visit("?coupledPack=demo&coupledPick=weighted&coupling3d=on") as visit:
        await visit.shown_pair()
        for key in ("ArrowRight", "ArrowLeft", "Space", "Space", "h", "h", "m", "m", "d", "d"):
            await visit.page.keyboard.press(key)
        await visit.page.set_viewport_size({"width": 480, "height": 300})
        await visit.page.wait_for_function("!document.querySelector('#preset-next').disabled")
        for control in ("#pm-blend-mode", "#coupling3d", "#coupled-pick"):
            for choice in await visit.page.eval_on_selector_all(
                f"{control} option", "options => options.map(option => option.value)"
            ):
                await visit.page.select_option(control, choice)
        assert await visit.act("coupledNext") is True
        urls = {"fgUrl": "/presets/demo/fg/1.milk", "bgUrl": "/presets/demo/bg/1.milk"}
        await visit.page.evaluate(
            "given => __nw_harvest.measure({ ...given, frames: 4, thumbnailFrame: 2 })", urls
        )
        assert await visit.act("coupledNext") is True
        assert (await visit.evidence())["errors"] == []
        assert visit.complaints == []
        assert await visit.page.is_hidden("#problem")


async def test_an_address_that_makes_no_sense(site: Site) -> None:
    """Each parameter that cannot be is named, the page does what it can, and the panel can be closed."""
    query = "?coupledPack=demo&coupledPick=wheel&coupledGamma=much&coupledExplore=3&coupling3d=up&blend=mud"
    async with site.visit(query) as visit:
        await visit.shown_pair()
        text = await visit.page.inner_text("#problem")
        problems = (await visit.evidence())["addressProblems"]
        for name in (
            "coupledPick=wheel",
            "coupledGamma=much",
            "coupledExplore=3",
            "coupling3d=up",
            "blend=mud",
        ):
            assert name in text
            assert any(problem.startswith(name) for problem in problems)
        rules = (await visit.coupled())["rules"]
        assert (rules["gamma"], rules["explore"]) == (1, 1)
        await visit.page.click("#problem button")
        assert await visit.page.is_hidden("#problem")


async def test_a_pack_that_is_not_there(site: Site) -> None:
    """The panel says which file is missing, and a later try may go well."""
    async with site.visit("?coupledPack=absent") as visit:
        await visit.page.wait_for_selector(
            "#problem:has-text('There is no /presets/absent/pairs-manifest.v0.json.')"
        )
        assert await visit.act("coupledInit") is False
        assert await visit.act("coupledNext") is False
        coupled = await visit.coupled()
        assert (coupled["enabled"], coupled["lastPick"]) == (False, None)
        assert await visit.page.is_disabled("#preset-next")
        await visit.page.select_option("#preset-library-select", "demo")
        await visit.page.wait_for_selector("#problem", state="hidden")
        await visit.shown_pair()


async def test_a_server_without_packs(site: Site) -> None:
    """An empty picture is explained."""
    async with serving() as url, Site(site.browser, url, site.presets).visit() as visit:
        await visit.page.wait_for_selector("#problem:has-text('The server lists no pack')")
        assert await visit.act("coupledNext") is False
        assert visit.complaints == []


async def test_a_server_that_will_not_list_its_packs(site: Site) -> None:
    """The pack that the address names is shown all the same, and the panel says what failed."""
    routes = {"**/presets/packs.json": {"status": 403}}
    async with site.visit("?coupledPack=demo", routes=routes) as visit:
        assert await visit.shown_pair() in range(6)
        assert "packs.json cannot be fetched: the server says 403" in await visit.page.inner_text("#problem")


async def test_a_lost_context_is_said_and_counted(site: Site) -> None:
    """The page tells a person to reload; a driver reads it, and gets false without delay."""
    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        await visit.page.evaluate(LOSE_CONTEXT)
        await visit.page.wait_for_selector("#problem:has-text('Reload the page')")
        assert await visit.page.evaluate("document.documentElement.dataset.ready") == "false"
        assert (await visit.evidence())["contextsLost"] == 1
        assert await visit.page.evaluate("[__projectm_verify.aborted, __projectm_verify.abortReason]") == [
            True,
            "The WebGL context was lost.",
        ]
        assert await visit.act("coupledShow", 3) is False
        coupled = await visit.coupled()
        assert coupled["lastPick"]["pair"] == 0
        assert "WebGL context" in coupled["status"]["text"]


async def test_who_waits_for_a_pair_learns_of_a_lost_context(site: Site) -> None:
    """A pick that is under way when the context is lost ends in false, not in waiting."""
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold_back(route: Route) -> None:
        arrived.set()
        await released.wait()
        await route.continue_()

    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        await visit.page.route("**/fg/4.milk", hold_back)
        showing = asyncio.create_task(visit.act("coupledShow", 4))
        await arrived.wait()
        await visit.page.evaluate(LOSE_CONTEXT)
        released.set()
        assert await showing is False


async def test_a_browser_without_webgl(site: Site) -> None:
    """The panel says what the browser lacks; the page does not claim to be ready."""
    script = "HTMLCanvasElement.prototype.getContext = () => null"
    async with site.visit("?coupledPack=demo", scripts=[script], ready=False) as visit:
        await visit.page.wait_for_selector("#problem:has-text('no WebGL 2')")
        assert await visit.page.evaluate("document.documentElement.dataset.ready") == "false"


async def test_a_reason_however_long_moves_no_control(site: Site) -> None:
    """Texts are cut where their line ends: controls keep their places whatever is said beside them."""
    places = """() => [...document.querySelectorAll('#toolbar :is(button, select, input, meter)')]
        .map(control => [control.id, ...Object.values(control.getBoundingClientRect().toJSON())])"""
    routes = {f"**/demo/bg/{pair}.milk*": {"status": 503} for pair in (4, 5)}
    for width, height in ((1280, 720), (390, 800)):
        async with site.visit("?coupledPack=demo&pair=2", routes=routes) as visit:
            await visit.page.set_viewport_size({"width": width, "height": height})
            await visit.shown_pair()
            before = await visit.page.evaluate(places)
            for pair, is_shown in ((0, True), (5, False), (1, True)):
                assert await visit.act("coupledShow", pair) is is_shown
                assert await visit.page.evaluate(places) == before
            await visit.page.click("#visual-hold")
            await visit.page.click("#audio-toggle")
            assert await visit.page.evaluate(places) == before
            wide = "document.documentElement.scrollWidth > innerWidth"
            assert not await visit.page.evaluate(wide)


async def test_keys_do_what_the_panel_says(site: Site) -> None:
    """They work after a click on a button as well; a control that needs a key keeps it."""
    async with site.visit("?coupledPack=demo&coupledPick=shuffle") as visit:
        first = await visit.shown_pair()
        changed = "pair => __nw_verify.getVerifyState().coupled.lastPick.pair !== pair"
        await visit.page.click("#preset-next")
        await visit.page.wait_for_function(changed, arg=first)
        second = (await visit.coupled())["lastPick"]["pair"]
        await visit.page.wait_for_function("!document.querySelector('#preset-next').disabled")
        await visit.page.keyboard.press("ArrowRight")
        await visit.page.wait_for_function(changed, arg=second)
        await visit.page.focus("#audio-volume")
        picks = len((await visit.coupled())["lastPicks"])
        await visit.page.keyboard.press("ArrowRight")
        assert len((await visit.coupled())["lastPicks"]) == picks
        await visit.page.evaluate("document.activeElement.blur()")
        await visit.page.keyboard.press("h")
        assert await visit.page.is_hidden("#toolbar-body")
        await visit.page.keyboard.press("h")
        await visit.page.keyboard.press("Space")
        assert (await visit.coupled())["isHeld"] is True
        await visit.page.keyboard.press("d")
        await visit.page.wait_for_selector("#diagnostics-panel:has-text('contexts lost: 0')")


async def test_pairs_follow_each_other_by_themselves(site: Site) -> None:
    """With the box ticked the next pair comes without anybody asking; unticked none does."""
    faster = (
        "const start = setInterval; window.setInterval = (act, ms) => start(act, ms >= 5000 ? ms / 20 : ms)"
    )
    async with site.visit("?coupledPack=demo", scripts=[faster]) as visit:
        await visit.shown_pair()
        await visit.page.fill("#preset-auto-interval", "5")
        await visit.page.check("#preset-auto-toggle")
        three = "__nw_verify.getVerifyState().coupled.lastPicks.length >= 3"
        await visit.page.wait_for_function(three)
        await visit.page.uncheck("#preset-auto-toggle")
        assert any("reason=auto:random" in line for line in visit.said)
