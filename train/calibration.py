"""From predictions to `quality01`: what such a prediction has turned out to be worth. Pure.

Predictions of rows that the model did not learn from are cut into bins of 25 rows or more, of 8 where there
are few. Each bin says what its rows were worth on the average; neighbours in the wrong order are pooled
(isotonic regression); straight lines join them. So predictions keep their order, and quality01 spreads only
as far as scores followed them: nothing is stretched, and predictions that say nothing become one number.
Beyond the outer bins it goes on, a quarter as steep as on the average, until it meets the lowest or highest
score.

Against a logistic curve of two parameters, on eight kinds of predictions (straight, shrunken, as logits,
saturated, in two heaps, cubed, weak, chance), 400 rows and 20 draws each: where the curve fits, its error on
other rows is smaller by 0.005; where it does not, greater by 0.02 to 0.06. A quarter of the slope beyond the
outer bins made fewer ties than the whole slope, with no greater error.

Each knot knows its standard error: how far the mean score of its bin may be off, by how much the bin's rows
vary; the variance of all rows is added once, so that a few equal rows do not look certain. Beyond the outer
bins no row was seen: there the error grows by as much as quality01 goes on.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harvest.records import Record
from harvest.records.record import Amount, Count, Many, Number, Share

_BIN_ROWS = 25
_FEWEST_BINS = 5
_LEAST_BIN_ROWS = 8
_MOST_BINS = 20
_FLATTENED = 4.0
_SAME = 1e-12

Values = NDArray[np.float64]


class Knot(Record):
    """One point of the mapping."""

    prediction: Number
    quality01: Share
    error: Amount | None = None
    """Standard error of that quality01; None: nobody asked for it then."""


class Calibration(Record):
    """A mapping that keeps order: straight between its knots, level beyond the outer ones."""

    method: Literal["isotonic-bins.v0"] = "isotonic-bins.v0"
    knots: Many[Knot]
    n: Count
    """Rows it was made from."""

    def __call__(self, predicted: NDArray[np.floating]) -> Values:
        """Map predictions to quality01."""
        places = [knot.prediction for knot in self.knots]
        return np.interp(predicted, places, [knot.quality01 for knot in self.knots]).astype(np.float64)

    def error(self, predicted: NDArray[np.floating]) -> Values:
        """Give the standard error of what predictions are mapped to."""
        places = [knot.prediction for knot in self.knots]
        errors = np.array([knot.error for knot in self.knots], np.float64)
        return np.interp(predicted, places, errors).astype(np.float64)


def calibrate(predicted: NDArray[np.floating], score: NDArray[np.floating]) -> Calibration:
    """Learn the mapping from rows with a score that the model did not learn from."""
    if not len(predicted):
        raise ValueError("There is no row to calibrate with.")
    order = np.lexsort((score, predicted))
    x, y = predicted.astype(np.float64)[order], score.astype(np.float64)[order]
    points = _extended(_pooled(x, y), low=float(y.min()), high=float(y.max()))
    knots = tuple(
        Knot(prediction=place, quality01=min(1.0, max(0.0, quality)), error=error)
        for place, quality, error in points.tolist()
    )
    return Calibration(method="isotonic-bins.v0", knots=knots, n=len(x))


def _pooled(x: Values, y: Values) -> Values:
    """Average in bins, equal predictions in one, and pool bins until they rise: what knots hold."""
    rows = np.clip(len(x) // _FEWEST_BINS, _LEAST_BIN_ROWS, _BIN_ROWS)
    bins = int(np.clip(len(x) // rows, 1, _MOST_BINS))
    _, first, run = np.unique(x, return_index=True, return_inverse=True)
    place = first[run] * bins // len(x)
    pools: list[Values] = []
    for at in np.unique(place):
        inside = place == at
        pool = np.array([x[inside].sum(), y[inside].sum(), inside.sum(), (y[inside] ** 2).sum()])
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            pool = pool + pools.pop()
        pools.append(pool)
    place, worth, rows, squares = np.array(pools).T
    within = np.maximum(squares - worth**2 / rows, 0) + y.var()
    return np.column_stack((place / rows, worth / rows, np.sqrt(within) / rows))


def _extended(points: Values, *, low: float, high: float) -> Values:
    """Go on beyond the outer bins."""
    (first, lowest, _), (last, highest, _) = points[0], points[-1]
    rise = highest - lowest
    if rise <= _SAME:
        return points[:1]
    length = _FLATTENED * (last - first) / rise
    below, above = first - length * (lowest - low), last + length * (high - highest)
    start = [(below, low, np.hypot(points[0, 2], lowest - low))] if below < first else []
    end = [(above, high, np.hypot(points[-1, 2], high - highest))] if above > last else []
    return np.array([*start, *points, *end])
