"""How long work tells how far it has come: a bar on a terminal, now and then a line in a pipe."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from orchestrate import show

Told = Callable[[int, int | None], None]
"""Told how many are done, and of how many where that is known."""

_EVERY = 10_000


@contextmanager
def counting(what: str) -> Generator[Told]:
    """Count one kind of thing."""
    with counting_phases([what]) as told:
        yield lambda done, of: told(what, done, of)


@contextmanager
def counting_phases(phases: Sequence[str]) -> Generator[Callable[[str, int, int | None], None]]:
    """Count in each of several phases, which are shown as they begin."""
    if not show.talk.is_terminal:
        yield _teller()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=show.talk, transient=True) as bars:
        tasks = {phase: bars.add_task(phase, total=None, visible=False) for phase in phases}
        yield lambda phase, done, of: bars.update(tasks[phase], completed=done, total=of, visible=True)


def _teller() -> Callable[[str, int, int | None], None]:
    """Print a line each tenth, or where the end is not known each ten thousand."""
    told: dict[str, int] = {}

    def tell(phase: str, done: int, of: int | None) -> None:
        mark = done // _EVERY if of is None else done * 10 // max(of, 1)
        if mark > told.get(phase, 0):
            told[phase] = mark
            show.talk.print(f"{phase}: {done:,}" + ("" if of is None else f" of {of:,}"))

    return tell
