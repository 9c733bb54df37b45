"""What the page says of its pairs is true: what is on screen, what could not be, and why."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from built_page import Site, Visit, sha256
from playwright.async_api import Route

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHUFFLE = "nw.coupledPairs.shuffleState.v0"
FILTERED = "pairs-manifest.filtered.current.json"

# As browsers treat a page in another tab, and headless ones do not: it draws no frames, and is told so.
HIDEABLE = """{
    const start = requestAnimationFrame, held = [];
    let isHidden = false;
    Object.defineProperty(document, 'hidden', { get: () => isHidden });
    window.requestAnimationFrame = act => isHidden ? -held.push(act) : start(act);
    window.hide = hidden => {
        isHidden = hidden;
        document.dispatchEvent(new Event('visibilitychange'));
        if (!hidden) for (const act of held.splice(0)) start(act);
    };
}"""


async def test_a_pair_is_reported_once_its_first_frame_was_drawn(site: Site) -> None:
    """The moment that `coupledShow` resolves, both layers have been drawn from the files on disk."""
    show = """() => __nw_verify.actions.coupledShow(4).then(isShown =>
        ({ isShown, state: __nw_verify.getVerifyState(), now: performance.now() }))"""
    async with site.visit("?coupledPack=demo&pair=1") as visit:
        await visit.shown_pair()
        before = await visit.page.evaluate("performance.now()")
        told = await visit.page.evaluate(show)
        assert told["isShown"] is True
        shown, pick = told["state"]["evidence"]["shown"], told["state"]["coupled"]["lastPick"]
        for layer in ("fg", "bg"):
            assert shown[layer]["url"] == f"/presets/demo/{layer}/4.milk"
            assert shown[layer]["hash"] == sha256(site.presets / "demo" / layer / "4.milk")
            assert shown[layer]["frames"] >= 1
            assert told["state"]["presetIds"][layer] == f"coupled:demo:4:{layer}"
        assert before < pick["timeMs"] <= told["now"]
        assert (pick["pair"], pick["pack"], pick["mode"]) == (4, "demo", "asked")


async def test_nothing_is_said_of_a_pair_that_still_loads(site: Site) -> None:
    """While a file is on its way the pair before goes on, by what is said and by what is drawn."""
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold_back(route: Route) -> None:
        arrived.set()
        await released.wait()
        await route.continue_()

    async with site.visit("?coupledPack=demo&pair=1") as visit:
        await visit.shown_pair()
        await visit.page.route("**/bg/3.milk", hold_back)
        showing = asyncio.create_task(visit.act("coupledShow", 3))
        await arrived.wait()
        state = await visit.state()
        assert state["coupled"]["lastPick"]["pair"] == 1
        assert state["coupled"]["status"]["text"] == "Coupled (asked) loading pair 3 ..."
        assert state["presetIds"]["fg"] == "coupled:demo:1:fg"
        assert await visit.page.is_disabled("#preset-next")
        drawn = state["evidence"]["shown"]["fg"]["frames"]
        more = "n => __nw_verify.getVerifyState().evidence.shown.fg.frames > n"
        await visit.page.wait_for_function(more, arg=drawn)
        assert not showing.done()
        released.set()
        assert await showing is True
        assert (await visit.coupled())["lastPick"]["pair"] == 3


@pytest.mark.parametrize(
    ("pair", "reason"),
    [(1, "The server says 404: /presets/flawed/fg/1.milk."), (2, "bg: The equations do not compile")],
)
async def test_a_pair_that_cannot_be_shown_is_said_to_be(site: Site, pair: int, reason: str) -> None:
    """The answer is false, the reason is given, and the pair before stays and goes on."""
    async with site.visit("?coupledPack=flawed&pair=0") as visit:
        await visit.shown_pair()
        before = await visit.coupled()
        assert await visit.act("coupledShow", pair) is False
        after = await visit.coupled()
        assert after["lastPick"] == before["lastPick"]
        assert after["status"]["state"] == "error"
        assert reason in after["status"]["text"]
        assert [refused["pair"] for refused in after["refused"]] == [pair]
        assert reason in after["refused"][0]["reason"]
        await still_draws(visit, "/presets/flawed/fg/0.milk")
        assert (await visit.evidence())["errors"] == []
        assert await visit.page.get_attribute("#preset-status", "data-state") == "error"


async def test_a_web_page_in_place_of_a_preset_is_no_preset(site: Site) -> None:
    """A server that answers everything with its start page fools nobody."""
    answer: dict[str, Any] = {"status": 200, "content_type": "text/html", "body": "<!doctype html><p>Start"}
    async with site.visit("?coupledPack=demo&pair=0", routes={"**/fg/5.milk": answer}) as visit:
        await visit.shown_pair()
        assert await visit.act("coupledShow", 5) is False
        assert "web page in its place" in (await visit.coupled())["status"]["text"]
        await still_draws(visit, "/presets/demo/fg/0.milk")


async def still_draws(visit: Visit, url: str) -> None:
    """Wait until another frame of this preset has been drawn."""
    shown = (await visit.evidence())["shown"]["fg"]
    assert shown["url"] == url
    more = "n => __nw_verify.getVerifyState().evidence.shown.fg.frames > n"
    await visit.page.wait_for_function(more, arg=shown["frames"])


async def test_a_held_pair_stays(site: Site) -> None:
    """HOLD refuses the next pair and says so; a certain pair may still be asked for."""
    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        await visit.page.click("#visual-hold")
        assert await visit.act("coupledNext") is False
        coupled = await visit.coupled()
        assert (coupled["isHeld"], coupled["status"]["text"]) == (True, "HOLD: preset locked")
        assert coupled["lastPick"]["pair"] == 0
        assert await visit.page.is_disabled("#preset-next")
        assert await visit.act("coupledShow", 3) is True
        await visit.page.click("#visual-hold")
        assert await visit.act("coupledNext") is True


async def test_many_calls_at_once_are_served_in_turn(site: Site) -> None:
    """Each is answered by its own pair, and the last twenty are kept, the latest first."""
    calls = "n => Promise.all(Array.from({ length: n }, () => __nw_verify.actions.coupledNext()))"
    async with site.visit("?coupledPack=demo&coupledPick=shuffle") as visit:
        await visit.shown_pair()
        assert await visit.page.evaluate(calls, 21) == [True] * 21
        picks = (await visit.coupled())["lastPicks"]
        times = [pick["timeMs"] for pick in picks]
        assert len(times) == 20
        assert times == sorted(set(times), reverse=True)


async def test_a_pair_that_the_pack_lacks(site: Site) -> None:
    """A number that leads nowhere is told as such."""
    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        assert await visit.act("coupledShow", 99) is False
        assert (await visit.coupled())["status"] == {"state": "error", "text": "Pack demo has no pair 99"}


async def test_the_manifest_is_proved_by_its_hash(site: Site) -> None:
    """Manifest and scores were read as they lie on the disk, for filtered manifests as well."""
    for name, pairs, merged in (("pairs-manifest.v0.json", 6, 3), (FILTERED, 2, 2)):
        async with site.visit(f"?coupledPack=demo&coupledManifest={name}") as visit:
            shown = await visit.shown_pair()
            coupled = await visit.coupled()
            assert coupled["manifest"] == {
                "url": f"/presets/demo/{name}",
                "hash": sha256(site.presets / "demo" / name),
            }
            assert coupled["quality"] == {
                "url": "/presets/demo/pairs-quality.v0.json",
                "hash": sha256(site.presets / "demo" / "pairs-quality.v0.json"),
                "merged": merged,
                "std": 0.33,
            }
            assert coupled["pairs"] == pairs
            assert coupled["lastPick"]["quality01"] == {1: 0.1, 2: 0.9, 3: 0.4}.get(shown)
            assert any("loaded pairs-quality" in line for line in visit.said)


async def test_a_manifest_of_another_pack_is_refused(site: Site) -> None:
    """A pack is opened only if the manifest is its own."""
    body = json.dumps({"pack": "other", "pairs": [{"pair": 1, "fgUrl": "/a", "bgUrl": "/b"}]})
    answer: dict[str, Any] = {"content_type": "application/json", "body": body}
    async with site.visit("?coupledPack=demo", routes={"**/demo/pairs-manifest.v0.json": answer}) as visit:
        assert await visit.act("coupledInit") is False
        coupled = await visit.coupled()
        assert (coupled["enabled"], coupled["lastPick"]) == (False, None)
        assert coupled["problem"] == "/presets/demo/pairs-manifest.v0.json is of pack other, not of demo."


def walk_state(order: list[int], pos: int) -> str:
    """Write a shuffle state as newliveweb's sampler seeds it."""
    state = {"v": 0, "pack": "demo", "len": len(order), "pos": pos, "order": order}
    return json.dumps(state | {"updatedAt": 0, "seededBy": "driver"})


async def test_a_driver_decides_how_the_walk_goes(site: Site) -> None:
    """A seeded order is followed from its place on, over a reload too; after it comes another one."""
    order = [5, 0, 4, 1, 3, 2]
    async with site.visit(
        "?coupledPack=demo&coupledPick=shuffle", storage={SHUFFLE: walk_state(order, 1)}
    ) as visit:
        shown = [await visit.shown_pair()]
        shown += [await next_pair(visit) for _ in range(2)]
        await visit.page.reload()
        shown += [await visit.shown_pair(), await next_pair(visit)]
        assert shown == order[1:]
        state = json.loads(await visit.page.evaluate(f"localStorage.getItem('{SHUFFLE}')"))
        assert (state["pos"], state["order"], state["seededBy"]) == (6, order, "driver")
        again = [await next_pair(visit) for _ in range(6)]
        assert sorted(again) == sorted(order)
        assert again[0] != shown[-1]
        state = json.loads(await visit.page.evaluate(f"localStorage.getItem('{SHUFFLE}')"))
        assert (state["pos"], state["order"], state["seededBy"]) == (6, again, "page")


async def next_pair(visit: Visit) -> int:
    """Show the next pair and read which it is."""
    assert await visit.act("coupledNext") is True
    return (await visit.coupled())["lastPick"]["pair"]


async def test_thousands_of_picks_are_drawn_and_none_is_shown(site: Site) -> None:
    """Weighted picks follow the scores without a gamma being named; nothing of the live page moves."""
    async with site.visit("?coupledPack=demo&coupledPick=weighted&pair=0") as visit:
        await visit.shown_pair()
        before = await visit.coupled()
        sample = "__nw_verify.sampleCoupledPicks(5000, 7).map(({ pair }) => pair).join('')"
        picks: str = await visit.page.evaluate(sample)
        assert picks == await visit.page.evaluate(sample)
        share = {int(pair): count / 5000 for pair, count in Counter(picks).items()}
        weights = {0: 0.5, 1: 0.1, 2: 0.9, 3: 0.4, 4: 0.5, 5: 0.5}  # a pair without a score counts half
        for pair, weight in weights.items():
            assert share[pair] == pytest.approx(weight / 2.9, abs=0.03)
        assert await visit.coupled() == before


async def test_a_sample_of_the_walk_leaves_the_walk_where_it_is(site: Site) -> None:
    """A driver sees what would come, and it then comes."""
    async with site.visit(
        "?coupledPack=demo&coupledPick=shuffle", storage={SHUFFLE: walk_state([5, 0, 4, 1, 3, 2], 0)}
    ) as visit:
        assert await visit.shown_pair() == 5
        picks = await visit.page.evaluate("__nw_verify.sampleCoupledPicks(5)")
        assert [pick["pair"] for pick in picks] == [0, 4, 1, 3, 2]
        assert await next_pair(visit) == 0


async def test_picks_can_be_repeated(site: Site) -> None:
    """The same seed in the address gives the same pairs; sampling in between changes none."""
    async with site.visit("?coupledPack=demo&seed=11") as visit:
        first = [await visit.shown_pair(), *[await next_pair(visit) for _ in range(4)]]
    async with site.visit("?coupledPack=demo&seed=11") as visit:
        second = [await visit.shown_pair()]
        await visit.page.evaluate("__nw_verify.sampleCoupledPicks(10)")
        second += [await next_pair(visit) for _ in range(4)]
    assert second == first


@pytest.mark.parametrize("mode", ["random", "shuffle", "weighted"])
async def test_the_first_pick_is_one_like_any_other(site: Site, mode: str) -> None:
    """It is made by the mode in force and from the same stream of chance as those that follow."""
    query = f"?coupledPack=demo&coupledPick={mode}&seed=11"
    async with site.visit(f"{query}&pair=0") as visit:
        await visit.shown_pair()
        foretold = await visit.page.evaluate("__nw_verify.sampleCoupledPicks(4, 11)")
    async with site.visit(query) as visit:
        shown = [await visit.shown_pair(), *[await next_pair(visit) for _ in range(3)]]
    assert shown == [pick["pair"] for pick in foretold]


async def test_a_hidden_page_says_that_it_shows_nothing(site: Site) -> None:
    """A pick there is answered at once, by false and the reason; seen again, the page goes on."""
    async with site.visit("?coupledPack=demo&pair=0", scripts=[HIDEABLE]) as visit:
        await visit.shown_pair()
        await visit.page.evaluate("hide(true)")
        assert await visit.act("coupledShow", 3) is False
        coupled = await visit.coupled()
        assert "The page is hidden" in coupled["status"]["text"]
        assert coupled["lastPick"]["pair"] == 0
        assert (await visit.evidence())["shown"]["fg"]["url"] == "/presets/demo/fg/0.milk"
        await visit.page.evaluate("hide(false)")
        assert await visit.act("coupledShow", 3) is True


async def test_a_page_that_is_hidden_before_the_first_frame_of_a_pair(site: Site) -> None:
    """Whoever waits for that frame learns that it does not come."""
    hide_at_the_switch = """() => {
        const before = __nw_verify.getVerifyState().evidence.shown.fg;
        const look = () => {
            const { fg } = __nw_verify.getVerifyState().evidence.shown;
            if (fg !== before && fg?.url.endsWith('/4.milk')) hide(true); else setTimeout(look);
        };
        look();
        const raf = requestAnimationFrame;
        window.requestAnimationFrame = act => setTimeout(() => raf(act), 300);
        return __nw_verify.actions.coupledShow(4);
    }"""
    async with site.visit("?coupledPack=demo&pair=0", scripts=[HIDEABLE]) as visit:
        await visit.shown_pair()
        assert await visit.page.evaluate(hide_at_the_switch) is False
        assert "The page is hidden" in (await visit.coupled())["status"]["text"]


async def test_a_page_opened_in_the_background_begins_when_it_is_seen(site: Site) -> None:
    """A person who opens it in a new tab finds a pair there, not a complaint."""
    hidden = f"{HIDEABLE} hide(true);"
    async with site.visit("?coupledPack=demo&pair=2", scripts=[hidden], ready=False) as visit:
        await visit.page.wait_for_selector("#preset-status", state="attached")
        assert await visit.act("coupledShow", 3) is False
        await visit.page.evaluate("hide(false)")
        assert await visit.shown_pair() == 2
        assert await visit.page.is_hidden("#problem")


async def test_a_person_goes_back_the_way_they_came(site: Site) -> None:
    """Back and back again leads to the pair before the one before, and not to and fro."""
    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        for pair in (3, 5):
            assert await visit.act("coupledShow", pair) is True
        for pair in (3, 0):
            await visit.page.click("#preset-prev")
            await visit.page.wait_for_function(
                "pair => __nw_verify.getVerifyState().coupled.lastPick.pair === pair", arg=pair
            )
        await visit.page.wait_for_selector("#preset-prev:disabled")


async def test_another_pack_is_opened_and_what_is_said_follows(site: Site) -> None:
    """Ids name the pack that is on screen, with the manifest that every pack has."""
    async with site.visit(f"?coupledPack=demo&coupledManifest={FILTERED}&pair=3") as visit:
        await visit.shown_pair()
        await visit.page.route("**/presets/flawed/fg/[123].milk", lambda route: route.abort())
        await visit.page.select_option("#preset-library-select", "flawed")
        await visit.page.wait_for_function("__nw_verify.getVerifyState().coupled.pack === 'flawed'")
        await visit.page.wait_for_function("!document.querySelector('#preset-next').disabled")
        state = await visit.state()
        assert state["coupled"]["manifest"]["url"] == "/presets/flawed/pairs-manifest.v0.json"
        pick = state["coupled"]["lastPick"]
        assert state["presetIds"]["fg"] == f"coupled:{pick['pack']}:{pick['pair']}:fg"
        assert state["evidence"]["shown"]["fg"]["url"] == f"/presets/{pick['pack']}/fg/{pick['pair']}.milk"
