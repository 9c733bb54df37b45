"""`harvest status`: a run looked at from another terminal, alive or not."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from harvest.account import META, read_meta
from harvest.journal import read_end, writer_of
from harvest.plan import Coverage
from harvest.records import JournalLine, RecordError, RunMeta, Sample
from harvest.run import holds_run
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.live import picture
from orchestrate.night.record import EVAL, NIGHT, read_night
from orchestrate.places import named, runs
from orchestrate.standing import Standing, clock, drawn_by

EXAMPLES = examples(
    ("harvest status", "the latest run: alive? how far? how long still?"),
    ("harvest status --watch", "the same until it ends"),
    ("harvest status artifacts/coupled-eval/2026-11-21_220000", "a certain run"),
)

State = Literal["running", "stalled", "finished", "ended", "killed"]

_SILENT_S = 180.0
"""A pair takes seconds, the longest repair a minute."""
_LOOKED_AT_BYTES = 512 << 10
_EVERY_S = 2.0
_STYLES: dict[State, str] = {
    "running": "green",
    "stalled": "bold yellow",
    "finished": "green",
    "ended": "bold yellow",
    "killed": "bold red",
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look at a run found."""

    folder: Path
    meta: RunMeta
    writer: str | None
    """Who is writing; None: nobody."""
    lines: Sequence[JournalLine]
    """The latest."""
    at: datetime

    @property
    def silent_s(self) -> float:
        """How long nothing was written."""
        last = self.lines[-1].t_ms / 1000 if self.lines else self._began.timestamp()
        return max(0.0, self.at.timestamp() - last)

    @property
    def state(self) -> State:
        """Tell a run that lives from one that only looks so."""
        if self.writer is not None:
            return "stalled" if self.silent_s > _SILENT_S else "running"
        if self.meta.finished_at is None:
            return "killed"
        return "ended" if self.meta.error else "finished"

    @property
    def sentence(self) -> str:
        """Say it."""
        match self.state:
            case "running":
                return f"running: {self.writer}"
            case "stalled":
                return f"nothing written for {clock(self.silent_s)}: {self.writer}"
            case "finished":
                return f"finished at {self.meta.finished_at}"
            case "killed":
                return f"killed; the last line is {clock(self.silent_s)} old, --resume goes on"
            case "ended":
                error = self.meta.error
                return f"ended at {self.meta.finished_at}: {error and error.message}"

    @property
    def standing(self) -> Standing:
        """Count what the latest lines tell."""
        progress = self.meta.progress or {}
        standing = Standing(targets={name: each.target for name, each in progress.items()})
        covered = {
            name: Coverage(covered=each.visited, pairs=each.target, quarantined=0)
            for name, each in progress.items()
        }
        standing.covered = covered
        lines = [line for line in self.lines if line.t_ms / 1000 >= self._began.timestamp()]
        standing.visits = sum(isinstance(line, Sample) for line in lines)
        if self.writer is not None:
            standing.visits += sum(max(0, each.target - each.visited) for each in progress.values())
        for line in lines:
            standing.add(line, covered, at=line.t_ms / 1000 - self._began.timestamp())
        facts = self.meta.harvest
        standing.phase = (facts and facts.phase) or "start"
        standing.faults.clear()
        standing.faults.update(facts.faults if facts else {})
        webgl = self.meta.runtime and self.meta.runtime.webgl
        if facts and webgl:
            standing.drawn_by = drawn_by(facts.renderer_class or "unknown", webgl.renderer)
        return standing

    @property
    def seconds(self) -> float:
        """How long it has gone on, or went on."""
        finished = self.meta.finished_at
        until = self.at if finished is None else datetime.fromisoformat(finished)
        return (until - self._began).total_seconds()

    @property
    def _began(self) -> datetime:
        return datetime.fromisoformat(self.meta.resumed_at or self.meta.started_at)


@configurable("artifacts")
def status(
    *,
    resolved: Resolved,
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a run, or of a night. Default: the latest in artifacts.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look every 2 s until it ends.")] = False,
    json: AsJson = False,
) -> ExitCode:
    """Look at a run from another terminal: whether it lives, how far it is, how long it still takes."""
    run = None if run is None else named(run, resolved.config.artifacts)
    run = run / EVAL if run is not None and (run / NIGHT).is_file() else run
    if run is not None and not holds_run(run):
        raise typer.BadParameter(f"There is no run in {run}.", param_hint="RUN")
    with refusing("the run goes on"):
        found = _latest(resolved.config.artifacts) if run is None else look(run)
        if json:
            show.as_json(_as_json(found))
        elif not watch:
            show.console.print(_picture(found))
        else:
            _watch(found)
    return ExitCode.OK


def look(folder: Path) -> Look:
    """Look at a run once."""
    return Look(
        folder=folder,
        meta=read_meta(folder / META),
        writer=writer_of(folder),
        lines=read_end(folder, at_most=_LOOKED_AT_BYTES),
        at=datetime.now(UTC),
    )


def _latest(artifacts: Path) -> Look:
    """Look at the latest run that can be read; those after it are told."""
    for each in runs(artifacts):
        try:
            return look(each)
        except FileNotFoundError:
            continue  # it has only just begun
        except RecordError as error:
            show.complain(f"{each} is passed over: {error}")
    raise typer.BadParameter(f"There is no run in {artifacts} yet.", param_hint="RUN")


def _watch(found: Look) -> None:
    with Live(_picture(found), console=show.console, auto_refresh=False) as live:
        while found.state in {"running", "stalled"}:
            time.sleep(_EVERY_S)  # another process's files: nothing tells when they change
            found = look(found.folder)
            live.update(_picture(found), refresh=True)


def _picture(found: Look) -> RenderableType:
    shown = picture(str(found.folder), found.standing, found.seconds)
    steps = [Text(", ".join(f"{name} {state}" for name, state in _steps(found).items()))]
    return Group(Text(found.sentence, _STYLES[found.state]), shown, *(steps if steps[0] else ()))


def _steps(found: Look) -> dict[str, str]:
    """Tell how far the night has come that a run is part of; nothing where it is part of none."""
    if not (found.folder.parent / NIGHT).is_file():
        return {}
    return {step.name: step.state for step in read_night(found.folder.parent).steps}


def _as_json(found: Look) -> dict[str, object]:
    standing = found.standing
    rate = standing.per_minute(found.seconds)
    left = standing.seconds_left(found.seconds)
    return {
        "folder": str(found.folder),
        "state": found.state,
        "steps": _steps(found),
        "writer": found.writer,
        "phase": standing.phase,
        "seconds": round(found.seconds, 1),
        "seconds_since_last_line": round(found.silent_s, 1),
        "packs": {
            name: {"covered": each.visited, "target": each.target}
            for name, each in (found.meta.progress or {}).items()
        },
        "pairs_per_minute": rate and round(rate, 2),
        "seconds_left": left and round(left),
        "faults": dict(standing.faults),
        "drawn_by": standing.drawn_by,
    }
