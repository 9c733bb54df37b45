"""The trainer beside torch's own way of loading rows: every figure is there, and made from real epochs."""

import pytest

from orchestrate.bench import learning
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
