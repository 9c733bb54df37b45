"""How well two rankings agree. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FEWEST = 3


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Give the rank correlation, equal values sharing their mean rank; None where one side has no order."""
    if len(first) < _FEWEST:
        return None
    one, other = _ranks(first), _ranks(second)
    if not np.ptp(one) or not np.ptp(other):
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]
