"""Baselines learn what is there, take unknown features, and repeat themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.planted_table import parts, planted
from train.baselines import BASELINES, MIX, row_weights, shuffled
from train.learned import read_learned
from train.metrics import evaluate
from train.problem import TrainError
from train.table import SOURCES

torch.set_num_threads(1)

LEARNING = [name for name in BASELINES if name != "constant"]


@pytest.mark.parametrize("name", LEARNING)
def test_learns_a_planted_signal(name: str) -> None:
    """Files never seen before are put in order."""
    train, validation, held_out = parts()
    predicted = BASELINES[name](train, validation, 0)(held_out)
    found = evaluate(predicted, held_out)
    assert predicted.dtype == np.float32
    assert (found.rank_correlation.value or 0) > 0.6
    assert (found.elite_auc.value or 0) > 0.75


@pytest.mark.parametrize("name", BASELINES)
def test_same_seed_same_predictions(name: str) -> None:
    """Two trainings agree to the last bit."""
    train, validation, held_out = parts(100)
    first, second = (BASELINES[name](train, validation, 5)(held_out) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", BASELINES)
def test_what_is_kept_predicts_the_same(name: str, tmp_path: Path) -> None:
    """Read again from its file, to the bit; the file holds no code, and no other columns are taken."""
    train, validation, held_out = parts(100)
    learned = BASELINES[name](train, validation, 0)
    (path := tmp_path / f"kept{learned.suffix}").write_bytes(learned.content())
    again = read_learned(path)
    assert np.array_equal(again(held_out), learned(held_out))
    assert again.content() == learned.content()
    with pytest.raises(TrainError, match="other columns"):
        again(replace(held_out, columns=("fg.other", *held_out.columns[1:])))


@pytest.mark.parametrize("name", ["kept.npz", "kept.txt"])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"PK\x03\x04 torn"])
def test_a_foreign_file_is_no_model(name: str, content: bytes, tmp_path: Path) -> None:
    """It is refused in a sentence."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainError, match="no model that harvest kept"):
        read_learned(tmp_path / name)


@pytest.mark.parametrize("name", BASELINES)
def test_unknown_features_are_no_trouble(name: str) -> None:
    """Columns that are never known, known only later, constant, or half unknown give finite predictions."""
    train, validation, held_out = parts(100)
    known = train.known.copy()
    known[:, :2] = False
    known[::2, 2] = False
    values = np.where(known, train.values, 0)
    values[:, 3] = 7
    gaps = replace(train, known=known, values=values.astype(np.float32))
    assert np.isfinite(BASELINES[name](gaps, validation, 0)(held_out)).all()


def test_constant_is_the_mean_of_what_each_source_is_worth() -> None:
    """One number, in which each source counts its share."""
    train, validation, held_out = parts(100)
    means = [train.score[train.source == at].mean() for at in range(len(SOURCES))]
    expected = sum(MIX[name] * mean for name, mean in zip(SOURCES, means, strict=True))
    assert BASELINES["constant"](train, validation, 0)(held_out) == pytest.approx(expected)


def test_sources_count_their_share_however_many_rows_they_have() -> None:
    """A source without rows leaves the others theirs; a row's own weight counts within its source."""
    table = planted(scored=300, elite=10, negatives=0)
    table.weight[0] = 5
    weights = row_weights(table)
    assert weights.mean() == pytest.approx(1)
    assert weights[table.source == 0].sum() == pytest.approx(weights[table.source == 1].sum())
    assert weights[0] == pytest.approx(5 * weights[1])


def test_shuffled_labels_teach_nothing() -> None:
    """Dealt-out scores leave no order but by chance, and each seed another one."""
    train, validation, held_out = parts(200)
    learned = BASELINES["ridge"](train, validation, 0)
    chance = shuffled(BASELINES["ridge"], train, validation, range(5))
    true, *orders = [
        evaluate(predict(held_out), held_out).rank_correlation.value for predict in (learned, *chance)
    ]
    known = [order for order in orders if order is not None]
    assert len(set(known)) == 5
    assert abs(np.mean(known)) < 0.2
    assert max(known) < (true or 0) - 0.3
