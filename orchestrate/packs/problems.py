"""How the problems of a pack are shown."""

from collections.abc import Sequence

from harvest.packs.problem import PROBLEMS_SHOWN, PackProblem
from orchestrate import show


def show_problems(problems: Sequence[PackProblem], found: Sequence[tuple[str, str]] = ()) -> None:
    """Show what was found, and the problems: on a terminal the first of them, in a pipe all."""
    shown = problems[:PROBLEMS_SHOWN] if show.console.is_terminal else problems
    lines = [*found, *((problem.severity, str(problem)) for problem in shown)]
    if lines:
        show.rows(("problem", "where and what"), lines, styled=0)
    if len(shown) < len(problems):
        show.sentence(f"{len(problems) - len(shown):,} more problems are not shown; --json lists all.")
