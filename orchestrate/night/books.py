"""`night.json` while a night goes on: replaced at every turn, so that a kill loses nothing."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harvest.packs import disk
from harvest.records import to_json
from harvest.records.moment import timestamp
from harvest.records.summary import Ending
from orchestrate.exit_codes import ExitCode
from orchestrate.night.record import LOCK, NIGHT, NightRecord, StepName, StepState, read_night

_GLANCE_S = 1.0
"""Whoever only looks holds the lock for a moment; a night holds it for hours."""


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a step came to."""

    code: ExitCode
    reason: str
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files by path from the night's folder, each with its hash."""

    @property
    def state(self) -> StepState:
        """What did all it could leaves the next step something to work on."""
        return "done" if self.code in (ExitCode.OK, ExitCode.INCOMPLETE) else "failed"


class Books:
    """The record of one night, and its only writer."""

    def __init__(self, folder: Path, record: NightRecord) -> None:
        self.folder = folder
        self.record = record
        self._write(record)

    def begins(self, name: StepName, inputs: Mapping[str, str]) -> None:
        """Note that a step begins."""
        self._change(
            name,
            state="running",
            code=None,
            reason="",
            inputs=dict(inputs),
            outputs={},
            started_at=_now(),
            finished_at=None,
        )

    def ends(self, name: StepName, came: Came, *, seconds: float) -> None:
        """Note what a step came to, and how long it took this time."""
        self._change(
            name,
            state=came.state,
            code=came.code.name,
            reason=came.reason,
            outputs=dict(came.outputs),
            finished_at=_now(),
            seconds=round(self.record.step(name).seconds + seconds, 3),
        )

    def skips(self, name: StepName, why: str) -> None:
        """Note that a step is not made this time."""
        self._change(name, state="skipped", reason=why, code=None, inputs={}, outputs={})

    def closes(self, ending: Ending) -> None:
        """Note how the night ended."""
        self._write(self.record.model_copy(update={"ending": ending, "finished_at": _now()}))

    def _change(self, name: StepName, **changes: Any) -> None:
        steps = (step.model_copy(update=changes) if step.name == name else step for step in self.record.steps)
        self._write(self.record.model_copy(update={"steps": tuple(steps)}))

    def _write(self, record: NightRecord) -> None:
        self.record = record
        disk.replace_file(self.folder / NIGHT, to_json(record))


@contextmanager
def opened(folder: Path, fresh: NightRecord) -> Generator[Books]:
    """Open the books of a night, whose only writer we are; what is in them is continued."""
    with disk.locked(folder / LOCK, wait_s=_GLANCE_S):
        is_there = (folder / NIGHT).exists()
        yield Books(folder, _continued(read_night(folder), fresh) if is_there else fresh)


def _continued(earlier: NightRecord, fresh: NightRecord) -> NightRecord:
    """Go on with what is known, told what is asked now."""
    news = {name: getattr(fresh, name) for name in ("asked", "packs", "versions")}
    lives = (*earlier.lives, *fresh.lives)
    steps = tuple(earlier.step(step.name) for step in fresh.steps)
    gone = {"finished_at": None, "ending": None}
    return earlier.model_copy(update={**news, **gone, "lives": lives, "steps": steps})


def _now() -> str:
    return timestamp(datetime.now(UTC))
