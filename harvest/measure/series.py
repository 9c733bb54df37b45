"""How two rows of numbers go together; a row that does not vary goes with nothing."""

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.floating]

_NOTHING = 1e-7
"""A standard deviation below this is what rounding leaves of a constant: one step of 8 bits is 4e-3."""


def correlation(one: Row, other: Row) -> float | None:
    """Pearson's r, from -1 to 1; none where either is constant, or too short to vary."""
    if one.size != other.size:
        raise ValueError(f"{one.size} numbers cannot be compared with {other.size}.")
    if one.size < 2:  # noqa: PLR2004 - one number has no ups and downs
        return None
    first, second = (row.astype(np.float64).ravel() - row.mean(dtype=np.float64) for row in (one, other))
    if min(first.std(), second.std()) < _NOTHING:
        return None
    return float(np.clip(first @ second / np.sqrt((first @ first) * (second @ second)), -1, 1))


def followed(leader: Row, follower: Row, lags: range) -> list[float]:
    """Correlate a row with what comes that many places later in another, where that can be done."""
    found = (correlation(leader[: leader.size - lag], follower[lag:]) for lag in lags if lag < leader.size)
    return [r for r in found if r is not None]
