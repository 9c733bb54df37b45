"""`harvest overnight` as it is typed: what it leaves behind, and how it goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from harvest.account import SUMMARY
from harvest.journal import JOURNAL, read_journal
from harvest.packs.manifest import QUALITY
from harvest.records import RunSummary, Sample, read
from orchestrate.night.record import EVAL, NIGHT, REPORT, SCORES, STEPS, VERIFY, read_night
from orchestrate.night.smoke import scored_list
from orchestrate.starter import STARTER, starter_pack
from orchestrate.verify.record import VERIFICATION, Verification
from tests.train.material import generated, measured_run

PAIRS = 8


@pytest.fixture(scope="module")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small pack."""
    return starter_pack(tmp_path_factory.mktemp("presets"), pairs=PAIRS)


def overnight(presets: Path, *more: str) -> list[str]:
    """Type it."""
    command = [sys.executable, "-m", "orchestrate.cli", "overnight", "--presets", str(presets)]
    return [*command, "--artifacts", str(presets.parent / "artifacts"), *more]


def typed(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(command, timeout=400, check=False, capture_output=True, text=True)


def test_a_night_that_was_killed_goes_on_as_it_was_told(presets: Path, tmp_path: Path) -> None:
    """Killed after its first sample: --resume alone measures the rest, once each, and reports."""
    folder = tmp_path / "night"
    flags = [
        "--packs",
        STARTER,
        "--out",
        str(folder),
        "--eval-only",
        "--target-coverage",
        "1",
        "--gpu-mode",
        "off",
    ]
    with subprocess.Popen(
        overnight(presets, *flags),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as night:
        journal = folder / EVAL / JOURNAL
        while not (journal.is_file() and journal.stat().st_size):
            assert night.poll() is None
            time.sleep(0.05)  # another process's file: nothing tells when it changes
        os.killpg(night.pid, signal.SIGKILL)
    assert read_night(folder).finished_at is None
    done = typed(overnight(presets, "--out", str(folder), "--resume", "--json"))
    assert done.returncode == 0, done.stderr
    samples = [line.pair for line in read_journal(folder / EVAL) if isinstance(line, Sample)]
    assert sorted(samples, key=str) == sorted(range(PAIRS), key=str)
    told = orjson.loads(done.stdout)
    states = {step["name"]: step["state"] for step in told["steps"]}
    assert states == {
        "preflight": "done",
        "eval": "done",
        "train": "skipped",
        "gate": "skipped",
        "score": "skipped",
        "verify": "skipped",
        "report": "done",
    }
    assert (len(told["lives"]), told["asked"]["target_coverage"]) == (2, 1)
    assert (folder / REPORT).stat().st_size > 10_000
    summary = read(folder / SUMMARY, RunSummary)
    assert summary.ending is not None
    assert (summary.ending.code, summary.outputs.total_samples) == ("OK", PAIRS)


@pytest.mark.timeout(600)
def test_a_night_from_labels_to_the_proof_in_the_page(tmp_path: Path) -> None:
    """Learnt from samples and hands, judged, scored, proven in a real browser; then nothing is made again."""
    pack = generated(tmp_path / "presets" / "demo", 450)
    seen = measured_run(tmp_path / "seen", pack, range(450))
    hands = tmp_path / "hands.json"
    hands.write_bytes(scored_list(pack))
    folder = tmp_path / "night"
    flags = [
        "--packs",
        "demo",
        "--out",
        str(folder),
        "--train-only",
        "--eval",
        str(seen),
        "--elite",
        str(hands),
    ]
    quick = [
        "--elite",
        str(hands),
        "--epochs",
        "4",
        "--neg-samples",
        "3000",
        "--batch-size",
        "128",
        "--gpu-mode",
        "off",
    ]
    done = typed(overnight(tmp_path / "presets", *flags, *quick))
    assert done.returncode == 0, done.stderr
    record = read_night(folder)
    assert {step.name for step in record.steps if step.state == "done"} == set(STEPS) - {"eval"}
    quality = pack.folder / QUALITY
    assert (folder / SCORES / "demo" / QUALITY).read_bytes() == quality.read_bytes()
    proof = read(folder / VERIFY / "demo" / VERIFICATION, Verification)
    assert proof.verdict == "passed"
    again = typed(overnight(tmp_path / "presets", "--out", str(folder), "--resume"))
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("stands:") == 4
    quality.write_bytes(quality.read_bytes().replace(b"0.", b"0.0", 1))
    tampered = typed(overnight(tmp_path / "presets", "--out", str(folder), "--resume"))
    assert tampered.returncode == 5, tampered.stderr
    assert "Somebody has changed the scores of demo" in tampered.stderr


def test_a_gpu_that_is_not_there_fails_in_seconds_and_is_reported(presets: Path, tmp_path: Path) -> None:
    """Before anything is measured; the report names it."""
    folder = tmp_path / "night"
    done = typed(overnight(presets, "--packs", STARTER, "--out", str(folder), "--require-gpu"))
    assert done.returncode == 3, done.stderr
    record = read_night(folder)
    assert record.ending is not None
    assert (record.ending.code, record.ending.phase) == ("NOT_READY", "preflight")
    assert "SOFTWARE" in record.ending.reason
    assert not (folder / EVAL).exists()
    assert "SOFTWARE" in (folder / REPORT).read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing(presets: Path, tmp_path: Path) -> None:
    """It tells every step and how many pairs, and leaves the folder alone."""
    folder = tmp_path / "night"
    done = typed(overnight(presets, "--packs", STARTER, "--out", str(folder), "--dry-run", "--skip-verify"))
    assert done.returncode == 0, done.stderr
    told = {line.split("\t")[0]: line.split("\t")[1:] for line in done.stdout.splitlines()}
    assert f"{PAIRS} of {STARTER}" in told["eval"][1]
    assert told["verify"][0] == "left out"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "Name at least one pack"),
        (["--packs", "nowhere"], "There is no pack nowhere"),
        (["--packs", STARTER, "--eval-only", "--train-only"], "Either measure only, or learn only"),
        (["--packs", STARTER, "--verify-pack", "other"], "other is not among the packs"),
        (["--packs", STARTER, "--target-coverage", "1.5"], "less than or equal to 1"),
        (["--resume"], "no night"),
    ],
)
def test_bad_input_is_a_sentence(presets: Path, more: list[str], said: str) -> None:
    """And an error of use, before anything is begun."""
    done = typed(overnight(presets, *more))
    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_folder_with_a_night_is_not_begun_anew(presets: Path, tmp_path: Path) -> None:
    """It would be lost; --resume goes on with it."""
    (tmp_path / NIGHT).write_text("{}", encoding="utf-8")
    done = typed(overnight(presets, "--packs", STARTER, "--out", str(tmp_path)))
    assert (done.returncode, "--resume" in done.stderr) == (2, True)
