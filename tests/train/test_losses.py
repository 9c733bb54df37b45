"""Each loss equals a plain one, written with loops and numpy."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.train.planted import planted
from train import losses
from train.losses import Labels

ROWS, WIDTH, SIZES = 24, 6, (6, 6, 12)
RANDOM = np.random.default_rng(0)
LOGIT, SCORE, RANK, ADAPTIVE = (RANDOM.normal(size=ROWS), *RANDOM.random((3, ROWS)))
WEIGHT = RANDOM.random(ROWS)
FG, BG = RANDOM.normal(size=(2, ROWS, WIDTH))
COUPLINGS, ESTIMATED = RANDOM.normal(size=(2, ROWS, 2))
MEASURED = (RANDOM.random((ROWS, 2)) < 0.5).astype(float)
RANK[SIZES[0] + SIZES[1] :] = np.nan


def tensor(values: NDArray[np.float64]) -> Tensor:
    """As torch has them."""
    return torch.as_tensor(values.astype(np.float32))


LABELS = Labels(*map(tensor, (SCORE, WEIGHT, RANK, COUPLINGS, MEASURED)))


def sigmoid(value: float) -> float:
    """From any number to one between 0 and 1."""
    return 1 / (1 + np.exp(-value))


@pytest.mark.parametrize("delta", [None, 0.2])
def test_regression_equals_numpy(delta: float | None) -> None:
    """Squared, or Huber's."""

    def each(off: float) -> float:
        return off**2 if delta is None or abs(off) <= delta else 2 * delta * (abs(off) - delta / 2)

    wanted = sum(WEIGHT[i] * each(sigmoid(LOGIT[i]) - SCORE[i]) for i in range(ROWS)) / WEIGHT.sum()
    found = losses.regression_loss(tensor(LOGIT), LABELS, huber_delta=delta)
    assert found.item() == pytest.approx(wanted, rel=1e-5)


def test_rank_loss_equals_numpy() -> None:
    """Rows without a rank count for nothing."""
    ranked = [i for i in range(ROWS) if np.isfinite(RANK[i])]
    total = sum(WEIGHT[i] * (RANK[i] - ADAPTIVE[i]) ** 2 for i in ranked)
    found = losses.rank_loss(tensor(ADAPTIVE), LABELS).item()
    assert found == pytest.approx(total / sum(WEIGHT[i] for i in ranked), rel=1e-5)


def test_estimate_loss_equals_numpy() -> None:
    """Only what was measured counts."""
    weights = [WEIGHT[i] * MEASURED[i, k] for i in range(ROWS) for k in range(2)]
    off = [(ESTIMATED[i, k] - COUPLINGS[i, k]) ** 2 for i in range(ROWS) for k in range(2)]
    found = losses.estimate_loss(tensor(ESTIMATED), LABELS).item()
    assert found == pytest.approx(np.average(off, weights=weights), rel=1e-5)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_coupling_loss_equals_numpy(beta: float) -> None:
    """Each pair weighs exp(β·score) of the sum of them all, scores from 0 to 5."""
    powers = [np.exp(beta * 5 * score) for score in SCORE]
    wanted = sum(powers[i] / sum(powers) * sum((FG[i] - BG[i]) ** 2) for i in range(ROWS))
    found = losses.coupling_loss(tensor(FG), tensor(BG), tensor(SCORE), beta).item()
    assert found == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(("beta", "times"), [(0.0, 1.0), (0.5, 3.0), (1.0, 7.0)])
def test_pairs_above_four_carry_three_times_the_gradient(beta: float, times: float) -> None:
    """Measured on evenly spread scores, at the default β and beside it."""
    count = 1001
    score = torch.linspace(0, 1, count)
    fg = torch.ones(count, WIDTH, requires_grad=True)
    (gradient,) = torch.autograd.grad(losses.coupling_loss(fg, torch.zeros(count, WIDTH), score, beta), fg)
    length, high = np.linalg.norm(gradient.numpy(), axis=1), score.numpy() > 0.8
    assert length[high].mean() / length[~high].mean() == pytest.approx(times, rel=0.01)


def test_pairwise_loss_equals_numpy() -> None:
    """Within each source every better row is held against every worse one."""
    starts = np.cumsum([0, *SIZES])
    terms = [
        np.log1p(np.exp(-(LOGIT[i] - LOGIT[j])))
        for first, last in pairwise(starts)
        for i in range(first, last)
        for j in range(first, last)
        if SCORE[i] > SCORE[j]
    ]
    found = losses.pairwise_loss(tensor(LOGIT), tensor(SCORE), SIZES).item()
    assert found == pytest.approx(np.mean(terms), rel=1e-5)


def test_pairwise_loss_has_nothing_to_say_of_equal_scores() -> None:
    """It is 0, not a division by it."""
    assert losses.pairwise_loss(tensor(LOGIT), torch.zeros(ROWS), SIZES).item() == 0


def test_variance_loss_equals_numpy_and_sees_a_collapse() -> None:
    """Features that are all the same cost about 1, those that differ by more than 1 nothing."""
    wanted = np.mean([np.maximum(0, 1 - np.sqrt(side.var(axis=0) + 1e-4)).mean() for side in (FG, BG)])
    assert losses.variance_loss(tensor(FG), tensor(BG)).item() == pytest.approx(wanted, rel=1e-4)
    assert losses.variance_loss(torch.ones(ROWS, WIDTH)).item() == pytest.approx(0.99, abs=1e-4)
    assert losses.variance_loss(tensor(3 * FG)).item() == 0


def test_order_of_rows_changes_no_loss() -> None:
    """Rows of a source may come in any order."""
    order = np.concatenate([RANDOM.permutation(size) + start for size, start in ((6, 0), (6, 6), (12, 12))])
    plain = losses.pairwise_loss(tensor(LOGIT), tensor(SCORE), SIZES)
    turned = losses.pairwise_loss(tensor(LOGIT[order]), tensor(SCORE[order]), SIZES)
    assert turned.item() == pytest.approx(plain.item(), rel=1e-6)
    coupled = losses.coupling_loss(tensor(FG), tensor(BG), tensor(SCORE), 1)
    moved = losses.coupling_loss(tensor(FG[order]), tensor(BG[order]), tensor(SCORE[order]), 1)
    assert moved.item() == pytest.approx(coupled.item(), rel=1e-6)


def test_ranks_are_shared_by_equals_and_kept_within_the_source() -> None:
    """From 0 to 1 in each source; none where all scores are the same."""
    assert losses.ranks(np.array([3, 1, 3, 2], np.float32)).tolist() == [2.5, 0, 2.5, 1]
    table = planted(80)
    found = losses.ranks_within_source(table)
    for source in (0, 1):
        own = table.source == source
        assert (np.argsort(found[own]) == np.argsort(table.score[own])).all()
        assert (found[own].min(), found[own].max()) == (0, 1)
    assert np.isnan(found[table.source == 2]).all()
