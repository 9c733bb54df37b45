"""What is being done: told as it begins, numbered, and timed."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Phases:
    """The phases of one training."""

    def __init__(self, count: int, told: Callable[[str], None]) -> None:
        self.count = count
        self.seconds: dict[str, float] = {}
        """By what was done."""
        self._told = told

    @contextmanager
    def timed(self, what: str) -> Generator[None]:
        """Do something that takes its time."""
        self._told(f"{len(self.seconds) + 1} of {self.count}: {what}")
        began = time.monotonic()
        yield
        self.seconds[what] = round(time.monotonic() - began, 3)
