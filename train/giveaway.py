"""What may give the scores of held-out rows away: files on both sides, or a feature that knows them. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.metrics import spearman
from train.table import SOURCES, Table

_BINS = 32
_FEWEST = 10
"""Fewer rows come into any order by chance."""


@dataclass(frozen=True, kw_only=True)
class Giveaway:
    """The worst of each that was found."""

    shared_files: int
    """Files that stand on both sides."""
    column: str
    """The feature that by itself orders held-out rows of one source best; empty: none does at all."""
    correlation: float
    """How well it does."""


def find_giveaway(train: Table, held_out: Table) -> Giveaway:
    """Look among the rows learned from and those held out."""
    ours, theirs = (np.union1d(table.fg, table.bg) for table in (train, held_out))
    apart = [
        (train[train.source == source], held_out[held_out.source == source])
        for source, name in enumerate(SOURCES)
        if name != "neg"
    ]
    orders = {name: max(_order(*rows, at) for rows in apart) for at, name in enumerate(train.columns)}
    column = max(orders, key=lambda name: orders[name], default="")
    correlation = max(0.0, orders.get(column, 0.0))
    return Giveaway(
        shared_files=len(np.intersect1d(ours, theirs)),
        column=column if correlation else "",
        correlation=correlation,
    )


def _order(train: Table, held_out: Table, column: int) -> float:
    """Predict with one feature: the mean score of the bin that its value falls into."""
    known = train.known[:, column]
    if not known.any() or len(held_out) < _FEWEST:
        return 0.0
    edges = np.unique(np.quantile(train.values[known, column], np.arange(1, _BINS) / _BINS))
    ours, theirs = _bins(train, column, edges), _bins(held_out, column, edges)
    counts = np.bincount(ours, minlength=len(edges) + 2)
    sums = np.bincount(ours, train.score, minlength=len(edges) + 2)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), train.score.mean())
    return spearman(means[theirs], held_out.score) or 0.0


def _bins(table: Table, column: int, edges: NDArray[np.floating]) -> NDArray[np.int64]:
    inside = 1 + np.searchsorted(edges, table.values[:, column])
    return np.where(table.known[:, column], inside, 0).astype(np.int64)
