"""What a training came to, told in its report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from harvest.packs.manifest import Pack
from harvest.records.moment import timestamp
from train import report as reports
from train.advice import Counts, next_steps
from train.contest import Trial
from train.dataset import Dataset, PartCount
from train.fit import Fitted
from train.gate import Choice, Verdict
from train.report import Contestant, Device, PartCounts, Shuffled, Trained, TrainingReport
from train.split import PARTS, Part
from train.table import Table

_PART_NAMES: Mapping[Part, str] = {"train": "train", "validation": "validation", "test": "held out"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Account:
    """What happened."""

    packs: Sequence[Pack]
    versions: Mapping[str, str]
    began: datetime
    inputs: Mapping[str, str]
    data: Dataset
    fitted: Fitted
    trials: Mapping[str, Sequence[Trial]]
    choice: Choice
    chance: Sequence[Shuffled]
    seconds: Mapping[str, float]

    def report(self, verdict: Verdict, model_file: str) -> TrainingReport:
        """Write it down."""
        data, state = self.data, self.fitted.about.state
        recipe, used = self.fitted.recipe, str(self.fitted.about.resolved["device"])
        best_epoch = state.best_epoch or None
        return TrainingReport(
            kind="training_report.v0",
            started_at=timestamp(self.began),
            finished_at=timestamp(datetime.now(UTC)),
            verdict=verdict,
            chosen=self.choice.name,
            choice=self.choice.sentence,
            model_file=model_file,
            sentences=data.told,
            next_steps=tuple(next_steps(verdict, _counts(self.packs, data, state.epoch, best_epoch))),
            data={_PART_NAMES[part]: _part(part, table, data.counts) for part, table in _parts(data)},
            inputs=self.inputs,
            features=data.train.columns,
            recipe=recipe.model_dump(mode="json"),
            seed=recipe.seed,
            device=Device(asked=recipe.device, used=used, name=None, nvidia_smi=reports.nvidia_smi()),
            contestants=tuple(_contestant(name, runs) for name, runs in self.trials.items()),
            shuffled=tuple(self.chance),
            calibration=self.trials[self.choice.name][0].calibration,
            epochs=state.epoch,
            best_epoch=best_epoch,
            seconds=self.seconds,
            peak_memory_bytes=reports.peak_memory_bytes(),
            versions=self.versions,
        )


def _contestant(name: str, runs: Sequence[Trial]) -> Contestant:
    told = (
        Trained(
            seed=run.seed, seconds=round(run.seconds, 3), validation=run.validation, held_out=run.held_out
        )
        for run in runs
    )
    return Contestant(name=name, runs=tuple(told))


def _parts(data: Dataset) -> list[tuple[Part, Table]]:
    return list(zip(PARTS, (data.train, data.validation, data.test), strict=True))


def _part(part: Part, table: Table, counts: Sequence[PartCount]) -> PartCounts:
    by_source = {each.source: each.rows for each in counts if each.part == part}
    return PartCounts(rows=len(table), by_source=by_source, files=len(np.union1d(table.fg, table.bg)))


def _counts(packs: Sequence[Pack], data: Dataset, epochs: int, best_epoch: int | None) -> Counts:
    of_source = Counter[str]()
    for part in data.counts:
        of_source[part.source] += part.rows
    return Counts(
        pairs=sum(len(pack.manifest.pairs) for pack in packs),
        sampled=of_source["eval"],
        elite=of_source["elite"],
        negatives=of_source["neg"],
        epochs=epochs,
        best_epoch=best_epoch,
    )
