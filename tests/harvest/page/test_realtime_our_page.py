"""One driver drives the owner's page and ours: the same hooks, with more of them where they are better."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from built_page import preset
from packs_on_disk import write_pack

from harvest.browser.keeper import Keeper
from harvest.config import BrowserConfig
from harvest.packs.manifest import open_pack
from harvest.page.driven import Measurement
from harvest.page.realtime import RealtimePage, RealtimeSettings, small_window
from harvest.serve import serving

QUICK = replace(RealtimeSettings(), dwell_s=1.0, glance_s=0.3, least_frames=5)


async def test_our_page_is_driven_like_the_owners(browser_config: BrowserConfig, tmp_path: Path) -> None:
    """Exact pairs are asked for by their hook, layers read by theirs, and no remedy for a defect is on."""
    colours = {3: ("0.9", "0.1"), 5: ("0.1", "0.9"), 8: ("0.9", "0.9")}
    pairs = {n: (preset(red, green), preset(green, red)) for n, (red, green) in colours.items()}
    pack = open_pack(write_pack(tmp_path / "presets", "demo", pairs))
    pair = pack.manifest.pairs[1]
    async with serving(presets=pack.folder.parent) as url:
        driven = RealtimePage(url, settings=QUICK)
        async with Keeper(small_window(browser_config), driven.open) as keeper:
            facts = await driven.self_test(keeper.page, {"demo": pack})
            found = await driven.measure(keeper.page, pack, pair)
    assert facts.found["generation"] == "harvest"
    assert facts.found["mixesPairs"] is not True
    assert not {"the engines' memory handed over", "exact pairs by the shuffle state"} & set(facts.remedies)
    assert isinstance(found, Measurement)
    files = pack.presets_of(pair)
    assert files is not None
    assert [found.before["fg"].hash, found.after["bg"].hash] == [file.sha256 for file in files]
    assert found.is_heard
    fg, bg = (pictures.mean(axis=(0, 1, 2)) for pictures in (found.footage.fg, found.footage.bg))
    assert np.argmax(fg[:2]) == 1
    assert np.argmax(bg[:2]) == 0
