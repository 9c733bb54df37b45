"""What baselines have learned: each predicts, and is kept in a file that holds numbers and no code.

Boosted trees are kept in LightGBM's own text; the others in numpy's `.npz`: `kind`, `columns`, and the arrays
that make up the model. Read again, each predicts the same.
"""

import io
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeAlias
from zipfile import BadZipFile

import lightgbm
import numpy as np
import torch
from lightgbm.basic import LightGBMError
from numpy.typing import NDArray
from torch import Tensor, nn

from harvest.packs import disk
from train.problem import TrainError
from train.table import Table

Predictions: TypeAlias = NDArray[np.float32]
Arrays: TypeAlias = Mapping[str, NDArray[Any]]

# Neither tells all of its types.
_boosting: Any = lightgbm
_numpy: Any = np

_MOST_BYTES = 1 << 28


class Learned(ABC):
    """A baseline that has learned."""

    suffix: ClassVar[str] = ".npz"

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns

    def __call__(self, table: Table) -> Predictions:
        """Say what pairs are worth."""
        if table.columns != self.columns:
            raise TrainError("The rows have other columns than the model learned from, or in another order.")
        return self.predict(table)

    @abstractmethod
    def predict(self, table: Table) -> Predictions:
        """Say what rows with its columns are worth."""

    @abstractmethod
    def content(self) -> bytes:
        """Give the bytes of its file."""


class InArrays(Learned):
    """One that is kept as numbers by name."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Give all that it learned."""

    @classmethod
    @abstractmethod
    def of(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Make it of that again."""

    def content(self) -> bytes:
        """Give them as numpy keeps them."""
        file = io.BytesIO()
        about = {"kind": np.array(type(self).__name__), "columns": np.array(self.columns)}
        _numpy.savez(file, **about, **self.arrays())
        return file.getvalue()


@dataclass(frozen=True, kw_only=True, eq=False)
class Scale:
    """How features come to one scale: an unknown one is average, and a column of its own says so."""

    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    gaps: NDArray[np.bool_]
    """Which columns were known in only some rows."""

    @classmethod
    def of(cls, train: Table) -> Self:
        """Find it among the rows to learn from."""
        known = train.known.sum(axis=0)
        means = np.where(train.known, train.values, 0).sum(axis=0, dtype=np.float64) / np.maximum(known, 1)
        apart = np.where(train.known, train.values - means, 0)
        spreads = np.sqrt((apart**2).sum(axis=0) / np.maximum(known, 1))
        return cls(means=means, spreads=spreads, gaps=(known > 0) & (known < len(train)))

    def __call__(self, table: Table) -> NDArray[np.float64]:
        """Bring rows to it."""
        varied = self.spreads > 0
        apart = np.where(table.known, table.values - self.means, 0)
        return np.hstack(
            (apart[:, varied] / self.spreads[varied], table.known[:, self.gaps].astype(np.float64))
        )


class Constant(InArrays):
    """The mean."""

    def __init__(self, columns: tuple[str, ...], mean: float) -> None:
        super().__init__(columns)
        self.mean = mean

    def predict(self, table: Table) -> Predictions:
        """Say the same of every row."""
        return np.full(len(table), self.mean, np.float32)

    def arrays(self) -> Arrays:
        """One number."""
        return {"mean": np.array(self.mean)}

    @classmethod
    def of(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Make it of that number."""
        return cls(columns, float(arrays["mean"]))


class Line(InArrays):
    """A straight line in every feature."""

    def __init__(
        self, columns: tuple[str, ...], scale: Scale, slopes: NDArray[np.float64], offset: float
    ) -> None:
        super().__init__(columns)
        self.scale, self.slopes, self.offset = scale, slopes, offset

    def predict(self, table: Table) -> Predictions:
        """Add up."""
        return (self.scale(table) @ self.slopes + self.offset).astype(np.float32)

    def arrays(self) -> Arrays:
        """Slopes, where they begin, and the scale."""
        return {**vars(self.scale), "slopes": self.slopes, "offset": np.array(self.offset)}

    @classmethod
    def of(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Make it of those."""
        return cls(columns, _scale_of(arrays), arrays["slopes"], float(arrays["offset"]))


class Trees(Learned):
    """Boosted trees, which take unknown features as they are."""

    suffix = ".txt"

    def __init__(self, columns: tuple[str, ...], booster: Any) -> None:
        super().__init__(columns)
        self.booster = booster

    def predict(self, table: Table) -> Predictions:
        """Ask every tree."""
        return np.asarray(self.booster.predict(with_gaps(table)), np.float32)

    def content(self) -> bytes:
        """Give LightGBM's own text, which names the columns."""
        return str(self.booster.model_to_string()).encode()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read such a text."""
        booster = _boosting.Booster(model_str=text)
        return cls(tuple(booster.feature_name()), booster)


class Layers(InArrays):
    """Two plain layers."""

    def __init__(self, columns: tuple[str, ...], scale: Scale, network: nn.Module) -> None:
        super().__init__(columns)
        self.scale, self.network = scale, network

    def predict(self, table: Table) -> Predictions:
        """Pass rows through both."""
        with torch.no_grad():
            return self.network(as_tensor(self.scale(table))).numpy()

    def arrays(self) -> Arrays:
        """The weights by their names, and the scale."""
        weights = {name: value.numpy() for name, value in self.network.state_dict().items()}
        return {**vars(self.scale), **weights}

    @classmethod
    def of(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Make it of those."""
        scale = _scale_of(arrays)
        weights = {name: torch.as_tensor(value) for name, value in arrays.items() if name[0].isdigit()}
        width, inputs = weights["0.weight"].shape
        network = two_layers(inputs, width)
        network.load_state_dict(weights)
        return cls(columns, scale, network)


_KINDS: Mapping[str, type[InArrays]] = {kind.__name__: kind for kind in (Constant, Line, Layers)}


def read_learned(path: Path) -> Learned:
    """Read a baseline that was kept."""
    data = disk.read_file(path, at_most=_MOST_BYTES)
    try:
        if path.suffix == Trees.suffix:
            return Trees.of(data.decode())
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _KINDS[str(arrays["kind"])].of(tuple(map(str, arrays["columns"])), arrays)
    except (KeyError, ValueError, RuntimeError, EOFError, BadZipFile, LightGBMError) as error:
        raise TrainError(f"{path}: no model that harvest kept, or a broken one: {error}.") from error


def two_layers(inputs: int, width: int) -> nn.Module:
    """Lay out a plain network; drawn from torch's own random numbers."""
    return nn.Sequential(nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, 1), nn.Flatten(0))


def as_tensor(array: NDArray[np.floating]) -> Tensor:
    """Give torch the numbers."""
    return torch.as_tensor(array.astype(np.float32))


def with_gaps(table: Table) -> NDArray[np.float32]:
    """Give features as LightGBM takes them: what is unknown is no number."""
    return np.where(table.known, table.values, np.float32(np.nan))


def _scale_of(arrays: Arrays) -> Scale:
    return Scale(means=arrays["means"], spreads=arrays["spreads"], gaps=arrays["gaps"])
