"""The owner's page, driven: whichever of its defects is on, no row shows anything but its pair."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from owner_page.server import serving_owner_page
from packs_on_disk import write_pack

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.measure import Footage
from harvest.packs.manifest import Pack, open_pack
from harvest.page.driven import Measurement, PageError, PageFacts, Refused, SelfTestError
from harvest.page.realtime import RealtimePage, RealtimeSettings, small_window
from harvest.records import FaultName, Pair

pytestmark = pytest.mark.asyncio(loop_scope="module")

Colour = tuple[float, float, float]
COLOURS: Mapping[int, tuple[Colour, Colour]] = {
    4: ((0.9, 0.1, 0.1), (0.1, 0.1, 0.9)),
    7: ((0.1, 0.9, 0.1), (0.9, 0.1, 0.9)),
    9: ((0.9, 0.9, 0.1), (0.1, 0.5, 0.5)),
    2: ((0.1, 0.1, 0.9), (0.9, 0.5, 0.1)),
}
ABORTING, MISSING, NOISE = 20, 21, 22
QUICK = RealtimeSettings(settle_s=0.1, dwell_s=0.5, glance_s=0.15, least_frames=5, shown_s=5.0, heard_s=0.6)
LONG = replace(QUICK, dwell_s=1.7)


def preset(colour: Colour, more: str = "") -> bytes:
    """Write a preset of one colour."""
    red, green, blue = colour
    return f"[preset00]\nwave_r={red}\nwave_g={green}\nwave_b={blue}\n{more}".encode()


@dataclass(frozen=True)
class House:
    """A browser, and a pack that pages are served."""

    keeper: Keeper
    config: BrowserConfig
    presets: Path
    pack: Pack

    def pair(self, number: int) -> Pair:
        """Find a pair by its number."""
        return next(pair for pair in self.pack.manifest.pairs if pair.pair == number)


@dataclass(frozen=True)
class Scene:
    """A page that was opened, and its adapter."""

    driven: RealtimePage
    watched: WatchedPage
    house: House
    stop_server: Callable[[], Awaitable[None]]

    async def prove(self) -> PageFacts:
        """Run the self-test."""
        return await self.driven.self_test(self.watched, {"demo": self.house.pack})

    async def measure(self, number: int) -> Measurement | Refused:
        """Measure a pair."""
        return await self.driven.measure(self.watched, self.house.pack, self.house.pair(number))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    """One browser for all of them; each test has a page of its own."""
    folder = tmp_path_factory.mktemp("realtime")
    pairs = {n: (preset(fg), preset(bg)) for n, (fg, bg) in COLOURS.items()}
    good = preset((0.5, 0.5, 0.5))
    pairs |= {ABORTING: (preset((1, 1, 1), "per_frame_1=abort\n"), good), MISSING: (good, good)}
    pairs[NOISE] = (bytes(range(256)) * 8, good)
    path = write_pack(folder / "presets", "demo", pairs)
    pack = open_pack(path)
    (path / "bg" / f"{MISSING}.milk").unlink()
    config = small_window(BrowserConfig(gpu_mode="off", profiles=folder / "browsers"))

    async def nothing(_watched: WatchedPage) -> None:
        """Pages are opened by the tests."""

    async with Keeper(config, nothing) as keeper:
        yield House(keeper, config, folder / "presets", pack)


@asynccontextmanager
async def scene(
    house: House,
    *defects: str,
    settings: RealtimeSettings = QUICK,
    other_manifest: bool = False,
    track: Path | None = None,
) -> AsyncGenerator[Scene]:
    """Make an adapter for the page with these defects, and a blank page for it."""
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(
            serving_owner_page(house.presets, other_manifest=other_manifest)
        )
        page = await house.keeper.browser.new_page()
        watched = WatchedPage(page, house.keeper.browser, house.config)
        driven = RealtimePage(f"{url}?defects={','.join(defects)}", track=track, settings=settings)
        try:
            yield Scene(driven, watched, house, server.aclose)
        finally:
            await watched.dismiss()
            await page.close()


def is_of(footage: Footage, number: int) -> bool:
    """Whether every frame of both layers has the pair's colours, whatever their brightness."""
    for pictures, colour in zip((footage.fg, footage.bg), COLOURS[number], strict=True):
        seen = pictures.mean(axis=(1, 2))
        wanted = np.array(colour)
        if (np.abs(seen / seen.max(axis=1, keepdims=True) - wanted / wanted.max()) > 0.05).any():
            return False
    return True


async def judge(stage: Scene, numbers: Sequence[int]) -> list[FaultName | None]:
    """Measure pairs; None stands for a measurement that shows its pair, which any other must not be."""
    found: list[FaultName | None] = []
    for number in numbers:
        answer = await stage.measure(number)
        if isinstance(answer, Measurement):
            assert is_of(answer.footage, number), f"a wrong row for pair {number}"
        found.append(answer.fault if isinstance(answer, Refused) else None)
    return found


async def test_a_page_without_defects_is_measured(house: House) -> None:
    """Exact pairs, in any order, with the proof of each, and no remedy that nothing calls for."""
    async with scene(house) as stage:
        facts = await stage.prove()
        assert await judge(stage, [9, 4]) == [None] * 2
        answer = await stage.measure(7)
    assert facts.found["mixesPairs"] is False
    assert facts.found["generation"] == "public"
    assert "every pair loaded twice" not in facts.remedies
    assert "the engines' memory handed over" not in facts.remedies
    assert isinstance(answer, Measurement)
    files = house.pack.presets_of(house.pair(7))
    assert files is not None
    assert [answer.before["fg"].hash, answer.after["bg"].hash] == [files[0].sha256, files[1].sha256]
    assert answer.sound == "click"
    assert answer.is_heard
    assert answer.thumbnail is not None
    assert answer.thumbnail[8:12] == b"WEBP"
    assert answer.footage.frames_per_second > 5
    assert np.ptp(answer.footage.fg[..., 1].mean(axis=(1, 2))) > 0, "frames are all the same"


async def test_a_mixture_is_found_and_undone(house: House) -> None:
    """Where the pair before shines through, every pair is loaded twice."""
    async with scene(house, "mixing") as stage:
        facts = await stage.prove()
        assert facts.found["mixesPairs"] is True
        assert "every pair loaded twice" in facts.remedies
        assert await judge(stage, [9, 4]) == [None] * 2


async def test_engines_that_hear_nothing_are_given_their_memory(house: House) -> None:
    """The picture follows the sound."""
    async with scene(house, "deaf") as stage:
        answer = await stage.measure(4)
        assert stage.driven.found["audioReachesEngines"] is True
    assert isinstance(answer, Measurement)
    assert answer.is_heard
    red = answer.footage.fg[..., 0].max(axis=(1, 2))
    assert red.max() > 0.8 * 0.9 * 255 + 2, "nothing moves to the sound"


async def test_the_watchdog_is_held(house: House) -> None:
    """It would replace the pair 1.5 s after the pick, within the measurement."""
    async with scene(house, "watchdog", settings=LONG) as stage:
        assert await judge(stage, [9, 4]) == [None, None]


@pytest.mark.parametrize("defect", ["watchdog-never-held", "watchdog-never-held,lying"])
async def test_a_replaced_pair_is_no_row(house: House, defect: str) -> None:
    """Even where the page goes on to name the pair that was asked for."""
    async with scene(house, "watchdog", defect, settings=LONG) as stage:
        assert await judge(stage, [9]) == ["wrong-pair"]


@pytest.mark.parametrize("defect", ["off", "busy", "early", "held", "slow-start"])
async def test_habits_of_the_page_are_borne(house: House, defect: str) -> None:
    """Off until asked, deaf to picks while it loads, quicker with its word than with its picture, on hold."""
    async with scene(house, defect) as stage:
        assert await judge(stage, [9, 4]) == [None, None]


@pytest.mark.parametrize("defect", ["own-order", "random"])
async def test_a_page_that_picks_for_itself_makes_no_wrong_row(house: House, defect: str) -> None:
    """What it cannot be brought to show is refused."""
    async with scene(house, defect) as stage:
        found = await judge(stage, [2])
    assert found[0] in {None, "pair-not-shown"}


@pytest.mark.parametrize(
    ("number", "fault"), [(ABORTING, "preset-abort"), (MISSING, "preset-missing"), (NOISE, "preset-abort")]
)
async def test_what_cannot_be_shown_is_named(house: House, number: int, fault: FaultName) -> None:
    """An aborting preset, a page in a preset's place, bytes that are none; and the next pair is well."""
    async with scene(house) as stage:
        assert await judge(stage, [number, 4]) == [fault, None]


async def test_another_manifest_than_the_disk_s_is_found(house: House) -> None:
    """By the hash of what the browser received."""
    async with scene(house, other_manifest=True) as stage:
        with pytest.raises(SelfTestError, match="another") as raised:
            await stage.prove()
    assert raised.value.fault == "manifest-mismatch"


async def test_frames_that_stand_still_are_no_measurement(house: House) -> None:
    """The page's counters are the proof of a frame."""
    async with scene(house, "frozen") as stage:
        with pytest.raises(PageError, match="no new frames"):
            await stage.measure(4)


async def test_an_engine_that_dies_without_a_word_is_noticed(house: House) -> None:
    """The other goes on drawing, and the page's counter with it."""
    async with scene(house, "fg-stops", settings=replace(QUICK, dwell_s=2.5)) as stage:
        assert await judge(stage, [4]) == ["preset-abort"]


async def test_layers_that_cannot_be_told_apart_are_no_measurement(house: House) -> None:
    """Figures that belong to no picture tell nothing of it."""
    async with scene(house, "false-figures") as stage:
        with pytest.raises(PageError, match="whose"):
            await stage.measure(4)


async def test_silence_fails_the_self_test(house: House) -> None:
    """A page that never hears anything has a name for it."""
    async with scene(house, "silent") as stage:
        with pytest.raises(SelfTestError) as raised:
            await stage.prove()
    assert raised.value.fault == "audio-silent"


async def test_silence_is_mended_step_by_step(house: House, tmp_path: Path) -> None:
    """Resumed, reloaded, and at last the click track; after that a new browser is due."""
    track = tmp_path / "track.wav"
    track.write_bytes(b"RIFF")
    async with scene(house, "silent-track", track=track) as stage:
        await stage.driven.open(stage.watched)
        done = [await stage.driven.mend_sound(stage.watched, attempt) for attempt in range(1, 5)]
        answer = await stage.measure(4)
    assert done == ["sound resumed", "page reloaded", "click track", None]
    assert isinstance(answer, Measurement)
    assert answer.is_heard
    assert answer.sound == "click"


async def test_the_first_gesture_does_not_open_the_microphone(house: House) -> None:
    """Somebody clicks into the window: the track plays on."""
    async with scene(house) as stage:
        await stage.driven.turn_to(stage.watched, house.pack)
        await stage.watched.page.mouse.click(10, 10)
        answer = await stage.measure(4)
    assert isinstance(answer, Measurement)
    assert answer.is_heard


async def test_a_page_that_was_left_says_so(house: House) -> None:
    """Nothing of another page is measured."""
    async with scene(house) as stage:
        await stage.driven.turn_to(stage.watched, house.pack)
        await stage.watched.page.goto("about:blank")
        with pytest.raises(PageError) as raised:
            await stage.measure(4)
    assert raised.value.fault == "page-left"


async def test_a_server_that_is_gone_has_a_name(house: House) -> None:
    """At the next pair, and at the next load."""
    async with scene(house) as stage:
        await stage.driven.turn_to(stage.watched, house.pack)
        await stage.stop_server()
        with pytest.raises(PageError) as at_pair:
            await stage.measure(4)
        with pytest.raises(PageError) as at_load:
            await stage.driven.open(stage.watched)
    assert (at_pair.value.fault, at_load.value.fault) == ("server-gone", "server-gone")


async def test_a_note_is_text_and_nothing_else(house: House) -> None:
    """Names of presets may look like markup."""
    async with scene(house) as stage:
        await stage.driven.open(stage.watched)
        await stage.driven.note(stage.watched, ["<b>65</b>", "second line"])
        shown = await stage.watched.page.locator("#harvest-note").inner_html()
    assert json.dumps(shown) == json.dumps("&lt;b&gt;65&lt;/b&gt;\nsecond line")
