"""Rows whose scores follow a rule that a network can find."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.table import Table

LAYER, PAIR = 24, 15


def columns(layer: int = LAYER, pair: int = PAIR) -> tuple[str, ...]:
    """Name 63 features."""
    names = {"fg": layer, "bg": layer, "pair": pair}
    return tuple(f"{part}.x{place:02}" for part, count in names.items() for place in range(count))


def planted(rows: int, *, seed: int = 0, noise: float = 0.05, **changed: Any) -> Table:
    """Make rows of the three sources: a quarter elite, a quarter eval, half negatives.

    Good are pairs whose layers fit each other and which are lively, one by one and together.
    """
    random = np.random.default_rng(seed)
    names = columns()
    values = random.normal(size=(rows, len(names))).astype(np.float32)
    source = np.resize(np.array([0, 1, 2, 2], np.int8), rows)
    fg, bg, pair = values[:, :LAYER], values[:, LAYER : 2 * LAYER], values[:, 2 * LAYER :]
    fit = np.tanh(fg[:, 0] * bg[:, 0] + fg[:, 1] * bg[:, 1])
    truth = fit + 0.5 * np.tanh(fg[:, 2] + bg[:, 2]) + 0.5 * pair[:, 0]
    noisy = truth + noise * random.normal(size=rows)
    score = np.where(source == 2, 0, 1 / (1 + np.exp(-1.5 * noisy)))
    values[source == 2, 2 * LAYER + 1] += 1.5
    measured = source == 1
    table: dict[str, NDArray[Any]] = {
        "values": values,
        "known": np.ones(values.shape, np.bool_),
        "score": score.astype(np.float32),
        "source": source,
        "weight": np.ones(rows, np.float32),
        "fg": np.arange(rows, dtype=np.int64),
        "bg": np.arange(rows, dtype=np.int64) + rows,
        "spatial": _where(measured, fit),
        "temporal": _where(measured, np.tanh(fg[:, 2] + bg[:, 2])),
    }
    return Table(columns=names, **{**table, **changed})


def _where(measured: NDArray[np.bool_], values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(measured, values, np.nan).astype(np.float32)
