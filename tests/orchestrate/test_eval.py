"""`harvest eval` as it is typed: what it leaves behind, whichever way it ends."""

import asyncio
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from harvest.account import META
from harvest.journal import read_journal
from harvest.records import RunMeta, RunSummary, Sample, read
from harvest.serve import serving
from orchestrate.starter import STARTER, starter_pack
from orchestrate.summary import SUMMARY


@pytest.fixture(scope="module")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pack of three pairs."""
    return starter_pack(tmp_path_factory.mktemp("presets"), pairs=3)


def harvest_eval(presets: Path, folder: Path, *more: str) -> list[str]:
    """Type it."""
    command = [sys.executable, "-m", "orchestrate.cli", "eval", "--packs", STARTER, "--out", str(folder)]
    return [*command, "--presets", str(presets), "--gpu-mode", "off", *more]


def typed(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(command, timeout=150, check=False, capture_output=True, text=True)


def test_a_whole_run(presets: Path, tmp_path: Path) -> None:
    """Every pair, the figures for machines, the journal, and how it ended; then it is not run over."""
    done = typed(harvest_eval(presets, tmp_path / "run", "--json"))
    assert done.returncode == 0, done.stderr
    told = orjson.loads(done.stdout)
    summary = read(tmp_path / "run" / SUMMARY, RunSummary)
    assert told["coverage"][STARTER]["share"] == 1
    assert told["drawn_by"].startswith("SOFTWARE")
    assert summary.ending is not None
    assert (summary.ending.code, summary.outputs.total_samples) == ("OK", 3)
    assert summary.env.webgl_renderer in told["drawn_by"]
    again = typed(harvest_eval(presets, tmp_path / "run"))
    assert again.returncode == 2
    assert "--resume" in again.stderr
    status = typed([sys.executable, "-m", "orchestrate.cli", "status", str(tmp_path / "run"), "--json"])
    assert orjson.loads(status.stdout)["state"] == "finished"


def test_an_ending_before_the_first_row_is_written_down_too(presets: Path, tmp_path: Path) -> None:
    """Software where a GPU was asked for: a code of its own, a reason, and no sample."""
    done = typed(harvest_eval(presets, tmp_path / "run", "--require-gpu"))
    assert done.returncode == 3
    assert "A GPU was asked for" in done.stderr
    meta, summary = read(tmp_path / "run" / META, RunMeta), read(tmp_path / "run" / SUMMARY, RunSummary)
    assert meta.error is not None
    assert meta.error.code == "FATAL_WEBGL_SWIFTSHADER"
    assert summary.ending is not None
    assert (summary.ending.code, summary.outputs.total_samples) == ("NOT_READY", 0)
    assert summary.failure is not None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--audio-file", "nothing.mp3"], "nothing.mp3"),
        (["--url", "http://127.0.0.1:9/"], "Nothing answers"),
        (["--web", "nowhere"], "nowhere"),
    ],
)
def test_what_is_not_there_is_named(presets: Path, tmp_path: Path, more: list[str], said: str) -> None:
    """In one sentence, without a traceback."""
    done = typed(harvest_eval(presets, tmp_path / "run", *more))
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_page_that_somebody_serves_is_driven_in_real_time(presets: Path, tmp_path: Path) -> None:
    """By newliveweb's own hooks; the rows say so."""
    async with serving(presets=presets) as url:
        command = harvest_eval(presets, tmp_path / "run", "--url", url, "--max-pairs", "2")
        done = await asyncio.to_thread(typed, command)
    assert done.returncode == 0, done.stderr
    samples = [line for line in read_journal(tmp_path / "run") if isinstance(line, Sample)]
    assert len(samples) == 2
    assert {sample.evidence and sample.evidence.adapter for sample in samples} == {"realtime"}
