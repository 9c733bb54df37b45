"""`harvest eval`: every pair once, proven, whatever dies."""

import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from harvest.journal import JOURNAL
from harvest.page.stepped import Request
from harvest.plan import Coverage, Walk, target_pairs
from harvest.records import Fault, Sample
from harvest.run import Reached, RunRequest, Told, open_packs, pairs_of, run, stamp
from harvest.session import Line
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.endings import run as run_to_end
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples

EXAMPLES = examples(
    ("harvest eval --packs a,b", "measure 99 % of the pairs of two packs"),
    ("harvest eval --packs a --out runs/first --resume", "go on where runs/first stopped"),
    ("harvest eval --packs a --max-pairs 100 --repeat 2", "100 pairs, twice"),
)
_EVERY_S = 60.0


@configurable("presets", *BROWSER)
def evaluate(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    packs: Annotated[str, typer.Option(help="Packs by name or folder, parted by commas.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run. Default: one by the time, in artifacts/coupled-eval."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that is in --out.")] = False,
    target_coverage: Annotated[
        float, typer.Option(min=0, max=1, help="Share of each pack's pairs to measure.")
    ] = 0.99,
    max_hours: Annotated[float | None, typer.Option(min=0, help="Stop after so many hours.")] = None,
    max_pairs: Annotated[int | None, typer.Option(min=1, help="At most so many pairs, of all packs.")] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Passes over the pairs.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of order and measurement.")] = 1,
    interleaved: Annotated[
        bool, typer.Option("--interleaved", help="Packs side by side, not in turn.")
    ] = False,
    json: AsJson = False,
) -> ExitCode:
    """Measure the pairs of packs on our own page, every one once, and write down what is proven."""
    config, at = resolved.config, datetime.now(UTC)
    folder = out or config.artifacts / "coupled-eval" / stamp(at)
    if (folder / JOURNAL).exists() and not resume:
        raise typer.BadParameter(f"{folder} holds a run; --resume goes on with it.", param_hint="--out")
    walk = Walk(
        seed=seed,
        repeats=repeat,
        target_coverage=target_coverage,
        max_pairs=max_pairs,
        interleaved=interleaved,
    )
    with refusing(f"what was measured is kept in {folder}; --resume goes on"):
        opened = open_packs([name for name in packs.split(",") if name], config.presets)
        request = RunRequest(
            packs=opened,
            folder=folder,
            walk=walk,
            request=Request(seed=seed),
            browser=config.browser,
            max_hours=max_hours,
            at=at,
        )
        targets = {name: target_pairs(pairs_of(pack), target_coverage) for name, pack in opened.items()}
        tally = _Tally()
        began = time.monotonic()
        with _watching(targets, tally) as told:
            reached = run_to_end(run(request, told))
    _show(folder, reached, tally, time.monotonic() - began, as_json=json)
    missed = max_pairs is None and any(
        each.covered < targets[name] for name, each in reached.coverage.items()
    )
    return ExitCode.INCOMPLETE if missed or any(reached.left.values()) else ExitCode.OK


class _Tally:
    """What was seen this time."""

    def __init__(self) -> None:
        self.samples = 0
        self.ok = 0
        self.flaws = Counter[str]()
        self.faults = Counter[str]()

    def add(self, line: Line) -> None:
        match line:
            case Sample():
                self.samples += 1
                self.ok += line.ok_heuristic
                self.flaws.update(line.flaws or ())
            case Fault():
                self.faults[line.name] += 1


@contextmanager
def _watching(targets: Mapping[str, int], tally: _Tally) -> Generator[Told]:
    """Show how far each pack has come: bars on a terminal, a line a minute in a pipe."""
    if not show.talk.is_terminal:
        yield _telling_each_minute(targets, tally)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=show.talk, transient=True) as bars:
        tasks = {name: bars.add_task(name, total=target) for name, target in targets.items()}

        def tell(line: Line, covered: Mapping[str, Coverage]) -> None:
            tally.add(line)
            for name, each in covered.items():
                bars.update(tasks[name], completed=each.covered)

        yield tell


def _telling_each_minute(targets: Mapping[str, int], tally: _Tally) -> Told:
    told_at = time.monotonic()

    def tell(line: Line, covered: Mapping[str, Coverage]) -> None:
        nonlocal told_at
        tally.add(line)
        if time.monotonic() - told_at >= _EVERY_S:
            told_at = time.monotonic()
            seen = ", ".join(
                f"{name} {each.covered:,} of {targets[name]:,}" for name, each in covered.items()
            )
            show.talk.print(f"{seen}; faults: {tally.faults.total()}")

    return tell


def _show(folder: Path, reached: Reached, tally: _Tally, seconds: float, *, as_json: bool) -> None:
    rate = 60 * tally.samples / seconds
    if as_json:
        show.as_json(
            {
                "folder": str(folder),
                "coverage": {
                    name: asdict(each) | {"share": each.share} for name, each in reached.coverage.items()
                },
                "left": dict(reached.left),
                "samples": tally.samples,
                "pairs_per_minute": round(rate, 2),
                "ok": tally.ok,
                "flaws": dict(tally.flaws),
                "faults": dict(tally.faults),
                "renderer": reached.renderer,
                "renderer_class": reached.renderer_class,
                "broken_lines": [str(error) for error in reached.broken_lines],
            }
        )
        return
    if reached.renderer_class == "software":
        show.sentence(f"SOFTWARE rendering: {reached.renderer}", "bold yellow")
    facts = [
        ("folder", str(folder)),
        *((name, _spelled(each)) for name, each in reached.coverage.items()),
        ("measured now", f"{tally.samples:,} pairs, {rate:.1f} a minute"),
        ("ok by the owner's rule", str(tally.ok)),
        *((f"flaw: {name}", str(count)) for name, count in tally.flaws.most_common()),
        *((f"fault: {name}", str(count)) for name, count in tally.faults.most_common()),
        *(("broken line", str(error)) for error in reached.broken_lines),
    ]
    show.rows(("what", "found"), facts)


def _spelled(covered: Coverage) -> str:
    held = f", {covered.quarantined} in quarantine" if covered.quarantined else ""
    return f"{covered.covered:,} of {covered.pairs:,} pairs ({covered.share:.1%}){held}"
