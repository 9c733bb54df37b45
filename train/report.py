"""`training_report.json`: what was learned from what, how well, beside what, and what the gate says of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated, Literal

import psutil
from pydantic import Field

from harvest.packs.disk import replace_file
from harvest.records import Record, to_json
from harvest.records.record import Amount, Count, FreeForm, Many, Number
from train.calibration import Calibration
from train.gate import Verdict, spelled
from train.metrics import Estimate, Metrics

REPORT = "training_report.json"

_NVIDIA_SMI_S = 10.0


class PartCounts(Record):
    """What one part of the data holds."""

    rows: Count
    by_source: Mapping[str, Count]
    files: Count
    """Different preset files."""


class Device(Record):
    """What was asked for and what was used."""

    asked: str
    used: str
    name: str | None
    nvidia_smi: str | None
    """What the driver's own tool said; None: there is none."""


class Trained(Record):
    """One training of one model."""

    seed: int
    seconds: Amount
    validation: Metrics
    held_out: Metrics


class Contestant(Record):
    """A model with all its trainings."""

    name: str
    runs: Many[Trained]


class Shuffled(Record):
    """One training of the chosen kind of model on shuffled labels: what chance reaches."""

    seed: int
    held_out: Metrics


class TrainingReport(Record):
    """`training_report.json`."""

    kind: Literal["training_report.v0"]
    started_at: str
    finished_at: str
    verdict: Verdict
    chosen: str
    choice: str
    """Why it was chosen, in a sentence."""
    model_file: str | None = None
    """The chosen model, from the folder of the training; None: it was not kept."""
    sentences: Many[str]
    """What a person should know first."""
    next_steps: Many[str]
    data: Mapping[str, PartCounts]
    """By part: train, validation, held out."""
    inputs: Mapping[str, str]
    """What was read, with its hash."""
    features: Many[str]
    recipe: Mapping[str, FreeForm]
    seed: int
    device: Device
    contestants: Many[Contestant]
    shuffled: Many[Shuffled]
    calibration: Calibration | None
    epochs: Count
    best_epoch: Annotated[Count | None, Field(description="None: no network was trained.")]
    seconds: Mapping[str, Amount]
    """By what was being done."""
    peak_memory_bytes: Count
    versions: Mapping[str, str]
    scores: Mapping[str, str] = {}
    """By pack whose scores were written where the page reads: the SHA-256 of that file."""


def write_report(report: TrainingReport, folder: Path) -> Path:
    """Write it into the folder of its training, whatever the verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / REPORT, to_json(report))
    return folder / REPORT


class OverSeeds(Record):
    """One figure of a model over its seeds."""

    mean: Number | None
    spread: Amount | None
    """Standard deviation over seeds; None with one seed, or where the figure cannot be said."""
    n: Count
    """Seeds that it is known of."""


def over_seeds(estimates: Sequence[Estimate]) -> OverSeeds:
    """Sum up what the seeds say; None where none says anything."""
    known = [each.value for each in estimates if each.value is not None]
    spread = stdev(known) if len(known) > 1 else None
    return OverSeeds(mean=fmean(known) if known else None, spread=spread, n=len(known))


def summary_lines(report: TrainingReport) -> list[tuple[str, ...]]:
    """Give a person the models side by side, the chosen one first; columns as in `SUMMARY_COLUMNS`."""
    models = sorted(report.contestants, key=lambda model: model.name != report.chosen)
    lines = [(_named(model, report), *_figures([run.held_out for run in model.runs])) for model in models]
    if report.shuffled:
        lines.append(("shuffled labels", *_figures([run.held_out for run in report.shuffled])))
    return lines


SUMMARY_COLUMNS = (
    "model",
    "seeds",
    "rank correlation",
    "in order",
    "elite AUC",
    "NDCG@20",
    "calibration error",
)


def check_lines(verdict: Verdict) -> list[tuple[str, ...]]:
    """Give a person the checks; columns as in `CHECK_COLUMNS`."""
    return [
        (check.name, check.verdict, _number(check.value), _number(check.threshold), check.sentence)
        for check in verdict.checks
    ]


CHECK_COLUMNS = ("check", "verdict", "value", "asked", "in words")


def _named(model: Contestant, report: TrainingReport) -> str:
    return f"{model.name} (chosen)" if model.name == report.chosen else model.name


def _figures(runs: Sequence[Metrics]) -> tuple[str, ...]:
    columns = (
        [each.rank_correlation for each in runs],
        [each.pairwise_accuracy for each in runs],
        [each.elite_auc for each in runs],
        [each.ndcg20 for each in runs],
        [each.calibration_error for each in runs],
    )
    return (str(len(runs)), *map(_spelled, columns))


def _spelled(estimates: Sequence[Estimate]) -> str:
    """One training with its standard error; several with their spread over seeds."""
    if len(estimates) == 1:
        return spelled(estimates[0])
    seeds = over_seeds(estimates)
    return spelled(Estimate(value=seeds.mean, n=seeds.n, spread=seeds.spread))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def nvidia_smi() -> str | None:
    """Ask the driver's own tool what it sees; None: there is no such tool, or it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        asked = subprocess.run([program], capture_output=True, timeout=_NVIDIA_SMI_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.decode(errors="replace").strip() or None


def peak_memory_bytes() -> int:
    """Tell the most memory that this process ever held."""
    if os.name == "nt":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # noqa: PLC0415  (Windows has none)

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
