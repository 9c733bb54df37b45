"""Which points lie near each other, and how many looks they make up: pure.

The number of looks is the diversity of order 1 of Leinster and Cobbold (Ecology 93, 2012). Two points at
distance d are alike by exp(-d²); a point is as ordinary as it is like all points, itself included, in the
mean; the number is exp(-mean(log(ordinariness))). Equal points make one look, n points far from each other n,
and a point that is half like its neighbours a part of one.

Every point is compared with every other: time grows with the square of their number, memory with the number
alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harvest.packs.features import SAME, Point

Points = NDArray[np.float32]

_BLOCK = 512


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """How points lie to each other."""

    looks: float
    """The effective number of different ones."""
    nearest: NDArray[np.float64]
    """From each point, the distance to the nearest other; infinite where there is none."""
    leaders: NDArray[np.intp]
    """For each point an earlier one that it looks the same as; itself where there is none."""

    @property
    def duplicates(self) -> int:
        """How many points look the same as an earlier one."""
        return int(np.count_nonzero(self.leaders != np.arange(len(self.leaders))))


class Gathering:
    """Points none of which looks the same as another; memory grows with them alone."""

    def __init__(self, coordinates: int) -> None:
        self._points: Points = np.empty((_BLOCK, coordinates), np.float32)
        self._norms = np.empty(_BLOCK, np.float32)
        self._count = 0

    def admit(self, point: Point) -> int | None:
        """Take a point in, or name the one it looks the same as by its place."""
        norm = point @ point
        points, norms = self._points[: self._count], self._norms[: self._count]
        # Not `points @ point`: on a busy machine BLAS's threads wait for each other, 2.9 ms instead of 0.7.
        squares = norms + norm - 2 * np.einsum("ij,j->i", points, point)
        if self._count and squares.min() <= SAME**2:
            return int(squares.argmin())
        if self._count == len(self._points):
            self._points = np.concatenate([points, np.empty_like(points)])
            self._norms = np.concatenate([norms, np.empty_like(norms)])
        self._points[self._count], self._norms[self._count] = point, norm
        self._count += 1
        return None


def together(fg: Points, bg: Points) -> Points:
    """Place pairs: two of them lie apart by the root mean square of what their layers do."""
    return np.hstack([fg, bg]) / np.float32(np.sqrt(2))


def neighbourhood(points: Points) -> Neighbourhood:
    """Compare."""
    count = len(points)
    nearest, ordinariness = np.full(count, np.inf), np.ones(count)
    for start in range(0, count, _BLOCK):
        block = slice(start, start + _BLOCK)
        squares = _squared_distances(points[block], points)
        ordinariness[block] = np.exp(-squares).mean(axis=1, dtype=np.float64)
        rows = np.arange(len(squares))
        squares[rows, start + rows] = np.inf
        nearest[block] = np.sqrt(squares.min(axis=1))
    looks = float(np.exp(-np.log(ordinariness).mean())) if count else 0.0
    return Neighbourhood(looks=looks, nearest=nearest, leaders=_leaders(points))


def _leaders(points: Points) -> NDArray[np.intp]:
    """Let each point follow the nearest leader that looks the same, or become one."""
    leaders = np.arange(len(points))
    leading: list[int] = []
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        known = len(leading)
        to_known = _squared_distances(block, points[leading])
        to_block = _squared_distances(block, block)
        for row in range(len(block)):
            new = [leader - start for leader in leading[known:]]
            squares = np.concatenate([to_known[row], to_block[row, new]])
            best = int(squares.argmin()) if len(squares) else 0
            if len(squares) and squares[best] <= SAME**2:
                leaders[start + row] = leading[best]
            else:
                leading.append(start + row)
    return leaders


def _squared_distances(some: Points, others: Points) -> NDArray[np.float32]:
    norms = (some * some).sum(axis=1)[:, None] + (others * others).sum(axis=1)
    return np.maximum(norms - 2 * some @ others.T, 0)
