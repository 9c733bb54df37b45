"""How a training went, epoch by epoch, as a picture that any browser opens. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 34, 34
_COLOURS = ("#2464b4", "#d9741a", "#1b6e3c", "#b3261e", "#7a4fb5", "#5c6670", "#00838f")

Curves = Mapping[str, Sequence[float | None]]
"""Values by epoch, the first epoch's first; None: there was none. By the name that the legend gives them."""


def curves(panels: Mapping[str, Curves], *, marked_epoch: int | None = None) -> str:
    """Draw one panel beneath the other; the marked epoch is the one that was kept."""
    drawn = "".join(
        f'<g transform="translate(0 {_HEIGHT * at})">{"".join(_panel(title, lines, marked_epoch))}</g>'
        for at, (title, lines) in enumerate(panels.items())
    )
    height = _HEIGHT * max(1, len(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="12" role="img" aria-label="Training curves">'
        f'<rect width="100%" height="100%" fill="#fff"/>{drawn}</svg>\n'
    )


def _panel(title: str, lines: Curves, marked_epoch: int | None) -> Iterator[str]:
    known = [value for line in lines.values() for value in line if value is not None]
    epochs = max((len(line) for line in lines.values()), default=0)
    yield _text(_LEFT, 20, title)
    if not known:
        yield _text(_LEFT, _HEIGHT / 2, "nothing was measured")
        return
    low, high = min(known), max(known)
    base, across = _HEIGHT - _BOTTOM, _WIDTH - _LEFT - _RIGHT
    rise = (base - _TOP) / ((high - low) or 1.0)

    def x(epoch: float) -> float:
        return _LEFT + across * (epoch - 1) / max(1, epochs - 1)

    yield f'<path d="M{_LEFT} {_TOP}V{base}H{_WIDTH - _RIGHT}" fill="none" stroke="#888"/>'
    yield _text(_LEFT - 6, _TOP + 10, f"{high:.4g}", anchor="end")
    yield _text(_LEFT - 6, base, f"{low:.4g}", anchor="end")
    yield _text(_LEFT, _HEIGHT - 12, "epoch 1") + _text(x(epochs), _HEIGHT - 12, str(epochs), anchor="end")
    if marked_epoch is not None:
        at = f"{x(marked_epoch):.1f}"
        yield f'<path d="M{at} {_TOP}V{base}" stroke="#888" stroke-dasharray="4 4"/>'
        yield _text(x(marked_epoch), _TOP - 4, f"kept: epoch {marked_epoch}", anchor="middle", colour="#666")
    for at, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[at % len(_COLOURS)]
        points = [(x(epoch), base - (value - low) * rise) for epoch, value in _measured(line)]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        yield _text(_WIDTH - _RIGHT + 10, _TOP + 12 + 16 * at, name, colour=colour)


def _measured(line: Sequence[float | None]) -> Iterator[tuple[int, float]]:
    for epoch, value in enumerate(line, 1):
        if value is not None:
            yield epoch, value


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
