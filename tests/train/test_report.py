"""The report of a training is read again as it was written, and told in a few lines."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from harvest.records import read
from tests.train.planted_table import planted
from train.calibration import calibrate
from train.curves import curves
from train.gate import Check, Verdict
from train.metrics import Estimate, Metrics, evaluate
from train.report import (
    CHECK_COLUMNS,
    SUMMARY_COLUMNS,
    Contestant,
    Device,
    PartCounts,
    Shuffled,
    Trained,
    TrainingReport,
    check_lines,
    nvidia_smi,
    over_seeds,
    peak_memory_bytes,
    summary_lines,
    write_report,
)

CHECK = Check(
    name="quality std", value=0.0192, threshold=0.03, verdict="failed", sentence="a: 0.0192 is too little."
)


def _metrics(noise: float) -> Metrics:
    table = planted(scored=120, elite=40, negatives=60)
    return evaluate(table.score + noise * np.random.default_rng(1).normal(size=len(table)), table)


def _contestant(name: str, *noises: float) -> Contestant:
    runs = [
        Trained(seed=seed, seconds=1.5, validation=_metrics(noise), held_out=_metrics(noise))
        for seed, noise in enumerate(noises)
    ]
    return Contestant(name=name, runs=tuple(runs))


@pytest.fixture(scope="module")
def report() -> TrainingReport:
    """A training that failed."""
    return TrainingReport(
        kind="training_report.v0",
        started_at="2026-11-21T03:30:00Z",
        finished_at="2026-11-21T03:40:00Z",
        verdict=Verdict(verdict="failed", checks=(CHECK,)),
        chosen="network",
        choice="network orders the validation rows best (0.500).",
        sentences=(),
        next_steps=("More coverage: 10 of 20 pairs have a sample.",),
        data={"train": PartCounts(rows=100, by_source={"elite": 10, "eval": 40, "neg": 50}, files=90)},
        inputs={"eval.jsonl": "00"},
        features=("fg.zoom", "bg.zoom"),
        recipe={"epochs": 20, "neg_samples": 50},
        seed=1,
        device=Device(asked="auto", used="cpu", name=None, nvidia_smi=None),
        contestants=(_contestant("ridge", 0.5), _contestant("network", 0.3, 0.4)),
        shuffled=(Shuffled(seed=9, held_out=_metrics(50)),),
        calibration=calibrate(np.linspace(0, 1, 100), np.linspace(0, 1, 100)),
        epochs=20,
        best_epoch=None,
        seconds={"training": 12.5},
        peak_memory_bytes=peak_memory_bytes(),
        versions={"python": "3.11"},
    )


def test_it_is_read_as_it_was_written(tmp_path: Path, report: TrainingReport) -> None:
    """Nothing is lost, unknowns stay null, and keys are spelled as in every other file."""
    path = write_report(report, tmp_path / "new")
    assert path.name == "training_report.json"
    assert read(path, TrainingReport) == report
    text = path.read_text(encoding="utf-8")
    assert '"bestEpoch": null' in text
    assert '"rankCorrelation"' in text


def test_models_are_told_side_by_side(report: TrainingReport) -> None:
    """The chosen one first, then the others, chance last; each figure with its spread."""
    lines = summary_lines(report)
    assert [line[0] for line in lines] == ["network (chosen)", "ridge", "shuffled labels"]
    assert {len(line) for line in lines} == {len(SUMMARY_COLUMNS)}
    assert all("±" in line[2] for line in lines)
    assert [line[1] for line in lines] == ["2", "1", "1"]


def test_checks_are_told_with_their_thresholds(report: TrainingReport) -> None:
    """A person sees what was asked beside what was found."""
    (line,) = check_lines(report.verdict)
    assert len(line) == len(CHECK_COLUMNS)
    assert line == ("quality std", "failed", "0.0192", "0.03", "a: 0.0192 is too little.")


def test_over_seeds_counts_only_what_is_known() -> None:
    """A seed without a figure is not a seed with 0."""
    some = [Estimate(value=value, n=9, spread=0.1) for value in (0.2, None, 0.4)]
    found = over_seeds(some)
    assert (found.mean, found.n) == (pytest.approx(0.3), 2)
    assert found.spread == pytest.approx(0.2 / 2**0.5)
    assert over_seeds(some[1:2]).mean is None


def test_curves_are_a_picture_of_their_own() -> None:
    """Each line is drawn with its name; what was not measured leaves no point, and names cannot break out."""
    picture = curves(
        {"loss": {"all": [3.0, 2.0, 1.0], "<b>": [1.0, None, 0.5]}, "rank": {"none": [None]}}, marked_epoch=2
    )
    root = ET.fromstring(picture)  # noqa: S314 - our own text
    lines = [each for each in root.iter() if each.tag.endswith("polyline")]
    assert [len(line.attrib["points"].split()) for line in lines] == [3, 2]
    texts = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert {"all", "<b>", "epoch 1", "3", "nothing was measured", "kept: epoch 2"} <= set(texts)
    heights = [float(point.split(",")[1]) for point in lines[0].attrib["points"].split()]
    assert heights == sorted(heights)


def test_no_driver_is_no_snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the driver's tool there is nothing to tell, and no error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert nvidia_smi() is None
