"""Which background goes with which foreground, where names do not tell: pure, in bounded memory.

by shuffle     two and two, as they come
by contrast    each that comes takes, of the next 64, the one with the greatest contrast; where a band is
               asked for, the one nearest to its middle, or none, and is left out

Contrast is the sum of the two numbers of `harvest.packs.contrast`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from harvest.packs.contrast import contrast
from harvest.packs.milk import Preset

T = TypeVar("T")

_WINDOW = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A wanted range of contrast, both ends included."""

    low: float
    high: float

    def fit(self, value: float) -> float:
        """How well a contrast fits, 0 at best."""
        return -abs(value - (self.low + self.high) / 2)


def by_shuffle(presets: Iterable[T]) -> Iterator[tuple[T, T]]:
    """Pair two and two."""
    one_by_one = iter(presets)
    return zip(one_by_one, one_by_one, strict=False)


def by_contrast(
    presets: Iterable[T], preset_of: Callable[[T], Preset], band: Band | None
) -> Iterator[tuple[T, T]]:
    """Pair each with the best of those that follow it."""
    one_by_one = iter(presets)
    waiting = list(islice(one_by_one, _WINDOW + 1))
    while len(waiting) > 1:
        fg = waiting.pop(0)
        contrasts = [total(preset_of(fg), preset_of(bg)) for bg in waiting]
        fits = [value if band is None else band.fit(value) for value in contrasts]
        best = max(range(len(waiting)), key=fits.__getitem__)
        if band is None or band.low <= contrasts[best] <= band.high:
            yield fg, waiting.pop(best)
        waiting += islice(one_by_one, _WINDOW + 1 - len(waiting))


def total(fg: Preset, bg: Preset) -> float:
    """Add up how far two presets are apart."""
    return sum(contrast(fg, bg))
