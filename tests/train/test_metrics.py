"""What figures say of predictions, checked by hand, by brute force and by what must not change them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train.planted_table import planted
from train.metrics import GOOD, Estimate, evaluate, spearman
from train.table import SOURCES, Table


def _close_to_the_score(table: Table, noise: float = 0.3, seed: int = 1) -> NDArray[np.float64]:
    return table.score + noise * np.random.default_rng(seed).normal(size=len(table))


def test_equal_values_share_their_mean_rank() -> None:
    """Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4 correlate by sqrt(0.9)."""
    assert spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9**0.5)


def test_sources_are_ranked_apart() -> None:
    """That elite pairs as a whole stand above the others is no order."""
    table = planted(scored=400, elite=400, negatives=0)
    only_the_source = (table.source == 0) + 0.01 * np.random.default_rng(2).normal(size=len(table))
    assert abs(spearman(only_the_source.tolist(), table.score.tolist()) or 0) > 0.5
    assert abs(evaluate(only_the_source, table).rank_correlation.value or 0) < 0.1


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0, 1.0], [1.0, 2.0]])
def test_no_order_is_none(values: list[float]) -> None:
    """What does not differ, or is too little, has no rank correlation, not one of 0."""
    assert spearman(values, list(range(len(values)))) is None


def test_figures_agree_with_brute_force() -> None:
    """AUC and pairwise accuracy are what counting all pairs of rows gives."""
    table = planted(scored=60, elite=30, negatives=50)
    predicted = np.round(_close_to_the_score(table), 1)
    found = evaluate(predicted, table)
    good = predicted[(table.source == 0) & (table.score >= GOOD)]
    negative = predicted[table.source == SOURCES.index("neg")]
    above = (np.sign(good[:, None] - negative[None, :]) + 1) / 2
    assert found.elite_auc.value == pytest.approx(above.mean())
    assert found.elite_auc.n == min(len(good), len(negative))
    assert found.elite_pass.value == pytest.approx((good > np.median(negative)).mean(), abs=0.05)
    pairs = [
        (table.score[one] - table.score[other]) * (predicted[one] - predicted[other])
        for one, other in combinations(range(len(table)), 2)
        if table.source[one] == table.source[other] and table.score[one] != table.score[other]
    ]
    assert found.pairwise_accuracy.value == pytest.approx(((1 + np.sign(pairs)) / 2).mean())


def test_first_places_are_discounted() -> None:
    """NDCG@20 is the discounted worth of the first 20 by that of the best 20; equals share their places."""
    table = planted(scored=100, elite=0, negatives=0)
    discounts = 1 / np.log2(np.arange(2, 22))
    predicted = _close_to_the_score(table)
    best = np.sort(table.score.astype(float))[::-1][:20] @ discounts
    reached = table.score[np.argsort(-predicted)][:20] @ discounts
    assert evaluate(predicted, table).ndcg20.value == pytest.approx(reached / best)
    level = evaluate(np.zeros(100), table).ndcg20.value
    assert level == pytest.approx(float(table.score.mean()) * discounts.sum() / best)


def test_calibration_is_told_apart_from_order() -> None:
    """Predictions that are 0.2 too high are out by 0.2, with slope 1; stretched ones have slope 1/2."""
    table = planted(scored=400, elite=0, negatives=0)
    score = table.score.astype(float)
    high = evaluate(score + 0.2, table)
    assert high.calibration_error.value == pytest.approx(0.2)
    assert high.calibration_slope.value == pytest.approx(1)
    assert evaluate(2 * score - 0.5, table).calibration_slope.value == pytest.approx(0.5)


def test_order_of_rows_changes_nothing() -> None:
    """Rows in another order give the same figures, spreads and all, to the last bit."""
    table = planted(scored=500, elite=60, negatives=300)
    predicted = _close_to_the_score(table)
    mixed = np.random.default_rng(7).permutation(len(table))
    assert evaluate(predicted[mixed], table[mixed]) == evaluate(predicted, table)


def test_what_cannot_be_said_is_none() -> None:
    """No elite rows: no AUC. Equal predictions: no order. Neither is 0."""
    found = evaluate(np.full(80, 0.4), planted(scored=50, elite=0, negatives=30))
    unknown = Estimate(value=None, n=0, spread=None)
    assert found.elite_auc == found.elite_pass == found.rank_correlation_elite == unknown
    assert found.rank_correlation == Estimate(value=None, n=50, spread=None)
    assert evaluate(np.zeros(0), planted(scored=0, elite=0, negatives=0)).ndcg20 == unknown


def test_spread_is_that_of_fresh_draws() -> None:
    """The spread of one table is about what the figure itself varies by from table to table."""
    found = [
        evaluate(_close_to_the_score(table, 0.5, seed), table)
        for seed in range(12)
        for table in [planted(scored=200, elite=60, negatives=100, seed=seed)]
    ]
    for name in ("rank_correlation", "elite_auc", "pairwise_accuracy", "ndcg20"):
        each = [getattr(metrics, name) for metrics in found]
        told, true = np.mean([one.spread for one in each]), np.std([one.value for one in each], ddof=1)
        assert 0.45 * true < told < 2.2 * true, name


def test_rows_that_share_files_are_not_independent() -> None:
    """Each row four times makes nothing surer: its files are the same."""
    table = planted(scored=200, elite=0, negatives=0)
    predicted = _close_to_the_score(table)
    four = np.tile(np.arange(len(table)), 4)
    once, often = evaluate(predicted, table), evaluate(predicted[four], table[four])
    assert often.rank_correlation.spread == pytest.approx(once.rank_correlation.spread, rel=0.02)


def test_few_files_have_no_spread() -> None:
    """Rows of fewer than ten foregrounds say little about others."""
    table = planted(scored=100, elite=0, negatives=0)
    few = replace(table, fg=table.fg % 4)
    assert evaluate(_close_to_the_score(table), few).rank_correlation.spread is None


def test_predictions_that_are_no_numbers_are_refused() -> None:
    """NaN is an error, and so are predictions for other rows."""
    table = planted(scored=10, elite=0, negatives=0)
    with pytest.raises(ValueError, match="1 predictions are not finite"):
        evaluate(np.append(np.zeros(9), np.nan), table)
    with pytest.raises(ValueError, match="do not fit 10 rows"):
        evaluate(np.zeros(9), table)
