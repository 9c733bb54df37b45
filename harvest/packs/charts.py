"""Small drawings as SVG text, to stand inside a page, whose style gives them their colours: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEIGHT = 360, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 14, 8, 34
_STRIP = 26
_STRIP_NAME = 100
_STRIP_RANGE = 104
_MOST_DOTS = 1500

Series = Mapping[str, NDArray[np.float64]]
"""Values by the name that the legend gives them."""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One row of a chart of spreads: where the middle 90 % and the middle half of each series lie."""

    name: str
    spreads: Sequence[Mapping[str, float]]
    """Percentiles `p05` to `p95`, one a series."""
    low: float
    high: float


def histogram(label: str, series: Series, edges: Sequence[float], *, mark: float, axis: str) -> str:
    """Draw how often values fall between the edges; the last bin takes all above it."""
    top = edges[-1]
    counts = [np.histogram(np.minimum(values, top), edges)[0] for values in series.values()]
    highest = max(1, *(int(count.max()) for count in counts))
    bins = len(edges) - 1
    slot = (_WIDTH - _LEFT - _RIGHT) / bins
    bar = slot * 0.84 / max(1, len(counts))
    base, room = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    bars = "".join(
        f'<rect class="s{place}" x="{_LEFT + slot * at + bar * place + slot * 0.08:.1f}" '
        f'y="{base - room * n / highest:.1f}" width="{bar:.1f}" height="{room * n / highest:.1f}"/>'
        for place, count in enumerate(counts)
        for at, n in enumerate(count)
        if n
    )
    x = _LEFT + (mark - edges[0]) / (top - edges[0]) * (_WIDTH - _LEFT - _RIGHT)
    line = f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{base}"/>'
    every = max(1, bins // 4)
    ticks = "".join(
        _text(_LEFT + slot * at, base + 14, f"{edges[at]:g}{'+' if at == bins else ''}", "middle")
        for at in range(0, bins + 1, every)
    )
    scale = _text(_LEFT - 4, _TOP + 9, f"{highest:,}", "end") + _text(_LEFT - 4, base, "0", "end")
    frame = f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>'
    title = _text(_LEFT + (_WIDTH - _LEFT - _RIGHT) / 2, _HEIGHT - 4, axis, "middle")
    return _svg(label, _HEIGHT, bars + line + frame + ticks + scale + title)


def scatter(label: str, series: Series, *, centre: tuple[float, float], reach: float, ring: float) -> str:
    """Draw points; the ring at the corner shows a distance of so much."""
    size = _WIDTH
    unit = size / 2 / reach
    dots = "".join(
        f'<circle class="s{place}" cx="{size / 2 + (x - centre[0]) * unit:.1f}" '
        f'cy="{size / 2 - (y - centre[1]) * unit:.1f}" r="2.6"/>'
        for place, points in enumerate(series.values())
        for x, y in _thinned(points)
    )
    radius = ring * unit
    corner = radius + 8
    scale = f'<circle class="ring" cx="{corner:.1f}" cy="{size - corner:.1f}" r="{radius:.1f}"/>'
    return _svg(label, size, f'<g class="dots">{dots}</g>{scale}')


def strips(label: str, rows: Sequence[Strip]) -> str:
    """Draw the spread of several numbers, each on a scale of its own."""
    return _svg(label, _STRIP * len(rows), "".join(_strips(rows)))


def _strips(rows: Sequence[Strip]) -> Iterator[str]:
    width = _WIDTH - _STRIP_NAME - _STRIP_RANGE
    for place, row in enumerate(rows):
        y = _STRIP * place
        unit = width / (row.high - row.low) if row.high > row.low else 0.0
        yield _text(0, y + 17, row.name, "start")
        ends = f"{_short(row.low)} … {_short(row.high)}" if unit else _short(row.low)
        yield _text(_WIDTH, y + 17, ends, "end")
        lane = (_STRIP - 8) / max(1, len(row.spreads))
        for series, spread in enumerate(row.spreads):
            if spread:
                at = {rank: _STRIP_NAME + (value - row.low) * unit for rank, value in spread.items()}
                middle = y + 4 + lane * (series + 0.5)
                yield _bar(series, at["p05"], at["p95"], middle, 2)
                yield _bar(series, at["p25"], at["p75"], middle, lane * 0.8)


def _bar(series: int, start: float, end: float, middle: float, height: float) -> str:
    width = max(2.0, end - start)
    return (
        f'<rect class="s{series}" x="{start:.1f}" y="{middle - height / 2:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )


def _short(value: float) -> str:
    return f"{round(value, 3):.4g}"


def _thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out every so-manieth: a page of 100,000 dots opens slowly and shows no more."""
    return points[:: max(1, -(-len(points) // _MOST_DOTS))]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(label: str, height: float, inner: str) -> str:
    name = escape(label, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{name}">{inner}</svg>'
