"""What changes while a network learns: remembered while it is well, set back when it is not, kept on disk."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import torch
from torch import Tensor

from harvest.packs import disk
from train import checkpoint as checkpoints
from train.balance import Balance
from train.checkpoint import About, Checkpoint, CheckpointError, Epoch, Files, State, Weights
from train.model import Network
from train.recipe import Recipe, TrainingError

_FREE_TO_CHANGE = {"checkpoint_steps", "checkpoint_epochs", "checkpoints_kept"}
"""What a resumed training may do differently and still end with the same weights."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training is."""

    epoch: int
    """Epochs done."""
    epochs: int
    step: int
    """Steps done of the next one."""
    steps: int
    loss: float | None = None
    validation: float | None = None
    """Rank correlation when it was last validated."""
    note: str | None = None
    """What a person should read."""


Told = Callable[[Progress], None]


@dataclass
class Run:
    """A training on its way."""

    network: Network
    optimiser: torch.optim.Optimizer
    about: About
    mix: Balance
    files: Files
    told: Told
    best: Weights = field(default_factory=dict[str, Tensor])
    healthy: Checkpoint = field(init=False)
    """The last state in which every weight was a number."""

    def begin(self, resume_from: Path | None) -> None:
        """Start anew, or where a checkpoint of the same training stopped."""
        if resume_from is None:
            self.files.forget(all_but=0)
        else:
            found = checkpoints.load(resume_from, told=lambda words: self.tell(note=words))
            self._restore(_same_training(found, self.about))
        self.healthy = self._copy()
        for words in self.mix.words():
            self.tell(note=words)

    @property
    def recipe(self) -> Recipe:
        """What it follows."""
        return self.about.recipe

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.about.state

    @property
    def steps_done(self) -> int:
        """Of all epochs."""
        return self.state.epoch * self.mix.steps + self.state.step

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or too many of the last brought nothing."""
        return self.state.epoch >= self.recipe.epochs or self._is_stale

    def set_rate(self) -> None:
        """Set the learning rate of the next step: one cycle, times what set-backs left of it."""
        peak, rising = self.recipe.learning_rate * self.state.rate, self.recipe.warm_up
        done = (self.steps_done + 1) / (self.recipe.epochs * self.mix.steps + 1)
        if done < rising:
            rate = peak * done / rising
        else:
            rate = peak * (1 + math.cos(math.pi * (done - rising) / (1 - rising))) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def count(self, losses: Mapping[str, float]) -> None:
        """Note a step that was taken; keep a checkpoint where one is due."""
        self.state.step += 1
        for name, value in losses.items():
            self.state.losses[name] = self.state.losses.get(name, 0.0) + value
        self.tell(loss=losses["all"])
        if self.steps_done % self.recipe.checkpoint_steps == 0 and self._is_healthy():
            self.healthy = self._copy()
            self.keep()

    def end_epoch(self, validation: Mapping[str, float | None]) -> None:
        """Note what an epoch came to, and keep what is due."""
        state, ranked = self.state, validation["all"]
        means = {name: total / self.mix.steps for name, total in state.losses.items()}
        state.epoch, state.step, state.losses = state.epoch + 1, 0, {}
        rate = self.optimiser.param_groups[0]["lr"]
        told = Epoch(epoch=state.epoch, losses=means, validation=dict(validation), rate=rate)
        state.history.append(told)
        improved = ranked is not None and (state.best is None or ranked > state.best)
        if improved:
            state.best, state.best_epoch = ranked, state.epoch
            self.best = copy.deepcopy(self.network.state_dict())
        self.healthy = self._copy()
        if improved:
            checkpoints.save(self.files.best, self.healthy)
        if state.epoch % self.recipe.checkpoint_epochs == 0:
            self.keep()
        self._write_history()
        self.tell()

    def set_back(self) -> None:
        """Go back to the last healthy state, with half the rate."""
        self._restore(self.healthy)
        if self.state.set_backs == self.recipe.set_backs:
            raise TrainingError(
                f"The loss is no number, after {self.recipe.set_backs} set-backs still, and with a learning "
                f"rate of {self.recipe.learning_rate * self.state.rate:.2g}. Try a lower one."
            )
        self.state.rate /= 2
        self.state.set_backs += 1
        self.healthy = self._copy()
        where = f"epoch {self.state.epoch}, step {self.state.step}"
        self.tell(note=f"the loss is no number: back to {where}, with {self.state.rate:.3g} of the rate")

    def keep(self) -> None:
        """Write the last healthy state."""
        state = self.healthy.about.state
        path = self.files.at_step(state.epoch * self.mix.steps + state.step)
        checkpoints.save(path, self.healthy)
        self.files.forget(all_but=self.recipe.checkpoints_kept)

    def end(self) -> Checkpoint:
        """Write the final model; give the best."""
        checkpoints.save(self.files.final, self.healthy)
        if not self.best:
            checkpoints.save(self.files.best, self.healthy)
        self.tell(note=self._ending())
        return replace(self.healthy, network=self.best or self.healthy.network)

    def tell(self, *, loss: float | None = None, note: str | None = None) -> None:
        """Tell how far it is."""
        state = self.state
        self.told(
            Progress(
                epoch=state.epoch,
                epochs=self.recipe.epochs,
                step=state.step,
                steps=self.mix.steps,
                loss=loss,
                validation=state.history[-1].validation["all"] if state.history else None,
                note=note,
            )
        )

    @property
    def _is_stale(self) -> bool:
        return self.state.epoch - self.state.best_epoch >= self.recipe.patience

    def _is_healthy(self) -> bool:
        return all(bool(each.isfinite().all()) for each in self.network.parameters())

    def _copy(self) -> Checkpoint:
        return Checkpoint(
            about=self.about.model_copy(deep=True),
            network=copy.deepcopy(self.network.state_dict()),
            best=self.best,
            optimiser=copy.deepcopy(self.optimiser.state_dict()),
            random=_random_states(next(self.network.parameters()).device),
        )

    def _restore(self, found: Checkpoint) -> None:
        self.about = found.about.model_copy(deep=True)
        self.network.load_state_dict(found.network)
        self.best = found.best
        self.optimiser.load_state_dict(copy.deepcopy(found.optimiser))
        _set_random_states(found.random)

    def _write_history(self) -> None:
        told = self.about.model_dump(include={"recipe", "resolved", "data"})
        epochs = [epoch.model_dump() for epoch in self.state.history]
        self.files.folder.mkdir(parents=True, exist_ok=True)
        disk.replace_file(
            self.files.history, orjson.dumps({**told, "epochs": epochs}, option=orjson.OPT_INDENT_2)
        )

    def _ending(self) -> str:
        state = self.state
        if state.best is None:
            return "every row got the same score in every validation: nothing was learned"
        reached = f"rank correlation {state.best:.3f} in validation, negatives included"
        best = f"epoch {state.best_epoch} was the best: {reached}"
        if state.epoch == self.recipe.epochs:
            return best
        return f"{best}; ended after {self.recipe.patience} epochs without a better one"


def _same_training(found: Checkpoint, here: About) -> Checkpoint:
    """Refuse a checkpoint of another training."""
    then, now = found.about.recipe.model_dump(), here.recipe.model_dump()
    if differing := [name for name in now if name not in _FREE_TO_CHANGE and now[name] != then[name]]:
        told = ", ".join(f"{name} {then[name]} instead of {now[name]}" for name in differing)
        raise CheckpointError(f"The checkpoint is of a training with {told}: resume it with the same.")
    if found.about.layout != here.layout:
        raise CheckpointError("The checkpoint is of a training with other features.")
    if found.about.data != here.data:
        raise CheckpointError(
            "The checkpoint is of a training with other rows, or that started from another model: "
            "resume it with the same."
        )
    about = found.about.model_copy(update={"recipe": here.recipe, "resolved": here.resolved})
    return replace(found, about=about)


def _random_states(device: torch.device) -> list[Tensor]:
    gpu = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *gpu]


def _set_random_states(states: Sequence[Tensor]) -> None:
    processor, *gpu = states
    torch.set_rng_state(processor)
    for state in gpu:
        torch.cuda.set_rng_state(state)
