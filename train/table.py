"""Rows to learn from, as every room of the trainer passes them on: one coupled pair a row, all in arrays."""

from dataclasses import dataclass, fields, replace
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

Source = Literal["elite", "eval", "neg"]
SOURCES: tuple[Source, ...] = get_args(Source)
"""Scored by hand, measured by a run, and made of layers that do not belong together."""

Part = Literal["fg", "bg", "pair"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Rows of features, and what is known of each."""

    columns: tuple[str, ...]
    """Names of the features; each begins with its part: `fg.`, `bg.` or `pair.`."""
    values: NDArray[np.float32]
    """Rows by columns; 0 where a feature is not known."""
    known: NDArray[np.bool_]
    """The same shape."""
    score: NDArray[np.float32]
    """What the pair is worth, from 0 to 1."""
    source: NDArray[np.int8]
    """Where that is from: a place in `SOURCES`."""
    weight: NDArray[np.float32]
    """How much the row counts in the loss."""
    fg: NDArray[np.int64]
    """Which file the foreground is: the same number, the same bytes."""
    bg: NDArray[np.int64]
    spatial: NDArray[np.float32]
    """S as it was measured; NaN where it was not."""
    temporal: NDArray[np.float32]
    """T, likewise."""

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Self:
        """Some of the rows, in this order."""
        arrays = (field.name for field in fields(self) if field.name != "columns")
        return replace(self, **{name: getattr(self, name)[rows] for name in arrays})

    def places(self, part: Part) -> NDArray[np.int64]:
        """Find the columns of one part."""
        return np.array([at for at, name in enumerate(self.columns) if name.startswith(f"{part}.")], np.int64)
