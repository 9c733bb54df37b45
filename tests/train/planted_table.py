"""Rows with a known truth: each file has features, and a pair is worth what its two files make of it."""

import numpy as np
from numpy.typing import NDArray

from train.table import SOURCES, Table


def planted(
    *,
    scored: int = 600,
    elite: int = 120,
    negatives: int = 600,
    columns: int = 12,
    signal: float = 1.0,
    noise: float = 0.05,
    seed: int = 0,
    first_file: int = 0,
) -> Table:
    """Make rows of which `signal` says how much of the score the features tell."""
    dice = np.random.default_rng(seed)
    source = np.repeat([1, 0, 2], [scored, elite, negatives]).astype(np.int8)
    true_pairs = scored + elite
    layers = dice.normal(size=(2, true_pairs, columns))
    layers[:, scored:, 0] += 1.5
    own = np.arange(true_pairs)
    fg = np.concatenate((own, dice.integers(0, true_pairs, negatives)))
    bg = np.concatenate((own, dice.integers(0, true_pairs, negatives)))
    values = np.hstack((layers[0][fg], layers[1][bg]))
    worth = _worth(values[:, 0] + values[:, columns] + 0.5 * values[:, 1])
    luck = dice.uniform(size=len(source))
    score = signal * worth + (1 - signal) * luck + noise * dice.normal(size=len(source))
    score = np.where(source == SOURCES.index("elite"), 0.75 + 0.25 * score, score)
    score = np.where(source == SOURCES.index("neg"), 0.0, np.clip(score, 0, 1))
    known = dice.uniform(size=values.shape) > 0.02
    unmeasured = np.full(len(source), np.nan, np.float32)
    names = [f"{part}.f{number}" for part in ("fg", "bg") for number in range(columns)]
    return Table(
        columns=tuple(names),
        values=np.where(known, values, 0).astype(np.float32),
        known=known,
        score=score.astype(np.float32),
        source=source,
        weight=np.ones(len(source), np.float32),
        fg=first_file + 2 * fg,
        bg=first_file + 2 * bg + 1,
        spatial=unmeasured,
        temporal=unmeasured,
    )


def parts(rows: int = 400, *, signal: float = 1.0, seed: int = 0) -> tuple[Table, Table, Table]:
    """Make rows to learn from, to validate with, and to hold out; no file stands in two of them."""
    sizes = (2 * rows, rows, rows)
    train, validation, held_out = (
        planted(
            scored=size,
            elite=size // 5,
            negatives=size,
            signal=signal,
            seed=3 * seed + at,
            first_file=1_000_000 * at,
        )
        for at, size in enumerate(sizes)
    )
    return train, validation, held_out


def _worth(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-value))
