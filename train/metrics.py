"""How well predictions order and meet what pairs are worth, each figure with its n and its spread. Pure.

Negatives are made up, so only pairs that somebody or something scored, elite and eval, count in most figures.

    rank_correlation    Spearman's, each scored row ranked among those of its source: that elite pairs as a
                        whole stand above the others tells nothing of one pair; also for each source
    pairwise_accuracy   share of two scored rows of one source that stand in the right order; equals: half
    elite_auc           share of good elite pairs and negatives of which the elite one stands higher
    elite_pass          share of good elite pairs that stand above the median negative
    ndcg20              what the first 20 are worth, beside the best first 20 there are
    calibration_error   how far the mean prediction lies from the mean score, in bins of equal size
    calibration_slope   how much the score rises with the prediction: 1 is right, below 1 is stretched

A spread is one standard error, found by drawing files anew instead of rows: rows that share a file are not
independent. That is done once with the foregrounds and once with the backgrounds; the larger one is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harvest.records import Record
from harvest.records.record import Amount, Count, Number
from train.table import SOURCES, Table

Values = NDArray[np.float64]

GOOD = 0.8
"""An elite pair with at least this score, 4 of 5, is a good one."""

_REPLICATES = 100
"""A spread is then itself right to 7 %."""
_SEED = 20
_FEWEST_FILES = 10
"""Fewer than this, drawn anew, say little about others."""
_FEWEST_ROWS = 3
_MOST_UNKNOWN = 0.1
_MOST_PAIRS = 20_000
"""Of rows of one source that are compared; more are sampled."""
_BINS = 10
_BIN_ROWS = 10
_FIRST = 20

_Measure = Callable[[Values, Values, Values], Values]
"""From predictions, scores and weights, one row of weights a replicate; NaN where it cannot be said."""


class Estimate(Record):
    """One figure with what it rests on."""

    value: Number | None
    """None: it cannot be said."""
    n: Count
    """Rows; for a comparison of two kinds, rows of the rarer one."""
    spread: Amount | None
    """One standard error; None: it cannot be said."""


class Metrics(Record):
    """How good predictions are; the figures are explained above."""

    rank_correlation: Estimate
    rank_correlation_elite: Estimate
    rank_correlation_eval: Estimate
    pairwise_accuracy: Estimate
    elite_auc: Estimate
    elite_pass: Estimate
    ndcg20: Estimate
    calibration_error: Estimate
    calibration_slope: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    predicted: Values
    score: Values
    source: NDArray[np.int8]
    fg: NDArray[np.int64]
    bg: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "_Rows":
        return _Rows(**{name: values[rows] for name, values in vars(self).items()})


def evaluate(predicted: NDArray[np.floating], table: Table) -> Metrics:
    """Compare predictions with a table's scores; the order of its rows changes nothing."""
    rows = _in_order(predicted, table)
    elite, measured, negative = (rows.source == SOURCES.index(name) for name in SOURCES)
    scored = rows[elite | measured]
    good = elite & (rows.score >= GOOD)
    against = rows[good | negative]
    is_good = (against.source == SOURCES.index("elite")).astype(np.float64)
    rarer = int(min(good.sum(), negative.sum()))
    return Metrics(
        rank_correlation=_estimate(_within_sources(scored.source), scored),
        rank_correlation_elite=_estimate(_spearman, rows[elite]),
        rank_correlation_eval=_estimate(_spearman, rows[measured]),
        pairwise_accuracy=_pairwise(scored),
        elite_auc=_estimate(_auc, against, score=is_good, n=rarer),
        elite_pass=_estimate(_share_above_median, against, score=is_good, n=rarer),
        ndcg20=_estimate(_ndcg, scored),
        calibration_error=_estimate(_bin_error, scored),
        calibration_slope=_estimate(_slope, scored),
    )


def spearman(first: ArrayLike, second: ArrayLike) -> float | None:
    """Give the rank correlation, equal values sharing their mean rank; None where one side has no order."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    found = float(_spearman(one, other, np.ones((1, len(one))))[0])
    return None if np.isnan(found) else found


def _in_order(predicted: NDArray[np.floating], table: Table) -> _Rows:
    """Sort rows by what they hold, so that sums and draws do not depend on how they came."""
    if predicted.shape != (len(table),):
        raise ValueError(f"{predicted.shape} predictions do not fit {len(table)} rows.")
    if not np.isfinite(predicted).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(predicted))} predictions are not finite numbers.")
    order = np.lexsort((predicted, table.score, table.source, table.bg, table.fg))
    return _Rows(
        predicted=predicted.astype(np.float64)[order],
        score=table.score.astype(np.float64)[order],
        source=table.source[order],
        fg=table.fg[order],
        bg=table.bg[order],
    )


def _estimate(
    measure: _Measure, rows: _Rows, *, score: Values | None = None, n: int | None = None
) -> Estimate:
    score = rows.score if score is None else score
    n = len(score) if n is None else n
    value = _known(measure(rows.predicted, score, np.ones((1, len(score))))[0]) if n else None
    spread = None if value is None else _spread(partial(measure, rows.predicted, score), rows)
    return Estimate(value=value, n=n, spread=spread)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _spread(measure: Callable[[Values], Values], rows: _Rows) -> float | None:
    by_file = [_resampled(measure, files) for files in (rows.fg, rows.bg)]
    known = [spread for spread in by_file if spread is not None]
    return max(known) if len(known) == len(by_file) else None


def _resampled(measure: Callable[[Values], Values], files: NDArray[np.int64]) -> float | None:
    _, place = np.unique(files, return_inverse=True)
    count = int(place.max()) + 1
    if count < _FEWEST_FILES:
        return None
    times = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), _REPLICATES)
    found = measure(times[:, place].astype(np.float64))
    unknown = np.isnan(found)
    return None if unknown.mean() > _MOST_UNKNOWN else float(found[~unknown].std(ddof=1))


def _spearman(predicted: Values, score: Values, weights: Values) -> Values:
    if len(score) < _FEWEST_ROWS or not np.ptp(predicted) or not np.ptp(score):
        return np.full(len(weights), np.nan)
    one, other = _ranks(predicted, weights), _ranks(score, weights)
    covered = _covariance(one, other, weights)
    spread = _covariance(one, one, weights) * _covariance(other, other, weights)
    return _ratio(covered, np.sqrt(spread))


def _within_sources(source: NDArray[np.int8]) -> _Measure:
    each = [np.flatnonzero(source == place) for place in np.unique(source)]

    def correlation(predicted: Values, score: Values, weights: Values) -> Values:
        covered, of_one, of_other = np.zeros((3, len(weights)))
        for rows in each:
            held = weights[:, rows]
            total = np.maximum(held.sum(axis=1, keepdims=True), 1)
            one, other = _ranks(predicted[rows], held) / total, _ranks(score[rows], held) / total
            covered += _covariance(one, other, held)
            of_one += _covariance(one, one, held)
            of_other += _covariance(other, other, held)
        return _ratio(covered, np.sqrt(of_one * of_other))

    return correlation


def _ranks(values: Values, weights: Values) -> Values:
    """Rank values of which each stands there as often as it weighs; equal ones share their mean rank."""
    starts, order, place = _groups(values)
    held = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(held, axis=1) - held / 2)[:, place]


def _groups(values: Values) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Sort, and find where each run of equal values starts and which run each value belongs to."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.cumsum(count) - count, np.argsort(place, kind="stable"), place


def _covariance(one: Values, other: Values, weights: Values) -> Values:
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    one = one - (weights * one).sum(axis=1, keepdims=True) / total
    other = other - (weights * other).sum(axis=1, keepdims=True) / total
    return (weights * one * other).sum(axis=1)


def _ratio(above: Values, below: Values) -> Values:
    """Divide; what would be a division by nothing, up to rounding, cannot be said."""
    tiny = 1e-12 * (1 + np.abs(above))
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > tiny)


def _pairwise(rows: _Rows) -> Estimate:
    first, second = _comparable(rows)

    def share(predicted: Values, score: Values, weights: Values) -> Values:
        agreed = np.sign(predicted[first] - predicted[second]) * np.sign(score[first] - score[second])
        both = weights[:, first] * weights[:, second]
        return _ratio((both * (1 + agreed) / 2).sum(axis=1), both.sum(axis=1))

    return _estimate(share, rows, n=len(np.unique(np.concatenate((first, second)))))


def _comparable(rows: _Rows) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose two rows of one source with different scores, many times."""
    chosen = [_two_of(np.flatnonzero(rows.source == source)) for source in range(len(SOURCES))]
    first, second = (np.concatenate(side) for side in zip(*chosen, strict=True))
    differ = rows.score[first] != rows.score[second]
    return first[differ], second[differ]


def _two_of(rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if len(rows) * (len(rows) - 1) // 2 <= _MOST_PAIRS:
        first, second = np.triu_indices(len(rows), 1)
    else:
        first, second = np.random.default_rng(_SEED).integers(0, len(rows), (2, _MOST_PAIRS))
    return rows[first], rows[second]


def _auc(predicted: Values, is_good: Values, weights: Values) -> Values:
    """Mann and Whitney's: how often the good one of two stands higher."""
    good = weights * is_good
    below = _ranks(predicted, weights - good)
    return _ratio((good * below).sum(axis=1), good.sum(axis=1) * (weights - good).sum(axis=1))


def _share_above_median(predicted: Values, is_good: Values, weights: Values) -> Values:
    others = predicted[is_good == 0]
    if not len(others):
        return np.full(len(weights), np.nan)
    above = (1 + np.sign(predicted - np.median(others))) / 2
    good = weights * is_good
    return _ratio((good * above).sum(axis=1), good.sum(axis=1))


def _ndcg(predicted: Values, score: Values, weights: Values) -> Values:
    if len(score) < _FIRST:
        return np.full(len(weights), np.nan)
    return _ratio(_gain(predicted, score, weights), _gain(score, score, weights))


def _gain(by: Values, score: Values, weights: Values) -> Values:
    """Sum up the first scores, discounted by their place; equals share their places."""
    starts, order, _ = _groups(-by)
    held = np.add.reduceat(weights[:, order], starts, axis=1)
    worth = np.add.reduceat((weights * score)[:, order], starts, axis=1)
    mean = np.divide(worth, held, out=np.zeros_like(worth), where=held > 0)
    reached = np.concatenate(([0.0], np.cumsum(1 / np.log2(np.arange(2, _FIRST + 2)))))
    last = np.minimum(np.cumsum(held, axis=1), _FIRST).astype(np.int64)
    before = np.minimum(np.cumsum(held, axis=1) - held, _FIRST).astype(np.int64)
    return (mean * (reached[last] - reached[before])).sum(axis=1)


def _bin_error(predicted: Values, score: Values, weights: Values) -> Values:
    bins = min(_BINS, len(score) // _BIN_ROWS)
    if not bins:
        return np.full(len(weights), np.nan)
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    inside = np.eye(len(edges) + 1)[np.searchsorted(edges, predicted, side="right")]
    missed = np.abs((weights * (predicted - score)) @ inside).sum(axis=1)
    return _ratio(missed, weights.sum(axis=1))


def _slope(predicted: Values, score: Values, weights: Values) -> Values:
    if len(score) < _FEWEST_ROWS or not np.ptp(predicted):
        return np.full(len(weights), np.nan)
    return _ratio(_covariance(predicted, score, weights), _covariance(predicted, predicted, weights))
