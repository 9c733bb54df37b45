"""The loop: every pair once, proven, whatever dies beneath it. Real page, real browser, real faults."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psutil
import pytest
from breakage import crash_browser, crash_page, kill_driver, kill_gpu_process, spin_page
from packs_on_disk import write_pack

from harvest import run as running
from harvest.browser import ownership
from harvest.browser.keeper import Keeper
from harvest.config import BrowserConfig
from harvest.journal import JOURNAL, read_journal
from harvest.packs.generate import DEFAULT_RATES, generate_pair
from harvest.packs.milk import build
from harvest.page.stepped import Request, Size
from harvest.plan import Walk
from harvest.records import Fault, Sample
from harvest.run import Reached, RunRequest, open_packs
from harvest.session import Line

PAIRS = 6
QUICK = Request(frames=20, warmup_frames=2, thumbnail_frame=10, size=Size(width=96, height=54))
Breaks = Sequence[Callable[[Keeper], Awaitable[None]]]


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder with a pack of six generated pairs."""
    pairs = [generate_pair(n, seed=1, rates=dict.fromkeys(DEFAULT_RATES, 0.0)) for n in range(PAIRS)]
    drawn = {n: (build(pair.fg).data, build(pair.bg).data) for n, pair in enumerate(pairs)}
    write_pack(tmp_path / "presets", "demo", drawn)
    return tmp_path / "presets"


def asked(folder: Path, presets: Path, browser: BrowserConfig, **walk: float) -> RunRequest:
    """A quick run over the pack."""
    return RunRequest(
        packs=open_packs(["demo"], presets),
        folder=folder,
        walk=Walk(seed=1, **walk),  # pyright: ignore[reportArgumentType] - numbers as the test gives them
        request=QUICK,
        browser=browser,
        at=datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    )


async def go(request: RunRequest, told: Callable[[Line], None] = lambda _line: None) -> Reached:
    """Run it."""
    return await running.run(request, lambda line, _: told(line))


def lines(folder: Path) -> tuple[list[Sample], list[Fault]]:
    """What the journal holds."""
    kept = list(read_journal(folder))
    return [x for x in kept if isinstance(x, Sample)], [x for x in kept if isinstance(x, Fault)]


def shown(samples: Sequence[Sample]) -> Mapping[int | None, object]:
    """What each pair looked like."""
    return {sample.pair: (sample.figures, sample.viz_avg_luma) for sample in samples}


async def test_faults_lose_nothing_and_change_nothing(
    presets: Path, tmp_path: Path, browser_config: BrowserConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever dies between two visits, each pair has one sample, the same as without a fault."""
    await go(asked(tmp_path / "calm", presets, browser_config))
    breaks: list[Callable[[Keeper], Awaitable[None]]] = [
        crash_page,
        crash_browser,
        kill_gpu_process,
        spin_page,
        kill_driver,
    ]
    expected = len(breaks)
    keepers: list[Keeper] = []
    breaking: list[asyncio.Task[None]] = []

    class Watched(Keeper):
        async def __aenter__(self) -> Self:
            keepers.append(self)
            return await super().__aenter__()

    async def break_it(how: Callable[[Keeper], Awaitable[None]]) -> None:
        await how(keepers[0])

    def told(line: Line) -> None:
        if isinstance(line, Sample) and breaks:
            breaking.append(asyncio.create_task(break_it(breaks.pop())))

    monkeypatch.setattr(running, "Keeper", Watched)
    await go(asked(tmp_path / "wild", presets, browser_config), told)
    await asyncio.gather(*breaking, return_exceptions=True)
    calm, _ = lines(tmp_path / "calm")
    wild, faults = lines(tmp_path / "wild")
    assert Counter(sample.pair for sample in wild) == Counter(range(PAIRS))
    assert shown(wild) == shown(calm)
    assert len(faults) >= expected - 1  # two deaths at once are one fault
    assert all(fault.remedy for fault in faults)
    assert not list(browser_config.profiles.iterdir())


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
    reached = await running.run(request, lambda _line, _covered: None)
    samples, faults = lines(tmp_path / "run")
    assert {sample.pair for sample in samples} == {0, 1, 3, 5}
    assert Counter((fault.pair, fault.name) for fault in faults) == {
        (2, "wrong-pair"): 5,
        (4, "preset-abort"): 5,
    }
    assert reached.coverage["demo"].covered == 4


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
