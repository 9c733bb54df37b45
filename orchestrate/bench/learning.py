"""Epochs learned by turns: in our way, and in torch's own, row by row."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from orchestrate.bench.figures import Figure, figure
from orchestrate.progress import counting
from train.balance import Balance, balance
from train.fit import Resident, choose_device, learn, on_threads, optimiser_of, resident
from train.model import Network, lay_out, standardise
from train.recipe import Recipe
from train.report import peak_memory_bytes
from train.table import SOURCES, Table

SIZES = ((2_000, 14_000, 40_000), (2_000, 102_040, 50_000))
"""Rows of each source: 56,000, and 104,040 with 50,000 negatives."""

_FEATURES = {"fg": 24, "bg": 24, "pair": 15}

Batch = tuple[Tensor, Tensor]
Batches = Callable[[int], Iterable[Batch]]
"""The batches of an epoch, by its number."""


@dataclass(frozen=True, kw_only=True)
class _Material:
    network: Network
    rows: Resident
    mix: Balance
    recipe: Recipe


def measure(recipe: Recipe, workers: int) -> tuple[dict[str, Figure], dict[str, str | int]]:
    """Compare all ways for each size; give the figures, and what they were taken with."""
    figures: dict[str, Figure] = {}
    with on_threads(recipe.threads):
        for size in SIZES:
            found = _compare(_made_up(size, recipe), workers)
            figures |= {f"{name}.{sum(size)}_rows": each for name, each in found.items()}
        figures |= _worst(figures, ("train.data_path_times_dataloader", "train.epoch_times_dataloader"))
    facts: dict[str, str | int] = {
        "epochs": recipe.epochs,
        "batch": recipe.batch_size,
        "threads": recipe.threads,
        "workers": workers,
        "device": choose_device(recipe.device).type,
        "torch": str(torch.__version__),
        "peakMemoryMb": round(peak_memory_bytes() / 1e6),
    }
    return figures, facts


def _made_up(size: Sequence[int], recipe: Recipe) -> _Material:
    random = np.random.default_rng(0)
    rows, names = sum(size), [f"{part}.{i:02}" for part, count in _FEATURES.items() for i in range(count)]
    source = np.repeat(np.arange(len(SOURCES), dtype=np.int8), size)
    measured = np.where(source == SOURCES.index("eval"), random.random(rows), np.nan).astype(np.float32)
    table = Table(
        columns=tuple(names),
        values=random.normal(size=(rows, len(names))).astype(np.float32),
        known=np.ones((rows, len(names)), np.bool_),
        score=np.where(source == SOURCES.index("neg"), 0, random.random(rows)).astype(np.float32),
        source=source,
        weight=np.ones(rows, np.float32),
        fg=np.arange(rows),
        bg=np.arange(rows),
        spatial=measured,
        temporal=measured,
    )
    device, layout = choose_device(recipe.device), lay_out(table)
    torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
    network = Network(layout, recipe, standardise(table, layout)).to(device)
    mix = balance(source, recipe)
    return _Material(network=network, rows=resident(network, table, device), mix=mix, recipe=recipe)


def _compare(material: _Material, workers: int) -> dict[str, Figure]:
    """Make the batches of each epoch in each way, then learn it; by turns, as machines get busy."""
    ways = {
        "": _ours(material),
        "_dataloader": _dataloader(material, workers, packed=False),
        "_packed_dataloader": _dataloader(material, workers, packed=True),
    }
    took: dict[str, list[float]] = {f"{what}{way}": [] for what in ("data_path", "epoch") for way in ways}
    optimiser = optimiser_of(material.network, material.recipe)

    def learned(batch: Batch) -> object:
        return learn(material.network, optimiser, *batch, material.mix.counts, material.recipe)

    rows = len(material.rows.inputs)
    with counting(f"epochs of {rows:,} rows") as told:
        for epoch in range(material.recipe.epochs):
            for way, batches in ways.items():
                took[f"data_path{way}"].append(_seconds(batches(epoch), lambda batch: batch))
                took[f"epoch{way}"].append(_seconds(batches(epoch), learned))
            told(epoch + 1, material.recipe.epochs)
    times = {
        f"train.{what}_times{way}": figure(
            [theirs / ours for ours, theirs in zip(took[what], took[f"{what}{way}"], strict=True)]
        )
        for what in ("data_path", "epoch")
        for way in ways
        if way
    }
    return {**times, **{f"train.{name}_s": figure(seconds) for name, seconds in took.items()}}


def _ours(material: _Material) -> Batches:
    """As `train.fit` makes them."""

    def batches(epoch: int) -> Iterator[Batch]:
        order = torch.as_tensor(material.mix.epoch(epoch)).to(material.rows.inputs.device)
        return (material.rows.batch(rows) for rows in order)

    return batches


def _dataloader(material: _Material, workers: int, *, packed: bool) -> Batches:
    """Row by row, drawn by weights that give the same mix on the average."""
    rows, mix = material.rows, material.mix
    weights = np.zeros(len(rows.inputs))
    for own, count in zip(mix.rows, mix.counts, strict=True):
        weights[own] = count / max(1, len(own))
    labels = rows.labels.cpu()
    fields = [labels] if packed else labels.unbind(1)
    loader = DataLoader(
        TensorDataset(rows.inputs.cpu(), *fields),
        batch_size=mix.batch,
        sampler=WeightedRandomSampler(weights.tolist(), mix.steps * mix.batch),
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    device = rows.inputs.device

    def batches(_: int) -> Iterator[Batch]:
        for inputs, *labels in loader:
            yield inputs.to(device), (labels[0] if packed else torch.stack(labels, 1)).to(device)

    return batches


def _seconds(batches: Iterable[Batch], use: Callable[[Batch], object]) -> float:
    began = time.perf_counter()
    for batch in batches:
        use(batch)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _worst(figures: dict[str, Figure], names: Sequence[str]) -> dict[str, Figure]:
    """Of the sizes measured, the one in which least was won stands for all."""
    return {
        name: min(
            (each for key, each in figures.items() if key.startswith(name)), key=lambda each: each.median
        )
        for name in names
    }
