"""The loop: every pair once, proven, whatever dies beneath it. Real page, real browser, real faults."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from looker import Looker
from packs_on_disk import write_pack

from harvest.account import META
from harvest.browser import ownership
from harvest.config import BrowserConfig
from harvest.journal import JOURNAL, read_journal
from harvest.packs.generate import DEFAULT_RATES, generate_pair
from harvest.packs.milk import build
from harvest.packs.quarantine import read_quarantine
from harvest.page import stepped
from harvest.page.driven import SelfTestError
from harvest.page.stepped import Request, Size
from harvest.plan import Walk
from harvest.records import Fault, RunMeta, Sample, read
from harvest.records.meta import RunAudio
from harvest.run import Reached, RunRequest, open_packs, run
from harvest.session import Line
from harvest.venue import ours

PAIRS = 6
QUICK = Request(frames=20, warmup_frames=2, thumbnail_frame=10, size=Size(width=96, height=54))


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder with a pack of six generated pairs."""
    pairs = [generate_pair(n, seed=1, rates=dict.fromkeys(DEFAULT_RATES, 0.0)) for n in range(PAIRS)]
    drawn = {n: (build(pair.fg).data, build(pair.bg).data) for n, pair in enumerate(pairs)}
    write_pack(tmp_path / "presets", "demo", drawn)
    return tmp_path / "presets"


def asked(
    folder: Path, presets: Path, browser: BrowserConfig, request: Request = QUICK, **walk: float
) -> RunRequest:
    """A quick run over the pack."""
    return RunRequest(
        packs=open_packs(["demo"], presets),
        folder=folder,
        walk=Walk(seed=1, **walk),  # pyright: ignore[reportArgumentType] - numbers as the test gives them
        venue=ours(request, presets=presets, track=None, browser=browser),
        audio=RunAudio(require_audio=True, mode="click"),
        versions={"harvest": "test"},
        at=datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    )


async def go(request: RunRequest, told: Callable[[Line], None] = lambda _line: None) -> Reached:
    """Run it."""
    return await run(request, Looker(told), lambda _outcome: None)


def lines(folder: Path) -> tuple[list[Sample], list[Fault]]:
    """What the journal holds."""
    kept = list(read_journal(folder))
    return [x for x in kept if isinstance(x, Sample)], [x for x in kept if isinstance(x, Fault)]


def shown(samples: Sequence[Sample]) -> Mapping[int | None, object]:
    """What each pair looked like."""
    return {sample.pair: (sample.figures, sample.viz_avg_luma) for sample in samples}


async def test_a_run_ends_at_its_target_and_goes_on_when_asked(
    presets: Path, tmp_path: Path, browser_config: BrowserConfig
) -> None:
    """Half of the pairs and not one more; then the rest, and nothing twice."""
    half = await go(asked(tmp_path / "run", presets, browser_config, target_coverage=0.5))
    assert (half.coverage["demo"].covered, half.left["demo"]) == (3, 0)
    whole = await go(asked(tmp_path / "run", presets, browser_config))
    assert whole.coverage["demo"].share == 1
    samples, _ = lines(tmp_path / "run")
    assert Counter(sample.pair for sample in samples) == Counter(range(PAIRS))
    assert {(tmp_path / "run/thumbnails/demo" / f"{n}.webp").is_file() for n in range(PAIRS)} == {True}


async def test_a_sample_proves_what_was_on_screen(
    presets: Path, tmp_path: Path, browser_config: BrowserConfig
) -> None:
    """A preset that is not what the pack says yields a fault and is given up; the others are measured."""
    request = asked(tmp_path / "run", presets, browser_config)
    (presets / "demo" / "fg" / "2.milk").write_bytes((presets / "demo" / "fg" / "3.milk").read_bytes())
    (presets / "demo" / "bg" / "4.milk").write_bytes(b"[preset00]\nper_frame_1=zoom = (1 + ;\n")
    reached = await go(request)
    samples, faults = lines(tmp_path / "run")
    assert {sample.pair for sample in samples} == {0, 1, 3, 5}
    assert Counter((fault.pair, fault.name) for fault in faults) == {
        (2, "wrong-pair"): 5,
        (4, "preset-abort"): 5,
    }
    assert reached.coverage["demo"].covered == 4
    held = read_quarantine(presets / "demo").entries
    assert {(entry.pair, entry.reason) for entry in held} == {(2, "pair-not-shown"), (4, "preset-abort")}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that cannot be caught")
def test_a_killed_harvest_goes_on_where_it_was(presets: Path, tmp_path: Path) -> None:
    """What was reported is there, its browser is cleaned up, and no pair is measured twice."""
    folder, profiles = tmp_path / "run", tmp_path / "browsers"
    environment = {**os.environ, "HARVEST_BROWSER_PROFILES": str(profiles)}
    command = [sys.executable, "-m", "orchestrate.cli", "eval", "--packs", "demo", "--presets", str(presets)]
    command += ["--out", str(folder), "--resume", "--gpu-mode", "off", "--target-coverage", "1"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as first:
        wait_for_lines(folder / JOURNAL, 2)
        first.send_signal(signal.SIGKILL)
    before = (folder / JOURNAL).read_bytes()
    done = subprocess.run(command, env=environment, timeout=120, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    samples, _ = lines(folder)
    assert Counter(sample.pair for sample in samples) == Counter(range(PAIRS))
    assert (folder / JOURNAL).read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    for finding in ownership.survey(profiles):
        ownership.clean(finding)
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if str(profiles) in " ".join(p.info["cmdline"] or ())
    ]


def wait_for_lines(path: Path, count: int) -> None:
    """Wait until a file has so many lines; nothing tells when another program has written one."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} has no {count} lines.")


async def test_meta_tells_what_was_done(presets: Path, tmp_path: Path, browser_config: BrowserConfig) -> None:
    """Who measured what on what, how far it came, and where the time went; resumed, it goes on counting."""
    request = asked(tmp_path / "run", presets, browser_config, target_coverage=0.5)
    await go(request)
    first = read(tmp_path / "run" / META, RunMeta)
    await go(asked(tmp_path / "run", presets, browser_config))
    second = read(tmp_path / "run" / META, RunMeta)
    assert first.harvest is not None
    assert second.harvest is not None
    assert first.harvest.manifest_hashes == {"demo": request.packs["demo"].manifest_hash}
    assert first.harvest.renderer_class == "software"
    assert first.harvest.versions.keys() == {"harvest", "browser"}
    assert first.progress is not None
    assert (first.progress["demo"].visited, first.progress["demo"].target) == (3, 3)
    assert {"opening the browser", "self-test", "measuring"} <= first.harvest.phase_seconds.keys()
    assert 0 < first.harvest.visit_seconds["render"] < first.harvest.phase_seconds["measuring"]
    assert first.finished_at is not None
    assert second.started_at == first.started_at
    assert second.resumed_at is not None
    assert second.progress is not None
    assert (second.progress["demo"].visited, second.progress["demo"].iter) == (6, 6)
    assert second.harvest.phase_seconds["measuring"] > first.harvest.phase_seconds["measuring"]


async def test_the_self_test_fails_the_run_by_name(
    presets: Path, tmp_path: Path, browser_config: BrowserConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest that is not the disk's, and a page that shows something else than it should."""
    request = asked(tmp_path / "run", presets, browser_config)
    manifest = presets / "demo" / "pairs-manifest.v0.json"
    kept = manifest.read_bytes()
    manifest.write_bytes(kept + b" ")
    with pytest.raises(SelfTestError, match="another") as mismatch:
        await go(request)
    manifest.write_bytes(kept)
    monkeypatch.setitem(stepped.TEST_PRESETS, "red", stepped.TEST_PRESETS["green"])
    with pytest.raises(SelfTestError, match="red layer"):
        await go(request)
    meta = read(tmp_path / "run" / META, RunMeta)
    assert mismatch.value.fault == "manifest-mismatch"
    assert meta.error is not None
    assert (meta.error.code, meta.error.phase) == ("FATAL_SELF_TEST", "self-test")
    assert [error.code for error in meta.errors or ()] == ["FATAL_MANIFEST_MISMATCH"]
    assert lines(tmp_path / "run") == ([], [])
