"""A site for the tests of a module: the built page, packs, and one browser."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from built_page import BROKEN, Site, browsing, preset
from packs_on_disk import read_manifest, write_manifest, write_pack

from harvest.serve import serving

SCORES = {1: 0.1, 2: 0.9, 3: 0.4}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packs: one that is right, scored in part, and one of which little can be shown."""
    presets = tmp_path_factory.mktemp("presets")
    pairs = {n: (preset(f"{n}/8"), preset("0.1", f"{n}/8")) for n in range(6)}
    demo = write_pack(presets, "demo", pairs)
    manifest = read_manifest(demo)
    some = [pair for pair in manifest["pairs"] if pair["pair"] in (1, 3)]
    write_manifest(demo, manifest | {"pairs": some, "keptPairs": 2}, "pairs-manifest.filtered.current.json")
    scored = [{"pair": pair, "quality01": score} for pair, score in SCORES.items()]
    quality = {"version": "v0", "pack": "demo", "pairs": scored, "qualityStats": {"std": 0.33}}
    (demo / "pairs-quality.v0.json").write_text(json.dumps(quality), encoding="utf-8")
    by_chance = preset("rand(1000)/1000")
    flawed = {0: (preset("1"), preset("0")), 1: (preset("1"), preset("0")), 2: (preset("1"), BROKEN)}
    folder = write_pack(presets, "flawed", flawed | {3: (by_chance, preset("0"))})
    (folder / "fg" / "1.milk").unlink()
    return presets


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(packs: Path) -> AsyncGenerator[Site]:
    """The page and its packs in a browser."""
    async with serving(presets=packs) as url, browsing() as browser:
        yield Site(browser, url, packs)
