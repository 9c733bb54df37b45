"""The network and what it must beat, each trained from every seed on the same rows; and what chance does."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from train.baselines import BASELINES, Learner, Predictor, shuffled
from train.calibration import Calibration, calibrate
from train.checkpoint import Checkpoint
from train.dataset import Dataset
from train.fit import Fitted, fit
from train.gate import NETWORK
from train.metrics import Metrics, evaluate
from train.phases import Phases
from train.recipe import Recipe
from train.report import Shuffled
from train.run import Told
from train.table import SOURCES, Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """One model, trained once."""

    name: str
    seed: int
    seconds: float
    predict: Predictor
    calibration: Calibration
    validation: Metrics
    held_out: Metrics


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Who learns what, and where the network that may be used is kept."""

    data: Dataset
    recipe: Recipe
    seeds: int
    """Trainings of each model; the first is the one that may be used."""
    folder: Path
    start_from: Checkpoint | None = None
    """A model that gives the network its first weights."""

    def compete(
        self, phases: Phases, told: Told, resume_from: Path | None
    ) -> tuple[Fitted, dict[str, list[Trial]]]:
        """Train all of them, the network first."""
        data, seeds = self.data, range(self.recipe.seed, self.recipe.seed + self.seeds)
        with phases.timed(NETWORK):
            began = time.monotonic()
            fitted = fit(
                data.train,
                data.validation,
                self.recipe,
                self.folder,
                told=told,
                start_from=self.start_from,
                resume_from=resume_from,
            )
            first = tried(NETWORK, self.recipe.seed, began, fitted.predict, data)
            trials = {NETWORK: [first, *self._trials(NETWORK, seeds[1:])]}
        for name in BASELINES:
            with phases.timed(name):
                trials[name] = list(self._trials(name, seeds))
        return fitted, trials

    def chance(self, name: str, count: int, told: Callable[[int, int], None]) -> list[Shuffled]:
        """See what one kind of model makes of labels that mean nothing."""
        data, learner, found = self.data, self._learner(name), list[Shuffled]()
        for seed in range(count):
            (predict,) = shuffled(learner, data.train, data.validation, [seed])
            found.append(Shuffled(seed=seed, held_out=evaluate(predict(data.test), data.test)))
            told(seed + 1, count)
        return found

    def _trials(self, name: str, seeds: Sequence[int]) -> Generator[Trial]:
        for seed in seeds:
            began = time.monotonic()
            predict = self._learner(name)(self.data.train, self.data.validation, seed)
            yield tried(name, seed, began, predict, self.data)

    def _learner(self, name: str) -> Learner:
        return self._network if name == NETWORK else BASELINES[name]

    def _network(self, train: Table, validation: Table, seed: int) -> Predictor:
        """Train a network that is only compared; nothing of it is kept."""
        recipe = self.recipe.model_copy(update={"seed": seed})
        with TemporaryDirectory(prefix="harvest-") as folder:
            return fit(train, validation, recipe, Path(folder), start_from=self.start_from).predict


def tried(name: str, seed: int, began: float, predict: Predictor, data: Dataset) -> Trial:
    """Calibrate a model on the validation rows, and judge it by rows that it has never met."""
    seconds = time.monotonic() - began
    known = data.validation[data.validation.source != SOURCES.index("neg")]
    calibration = calibrate(predict(known), known.score)
    return Trial(
        name=name,
        seed=seed,
        seconds=seconds,
        predict=predict,
        calibration=calibration,
        validation=evaluate(predict(data.validation), data.validation),
        held_out=evaluate(calibration(predict(data.test)), data.test),
    )
