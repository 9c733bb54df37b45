"""Pairs that nobody made: a foreground and a background that do not belong together.

A negative's two files come from true pairs whose numbers differ by at least `min_pair_distance`, or from
different packs, whose numbers cannot be compared; of a file in several pairs every number counts. By their
bytes they are no true pair of any pack or list that is known, not the same file twice, and no two negatives
are the same. Easy ones are drawn at random. Hard ones take a background near to the true one's look: the
nearest of 16 at random, by a sketch of 16 numbers; so what is wrong with them is that they do not belong
together, and little else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train.problem import TrainError

Rows = NDArray[np.int64]
Matrix = NDArray[np.float32]

_SKETCH = 16
_CANDIDATES = 16
_ROUNDS = 30
"""A round draws a few more than are missing; what is left is found by listing what is possible."""
_LISTED = 4_000_000
"""So many combinations are listed at once."""
_FLAGGED = 1 << 27
_LARGEST_NUMBER = 1 << 31
"""Greater numbers of pairs count as this one."""


class NegativesError(TrainError):
    """There are not so many; says how many there are."""

    def __init__(self, told: str, possible: int) -> None:
        super().__init__(told)
        self.possible = possible


@dataclass(frozen=True, kw_only=True, eq=False)
class TruePairs:
    """Pairs that were made: files and numbers, a row each."""

    fg: Rows
    """Which file, by any numbering that gives the same bytes the same number."""
    bg: Rows
    pack: Rows
    """Which pack or list its number is of."""
    number: Rows
    """Its pair number there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Which negatives are wanted."""

    count: int
    min_pair_distance: int = 50
    hard_share: float = 0.5
    seed: int = 0


class Negatives(NamedTuple):
    """Files that do not belong together."""

    fg: Rows
    bg: Rows
    is_hard: NDArray[np.bool_]


def mismatch(pool: TruePairs, known: TruePairs, looks: Matrix, wish: Wish) -> Negatives:
    """Draw negatives from the files of a pool, which are rows of `looks`; `known` lists every true pair."""
    grid = _Grid(np.unique(pool.fg), np.unique(pool.bg))
    forbidden = _forbidden(grid, known, wish.min_pair_distance)
    possible = grid.size - len(forbidden)
    if wish.count > possible:
        raise NegativesError(
            f"There are no {wish.count:,} negatives: {len(grid.fg):,} foregrounds and {len(grid.bg):,} "
            f"backgrounds make {possible:,} combinations that are no true pair and at least "
            f"{wish.min_pair_distance:,} numbers apart.",
            possible,
        )
    rng = np.random.default_rng(wish.seed)
    if not wish.count:
        return Negatives(grid.fg[:0], grid.bg[:0], np.zeros(0, np.bool_))
    drawn = _Draw(grid, forbidden, rng)
    drawn.fill(round(wish.count * wish.hard_share), lambda wanted: _hard(drawn, pool, looks, wanted))
    hard = drawn.keys
    drawn.fill(wish.count, drawn.at_random)
    if len(drawn.keys) < wish.count:
        drawn.list_rest(wish.count)
    keys = np.sort(drawn.keys)
    fg, bg = np.divmod(keys, len(grid.bg))
    return Negatives(grid.fg[fg], grid.bg[bg], np.isin(keys, hard))


@dataclass(frozen=True, eq=False)
class _Grid:
    """All combinations of foregrounds and backgrounds, each with a key of its own."""

    fg: Rows
    """Files, in order."""
    bg: Rows

    @property
    def size(self) -> int:
        return len(self.fg) * len(self.bg)

    def keys(self, fg: Rows, bg: Rows) -> Rows:
        """Give the keys of files, all of which it has."""
        return np.searchsorted(self.fg, fg) * len(self.bg) + np.searchsorted(self.bg, bg)


class _Draw:
    """Keys drawn so far, none forbidden and none twice."""

    def __init__(self, grid: _Grid, forbidden: Rows, rng: np.random.Generator) -> None:
        self.grid = grid
        self.forbidden = forbidden
        self.rng = rng
        self.keys = np.empty(0, np.int64)

    def fill(self, count: int, draw: Callable[[int], Rows]) -> None:
        """Draw until there are so many, or for so many rounds."""
        for _ in range(_ROUNDS):
            missing = count - len(self.keys)
            if missing <= 0:
                return
            drawn = draw(missing + missing // 8 + 16)
            keys = np.concatenate([self.keys, drawn[~_among(self.forbidden, drawn)]])
            _, first = np.unique(keys, return_index=True)
            self.keys = keys[np.sort(first)[:count]]

    def at_random(self, count: int) -> Rows:
        """Draw keys at random, forbidden ones among them."""
        return self.rng.integers(0, self.grid.size, count)

    def list_rest(self, count: int) -> None:
        """Choose what is missing from a list of all that is possible: few are left."""
        taken = np.union1d(self.forbidden, self.keys)
        rest = np.setdiff1d(np.arange(self.grid.size), taken, assume_unique=True)
        chosen = self.rng.choice(rest, count - len(self.keys), replace=False)
        self.keys = np.concatenate([self.keys, chosen])


def _hard(draw: _Draw, pool: TruePairs, looks: Matrix, count: int) -> Rows:
    """Give foregrounds the nearest of some backgrounds to their own."""
    projection = np.random.default_rng(0).standard_normal((looks.shape[1], _SKETCH), np.float32)
    sketch = looks @ projection
    rows = draw.rng.integers(0, len(pool.fg), count)
    choices = draw.rng.integers(0, len(draw.grid.bg), (count, _CANDIDATES))
    apart = sketch[draw.grid.bg[choices]] - sketch[pool.bg[rows]][:, None]
    distances = np.einsum("nck,nck->nc", apart, apart)
    keys = np.searchsorted(draw.grid.fg, pool.fg[rows])[:, None] * len(draw.grid.bg) + choices
    distances[_among(draw.forbidden, keys)] = np.inf
    return keys[np.arange(count), distances.argmin(axis=1)]


def _forbidden(grid: _Grid, known: TruePairs, min_pair_distance: int) -> Rows:
    """List the keys of what is a true pair, too near to one, or one file twice."""
    fg_rows, bg_rows = np.isin(known.fg, grid.fg), np.isin(known.bg, grid.bg)
    both = fg_rows & bg_rows
    twice = np.intersect1d(grid.fg, grid.bg)
    found = _Keys(grid.size)
    found.add(grid.keys(known.fg[both], known.bg[both]))
    found.add(grid.keys(twice, twice))
    places = _places(known, min_pair_distance)
    order = np.flatnonzero(bg_rows)[np.argsort(places[bg_rows], kind="stable")]
    reach = max(0, min_pair_distance - 1)
    rows = np.flatnonzero(fg_rows)
    starts = np.searchsorted(places[order], places[rows] - reach, side="left")
    ends = np.searchsorted(places[order], places[rows] + reach, side="right")
    for some in _chunks(ends - starts):
        near = _ranges(starts[some], ends[some])
        fg = np.repeat(known.fg[rows[some]], ends[some] - starts[some])
        found.add(grid.keys(fg, known.bg[order[near]]))
    return found.ordered()


class _Keys:
    """A set of keys: flags where there is room for them, which is ten times as fast as sorting."""

    def __init__(self, size: int) -> None:
        self._flags = np.zeros(size, np.bool_) if size <= _FLAGGED else None
        self._keys = np.empty(0, np.int64)

    def add(self, keys: Rows) -> None:
        if self._flags is not None:
            self._flags[keys] = True
        else:
            self._keys = np.union1d(self._keys, keys)

    def ordered(self) -> Rows:
        return self._keys if self._flags is None else np.flatnonzero(self._flags)


def _places(known: TruePairs, min_pair_distance: int) -> Rows:
    """Put numbers in one row, those of different packs out of each other's reach."""
    ranks = np.unique(known.pack, return_inverse=True)[1]
    pack: Rows = ranks.astype(np.int64)
    number = np.minimum(known.number, _LARGEST_NUMBER)
    return pack * (_LARGEST_NUMBER + 2 * min_pair_distance) + number


def _chunks(sizes: Rows) -> Iterator[slice]:
    """Cut rows so that each part comes to few enough in all."""
    whole = np.cumsum(sizes)
    cuts = np.searchsorted(whole, np.arange(_LISTED, whole[-1] if len(whole) else 0, _LISTED))
    edges = np.unique([0, *cuts, len(sizes)])
    yield from (slice(int(start), int(end)) for start, end in pairwise(edges))


def _ranges(starts: Rows, ends: Rows) -> Rows:
    """Count from each start to before its end, all in one row."""
    sizes = ends - starts
    shift: Rows = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return np.arange(len(shift)) + shift


def _among(ordered: Rows, keys: Rows) -> NDArray[np.bool_]:
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return ordered[places] == keys if len(ordered) else np.zeros(keys.shape, np.bool_)
