"""`harvest train` as it is typed: from labels to scores, or to the reason why there are none."""

import os
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from harvest.packs import disk
from harvest.packs.manifest import QUALITY, Pack
from harvest.records import QualityFile, read
from tests.train.material import elite_manifest, generated, measured_run, truths
from train.report import REPORT, TrainingReport
from train.training import CURVES, SCORES

PAIRS = 500


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack whose truth is known."""
    return generated(tmp_path_factory.mktemp("presets") / "demo", PAIRS)


@pytest.fixture(scope="module")
def labels(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Where that truth is told: by a run, and by hands, which see a part of it."""
    folder = tmp_path_factory.mktemp("labels")
    quality = truths(pack)
    best = sorted(quality, key=lambda number: -quality[number])
    scored = {*best[:100], *best[-50:]}
    elite = elite_manifest(
        folder, pack, sorted(scored), score=lambda number: 5 - 5 * best.index(number) / PAIRS
    )
    run = measured_run(folder / "run", pack, sorted(set(quality) - scored))
    return ["--elite", str(elite), "--eval", str(run)]


def typed(pack: Pack, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    command = [
        sys.executable,
        "-m",
        "orchestrate.cli",
        "train",
        "--packs",
        str(pack.folder),
        "--out",
        str(out),
    ]
    quick = ("--epochs", "12", "--neg-samples", "1200", "--batch-size", "128", "--neg-min-pair-distance", "5")
    return subprocess.run(
        [*command, *quick, *more], timeout=240, check=False, capture_output=True, text=True, cwd=out.parent
    )


def test_scores_follow_a_passed_gate(pack: Pack, labels: list[str], tmp_path: Path) -> None:
    """Every pair has one, they follow the truth, and the report says what they rest on."""
    done = typed(pack, tmp_path / "out", *labels, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report = read(tmp_path / "out" / REPORT, TrainingReport)
    scores = read(pack.folder / QUALITY, QualityFile)
    assert report.scores == {"demo": disk.digest((pack.folder / QUALITY).read_bytes())}
    assert (tmp_path / "out" / SCORES / "demo.json").read_bytes() == (pack.folder / QUALITY).read_bytes()
    assert all(pair.uncertainty is not None for pair in scores.pairs)
    assert report.model_file is not None
    assert (tmp_path / "out" / report.model_file).is_file()
    assert "8 of 8: scoring" in done.stderr
    assert "trainings on shuffled labels: 10 of 10" in done.stderr
    assert orjson.loads(done.stdout)["verdict"]["verdict"] == report.verdict.verdict == "passed"
    assert {pair.pair for pair in scores.pairs} == set(range(PAIRS))
    assert {model.name for model in report.contestants} == {"network", "constant", "ridge", "lightgbm", "mlp"}
    assert len(report.shuffled) == 10
    assert scores.quality_stats is not None
    assert scores.quality_stats.std >= 0.03
    assert (tmp_path / "out" / CURVES).read_text(encoding="utf-8").startswith("<svg")
    assert (tmp_path / "out" / "models" / "coupling_net_best.pth").is_file()


def test_a_failed_gate_writes_no_scores(pack: Pack, labels: list[str], tmp_path: Path) -> None:
    """More spread is asked than honest scores have: a code of its own, and the page keeps what it had."""
    before = {file: file.read_bytes() for file in pack.folder.glob("pairs-quality*")}
    done = typed(pack, tmp_path / "out", *labels, "--min-quality-std", "0.49", "--epochs", "1")
    assert done.returncode == 6, done.stderr
    assert "The gate says failed" in done.stdout
    assert before == {file: file.read_bytes() for file in pack.folder.glob("pairs-quality*")}
    report = read(tmp_path / "out" / REPORT, TrainingReport)
    assert (report.verdict.verdict, report.scores) == ("failed", {})
    assert "No scores were written for demo, of which the gate says failed" in done.stdout
    assert len(read(tmp_path / "out" / SCORES / "demo.json", QualityFile).pairs) == PAIRS


def test_a_pack_that_passes_does_not_wait_for_one_that_fails(
    pack: Pack, labels: list[str], tmp_path: Path
) -> None:
    """Of two packs one has a file that is no preset: the other is scored, and the end says not all passed."""
    poor = generated(pack.folder.parent / "poor", 40, seed=9)
    next(iter(poor.presets.values())).path.write_bytes(b"no preset\n")
    done = typed(pack, tmp_path / "out", *labels, "--packs", f"{pack.folder},{poor.folder}", "--json")
    assert done.returncode == 6, done.stderr
    report = read(tmp_path / "out" / REPORT, TrainingReport)
    assert report.verdict.packs == {"demo": "passed", "poor": "failed"}
    assert {check.pack for check in report.verdict.checks if check.verdict != "passed"} == {"poor"}
    assert report.scores == {"demo": disk.digest((pack.folder / QUALITY).read_bytes())}
    assert not (poor.folder / QUALITY).exists()
    assert len(read(tmp_path / "out" / SCORES / "poor.json", QualityFile).pairs) == 39


def test_a_dry_run_only_counts(pack: Pack, labels: list[str], tmp_path: Path) -> None:
    """Sources and classes of each part; nothing is trained."""
    done = typed(pack, tmp_path / "out", *labels, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "train\telite\t" in done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--eval", "nowhere"], "nowhere"),
        (["--data-list", "nowhere.txt"], "nowhere.txt"),
        ([], "Nothing to learn from"),
    ],
)
def test_bad_input_is_a_sentence(pack: Pack, tmp_path: Path, more: list[str], said: str) -> None:
    """It names what is wrong, and nothing is begun."""
    done = typed(pack, tmp_path / "out", *more)
    assert done.returncode in {2, 3}
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_has_one_training_at_a_time(pack: Pack, labels: list[str], tmp_path: Path) -> None:
    """Two would leave a mixture of both."""
    with disk.locked(tmp_path / "out" / "training.lock"):
        done = typed(pack, tmp_path / "out", *labels)
    assert done.returncode == 3
    assert "another harvest is writing here" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no polite kill")
def test_a_polite_kill_leaves_a_training_that_goes_on(pack: Pack, labels: list[str], tmp_path: Path) -> None:
    """As Ctrl-C does: a sentence, a code of its own, and checkpoints."""
    command = [sys.executable, "-m", "orchestrate.cli", "train", "--packs", str(pack.folder), *labels]
    long = [*command, "--out", str(tmp_path / "out"), "--neg-samples", "1200", "--epochs", "2000"]
    with subprocess.Popen(long, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as program:
        while not list(tmp_path.glob("out/checkpoints/*.pth")):
            assert program.poll() is None
            time.sleep(0.05)
        program.terminate()
        _, errors = program.communicate(timeout=60)
    assert program.returncode == 130
    assert "--resume-from" in errors.splitlines()[-1]
    assert "Traceback" not in errors
