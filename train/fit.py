"""The training: one loop that can be read in one sitting, stopped at any moment, and resumed to the bit."""

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from train import checkpoint as checkpoints
from train.balance import Balance, balance
from train.checkpoint import About, Checkpoint, Epoch, Files
from train.losses import Labels, losses, ranks_within_source
from train.metrics import spearman
from train.model import Network, lay_out, standardise
from train.recipe import Recipe, TrainingError
from train.run import Progress, Run, Told
from train.table import SOURCES, Table

__all__ = ["Fitted", "Progress", "Recipe", "Resident", "fit", "learn", "load", "predict"]

_PREDICTED_AT_ONCE = 8192


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    network: Network
    about: About

    @property
    def history(self) -> Sequence[Epoch]:
        """What each epoch came to."""
        return self.about.state.history

    @property
    def recipe(self) -> Recipe:
        """How it was trained."""
        return self.about.recipe

    def predict(self, table: Table) -> NDArray[np.float32]:
        """Say what pairs are worth, from 0 to 1, as far as the network can tell."""
        with on_threads(self.recipe.threads):
            return predict(self.network, self.network.read(table))


@dataclass(frozen=True)
class Resident:
    """All rows on the device, so that a batch is two look-ups."""

    inputs: Tensor
    """As the network reads them."""
    labels: Tensor
    """Score, weight and rank within the source."""

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Give some rows."""
        return self.inputs[rows], self.labels[rows]


def fit(  # noqa: PLR0913 - what a training takes
    train: Table,
    validation: Table,
    recipe: Recipe,
    folder: Path,
    *,
    told: Told = lambda _: None,
    start_from: Checkpoint | None = None,
    resume_from: Path | None = None,
) -> Fitted:
    """Train a network and give it as it was when it ranked the validation rows best.

    Everything is kept in the folder. On a processor the same rows and the same recipe give the same weights,
    to the bit, whether the training went through in one go or was killed and resumed. Instead of chance, a
    model that learned from other rows may give the first weights.
    """
    _refuse_unusable(train, validation)
    device = choose_device(recipe.device)
    with on_threads(recipe.threads), _seeded(recipe.seed, device):
        network = Network(layout := lay_out(train), recipe, standardise(train, layout)).to(device)
        start = begin_with(network, start_from) if start_from else "chance"
        rows, held_out = resident(network, train, device), network.read(validation)
        mix = balance(train.source, recipe)
        optimiser = optimiser_of(network, recipe)
        about = _explain(network, mix, recipe, start, train, validation)
        run = Run(network, optimiser, about, mix, Files(folder), told)
        run.begin(resume_from)
        try:
            while not run.is_over:
                order = torch.as_tensor(mix.epoch(run.state.epoch)).to(device)
                while run.state.step < mix.steps:
                    run.set_rate()
                    inputs, labels = rows.batch(order[run.state.step])
                    found = learn(network, optimiser, inputs, labels, mix.counts, recipe)
                    if all(map(math.isfinite, found.values())):
                        run.count(found)
                    else:
                        run.set_back()
                predicted = predict(network, held_out)
                if np.isfinite(predicted).all():
                    run.end_epoch(rank_correlations(predicted, validation))
                else:
                    run.set_back()
        except KeyboardInterrupt:
            run.keep()
            raise
        best = run.end()
        return Fitted(checkpoints.network_of(best).to(device), best.about)


def begin_with(network: Network, earlier: Checkpoint) -> str:
    """Give a network an earlier one's weights, and what it measures columns in; name them by their hash.

    An earlier one that never met S and T has nothing to say about them.
    """
    ours, theirs = network.layout, earlier.about.layout
    if (ours.columns, ours.flagged) != (theirs.columns, theirs.flagged):
        raise TrainingError("The model to start from learned from other features.")
    own = network.state_dict()
    given = {
        name: value
        for name, value in earlier.network.items()
        if name in own and (earlier.about.coupled or not name.startswith("coupling_"))
    }
    if any(own[name].shape != value.shape for name, value in given.items()):
        raise TrainingError("The model to start from has another width.")
    network.load_state_dict({**own, **given})
    return checkpoints.hash_of(earlier.network)


def load(path: Path) -> Fitted:
    """Read a network that was kept: one of the two models, or a checkpoint."""
    found = checkpoints.load(path)
    return Fitted(checkpoints.network_of(found), found.about)


def learn(  # noqa: PLR0913, PLR0917 - what a step takes
    network: Network,
    optimiser: torch.optim.Optimizer,
    inputs: Tensor,
    labels: Tensor,
    counts: Sequence[int],
    recipe: Recipe,
) -> dict[str, float]:
    """Take one step; give its losses and the length of its gradient.

    Where that is no number the step is not taken.
    """
    network.train()
    known = Labels(labels[:, 0], labels[:, 1], labels[:, 2], *network.couplings(inputs))
    parts = losses(network(inputs), known, counts, recipe)
    loss = torch.stack(list(parts.values())).sum()
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    length = clip_grad_norm_(network.parameters(), recipe.gradient_norm)
    values = torch.stack([*parts.values(), loss, length]).detach().cpu().numpy()
    found = {name: float(value) for name, value in zip([*parts, "all", "gradient"], values, strict=True)}
    if math.isfinite(found["gradient"]):
        optimiser.step()
    return found


def predict(network: Network, inputs: Tensor) -> NDArray[np.float32]:
    """Score rows as the network reads them, some thousand at a time."""
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        some = torch.split(inputs, _PREDICTED_AT_ONCE)
        scores = [torch.sigmoid(network(each.to(device)).logit).cpu() for each in some]
    return torch.cat(scores).numpy()


def resident(network: Network, table: Table, device: torch.device) -> Resident:
    """Bring rows to the device, once."""
    labels = np.stack([table.score, table.weight, ranks_within_source(table)], 1, dtype=np.float32)
    return Resident(network.read(table).to(device), torch.as_tensor(labels).to(device))


def optimiser_of(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    """Give the optimiser; its rate is set before each step."""
    return torch.optim.AdamW(network.parameters(), weight_decay=recipe.weight_decay, fused=True)


def choose_device(asked: str) -> torch.device:
    """Give the device asked for; never another."""
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise TrainingError("cuda was asked for, but torch sees no GPU; the doctor tells what it does see.")
    return torch.device("cuda" if asked != "cpu" and there else "cpu")


def rank_correlations(predicted: NDArray[np.float32], table: Table) -> dict[str, float | None]:
    """Spearman's correlation with the score, of all rows and within each source."""
    found = {"all": spearman(predicted, table.score)}
    for place, name in enumerate(SOURCES):
        if (own := table.source == place).any():
            found[name] = spearman(predicted[own], table.score[own])
    return found


@contextmanager
def on_threads(count: int) -> Generator[None]:
    """Compute on so many, and leave everybody else as many as they had."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Generator[None]:
    """Draw from this seed, and leave everybody else's random numbers as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        yield


def _refuse_unusable(*tables: Table) -> None:
    for table in tables:
        if not len(table):
            raise TrainingError("There are no rows to train on, or none to validate with.")
        if not np.isfinite(table.values[table.known]).all():
            raise TrainingError("A feature that is said to be known is no number.")
        if not ((table.score >= 0) & (table.score <= 1)).all():
            raise TrainingError("A score does not lie between 0 and 1.")
        if not (np.isfinite(table.weight) & (table.weight >= 0)).all():
            raise TrainingError("The weight of a row is negative or no number.")


def _explain(  # noqa: PLR0913, PLR0917 - what explains a training
    network: Network, mix: Balance, recipe: Recipe, start: str, train: Table, validation: Table
) -> About:
    layout = network.layout
    return About(
        recipe=recipe,
        resolved={
            "device": next(network.parameters()).device.type,
            "torch": str(torch.__version__),
            "parameters": sum(each.numel() for each in network.parameters()),
            "bytes": network.size_bytes,
            "steps": mix.steps,
            "mix": mix.words(),
        },
        data={
            "start": start,
            "train": checkpoints.fingerprint(train),
            "validation": checkpoints.fingerprint(validation),
        },
        columns=list(layout.columns),
        flagged=list(layout.flagged),
        coupled=layout.coupled,
    )
