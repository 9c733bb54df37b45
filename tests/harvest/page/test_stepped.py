"""Our page measures a pair, and what comes back is proven: a real page in a real browser."""

import hashlib
import math
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from packs_on_disk import write_pack
from playwright.async_api import Response

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.packs.generate import DEFAULT_RATES, generate_pair
from harvest.packs.manifest import Pack, open_pack
from harvest.packs.milk import build
from harvest.page.driven import Measurement, PageError, PageFacts, Refused
from harvest.page.stepped import Audio, Request, Size, SteppedPage
from harvest.records import Pair
from harvest.serve import serving, track_url

FG, BG = "/presets/demo/fg/1.milk", "/presets/demo/bg/1.milk"
QUICK = Request(frames=12, warmup_frames=2, thumbnail_frame=6, size=Size(width=96, height=54))


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder of packs with one pair."""
    pair = generate_pair(0, seed=1, rates=dict.fromkeys(DEFAULT_RATES, 0.0))
    write_pack(tmp_path / "presets", "demo", {1: (build(pair.fg).data, build(pair.bg).data)})
    return tmp_path / "presets"


@asynccontextmanager
async def measuring(
    config: BrowserConfig, presets: Path, request: Request = QUICK, *, track: Path | None = None
) -> AsyncGenerator[tuple[SteppedPage, WatchedPage, Pack]]:
    """Our page, opened for measuring, and the pack that it is to measure."""
    async with serving(presets=presets, track=track) as url:
        page = SteppedPage(url, request)
        async with Keeper(config, page.open) as keeper:
            yield page, keeper.page, open_pack(presets / "demo")


def pair_of(fg: str = FG, bg: str = BG) -> Pair:
    """A pair of any two presets."""
    return Pair(pair=1, fg_url=fg, bg_url=bg)


async def test_a_pair_is_measured_with_its_proof(browser_config: BrowserConfig, presets: Path) -> None:
    """Frames of both layers and the composition, what was heard, and the hashes of the files on the disk."""
    async with measuring(browser_config, presets) as (page, watched, pack):
        found = await page.measure(watched, pack, pair_of())
        again = await page.measure(watched, pack, pair_of())
    assert isinstance(found, Measurement)
    assert isinstance(again, Measurement)
    assert found.footage.composed.shape == (12, 18, 32, 3)
    assert found.footage.composed.max() > 0
    assert found.is_heard
    assert {layer: (shown.url, shown.hash) for layer, shown in found.after.items()} == {
        "fg": (FG, hashlib.sha256((presets / "demo/fg/1.milk").read_bytes()).hexdigest()),
        "bg": (BG, hashlib.sha256((presets / "demo/bg/1.milk").read_bytes()).hexdigest()),
    }
    assert found.frames == 14
    assert found.thumbnail is not None
    assert found.thumbnail[8:12] == b"WEBP"
    assert again.picture_hash == found.picture_hash


async def test_what_cannot_be_shown_is_an_answer(browser_config: BrowserConfig, presets: Path) -> None:
    """By layer, with the reason; the page measures the next pair all the same."""
    (presets / "demo" / "bg" / "2.milk").write_bytes(b"[preset00]\nper_frame_1=zoom = (1 + ;\n")
    async with measuring(browser_config, presets) as (page, watched, pack):
        missing = await page.measure(watched, pack, pair_of(fg="/presets/demo/fg/9.milk"))
        broken = await page.measure(watched, pack, pair_of(bg="/presets/demo/bg/2.milk"))
        good = await page.measure(watched, pack, pair_of())
    assert isinstance(missing, Refused)
    assert missing.fault == "preset-missing"
    assert "404" in missing.evidence
    assert isinstance(broken, Refused)
    assert broken.fault == "preset-abort"
    assert broken.evidence.startswith("bg: ")
    assert isinstance(good, Measurement)


async def test_the_self_test_proves_a_good_page(browser_config: BrowserConfig, presets: Path) -> None:
    """Two known colours on the right layers, a sound, moving frames, and the disk's manifest."""
    async with measuring(browser_config, presets) as (page, watched, pack):
        facts = await page.self_test(watched, {"demo": pack})
    assert facts.found["sound"] == "click"
    assert facts.remedies == ()


async def test_a_track_is_heard(browser_config: BrowserConfig, presets: Path, tmp_path: Path) -> None:
    """From where it can be heard on; a silent or broken one gives way to the click track, as is said."""
    late, silent, broken = (tmp_path / f"{name}.wav" for name in ("late", "silent", "broken"))
    write_sound(late, silent_s=25, loud_s=15)
    write_sound(silent, silent_s=5, loud_s=0)
    broken.write_bytes(b"this is no sound")
    found: dict[str, PageFacts] = {}
    sounds: dict[str, str] = {}
    for track in (late, silent, broken):
        request = QUICK.model_copy(update={"audio": Audio(kind="url", url=track_url(track))})
        async with measuring(browser_config, presets, request, track=track) as (page, watched, pack):
            found[track.stem] = await page.self_test(watched, {"demo": pack})
            shot = await page.measure(watched, pack, pair_of())
            assert isinstance(shot, Measurement)
            assert shot.is_heard
            sounds[track.stem] = shot.sound
    assert sounds == {"late": "track", "silent": "click", "broken": "click"}
    assert found["late"].found["fromSecond"] == 30
    assert found["late"].remedies == ()
    assert "nothing to be heard" in found["silent"].remedies[0]
    assert "no sound that this browser can decode" in found["broken"].remedies[0]


async def test_of_a_long_track_only_the_beginning_is_fetched(
    browser_config: BrowserConfig, presets: Path, tmp_path: Path
) -> None:
    """A set of an hour would take a minute and a gigabyte to decode."""
    track = tmp_path / "set.wav"
    write_sound(track, silent_s=0, loud_s=240, rate=44100, channels=2)
    fetched: list[tuple[int, int]] = []
    request = QUICK.model_copy(update={"audio": Audio(kind="url", url=track_url(track))})
    async with measuring(browser_config, presets, request, track=track) as (page, watched, pack):

        def on_response(response: Response) -> None:
            if response.url.endswith(".wav"):
                fetched.append((response.status, int(response.headers["content-length"])))

        watched.page.on("response", on_response)
        shot = await page.measure(watched, pack, pair_of())
    assert isinstance(shot, Measurement)
    assert (shot.sound, shot.is_heard) == ("track", True)
    assert track.stat().st_size > 40 << 20
    assert fetched == [(206, 32 << 20)]


def write_sound(path: Path, *, silent_s: int, loud_s: int, rate: int = 8000, channels: int = 1) -> None:
    """Write silence, then a tone."""
    tone = 9000 * np.sin(440 * math.tau * np.arange(loud_s * rate) / rate)
    samples = np.concatenate([np.zeros(silent_s * rate), tone]).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).tobytes())


async def test_a_request_that_makes_no_sense_is_an_error(
    browser_config: BrowserConfig, presets: Path
) -> None:
    """In the page's words, for it can only be our own mistake."""
    request = QUICK.model_copy(update={"frames": 0})
    async with measuring(browser_config, presets, request) as (page, watched, pack):
        with pytest.raises(PageError, match="frames is a whole number"):
            await page.measure(watched, pack, pair_of())
