"""Drawings on a square of 100 by 100, stretched by the page: numbers in, SVG out. Pure.

Colours are the page's: `s0`, `s1` … name a series; lines keep their width however they are stretched.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

_MOST_POINTS = 400
_MOST_TICKS = 600
_SERIES = 6

Points = Sequence[tuple[float, float]]


def line(points: Points, *, x: tuple[float, float], y: tuple[float, float], series: int = 0) -> Markup:
    """Draw a line through points; x and y are the ends of the scales."""
    placed = " ".join(f"{_at(left, x):.2f},{100 - _at(up, y):.2f}" for left, up in _thinned(points))
    return Markup('<polyline class="line s{}" points="{}"/>').format(series % _SERIES, placed)


def area(heights: Sequence[float], *, series: int = 0) -> Markup:
    """Draw a hilly area, the highest at the top, one step a value."""
    top = max(heights, default=0) or 1
    width = 100 / max(1, len(heights))
    steps = "".join(
        f"V{100 - 100 * each / top:.2f}H{(place + 1) * width:.2f}" for place, each in enumerate(heights)
    )
    return Markup('<path class="area s{}" d="M0 100{}V100Z"/>').format(series % _SERIES, steps)


def columns(series: Sequence[Sequence[float]], *, top: float | None = None) -> Markup:
    """Draw columns, those of one place side by side."""
    highest = top or max((each for heights in series for each in heights), default=0) or 1
    slots = max((len(heights) for heights in series), default=0)
    if not slots:
        return Markup()
    slot = 100 / slots
    width = slot * 0.86 / len(series)
    return Markup().join(
        Markup('<rect class="fill s{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            which % _SERIES,
            f"{slot * (place + 0.07) + which * width:.2f}",
            f"{100 - 100 * each / highest:.2f}",
            f"{width * 0.96:.2f}",
            f"{100 * each / highest:.2f}",
        )
        for which, heights in enumerate(series)
        for place, each in enumerate(heights)
        if each > 0
    )


def level(value: float, *, top: float) -> Markup:
    """Draw a line from left to right."""
    up = f"{100 - _at(value, (0.0, top)):.2f}"
    return Markup('<path class="rule" d="M0 {}H100"/>').format(up)


def upright(value: float, *, x: tuple[float, float]) -> Markup:
    """Draw a line from top to bottom."""
    return Markup('<path class="rule" d="M{} 0V100"/>').format(f"{_at(value, x):.2f}")


def ticks(places: Iterable[float]) -> Markup:
    """Mark places between 0 and 1; those that nobody could tell apart are one."""
    seen = sorted({round(place * _MOST_TICKS) for place in places})
    marks = "".join(f"M{100 * place / _MOST_TICKS:.2f} 0V100" for place in seen)
    return Markup('<path class="tick" d="{}"/>').format(marks)


def histogram(values: NDArray[np.float64], *, low: float, high: float, bins: int) -> list[float]:
    """Count values in bins; what lies beyond an end counts at that end."""
    inside = np.clip(values, low, high)
    counts, _ = np.histogram(inside, bins=bins, range=(low, high))
    return [float(count) for count in counts]


def _at(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return 100 * min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0


def _thinned(points: Points) -> Points:
    """Leave out what no screen could show; the last one stays."""
    every = -(-len(points) // _MOST_POINTS) or 1
    kept = list(points[::every])
    return [*kept, points[-1]] if points and kept[-1] != points[-1] else kept
