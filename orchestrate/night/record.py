"""`night.json`: what a night was told, and what became of each of its steps.

A night is one folder, everything about it inside:

    night.json              this record
    run-summary.json        how it ended, in the owner's words
    eval/                   a run of `harvest eval`: eval.jsonl, meta.json, thumbnails …
    training/               a run of `harvest train`: training_report.json, models, checkpoints
    scores/                 by pack: the scores it was given, and those that it had before
    verify/<pack>/          verify.json, picks.jsonl: the proof in the page
    report.html             the morning's report
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from harvest.packs import disk
from harvest.records import Record, parse
from harvest.records.record import Amount, FreeForm, Many
from harvest.records.summary import Ending

NIGHT = "night.json"
LOCK = "night.lock"
"""Held by who spends it."""
EVAL = "eval"
TRAINING = "training"
SCORES = "scores"
VERIFY = "verify"
REPORT = "report.html"

StepName = Literal["preflight", "eval", "train", "gate", "score", "verify", "report"]
CodeName = Literal[
    "OK", "FAILED", "USAGE", "NOT_READY", "LEFT_OVER", "INCOMPLETE", "NOT_PASSED", "INTERRUPTED"
]
StepState = Literal["waiting", "running", "done", "failed", "skipped"]

STEPS: tuple[StepName, ...] = ("preflight", "eval", "train", "gate", "score", "verify", "report")
"""In their order."""


class Step(Record):
    """One step of a night."""

    name: StepName
    state: StepState = "waiting"
    code: CodeName | None = None
    """The exit code that it ended with."""
    reason: str = ""
    """What it came to, or why it did not, in a sentence."""
    started_at: str | None = None
    finished_at: str | None = None
    seconds: Amount = 0
    """In all lives of the night together."""
    inputs: Mapping[str, str] = {}
    """What it was made from, each with a hash or a value: another one makes it due again."""
    outputs: Mapping[str, str] = {}
    """Files it made, by path from the night's folder, each with its hash: one that is gone makes it due."""


class NightRecord(Record):
    """`night.json`."""

    kind: Literal["night.v0"]
    stamp: str
    """The name of its folder."""
    command: Literal["overnight", "smoke"]
    started_at: str
    """Of its first life."""
    finished_at: str | None
    """None: it goes on, or was killed."""
    lives: Many[str]
    """When it was started and resumed."""
    packs: Many[str]
    asked: Mapping[str, FreeForm]
    """What it was told: by the name of the flag."""
    steps: Many[Step]
    versions: Mapping[str, str]
    ending: Ending | None = None

    def step(self, name: StepName) -> Step:
        """Give one of its steps."""
        return next((step for step in self.steps if step.name == name), Step(name=name))


def read_night(folder: Path) -> NightRecord:
    """Read what a night wrote."""
    path = folder / NIGHT
    return parse(disk.read_file(path, at_most=disk.JSON_BYTES), NightRecord, source=str(path))
