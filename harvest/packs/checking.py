"""Looks a pack over: its contract, its presets, its origin, its looks; and holds it against another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harvest.packs.fitness import Demands, failures, warnings
from harvest.packs.manifest import examine
from harvest.packs.problem import PackProblem
from harvest.packs.profile import Profile, Survey, profile, survey
from harvest.packs.provenance import Verdict, verify


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A pack and all that was found out about it."""

    survey: Survey
    profile: Profile
    problems: Sequence[PackProblem]
    origin: Verdict
    warnings: Sequence[str]
    failures: Sequence[str]
    """Why it does not meet the demands; none: it does."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What two packs have in common, in presets of the first."""

    presets: int
    same_bytes: int
    same_meaning: int


def check_pack(
    folder: Path, manifest: str, demands: Demands, *, processes: int, progress: Callable[[int, int], None]
) -> Checked:
    """Look a pack over, and judge it."""
    pack = examine(folder, manifest)
    surveyed = survey(pack, processes=processes, progress=progress)
    profiled = profile(surveyed)
    problems = [*pack.problems, *surveyed.broken]
    origin = verify(folder, known={file.relative: file.sha256 for file in pack.presets.values()})
    errors = sum(problem.severity == "error" for problem in problems)
    return Checked(
        survey=surveyed,
        profile=profiled,
        problems=problems,
        origin=origin,
        warnings=warnings(profiled),
        failures=failures(profiled, errors, origin, demands),
    )


def shared(one: Survey, other: Survey) -> Shared:
    """Count which presets of one pack the other has as well."""
    ours, theirs = ([*of.fg, *of.bg] for of in (one, other))
    bytes_there = {portrait.content for portrait in theirs}
    meanings_there = {portrait.meaning for portrait in theirs}
    return Shared(
        presets=len({portrait.content for portrait in ours}),
        same_bytes=len({portrait.content for portrait in ours} & bytes_there),
        same_meaning=len({portrait.content for portrait in ours if portrait.meaning in meanings_there}),
    )
