"""Our page measures a pair, and what comes back is proven: a real page in a real browser."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from packs_on_disk import write_pack

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.packs.generate import DEFAULT_RATES, generate_pair
from harvest.packs.milk import build
from harvest.page.stepped import Measurement, PageError, Refused, Request, Size, measure, open_page
from harvest.serve import serving

FG, BG = "/presets/demo/fg/1.milk", "/presets/demo/bg/1.milk"
QUICK = Request(frames=12, warmup_frames=2, thumbnail_frame=6, size=Size(width=96, height=54))


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder of packs with one pair."""
    pair = generate_pair(0, seed=1, rates=dict.fromkeys(DEFAULT_RATES, 0.0))
    write_pack(tmp_path / "presets", "demo", {1: (build(pair.fg).data, build(pair.bg).data)})
    return tmp_path / "presets"


@asynccontextmanager
async def page(config: BrowserConfig, presets: Path) -> AsyncGenerator[WatchedPage]:
    """Our page, opened for measuring."""
    async with serving(presets=presets) as url:

        async def prepare(watched: WatchedPage) -> None:
            await open_page(watched, url)

        async with Keeper(config, prepare) as keeper:
            yield keeper.page


async def test_a_pair_is_measured_with_its_proof(browser_config: BrowserConfig, presets: Path) -> None:
    """Frames of both layers and the composition, what was heard, and the hashes of the files on the disk."""
    async with page(browser_config, presets) as watched:
        found = await measure(watched, FG, BG, QUICK, deadline_s=60)
        again = await measure(watched, FG, BG, QUICK, deadline_s=60)
    assert isinstance(found, Measurement)
    assert isinstance(again, Measurement)
    assert found.fg.shape == found.bg.shape == found.composed.shape == (12, 18, 32, 3)
    assert found.composed.max() > 0
    assert len(found.rms) == 12
    assert found.rms.max() > 0.01
    assert {layer: shown.hash for layer, shown in found.shown.items()} == {
        "fg": hashlib.sha256((presets / "demo/fg/1.milk").read_bytes()).hexdigest(),
        "bg": hashlib.sha256((presets / "demo/bg/1.milk").read_bytes()).hexdigest(),
    }
    assert {shown.frames for shown in found.shown.values()} == {14}
    assert found.thumbnail is not None
    assert found.thumbnail[8:12] == b"WEBP"
    assert again.picture_hash == found.picture_hash


async def test_what_cannot_be_shown_is_an_answer(browser_config: BrowserConfig, presets: Path) -> None:
    """By layer, with the reason; the page measures the next pair all the same."""
    (presets / "demo" / "bg" / "2.milk").write_bytes(b"[preset00]\nper_frame_1=zoom = (1 + ;\n")
    async with page(browser_config, presets) as watched:
        missing = await measure(watched, "/presets/demo/fg/9.milk", BG, QUICK, deadline_s=60)
        broken = await measure(watched, FG, "/presets/demo/bg/2.milk", QUICK, deadline_s=60)
        good = await measure(watched, FG, BG, QUICK, deadline_s=60)
    assert isinstance(missing, Refused)
    assert "404" in missing.reasons["fg"]
    assert isinstance(broken, Refused)
    assert list(broken.reasons) == ["bg"]
    assert isinstance(good, Measurement)


async def test_a_request_that_makes_no_sense_is_an_error(
    browser_config: BrowserConfig, presets: Path
) -> None:
    """In the page's words, for it can only be our own mistake."""
    async with page(browser_config, presets) as watched:
        with pytest.raises(PageError, match="frames is a whole number"):
            await measure(watched, FG, BG, QUICK.model_copy(update={"frames": 0}), deadline_s=60)
