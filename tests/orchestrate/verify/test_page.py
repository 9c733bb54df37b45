"""Planted defects in a real browser: each is caught by name, and a page that is right passes."""

import shutil
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import numpy as np
import orjson
import pytest
import pytest_asyncio
from built_page import preset
from numpy.typing import NDArray
from owner_page.server import serving_owner_page
from packs_on_disk import write_pack

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.packs.manifest import QUALITY, open_pack
from harvest.records import QualityFile, read
from orchestrate.config import Config
from orchestrate.verify import odds
from orchestrate.verify.proof import VerifyRequest, prove
from orchestrate.verify.record import PICKS, VERIFICATION, Verification
from tests.orchestrate.verify.lent import Elsewhere, Serve, a_venue, hoarding, planted, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAIRS = 40
REVERSED = """{ const parse = JSON.parse; JSON.parse = (text, ...more) => {
  const found = parse(text, ...more);
  if (found?.qualityStats) for (const pair of found.pairs) pair.quality01 = 1 - pair.quality01;
  return found; }; }"""
WITHOUT_GAMMA = """{ const { get } = URLSearchParams.prototype;
  URLSearchParams.prototype.get = function (name) {
    return name === 'coupledGamma' ? '0' : get.call(this, name); }; }"""
LIKE_NEWLIVEWEB = """{
  const told = ({ enabled, pack, pickMode, lastPick }) => {
    const pick = lastPick && { timeMs: lastPick.timeMs, pair: lastPick.pair };
    return { coupled: { enabled, pack, pickMode, lastPick: pick } };
  };
  let hooks;
  const set = ({ harvestVersion, sampleCoupledPicks, getVerifyState, ...others }) => {
    hooks = getVerifyState ? { ...others, getVerifyState: () => told(getVerifyState().coupled) } : others;
  };
  Object.defineProperty(window, '__nw_verify', { get: () => hooks, set }); }"""


@pytest.fixture(scope="module")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small pack."""
    folder = tmp_path_factory.mktemp("presets")
    write_pack(folder, "demo", {n: (preset(f"{n}/40"), preset("0.1", f"{n}/40")) for n in range(PAIRS)})
    score(folder, np.random.default_rng(1).random(PAIRS))
    return folder


def score(presets: Path, quality: NDArray[np.float64], *, pack: str = "demo") -> None:
    """Write scores as the trainer does."""
    pairs = [{"pair": n, "quality01": float(each)} for n, each in enumerate(quality)]
    stats = {"min": 0.0, "max": 1.0, "std": float(quality.std()), "p50": 0.5, "p95": 0.9}
    text = orjson.dumps({"version": "v0", "pack": pack, "pairs": pairs, "qualityStats": stats})
    (presets / "demo" / QUALITY).write_bytes(text)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A small software-rendered browser, and artifacts of its own."""
    folder = tmp_path_factory.mktemp("config")
    browser = BrowserConfig(gpu_mode="off", width=320, height=180, profiles=folder / "browsers", stuck_s=15)
    return Config(artifacts=folder / "artifacts", browser=browser)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lender(config: Config) -> AsyncGenerator[Keeper]:
    """The one browser."""

    async def blank(watched: WatchedPage) -> None:
        await watched.run("a blank page", watched.page.goto("about:blank"), deadline_s=15)

    async with Keeper(config.browser, blank) as keeper:
        yield keeper


class Stage:
    """A pack on the disk, and proofs of it by whatever serves the page."""

    def __init__(self, presets: Path, folder: Path, config: Config, lender: Keeper) -> None:
        self.presets = presets
        self.folder = folder
        self._config = config
        self._lender = lender

    async def prove(self, serve: Serve, *, draws: int = 1000) -> Verification:
        """Verify, with few real picks."""
        pack = open_pack(self.presets / "demo")
        venue = a_venue(self._lender, self._config.browser, serve)
        request = VerifyRequest(
            pack=pack, folder=self.folder, config=self._config, draws=draws, shown=2, venue=venue
        )
        return await prove(request)


@pytest.fixture
def stage(presets: Path, tmp_path: Path, config: Config, lender: Keeper) -> Stage:
    """The pack of its own for a test that may change its scores."""
    shutil.copytree(presets, tmp_path / "presets")
    return Stage(tmp_path / "presets", tmp_path / "verify" / "now" / "demo", config, lender)


def failed(found: Verification) -> set[str]:
    """Name the findings that failed."""
    return {finding.name for finding in found.findings if finding.verdict == "failed"}


def sentence(found: Verification, name: str) -> str:
    """Give what a finding says."""
    return next(finding.sentence for finding in found.findings if finding.name == name)


async def test_a_page_that_reads_and_uses_its_scores_passes(stage: Stage) -> None:
    """Every finding is passed, and what was seen is written down; the next one compares with it."""
    found = await stage.prove(served(stage.presets))
    assert {finding.name: finding.verdict for finding in found.findings if finding.verdict != "passed"} == {}
    assert (found.verdict, found.merged, found.quality.status) == ("passed", PAIRS, 200)
    assert found.quality.served == found.quality.on_disk
    assert not found.quality.from_cache
    assert read(stage.folder / VERIFICATION, Verification) == found
    lines = [orjson.loads(line) for line in (stage.folder / PICKS).read_bytes().splitlines()]
    assert [line["arm"] for line in lines] == ["weighted"] * 1002 + ["shuffle"] * 1000
    assert all(line["shown"] for line in lines[:2])
    scores = {each.pair: each.quality01 for each in read(stage.presets / "demo" / QUALITY, QualityFile).pairs}
    assert all(line["quality01"] == scores[line["pair"]] for line in lines)
    times = Counter(line["pair"] for line in lines[1002:])
    assert set(times.values()) <= {24, 25, 26}, "shuffle goes through all before it comes to one again"
    assert found.before == {}
    stage.folder = stage.folder.parents[1] / "later" / "demo"
    later = await stage.prove(served(stage.presets), draws=100)
    assert later.before == {
        "pageErrors": 0,
        "loadFailures": 0,
        "framesPerSecond": found.frames_per_second,
    }


async def test_scores_from_a_cache_are_caught(stage: Stage, lender: Keeper) -> None:
    """The page was there before the scores were written anew, and gets the old ones."""
    async with hoarding(stage.presets) as server:
        going = lender.page.page.goto(f"{server.url}?coupledPack=demo")
        await lender.page.run("an earlier visit", going, deadline_s=30)
        opened = lender.page.page.wait_for_function("window.__nw_verify?.getVerifyState().coupled.enabled")
        await lender.page.run("an earlier visit", opened, deadline_s=30)
        score(stage.presets, np.random.default_rng(9).random(PAIRS))
        found = await stage.prove(lambda _folder: nullcontext(Elsewhere(server.url)))
    assert found.verdict == "failed"
    assert {"scores fetched", "formula"} <= failed(found)
    assert found.quality.from_cache
    assert "out of a cache" in sentence(found, "scores fetched")


async def test_reversed_scores_are_caught(stage: Stage, tmp_path: Path) -> None:
    """By what is picked, although the file that was fetched is the right one."""
    found = await stage.prove(served(stage.presets, planted(tmp_path / "page", REVERSED)))
    assert {"gain", "rank", "formula", "scores merged"} <= failed(found)
    assert "scores fetched" not in failed(found)
    assert "the worse, the more often" in sentence(found, "rank")


async def test_weights_without_quality_are_caught(stage: Stage, tmp_path: Path) -> None:
    """By what is picked, and by what our page says of its rules."""
    found = await stage.prove(served(stage.presets, planted(tmp_path / "page", WITHOUT_GAMMA)))
    assert failed(found) == {"gain", "rank", "formula", "rules"}


async def test_a_page_that_is_served_no_scores_is_caught(stage: Stage, presets: Path, tmp_path: Path) -> None:
    """They lie on the disk, and not where the page is served from."""
    bare = shutil.copytree(presets, tmp_path / "bare")
    (bare / "demo" / QUALITY).unlink()
    found = await stage.prove(served(bare))
    assert {"scores fetched", "scores merged", "gain", "rank", "formula"} <= failed(found)
    assert "There is no" in sentence(found, "scores merged")


async def test_scores_of_another_pack_are_caught(stage: Stage) -> None:
    """The page takes no notice of them, nor do we."""
    score(stage.presets, np.random.default_rng(1).random(PAIRS), pack="other")
    found = await stage.prove(served(stage.presets))
    assert failed(found) == {"scores on the disk", "scores merged"}
    assert "of pack other" in sentence(found, "scores merged")


async def test_scores_too_narrow_are_undecided(stage: Stage) -> None:
    """All is right with the page: only nothing can be seen of it."""
    score(stage.presets, np.random.default_rng(2).normal(0.7746, 0.0192, PAIRS).clip(0, 1))
    found = await stage.prove(served(stage.presets))
    assert (found.verdict, failed(found)) == ("undecided", set())
    assert found.draws_needed is not None
    assert found.draws_needed > 8000


async def test_a_page_that_must_show_each_pick_can_pass(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As newliveweb, which says little of itself and offers no picks without a picture."""
    monkeypatch.setattr(odds, "LEAST_DRAWS", 10)  # each takes a while here
    score(stage.presets, np.linspace(0, 1, PAIRS) ** 6)
    page = planted(tmp_path / "page", LIKE_NEWLIVEWEB)
    found = await stage.prove(served(stage.presets, page), draws=25)
    assert {finding.name: finding.sentence for finding in found.findings if finding.verdict != "passed"} == {}
    assert (found.generation, found.merged, found.arms[0].draws) == ("public", None, 25)
    assert "coupledGamma=4" in found.next_steps[0]


async def test_a_page_that_never_asks_for_scores_is_caught(stage: Stage) -> None:
    """An imitation of newliveweb, which picks as it likes."""

    @asynccontextmanager
    async def serve(_folder: Path) -> AsyncGenerator[Elsewhere]:
        async with serving_owner_page(stage.presets) as url:
            yield Elsewhere(url)

    found = await stage.prove(serve, draws=5)
    assert {"scores fetched", "scores merged"} <= failed(found)
    assert found.quality.status is None
    assert found.load_failures == ()
