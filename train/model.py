"""The network: what it is made of, and how rows of a `Table` become what it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from train.recipe import Recipe, TrainingError
from train.table import Part, Table

_FURTHEST = 6.0
"""Standard deviations; a feature further off its mean counts no more."""
_COUPLINGS = 2
"""S and T."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which columns a network reads, and where."""

    columns: tuple[str, ...]
    flagged: tuple[str, ...]
    """Columns known in only some rows of the training: for these the network is told which."""
    coupled: bool
    """Whether S and T were measured in any row of the training."""

    def places(self, part: Part, names: Sequence[str]) -> NDArray[np.int64]:
        """Find a part's columns among those, in the order of their names: the same for fg and bg."""
        own = sorted(name for name in names if name.startswith(f"{part}."))
        return np.array([self.columns.index(name) for name in own], np.int64)

    def widths(self) -> tuple[int, int, int]:
        """Count what the network reads of each part."""
        every = (*self.columns, *self.flagged)
        fg, bg, pair = (sum(name.startswith(f"{part}.") for name in every) for part in ("fg", "bg", "pair"))
        return fg, bg, pair


class Standard(NamedTuple):
    """What columns are measured in, and S and T."""

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    """0 where a column was never known or never differed: nothing was learned from it."""
    coupling_centre: NDArray[np.float32]
    coupling_scale: NDArray[np.float32]
    """0 where S or T was never measured."""

    @classmethod
    def empty(cls, columns: int) -> Self:
        """Leave room for what a checkpoint brings."""
        sizes = (columns, columns, _COUPLINGS, _COUPLINGS)
        return cls(*(np.zeros(size, np.float32) for size in sizes))


class Judged(NamedTuple):
    """What the network says of a batch of pairs."""

    logit: Tensor
    """The score before its sigmoid."""
    fg: Tensor
    bg: Tensor
    adaptive: Tensor | None
    """sigmoid(w_s·S + w_t·T + b), from 0 to 1; None where this is off, or S and T were never measured."""
    estimated: Tensor | None
    """S and T as the features suggest them, in standard deviations; None likewise."""


class Encoder(nn.Sequential):
    """From the features of one part to a token."""

    def __init__(self, features: int, recipe: Recipe) -> None:
        width = recipe.width
        super().__init__(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), _norm(recipe))


class ResidualAttention(nn.Module):
    """Lets the tokens of a pair see each other: softmax(QKᵀ/√d)·V + Q, head by head."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        if recipe.width % recipe.heads:
            raise TrainingError(f"A width of {recipe.width} cannot be split among {recipe.heads} heads.")
        self.heads = recipe.heads
        self.project = nn.Linear(recipe.width, 3 * recipe.width, bias=False)
        self.norm = _norm(recipe)

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the tokens, each changed by what it saw."""
        pairs, count, width = tokens.shape
        query, key, value = self.project(tokens).view(pairs, count, 3, self.heads, -1).unbind(2)
        # Products spelled out, token by token: batches of 3 by 3 matrices take 1.4 times as long.
        alike = (query.unsqueeze(2) * key.unsqueeze(1)).sum(-1) / query.shape[-1] ** 0.5
        attention = torch.softmax(alike, 2).unsqueeze(-1)
        seen = (attention * value.unsqueeze(1)).sum(2) + query
        return self.norm(seen.reshape(pairs, count, width))


class AdaptiveWeights(nn.Module):
    """From features to w_s, w_t and b, pair by pair: w_s·S + w_t·T + b.

    S and T are estimated where they were not measured, so that one formula holds for every pair and a
    score does not jump with a pair's first visit. The estimate learns from measured rows alone: it is cut
    off from the other losses, which would make of S and T whatever suits them.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.Linear(width, width // 2), nn.ReLU(), nn.Linear(width // 2, _COUPLINGS + 1)
        )
        self.estimate = nn.Linear(width, _COUPLINGS)

    def forward(self, features: Tensor, couplings: Tensor, measured: Tensor) -> tuple[Tensor, Tensor]:
        """Give that sum, before its sigmoid, and the estimate of S and T."""
        estimated = self.estimate(features)
        coupled = torch.where(measured > 0, couplings, estimated.detach())
        weights, bias = torch.split(self.weigh(features), [_COUPLINGS, 1], 1)
        return (weights * coupled).sum(1) + bias.squeeze(1), estimated


class Network(nn.Module):
    """Judges pairs by their features, and by S and T."""

    def __init__(self, layout: Layout, recipe: Recipe, standard: Standard | None = None) -> None:
        super().__init__()
        self.layout = layout
        self._places = [
            (layout.places(part, layout.columns), layout.places(part, layout.flagged))
            for part in get_args(Part)
        ]
        found = standard or Standard.empty(len(layout.columns))
        for name, values in found._asdict().items():
            self.register_buffer(name, torch.as_tensor(values))
        layer, _, pair = self._widths = layout.widths()
        width = recipe.width
        self.layer_encoder = Encoder(layer, recipe)
        self.pair_encoder = Encoder(pair, recipe)
        self.part = nn.Parameter(0.02 * torch.randn(len(self._places), width))
        self.attention = ResidualAttention(recipe) if recipe.attention else nn.Identity()
        self.features = nn.Sequential(
            nn.Linear(len(self._places) * width, width), nn.ReLU(), nn.Dropout(recipe.dropout)
        )
        self.score = nn.Linear(width, 1)
        self.adaptive = AdaptiveWeights(width) if recipe.adaptive_weights and layout.coupled else None
        self.blend = nn.Parameter(torch.zeros(()))

    def read(self, table: Table) -> Tensor:
        """Make of rows what the network reads: fg, bg and pair in standard deviations, then S and T."""
        if table.columns != self.layout.columns:
            raise TrainingError(_differing(self.layout.columns, table.columns))
        standard = Standard(*(getattr(self, name).numpy(force=True) for name in Standard._fields))
        values, known = _standardised(table.values, table.known, standard.centre, standard.scale)
        couplings = np.stack([table.spatial, table.temporal], 1)
        coupled, measured = _standardised(
            couplings, np.isfinite(couplings), standard.coupling_centre, standard.coupling_scale
        )
        parts = [each for own, flagged in self._places for each in (values[:, own], known[:, flagged])]
        return torch.as_tensor(np.concatenate([*parts, coupled, measured], 1, dtype=np.float32))

    def forward(self, rows: Tensor) -> Judged:
        """Judge rows as `read` gives them."""
        *layers, pair, couplings, measured = torch.split(rows, [*self._widths, _COUPLINGS, _COUPLINGS], 1)
        fg, bg = self.layer_encoder(torch.stack(layers)).unbind()
        tokens = torch.stack([fg, bg, self.pair_encoder(pair)], 1) + self.part
        features = self.features(self.attention(tokens).flatten(1))
        logit = self.score(features).squeeze(1)
        if self.adaptive is None:
            return Judged(logit, fg, bg, None, None)
        coupled, estimated = self.adaptive(features, couplings, measured)
        blended = torch.lerp(logit, coupled, torch.sigmoid(self.blend))
        return Judged(blended, fg, bg, torch.sigmoid(coupled), estimated)

    @staticmethod
    def couplings(rows: Tensor) -> tuple[Tensor, Tensor]:
        """Give S and T of rows as `read` gives them, and where they were measured."""
        return rows[:, -2 * _COUPLINGS : -_COUPLINGS], rows[:, -_COUPLINGS:]

    @property
    def size_bytes(self) -> int:
        """What its weights take."""
        return sum(each.numel() * each.element_size() for each in self.state_dict().values())


def lay_out(table: Table) -> Layout:
    """Choose how a network reads rows like these."""
    names = {
        part: {name.removeprefix(f"{part}.") for name in table.columns if name.startswith(f"{part}.")}
        for part in get_args(Part)
    }
    if odd := sorted(names["fg"] ^ names["bg"]):
        raise TrainingError(f"fg and bg must have the same features; only one of them has {', '.join(odd)}.")
    if missing := [part for part, found in names.items() if not found]:
        raise TrainingError(f"There is no feature of {' or of '.join(missing)}.")
    known = table.known.mean(axis=0)
    partly = {
        name.removeprefix("fg.").removeprefix("bg.")
        for name, share in zip(table.columns, known, strict=True)
        if 0 < share < 1
    }
    flagged = tuple(name for name in table.columns if name.removeprefix("fg.").removeprefix("bg.") in partly)
    coupled = bool((np.isfinite(table.spatial) & np.isfinite(table.temporal)).any())
    return Layout(columns=table.columns, flagged=flagged, coupled=coupled)


def standardise(table: Table, layout: Layout) -> Standard:
    """Find what to measure columns in: fg and bg in the same, as a file is the same file on either side."""
    centre, scale = _moments(table.values, table.known)
    fg, bg = (layout.places(part, layout.columns) for part in ("fg", "bg"))
    both_values = np.concatenate([table.values[:, fg], table.values[:, bg]])
    both_known = np.concatenate([table.known[:, fg], table.known[:, bg]])
    for side in (fg, bg):
        centre[side], scale[side] = _moments(both_values, both_known)
    couplings = np.stack([table.spatial, table.temporal], 1)
    return Standard(centre, scale, *_moments(couplings, np.isfinite(couplings)))


def _moments(
    values: NDArray[np.float32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each column, over what is known."""
    count = np.maximum(known.sum(axis=0), 1)
    exact = np.where(known, values, 0).astype(np.float64)
    mean = exact.sum(axis=0) / count
    spread = np.sqrt((np.where(known, exact - mean, 0) ** 2).sum(axis=0) / count)
    # Sums of equal numbers are off by a rounding: what differs less than that does not differ.
    spread[spread <= 1e-6 * np.abs(mean)] = 0
    return mean.astype(np.float32), spread.astype(np.float32)


def _standardised(
    values: NDArray[np.float32],
    known: NDArray[np.bool_],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """In standard deviations, 0 where nothing is known; and where something is."""
    known = known & (scale > 0)
    standard = np.where(known, (np.where(known, values, 0) - centre) / np.where(scale > 0, scale, 1), 0)
    return standard.clip(-_FURTHEST, _FURTHEST), known


def _norm(recipe: Recipe) -> nn.Module:
    return nn.LayerNorm(recipe.width) if recipe.layer_norm else nn.Identity()


def _differing(expected: Sequence[str], found: Sequence[str]) -> str:
    """Say how the columns of a table differ from those of a model."""
    lacking = [name for name in expected if name not in found]
    strange = [name for name in found if name not in expected]
    if not lacking and not strange:
        return "The rows have the model's columns in another order."
    told = [
        f"{what} {len(names)}: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"  # noqa: PLR2004 - enough
        for what, names in (("they lack", lacking), ("the model never saw", strange))
        if names
    ]
    return f"The rows do not have the model's {len(expected)} columns; {'; '.join(told)}."
