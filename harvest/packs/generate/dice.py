"""Chance that falls the same way on every machine, in every process, whatever was drawn elsewhere."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on nothing but the words the dice were made from.

    Only `random()` is used: Python promises that it never changes. No logarithm or sine is taken, whose last
    digit differs between the mathematical libraries of Linux and Windows.
    """

    def __init__(self, *words: str | int) -> None:
        # Random hashes a text with SHA-512, so PYTHONHASHSEED does not matter.
        self._draw = Random("/".join(map(str, words))).random  # noqa: S311 - nothing here is secret

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return low + (high - low) * self._draw()

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int((high - low + 1) * self._draw())

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return choices[int(len(choices) * self._draw())]

    def chance(self, share: float) -> bool:
        """Come out true in this share of all draws."""
        return self._draw() < share

    def sign(self) -> int:
        """Draw -1 or 1."""
        return 1 if self.chance(0.5) else -1
