"""From labels to scores, in this order: learn, compare, choose, calibrate, score, judge, write.

Everything lies in the training's folder: the models (the report names the chosen one's file), the curves, the
report, and in `scores/` what the pairs of each pack would be given, whatever the gate says. Where the page
reads, the scores of those packs are written that passed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.records import QualityFile, to_json
from harvest.records.moment import timestamp
from harvest.records.record import FreeForm
from train import report as reports
from train.account import Account
from train.baselines import BASELINES
from train.checkpoint import Checkpoint, Files, load
from train.contest import Contest, Trial
from train.curves import curves
from train.dataset import DataRequest, Dataset, Scorable, build, to_score
from train.elite import ELITE_MANIFEST
from train.evals import EVAL
from train.fit import Fitted
from train.gate import Evidence, Limits, choose, judge
from train.giveaway import find_giveaway
from train.learned import Learned
from train.phases import Phases
from train.recipe import Recipe
from train.report import TrainingReport
from train.run import Progress
from train.scores import Scored, keep_scores, quality_file, refuse_changed, write_scores

CURVES = "training_curves.svg"
SCORES = "scores"
"""The folder of what each pack would be scored."""
_LOCK = "training.lock"
_MOST_READ = 1 << 32
_PHASES = ("reading", "network", *BASELINES, "shuffled labels", "scoring")


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
    start_from: Path | None = None
    """A model that gives the network its first weights, or the folder of its training."""
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
    chance: Callable[[int, int], None]
    """With each training on shuffled labels: how many are done, of how many."""


def train(order: Order, told: Told) -> TrainingReport:
    """Do all of it. Whatever the verdict, the report is written; after it the scores of what passed."""
    with disk.locked(order.folder / _LOCK):
        return _train(order, told)


def _train(order: Order, told: Told) -> TrainingReport:
    began, phases = datetime.now(UTC), Phases(len(_PHASES), told.phase)
    with phases.timed("reading"):
        start = _model_at(order.start_from) if order.start_from else None
        inputs = _inputs(order)
        data = build(order.data)
    told.data(data)
    contest = Contest(
        data=data,
        recipe=order.recipe,
        seeds=order.seeds,
        folder=order.folder,
        start_from=start,
    )
    fitted, trials = contest.compete(phases, told.network, order.resume_from)
    choice = choose({name: [trial.validation for trial in runs] for name, runs in trials.items()})
    with phases.timed("shuffled labels"):
        chance = contest.chance(choice.name, order.shuffles, told.chance)
    with phases.timed("scoring"):
        files = _score(order, data, trials[choice.name], began)
    evidence = Evidence(
        chosen=choice.name,
        metrics={name: runs[0].held_out for name, runs in trials.items()},
        shuffled=[each.held_out for each in chance],
        giveaway=find_giveaway(data.train, data.test),
        quality=list(files.values()),
    )
    made = Account(
        packs=order.packs,
        versions=order.versions,
        began=began,
        inputs=inputs,
        data=data,
        fitted=fitted,
        trials=trials,
        choice=choice,
        chance=chance,
        seconds=phases.seconds,
    ).report(judge(evidence, order.limits), _keep_model(order.folder, trials[choice.name][0]))
    keep_scores(files, order.folder / SCORES)
    disk.replace_file(order.folder / CURVES, _drawn(fitted).encode())
    reports.write_report(made, order.folder)
    return _publish(order, made, files)


def _model_at(path: Path) -> Checkpoint:
    return load(Files(path).best if path.is_dir() else path)


def _publish(order: Order, made: TrainingReport, files: Mapping[str, QualityFile]) -> TrainingReport:
    """Write the scores of packs that passed where the page reads; tell in the report which were written."""
    passed = [pack for pack in order.packs if made.verdict.packs.get(pack.name) == "passed"]
    for pack in passed:
        refuse_changed(pack.folder, pack.manifest_hash)
    for pack in passed:
        file = files[pack.name]
        write_scores(file, pack.folder, manifest_hash=pack.manifest_hash, verdict=made.verdict)
        written = {**made.scores, pack.name: disk.digest(to_json(file))}
        made = made.model_copy(update={"scores": written})
        reports.write_report(made, order.folder)
    return made


def _score(order: Order, data: Dataset, runs: Sequence[Trial], began: datetime) -> dict[str, QualityFile]:
    """Score every pair of each pack by the first training of the chosen model."""
    asked = order.data
    found = to_score(order.packs, features=asked.features, processes=asked.processes)
    made: dict[str, FreeForm] = {
        "model": runs[0].name,
        "data": data.content_hash,
        "features": data.features,
        "trainedAt": timestamp(began),
        "versions": dict(order.versions),
        "uncertainty": f"standard error: of the calibration{_and_seeds(runs)}",
    }
    return {
        pack.name: quality_file(
            _scored(pack, found[pack.name], runs),
            runs[0].calibration,
            {**made, "manifest": pack.manifest_hash},
        )
        for pack in order.packs
    }


def _and_seeds(runs: Sequence[Trial]) -> str:
    return f", and over {len(runs)} seeds" if len(runs) > 1 else ""


def _scored(pack: Pack, found: Scorable, runs: Sequence[Trial]) -> Scored:
    predicted = [run.predict(found.table) for run in runs]
    quality = [run.calibration(each) for run, each in zip(runs, predicted, strict=True)]
    return Scored(
        pack=pack.name,
        pairs=found.pairs.tolist(),
        predicted=predicted[0],
        missing=found.left_out,
        over_seeds=np.std(quality, axis=0, ddof=1) if len(runs) > 1 else None,
    )


def _keep_model(folder: Path, chosen: Trial) -> str:
    """Keep a chosen baseline beside the networks; name the chosen model's file, from the folder."""
    place = Files(folder).best
    for earlier in place.parent.glob("baseline_*"):
        earlier.unlink()
    if isinstance(chosen.predict, Learned):
        place = place.with_name(f"baseline_{chosen.name}{chosen.predict.suffix}")
        disk.replace_file(place, chosen.predict.content())
    return place.relative_to(folder).as_posix()


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
