"""Somebody who looks on while a run goes on."""

from collections.abc import Callable, Mapping, Sequence

from harvest.browser.renderer import RendererVerdict
from harvest.page.driven import Measurement
from harvest.plan import Coverage
from harvest.records import Visit
from harvest.run import Goal
from harvest.session import Line


class Looker:
    """Looks on, and remembers."""

    def __init__(self, told: Callable[[Line], None] = lambda _line: None) -> None:
        self._told = told
        self.said: list[str] = []
        self.phases: list[str] = []

    def phase(self, what: str) -> None:
        """Remember it."""
        self.phases.append(what)

    def aims(self, goal: Goal) -> None:
        """Nothing to remember."""

    def draws(self, verdict: RendererVerdict) -> None:
        """Nothing to remember."""

    def begins(self, visit: Visit) -> None:
        """Nothing to remember."""

    def writes(self, line: Line, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:  # noqa: ARG002
        """Pass it on."""
        self._told(line)

    def says(self, what: str) -> None:
        """Remember it."""
        self.said.append(what)

    def notes(self) -> Sequence[str]:
        """Nobody reads."""
        return ()
