"""What happens to a layer last: MilkDrop's echo, or a simple shader, and the gain it is shown with."""

from collections.abc import Callable, Sequence
from math import tau

from harvest.packs.generate.canvas import Canvas
from harvest.packs.generate.canvas import number as n
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Look

Finish = Callable[[Canvas, Look, Dice, float], None]
"""Receives the gain last; without a shader for the composition MilkDrop applies its own gamma."""


def _plain(canvas: Canvas, look: Look, _dice: Dice, gain: float) -> None:
    canvas.set(fgammaadj=gain, binvert=look.inverted)


def _echo(canvas: Canvas, look: Look, dice: Dice, gain: float) -> None:
    _plain(canvas, look, dice, gain)
    canvas.set(
        fvideoechozoom=dice.between(0.6, 1.8),
        fvideoechoalpha=dice.between(0.3, 0.5),
        nvideoechoorientation=dice.whole(0, 3),
    )


def _soft(canvas: Canvas, look: Look, dice: Dice, gain: float) -> None:
    """Blur what flows, in a warp shader."""
    canvas.shader(
        "warp",
        f"ret = lerp(GetPixel(uv), GetBlur1(uv), {n(dice.between(0.1, 0.5))});",
        f"ret = ret*{n(canvas.parameters['fdecay'])} - 0.002;",
    )
    _plain(canvas, look, dice, gain)


def _glow(canvas: Canvas, look: Look, dice: Dice, gain: float) -> None:
    glow = dice.between(0.2, 0.5)
    _composed(canvas, look, gain, f"ret = {n(1 - glow)}*GetPixel(uv) + {n(glow)}*GetBlur1(uv);")


def _folded(canvas: Canvas, look: Look, _dice: Dice, gain: float) -> None:
    slice_of_turn = n(tau / look.folds)
    _composed(
        canvas,
        look,
        gain,
        "float2 ray = uv - 0.5;",
        f"float turn = frac((atan2(ray.y, ray.x) + {n(0.2 * look.sense)}*q8)/{slice_of_turn});",
        f"float way = abs(turn - 0.5)*{slice_of_turn};",
        "ret = GetPixel(0.5 + length(ray)*float2(cos(way), sin(way)));",
    )


def _tinted(canvas: Canvas, look: Look, dice: Dice, gain: float) -> None:
    _composed(
        canvas,
        look,
        gain,
        "ret = GetPixel(uv);",
        f"ret = lerp(ret, ret.yzx, {n(dice.between(0.2, 0.8))}*(0.5 + 0.5*sin(0.3*q8 + 2*uv.x)));",
    )


def _lined(canvas: Canvas, look: Look, dice: Dice, gain: float) -> None:
    along = dice.pick(("x", "y"))
    _composed(
        canvas,
        look,
        gain,
        f"ret = GetPixel(uv)*(0.8 + 0.2*sin({n(dice.between(60, 160))}*uv.{along} + q8));",
    )


def _composed(canvas: Canvas, look: Look, gain: float, *lines: str) -> None:
    base, slope = (1.0, -gain) if look.inverted else (0.0, gain)
    canvas.shader("comp", *lines, f"ret = {n(base)} + {n(slope)}*ret;")


FINISHES: Sequence[Finish] = (
    *[_plain] * 6,
    *[_echo] * 4,
    *[_soft] * 2,
    _glow,
    _folded,
    _tinted,
    _lined,
)
"""As often as they are drawn: six presets in sixteen run a shader of MilkDrop 2."""
