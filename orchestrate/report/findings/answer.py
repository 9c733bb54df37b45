"""What an answer is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrate.report.words import Text

Level = Literal["good", "none", "care", "bad"]
"""From the best to the worst; none: it cannot be said, or need not be."""
Question = Literal["finished", "trust", "model", "page", "now"]

LEVELS: Sequence[Level] = ("good", "none", "care", "bad")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing found."""

    level: Level
    text: Text
    command: str = ""
    """What to type, if that is what helps."""
    is_key: bool = False
    """Whether it is to be seen at once although nothing is wrong."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A verdict in a word and a sentence, and what it rests on, the worst first."""

    question: Question
    level: Level
    word: Text
    headline: Text
    points: Sequence[Point] = ()

    @property
    def warnings(self) -> Sequence[Point]:
        """What nobody may miss."""
        return [point for point in self.points if point.level in {"care", "bad"}]

    @property
    def asides(self) -> Sequence[Point]:
        """What is worth a glance although nothing is wrong."""
        found = [point for point in self.points if point.is_key and point not in self.warnings]
        return sorted(found, key=lambda point: LEVELS.index(point.level))

    @property
    def rest(self) -> Sequence[Point]:
        """What can be looked up."""
        return [point for point in self.points if not point.is_key and point not in self.warnings]


def worst(levels: Iterable[Level], *, otherwise: Level = "none") -> Level:
    """Give the worst of some."""
    found = tuple(levels)
    return max(found, key=LEVELS.index) if found else otherwise


def worst_first(points: Iterable[Point]) -> tuple[Point, ...]:
    """Sort what was found; equals stay in order."""
    return tuple(sorted(points, key=lambda point: -LEVELS.index(point.level)))
