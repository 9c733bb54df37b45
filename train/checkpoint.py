"""A training on disk: weights and all that resuming takes, beside a JSON file that explains them."""

import io
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import orjson
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from harvest.packs import disk
from train.model import Layout, Network
from train.recipe import Recipe, TrainingError
from train.table import Table

Weights: TypeAlias = dict[str, Tensor]

_LARGEST = 1 << 30
_KIND = "harvest-coupling-net"


class CheckpointError(TrainingError):
    """A file that is no checkpoint of ours, is broken, or belongs to another training."""


class BrokenCheckpointError(CheckpointError):
    """A file that is not as it was written."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Epoch(_Told):
    """One line of a training's history."""

    epoch: int
    losses: dict[str, float]
    """Means over the epoch, each times its weight; `all` is their sum."""
    validation: dict[str, float | None]
    """Rank correlation with the score: of `all` rows, and within each source; None where nothing differs."""
    rate: float
    """Of its last step."""


class State(_Told):
    """Where a training stands."""

    epoch: int = 0
    """Epochs done."""
    step: int = 0
    """Steps done of the next one."""
    rate: float = 1.0
    """What set-backs left of the learning rate."""
    set_backs: int = 0
    losses: dict[str, float] = Field(default_factory=dict[str, float])
    """Sums over the steps of this epoch."""
    best: float | None = None
    best_epoch: int = 0
    history: list[Epoch] = Field(default_factory=list[Epoch])


class About(_Told):
    """What explains a checkpoint."""

    kind: Literal["harvest-coupling-net"] = _KIND
    version: Literal[1] = 1
    recipe: Recipe
    resolved: dict[str, str | int | float | list[str]]
    """What the recipe came to here: the device, the steps of an epoch, the mix of a batch."""
    data: dict[str, str]
    """Hashes of what it starts from, of the rows it learns from, and of those it is validated on."""
    columns: list[str]
    flagged: list[str]
    coupled: bool
    state: State = Field(default_factory=State)

    @property
    def layout(self) -> Layout:
        """How the network reads rows."""
        return Layout(columns=tuple(self.columns), flagged=tuple(self.flagged), coupled=self.coupled)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """All of a training at one moment."""

    about: About
    network: Weights
    best: Weights
    """The network as it was when its validation was best; empty before the first."""
    optimiser: dict[str, Any]
    random: list[Tensor]
    """States of the random numbers: of the processor, and of the GPU where it is used."""


@dataclass(frozen=True)
class Files:
    """Where a training keeps what; names of the models as the owner's tools know them."""

    folder: Path

    @property
    def best(self) -> Path:
        """The network that did best on validation rows."""
        return self.folder / "models" / "coupling_net_best.pth"

    @property
    def final(self) -> Path:
        """The network as the training left it."""
        return self.folder / "models" / "coupling_net_final.pth"

    @property
    def history(self) -> Path:
        """What each epoch came to."""
        return self.folder / "training_history.json"

    def at_step(self, step: int) -> Path:
        """Name the checkpoint after so many steps."""
        return self.folder / "checkpoints" / f"step-{step:08}.pth"

    def steps(self) -> list[Path]:
        """Find the checkpoints of steps, the oldest first."""
        return sorted((self.folder / "checkpoints").glob("step-*.pth"))

    def forget(self, *, all_but: int) -> None:
        """Remove the older checkpoints of steps."""
        found = self.steps()
        for path in found[: max(0, len(found) - all_but)]:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink()


def fingerprint(table: Table) -> str:
    """Hash rows: the same rows in the same order give the same."""
    found = sha256("\n".join(table.columns).encode())
    for field in fields(table):
        if field.name != "columns":
            found.update(np.ascontiguousarray(getattr(table, field.name)).data)
    return found.hexdigest()


def hash_of(weights: Weights) -> str:
    """Hash weights: the same numbers under the same names give the same."""
    found = sha256()
    for name, value in sorted(weights.items()):
        found.update(name.encode())
        found.update(value.numpy(force=True).tobytes())
    return found.hexdigest()


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write both files, each replaced whole; the weights' file alone holds all that resuming takes."""
    about = checkpoint.about.model_dump_json()
    file = io.BytesIO()
    parts = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    torch.save({**parts, "about": about}, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.replace_file(path, file.getvalue())
    disk.replace_file(
        path.with_suffix(".json"), orjson.dumps(orjson.loads(about), option=orjson.OPT_INDENT_2)
    )


def load(path: Path, *, told: Callable[[str], None] = lambda _: None) -> Checkpoint:
    """Read a checkpoint by the name of either file; from a training's folder, its newest that is whole.

    What of a folder is broken is told: the one before it loses some steps, not the training.
    """
    if not path.is_dir():
        return _load(path.with_suffix(".pth") if path.suffix == ".json" else path)
    if not (steps := Files(path).steps()):
        raise CheckpointError(f"{path}: there is no checkpoint here to resume from.")
    for newer in reversed(steps[1:]):
        try:
            return _load(newer)
        except BrokenCheckpointError as error:
            told(f"{error} The one before it is taken.")
    return _load(steps[0])


def _load(path: Path) -> Checkpoint:
    try:
        data = disk.read_file(path, at_most=_LARGEST)
    except OSError as error:
        raise CheckpointError(disk.explain(error)) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()
        found: object = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path}: holds more than weights and could run code: it was not opened."
        ) from error
    except (zipfile.BadZipFile, RuntimeError, EOFError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise BrokenCheckpointError(f"{path}: broken: {why}.") from error
    if damaged:
        raise BrokenCheckpointError(f"{path}: broken: {damaged} is not as it was written.")
    return _checked(path, found)


def network_of(checkpoint: Checkpoint) -> Network:
    """Build the network that a checkpoint describes."""
    network = Network(checkpoint.about.layout, checkpoint.about.recipe)
    try:
        network.load_state_dict(checkpoint.network)
    except RuntimeError as error:
        raise CheckpointError(f"The weights are not of the network described beside them: {error}") from error
    return network


def _checked(path: Path, found: object) -> Checkpoint:
    names = {field.name for field in fields(Checkpoint)}
    if not isinstance(found, dict) or cast("dict[object, object]", found).keys() != names:
        raise CheckpointError(f"{path}: torch can read it, but it is no checkpoint of harvest.")
    parts = cast("dict[str, Any]", found)
    try:
        about = About.model_validate_json(parts["about"])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CheckpointError(f"{path}: of another version of harvest: {where}: {first['msg']}.") from error
    del parts["about"]
    return Checkpoint(about=about, **parts)
