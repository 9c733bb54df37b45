"""From labels to scores, in this order: learn, compare, choose, calibrate, score, judge, write."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.records import QualityFile
from harvest.records.moment import timestamp
from harvest.records.record import FreeForm
from train import report as reports
from train.advice import Counts, next_steps
from train.baselines import BASELINES, Learner, Predictor, shuffled
from train.calibration import Calibration, calibrate
from train.curves import curves
from train.dataset import DataRequest, Dataset, build, to_score
from train.elite import ELITE_MANIFEST
from train.evals import EVAL
from train.fit import Fitted, fit
from train.gate import NETWORK, Choice, Evidence, Limits, Verdict, choose, judge
from train.giveaway import find_giveaway
from train.metrics import Metrics, evaluate
from train.recipe import Recipe
from train.report import Contestant, Device, PartCounts, Shuffled, Trained, TrainingReport
from train.run import Progress
from train.scores import Scored, quality_file, refuse_changed, write_scores
from train.table import SOURCES, Table

CURVES = "training_curves.svg"
_LOCK = "training.lock"
_MOST_READ = 1 << 32


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be trained, from what, and for which packs."""

    data: DataRequest
    recipe: Recipe
    limits: Limits
    folder: Path
    """Of the models and of all that is written about them."""
    packs: Sequence[Pack]
    """To be scored."""
    seeds: int = 1
    """Trainings of each model; the first is the one that may be used."""
    shuffles: int = 10
    """Trainings on shuffled labels."""
    resume_from: Path | None = None
    versions: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Told:
    """Who is told how it goes."""

    data: Callable[[Dataset], None]
    """Once everything is read, before anything is learned."""
    phase: Callable[[str], None]
    network: Callable[[Progress], None]
    """With each step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Trial:
    """One model, trained once."""

    name: str
    seed: int
    seconds: float
    predict: Predictor
    calibration: Calibration
    validation: Metrics
    held_out: Metrics


def train(order: Order, told: Told) -> TrainingReport:
    """Do all of it. Whatever the verdict, the report is written; after it the scores, if it passed."""
    with disk.locked(order.folder / _LOCK):
        return _train(order, told)


def _train(order: Order, told: Told) -> TrainingReport:
    school = _School(order, told)
    with school.timed("reading"):
        inputs = _inputs(order)
        data = build(order.data)
    told.data(data)
    fitted, trials = school.compete(data)
    choice = choose({name: [trial.validation for trial in runs] for name, runs in trials.items()})
    chosen = trials[choice.name][0]
    with school.timed(f"{order.shuffles} trainings on shuffled labels"):
        chance = school.chance(choice, data)
    with school.timed("scoring"):
        files = {pack.name: school.score(pack, chosen, data) for pack in order.packs}
    evidence = Evidence(
        chosen=choice.name,
        metrics={name: runs[0].held_out for name, runs in trials.items()},
        shuffled=[each.held_out for each in chance],
        giveaway=find_giveaway(data.train, data.test),
        quality=list(files.values()),
    )
    verdict = judge(evidence, order.limits)
    made = school.report(inputs, data, fitted, trials, choice, chance, verdict)
    reports.write_report(made, order.folder)
    disk.replace_file(order.folder / CURVES, _drawn(fitted).encode())
    if verdict.verdict == "passed":
        for pack in order.packs:
            refuse_changed(pack.folder, pack.manifest_hash)
        for pack in order.packs:
            write_scores(files[pack.name], pack.folder, manifest_hash=pack.manifest_hash, verdict=verdict)
    return made


class _School:
    """Where models are trained, compared and timed."""

    def __init__(self, order: Order, told: Told) -> None:
        self._order = order
        self._told = told
        self._began = datetime.now(UTC)
        self._seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, what: str) -> Generator[None]:
        """Do something that takes its time."""
        self._told.phase(what)
        began = time.monotonic()
        yield
        self._seconds[what] = self._seconds.get(what, 0.0) + time.monotonic() - began

    def compete(self, data: Dataset) -> tuple[Fitted, dict[str, list[_Trial]]]:
        """Train the network and what it must beat, each from every seed, on the same rows."""
        order = self._order
        with self.timed(NETWORK):
            began = time.monotonic()
            fitted = fit(
                data.train,
                data.validation,
                order.recipe,
                order.folder,
                told=self._told.network,
                resume_from=order.resume_from,
            )
            first = _tried(NETWORK, order.recipe.seed, began, fitted.predict, data)
        trials = {NETWORK: [first, *self._trials(NETWORK, self._seeds[1:], data)]}
        for name in BASELINES:
            with self.timed(name):
                trials[name] = list(self._trials(name, self._seeds, data))
        return fitted, trials

    def chance(self, choice: Choice, data: Dataset) -> list[Shuffled]:
        """See what the chosen kind of model makes of labels that mean nothing."""
        seeds = range(self._order.shuffles)
        predictors = shuffled(self._learner(choice.name), data.train, data.validation, seeds)
        return [
            Shuffled(seed=seed, held_out=evaluate(predict(data.test), data.test))
            for seed, predict in zip(seeds, predictors, strict=True)
        ]

    def score(self, pack: Pack, chosen: _Trial, data: Dataset) -> QualityFile:
        """Score every pair of a pack."""
        asked = self._order.data
        found = to_score(pack, features=asked.features, processes=asked.processes)
        scored = Scored(
            pack=pack.name,
            pairs=found.pairs.tolist(),
            predicted=chosen.predict(found.table),
            missing=found.left_out,
        )
        origin: dict[str, FreeForm] = {
            "model": chosen.name,
            "data": data.content_hash,
            "features": data.features,
            "manifest": pack.manifest_hash,
            "trainedAt": timestamp(self._began),
            "versions": dict(self._order.versions),
        }
        return quality_file(scored, chosen.calibration, origin)

    def report(  # noqa: PLR0913, PLR0917 - what a report tells
        self,
        inputs: Mapping[str, str],
        data: Dataset,
        fitted: Fitted,
        trials: Mapping[str, Sequence[_Trial]],
        choice: Choice,
        chance: Sequence[Shuffled],
        verdict: Verdict,
    ) -> TrainingReport:
        """Write down what happened."""
        order, state = self._order, fitted.about.state
        counts = _counts(order, data, state.epoch, state.best_epoch or None)
        used = str(fitted.about.resolved["device"])
        return TrainingReport(
            kind="training_report.v0",
            started_at=timestamp(self._began),
            finished_at=timestamp(datetime.now(UTC)),
            verdict=verdict,
            chosen=choice.name,
            choice=choice.sentence,
            sentences=data.told,
            next_steps=tuple(next_steps(verdict, counts)),
            data={name: _part(table) for name, table in _parts(data).items()},
            inputs=inputs,
            features=data.train.columns,
            recipe=order.recipe.model_dump(mode="json"),
            seed=order.recipe.seed,
            device=Device(asked=order.recipe.device, used=used, name=None, nvidia_smi=reports.nvidia_smi()),
            contestants=tuple(_contestant(name, runs) for name, runs in trials.items()),
            shuffled=tuple(chance),
            calibration=trials[choice.name][0].calibration,
            epochs=state.epoch,
            best_epoch=state.best_epoch or None,
            seconds={what: round(spent, 3) for what, spent in self._seconds.items()},
            peak_memory_bytes=reports.peak_memory_bytes(),
            versions=order.versions,
        )

    @property
    def _seeds(self) -> range:
        first = self._order.recipe.seed
        return range(first, first + self._order.seeds)

    def _trials(self, name: str, seeds: Sequence[int], data: Dataset) -> Generator[_Trial]:
        for seed in seeds:
            began = time.monotonic()
            predict = self._learner(name)(data.train, data.validation, seed)
            yield _tried(name, seed, began, predict, data)

    def _learner(self, name: str) -> Learner:
        return self._network if name == NETWORK else BASELINES[name]

    def _network(self, train: Table, validation: Table, seed: int) -> Predictor:
        """Train a network that is only compared; nothing of it is kept."""
        recipe = self._order.recipe.model_copy(update={"seed": seed})
        with TemporaryDirectory(prefix="harvest-") as folder:
            return fit(train, validation, recipe, Path(folder)).predict


def _tried(name: str, seed: int, began: float, predict: Predictor, data: Dataset) -> _Trial:
    """Calibrate a model on the validation rows, and judge it by rows that it has never met."""
    seconds = time.monotonic() - began
    known = data.validation[data.validation.source != SOURCES.index("neg")]
    calibration = calibrate(predict(known), known.score)
    return _Trial(
        name=name,
        seed=seed,
        seconds=seconds,
        predict=predict,
        calibration=calibration,
        validation=evaluate(predict(data.validation), data.validation),
        held_out=evaluate(calibration(predict(data.test)), data.test),
    )


def _contestant(name: str, runs: Sequence[_Trial]) -> Contestant:
    told = (
        Trained(
            seed=run.seed, seconds=round(run.seconds, 3), validation=run.validation, held_out=run.held_out
        )
        for run in runs
    )
    return Contestant(name=name, runs=tuple(told))


def _parts(data: Dataset) -> dict[str, Table]:
    return {"train": data.train, "validation": data.validation, "held out": data.test}


def _part(table: Table) -> PartCounts:
    by_source = {name: int(np.count_nonzero(table.source == at)) for at, name in enumerate(SOURCES)}
    return PartCounts(rows=len(table), by_source=by_source, files=len(np.union1d(table.fg, table.bg)))


def _counts(order: Order, data: Dataset, epochs: int, best_epoch: int | None) -> Counts:
    of_source = Counter[str]()
    for part in data.counts:
        of_source[part.source] += part.rows
    return Counts(
        pairs=sum(len(pack.manifest.pairs) for pack in order.packs),
        sampled=of_source["eval"],
        elite=of_source["elite"],
        negatives=of_source["neg"],
        epochs=epochs,
        best_epoch=best_epoch,
    )


def _inputs(order: Order) -> dict[str, str]:
    """Name what was read, with its hash: packs, manifests of scored pairs, journals."""
    files = [found for path in (*order.data.elite, *order.data.evals) for found in _files_of(path)]
    return {
        **{pack.name: pack.content_hash for pack in order.packs},
        **{str(file): disk.digest(disk.read_file(file, at_most=_MOST_READ)) for file in files},
    }


def _files_of(path: Path) -> list[Path]:
    return [path / name for name in (ELITE_MANIFEST, EVAL) if (path / name).is_file()] or [path]


def _drawn(fitted: Fitted) -> str:
    """Draw the losses, and how well the validation rows were ordered."""
    history = fitted.history
    losses = {
        name: [epoch.losses[name] for epoch in history] for name in history[0].losses if name != "gradient"
    }
    ranked = {name: [epoch.validation[name] for epoch in history] for name in history[0].validation}
    panels: Mapping[str, Mapping[str, Sequence[float | None]]] = {
        "loss": losses,
        "rank correlation in validation": ranked,
    }
    return curves(panels, marked_epoch=fitted.about.state.best_epoch or None)
