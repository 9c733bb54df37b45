"""The trainer beside torch's own way of loading rows: every figure is there, and made from real epochs."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from orchestrate.bench import ablation, app, learning
from orchestrate.exit_codes import ExitCode
from train.recipe import Recipe


def test_both_ways_are_measured_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows, two epochs: ratios with their spread for each size, and the worse size for all."""
    monkeypatch.setattr(learning, "SIZES", ((40, 280, 800), (40, 400, 600)))
    figures, facts = learning.measure(Recipe(epochs=2, batch_size=64), workers=0)
    for size in (1120, 1040):
        assert figures[f"train.data_path_times_dataloader.{size}_rows"].n == 2
        assert figures[f"train.epoch_times_dataloader.{size}_rows"].median > 0
    worst = figures["train.data_path_times_dataloader"].median
    assert worst == min(figures[f"train.data_path_times_dataloader.{n}_rows"].median for n in (1120, 1040))
    assert facts["batch"] == 64


def test_it_takes_a_settings_file(tmp_path: Path) -> None:
    """As its neighbours do; one with a mistake is refused before anything is measured."""
    (tmp_path / "wrong.toml").write_text('presetz = "x"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["train", "--config", str(tmp_path / "wrong.toml")])
    assert done.exit_code == ExitCode.USAGE
    assert "presetz" in done.output


def test_ablation_wants_labels(tmp_path: Path) -> None:
    """Without any it says so; its help tells what it takes."""
    alone = typer.Typer()
    alone.command()(ablation.ablation)
    told = CliRunner().invoke(alone, ["--help"])
    assert "half an hour" in told.output
    done = CliRunner().invoke(alone, ["--packs", str(tmp_path / "none"), "--json"])
    assert done.exit_code == ExitCode.USAGE
    assert "There is no pack" in done.output
