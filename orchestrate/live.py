"""A run looked at while it goes on: a table that changes on a terminal, a line a minute in a pipe."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harvest.browser.renderer import RendererVerdict
from harvest.page.driven import Measurement
from harvest.plan import Coverage
from harvest.records import Visit
from harvest.run import Goal
from harvest.session import Line
from orchestrate import show
from orchestrate.standing import Standing, clock, drawn_by

_EVERY_S = 60.0


@contextmanager
def watching(folder: Path) -> Generator["TerminalView | PipeView"]:
    """Show how far each pack has come, and what happens meanwhile."""
    standing = Standing()
    if not show.talk.is_terminal:
        yield PipeView(standing)
        return
    view = TerminalView(folder, standing)
    with Live(view, console=show.talk, transient=True, refresh_per_second=4, redirect_stdout=False):
        yield view


class _View:
    """What both views take note of."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has gone on."""
        return time.monotonic() - self._began

    def phase(self, what: str) -> None:
        """Take note of what is being done."""
        self.standing.phase = what

    def aims(self, goal: Goal) -> None:
        """Take note of what is to be done."""
        self.standing.targets, self.standing.visits = goal.pairs, goal.visits

    def draws(self, verdict: RendererVerdict) -> None:
        """Take note of what draws."""
        self.standing.drawn_by = drawn_by(verdict.renderer_class, verdict.signals.webgl)

    def begins(self, visit: Visit) -> None:
        """Take note of a visit."""
        self.standing.visit = visit

    def writes(self, line: Line, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:  # noqa: ARG002
        """Take note of a line."""
        self.standing.add(line, covered, at=self.seconds)

    def says(self, what: str) -> None:
        """Take note of what the owner should know."""
        self.standing.said = what

    def notes(self) -> Sequence[str]:
        """Tell what to write over the page."""
        return self.standing.notes(self.seconds)


class TerminalView(_View):
    """Drawn anew four times a second, whatever happens."""

    def __init__(self, folder: Path, standing: Standing) -> None:
        super().__init__(standing)
        self._folder = folder

    def __rich__(self) -> RenderableType:
        """Draw it."""
        return picture(str(self._folder), self.standing, self.seconds)


class PipeView(_View):
    """Says a sentence a minute, and at once what cannot wait."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing)
        self._told_at = 0.0

    def phase(self, what: str) -> None:
        """Say what is being done."""
        super().phase(what)
        self._tell(f"{what} …")

    def draws(self, verdict: RendererVerdict) -> None:
        """Say what draws, if it is news."""
        before = self.standing.drawn_by
        super().draws(verdict)
        if self.standing.drawn_by != before:
            self._tell(f"drawn by {self.standing.drawn_by}")

    def writes(self, line: Line, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:
        """Say it once a minute."""
        super().writes(line, shot, covered)
        if self.seconds - self._told_at >= _EVERY_S:
            self._told_at = self.seconds
            self._tell(self.standing.sentence(self.seconds))

    def says(self, what: str) -> None:
        """Say it at once."""
        super().says(what)
        self._tell(what)

    def _tell(self, text: str) -> None:
        show.talk.print(Text(f"{clock(self.seconds)} {text}"), soft_wrap=True)


def picture(title: str, standing: Standing, seconds: float) -> RenderableType:
    """Draw a run as a table."""
    packs = Table.grid(padding=(0, 1))
    for name, target in standing.targets.items():
        seen = standing.covered.get(name)
        done = seen.covered if seen else 0
        share = f"{done / target:.1%}" if target else ""
        bar = ProgressBar(total=max(target, 1), completed=done, width=30)
        packs.add_row(Text(name, "bold"), bar, Text(f"{done:,} of {target:,}"), Text(share, "cyan"))
    facts = Table.grid(padding=(0, 1))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, text in standing.rows(seconds):
        facts.add_row(name, Text(text, "bold yellow" if "SOFTWARE" in text or name == "note" else ""))
    head = Text.assemble((title, "bold"), ("  ", ""), (clock(seconds), "dim"))
    return Group(head, packs, facts)
