"""Whoever drives newliveweb can drive our page: the same addresses, elements, storage and hooks."""

import re
from typing import Any

import pytest
from built_page import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

ELEMENTS = {
    "#app": "div",
    "#viz-canvas": "canvas",
    "#preset-next": "button",
    "#preset-prev": "button",
    "#preset-status": "span",
    "#preset-auto-toggle": "checkbox",
    "#preset-auto-interval": "number",
    "#preset-select": "select",
    "#preset-library-select": "select",
    "#preset-manifest-info": "span",
    "#coupled-pick": "select",
    "#visual-hold": "button",
    "#pm-blend-mode": "select",
    "#pm-opacity": "range",
    "#coupling3d": "select",
    "#audio-toggle": "button",
    "#audio-file": "file",
    "#audio-url": "text",
    "#audio-url-load": "button",
    "#audio-volume": "range",
    "#audio-level": "meter",
    "#audio-level-text": "span",
    "#audio-time": "span",
    "#audio-status": "span",
    "#toolbar": "section",
    "#toolbar-body": "div",
    "#toolbar-toggle": "button",
    "#quality": "meter",
    "#problem": "div",
    "#sampling-note": "pre",
    "#coupling-hud": "pre",
    "#diagnostics-panel": "pre",
}

# As newliveweb's own sampler writes it: what it was not told, it writes as null.
SAMPLER = (
    "?coupled=1&coupledPack=demo&coupledPick=shuffle&coupling3d=on"
    "&coupledGamma=null&coupledExplore=null&coupledDedupPenalty=null"
)


async def test_every_element_is_there(site: Site) -> None:
    """Each selector leads to one element of the right kind."""
    kinds = """ids => Object.fromEntries(ids.map(id => {
        const found = document.querySelectorAll(id);
        const kind = found[0]?.getAttribute('type') ?? found[0]?.localName;
        return [id, found.length === 1 ? (kind === 'button' ? found[0].localName : kind) : found.length];
    }))"""
    async with site.visit() as visit:
        assert await visit.page.evaluate(kinds, list(ELEMENTS)) == ELEMENTS


async def test_the_controls_have_names(site: Site) -> None:
    """Everything that can be operated tells a screen reader what it is."""
    controls = "button, select, input"
    nameless = """query => [...document.querySelectorAll(query)].filter(control =>
        !(control.labels?.length || control.ariaLabel || control.textContent.trim())).map(({ id }) => id)"""
    async with site.visit() as visit:
        assert await visit.page.evaluate(nameless, controls) == []


async def test_the_sampler_s_address_opens_the_pack(site: Site) -> None:
    """An address with literal nulls is nothing wrong, and stands for the defaults."""
    async with site.visit(SAMPLER) as visit:
        await visit.shown_pair()
        coupled = await visit.coupled()
        assert (coupled["enabled"], coupled["pack"], coupled["pickMode"]) == (True, "demo", "shuffle")
        assert coupled["rules"] | {"limits": None} == {
            "weighting": "power",
            "gamma": 1,
            "explore": 0,
            "dedupN": 0,
            "dedupPenalty": 0,
            "limits": None,
        }
        assert (await visit.evidence())["addressProblems"] == []
        assert visit.complaints == []


async def test_the_rules_of_the_address_are_in_force(site: Site) -> None:
    """Figures for the weighted mode are taken as they are written."""
    query = "?coupledPack=demo&coupledPick=weighted&coupledGamma=2.5&coupledExplore=0.1&coupledDedupN=3"
    async with site.visit(f"{query}&coupledDedupPenalty=0.7&coupledMinQuality=0.2") as visit:
        rules = (await visit.coupled())["rules"]
        assert (rules["gamma"], rules["explore"], rules["dedupN"], rules["dedupPenalty"]) == (
            2.5,
            0.1,
            3,
            0.7,
        )
        assert rules["limits"]["minQuality"] == 0.2


@pytest.mark.parametrize("value", ["0", "false", "off"])
async def test_coupled_mode_can_be_switched_off(site: Site, value: str) -> None:
    """`coupled=0` means off, and then no pair is shown."""
    async with site.visit(f"?coupled={value}&coupledPack=demo") as visit:
        assert await visit.act("coupledInit") is False
        assert await visit.act("coupledNext") is False
        coupled = await visit.coupled()
        assert (coupled["enabled"], coupled["pickMode"], coupled["lastPick"]) == (False, None, None)


async def test_what_a_driver_left_before_the_page_loaded_stays(site: Site) -> None:
    """Its flags lie beside our hooks, which are all there."""
    flags = "window.__nw_verify = { forcePresetGateOpen: true, disableAutoAudio: true }"
    async with site.visit(scripts=[flags]) as visit:
        members: Any = await visit.page.evaluate("""() => ({
            kept: [__nw_verify.forcePresetGateOpen, __nw_verify.disableAutoAudio],
            ready: __nw_verify.ready,
            calls: [__nw_verify.getVerifyState, __nw_verify.sampleCoupledPicks, __nw_verify.getFrameTimeP95Ms,
                ...Object.values(__nw_verify.actions), __nw_harvest.measure, __nw_harvest.measureEncoded,
                __nw_harvest.bareLoop, __nw_harvest.note].map(member => typeof member),
            actions: Object.keys(__nw_verify.actions),
            versions: [__nw_verify.harvestVersion, __nw_harvest.version],
        })""")
        assert members["kept"] == [True, True]
        assert members["ready"] is True
        assert set(members["calls"]) == {"function"}
        assert members["actions"] == ["coupledInit", "coupledNext", "coupledShow"]
        assert members["versions"] == [1, 1]


async def test_the_debug_record_of_a_pick(site: Site) -> None:
    """It says when a pick began and ended, whether it went well, and why not."""
    async with site.visit("?coupledPack=demo&pair=2") as visit:
        await visit.shown_pair()
        await visit.act("coupledNext", "a test")
        good = await visit.page.evaluate("__nw_verify._coupledNextDebug")
        assert (good["ok"], good["reason"], good["error"]) == (True, "a test", None)
        assert good["startedAt"] <= good["finishedAt"]
        assert good["lastPick"]["pair"] == (await visit.coupled())["lastPick"]["pair"]
    async with site.visit("?coupledPack=absent") as visit:
        await visit.act("coupledNext")
        bad = await visit.page.evaluate("__nw_verify._coupledNextDebug")
        assert (bad["ok"], bad["error"]) == (False, "cycleToNextCoupledPair:not-ready")


async def test_the_engines_figures_are_of_what_they_draw(site: Site) -> None:
    """Frames advance, presets are named by their address, and luma is taken from each layer by itself."""
    async with site.visit("?coupledPack=demo&pair=5") as visit:
        await visit.shown_pair()
        taken = "([n]) => ['fg', 'bg'].every(pm => __projectm_verify.perPm[pm].avgLumaSampleCount > n)"
        count = await visit.page.evaluate("__projectm_verify.perPm.fg.avgLumaSampleCount")
        await visit.page.wait_for_function(taken, arg=[count + 1])
        figures = await visit.page.evaluate("({ ...__projectm_verify })")
        assert (figures["presetIdFg"], figures["presetIdBg"]) == (
            "/presets/demo/fg/5.milk",
            "/presets/demo/bg/5.milk",
        )
        assert (figures["initialized"], figures["aborted"]) == (True, False)
        fg, bg = figures["perPm"]["fg"], figures["perPm"]["bg"]
        # The frames are drawn with 5/8 of red on the foreground, and a tenth on the background.
        assert fg["avgColorR"] > bg["avgColorR"] + 0.1
        for layer in (fg, bg):
            mixed = 0.2126 * layer["avgColorR"] + 0.7152 * layer["avgColorG"] + 0.0722 * layer["avgColorB"]
            assert layer["avgLuma"] == pytest.approx(mixed)
        for each in (fg, bg, figures):
            assert (each["avgColorSampleCount"], each["avgColorLastSampleMs"]) == (
                each["avgLumaSampleCount"],
                each["avgLumaLastSampleMs"],
            )
            assert (each["avgColorEnabled"], each["avgLumaDownsampleSize"], each["avgColorIntervalMs"]) == (
                True,
                8,
                500,
            )
        assert {name: figures[name] for name in fg} == fg
        assert figures["lastAudioGain"] == 1
        drawn = figures["framesRendered"]
        await visit.page.wait_for_function("n => __projectm_verify.framesRendered > n", arg=drawn)


async def test_each_pick_is_logged_for_whoever_counts_them(site: Site) -> None:
    """A line says mode, pack, pair, score and reason; a pair without a score has `na`."""
    async with site.visit("?coupledPack=demo&coupledPick=weighted&pair=2") as visit:
        await visit.shown_pair()
        await visit.act("coupledShow", 5, "test")
        await visit.act("coupledNext", "test")
        lines = [line for line in visit.said if line.startswith("[sel]")]
        assert lines[:2] == [
            "[sel] mode=asked pack=demo pair=2 q=0.9000 presetId=coupled:demo:2 reason=start:asked",
            "[sel] mode=asked pack=demo pair=5 q=na presetId=coupled:demo:5 reason=test:asked",
        ]
        pattern = (
            r"\[sel\] mode=weighted pack=demo pair=(\d) q=\S+ presetId=coupled:demo:\1 reason=test:power"
        )
        assert re.fullmatch(pattern, lines[2])


async def test_the_status_tells_of_a_pair_while_it_loads_and_after(site: Site) -> None:
    """A driver that waits for `loading` to go away never reads an old text."""
    watch = """() => { window.texts = []; new MutationObserver(() =>
        texts.push(document.querySelector('#preset-status').textContent))
        .observe(document.querySelector('#preset-status'), { childList: true }); }"""
    async with site.visit("?coupledPack=demo&pair=2") as visit:
        await visit.shown_pair()
        await visit.page.evaluate(watch)
        await visit.act("coupledShow", 4)
        assert await visit.page.evaluate("texts") == ["Coupled (asked) loading pair 4 ...", "Coupled pair: 4"]


async def test_a_picture_is_drawn_at_once_where_no_pack_is_named(site: Site) -> None:
    """The first pack that the server lists is opened, and then coupled mode is on for drivers as well."""
    async with site.visit() as visit:
        assert await visit.shown_pair() in range(6)
        assert (await visit.coupled())["pack"] == "demo"
        assert await visit.act("coupledInit") is True


async def test_depth_is_set_by_the_address_and_said_on_screen(site: Site) -> None:
    """The figures in force are shown to whoever asks for them."""
    query = "?coupling3d=on&coupling3dHud=1&coupling3dParallax=0.1&coupling3dDof=1.5&coupling3dStrength=0.25"
    async with site.visit(query) as visit:
        await visit.page.wait_for_function("document.querySelector('#coupling-hud').textContent !== ''")
        hud = await visit.page.inner_text("#coupling-hud")
        assert hud.split() == "depth on parallax 0.100 dof 1.50 strength 0.25".split()  # noqa: SIM905 - as it reads
        assert await visit.page.input_value("#coupling3d") == "on"
