"""What no model may learn from: a feature that is the label, and features that are broken."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from train.metrics import spearman
from train.problem import TrainError
from train.table import SOURCES, Table

COPY = 0.98
"""A feature whose ranks follow the labels' so closely is the label; the best honest one reaches 0.35."""
LEAST_ROWS = 20
"""Fewer rows agree by chance."""


class LeakError(TrainError):
    """A table that must not be learned from; says in a sentence why."""


def refuse_leak(table: Table) -> None:
    """Refuse a table in which a feature is the label, of one source or of all that are no negatives."""
    real = table.source != SOURCES.index("neg")
    choices = {"all labels": real} | {
        f"{name} labels": table.source == at for at, name in enumerate(SOURCES) if name != "neg"
    }
    for name, rows in choices.items():
        for column, agreement in _agreements(table, rows):
            if abs(agreement) > COPY:
                raise LeakError(
                    f"The feature {column} is the label: over {name} its ranks agree with the scores' "
                    f"by {agreement:.3f}. A model that learns from it knows nothing of other pairs."
                )


def refuse_broken(table: Table, columns: tuple[str, ...]) -> None:
    """Refuse a table that has not these features, or any that is no number."""
    if missing := [name for name in columns if name not in table.columns]:
        raise LeakError(
            f"The features lack {len(missing)} of {len(columns)} columns, {missing[0]} among them."
        )
    if table.columns != columns:
        raise LeakError("The features have other columns, or the same in another order.")
    shape = (len(table), len(columns))
    if table.values.shape != shape or table.known.shape != shape:
        raise LeakError(
            f"The features are {table.values.shape} and {table.known.shape}, expected {shape} both."
        )
    bad = ~np.isfinite(table.values)
    if bad.any():
        raise LeakError(f"The feature {columns[int(bad.any(axis=0).argmax())]} is not a number everywhere.")


def _agreements(table: Table, rows: NDArray[np.bool_]) -> Iterator[tuple[str, float]]:
    """Correlate the ranks of each feature with those of the scores, where it is known."""
    for at, column in enumerate(table.columns):
        some = rows & table.known[:, at]
        if np.count_nonzero(some) >= LEAST_ROWS:
            yield column, spearman(table.values[some, at], table.score[some]) or 0.0
