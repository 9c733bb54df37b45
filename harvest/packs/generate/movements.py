"""How the last picture flows into the next, which makes MilkDrop what it is: one function a style.

Each flows by itself with the look's motion and is kicked by q7, the drive; without both, nothing flows.
"""

from collections.abc import Callable, Mapping

from harvest.packs.generate.canvas import Canvas
from harvest.packs.generate.canvas import number as n
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Look

Movement = Callable[[Canvas, Look, Dice], None]


def _flow(amount: float, look: Look) -> str:
    """Give q9 the amount that flows in this frame."""
    return f"q9 = {n(amount * look.pace)} + {n(amount)}*q7;"


def _push(canvas: Canvas, name: str, amount: float, look: Look) -> None:
    """Let one of MilkDrop's own movements flow, on top of what it does already."""
    canvas.set(**{name: canvas.parameters[name] + amount * look.pace})
    canvas.per_frame(f"{name} = {name} + {n(amount)}*q7;")


def _zoom(canvas: Canvas, look: Look, dice: Dice) -> None:
    _push(canvas, "zoom", look.sense * dice.between(0.03, 0.08), look)
    canvas.per_pixel(f"zoom = zoom + (zoom - 1)*(rad - {n(dice.between(0.2, 0.6))});")


def _spin(canvas: Canvas, look: Look, dice: Dice) -> None:
    _push(canvas, "rot", look.sense * dice.between(0.05, 0.14), look)
    canvas.per_pixel(f"rot = rot*({n(dice.between(0.8, 1.4))} - {n(dice.between(0.2, 0.8))}*rad);")


def _swirl(canvas: Canvas, look: Look, dice: Dice) -> None:
    _push(canvas, "rot", look.sense * dice.between(0.06, 0.16), look)
    canvas.per_pixel(f"rot = rot*(0.3 + sin(rad*{n(dice.between(4, 11))} - q8));")


def _ripple(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(_flow(dice.between(0.03, 0.08), look))
    canvas.per_pixel(f"zoom = zoom + q9*sin(rad*{n(dice.between(9, 22))} - {n(2 * look.sense)}*q8);")


def _kaleidoscope(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(_flow(dice.between(0.03, 0.08), look))
    canvas.per_pixel(
        f"zoom = zoom + q9*sin({look.folds}*ang + {n(look.sense)}*q8);",
        f"rot = rot + {n(look.sense)}*q9*cos({look.folds}*ang);",
    )


def _drift(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(
        _flow(dice.between(0.012, 0.04), look),
        f"dx = dx + {n(look.sense)}*q9*cos({n(dice.between(0.2, 0.6))}*q8);",
        f"dy = dy + q9*sin({n(dice.between(0.2, 0.6))}*q8);",
    )
    canvas.per_pixel(f"dx = dx*(0.6 + 0.8*{dice.pick(('x', 'y', 'rad'))});")


def _melt(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(_flow(dice.between(0.8, 2.4), look), "warp = warp + q9;")
    canvas.per_pixel(f"warp = warp*(1.3 - {n(dice.between(0.3, 0.9))}*rad);")


def _stretch(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(
        _flow(dice.between(0.02, 0.06), look),
        f"sx = sx + q9*sin({n(dice.between(0.4, 1.1))}*q8);",
        f"sy = sy - q9*sin({n(dice.between(0.4, 1.1))}*q8);",
    )
    canvas.per_pixel(f"rot = rot + {n(look.sense)}*q9*(0.5 - rad);")


def _currents(canvas: Canvas, look: Look, dice: Dice) -> None:
    lanes = n(6.2832 * dice.whole(1, 5))
    canvas.per_frame(_flow(dice.between(0.01, 0.03), look))
    canvas.per_pixel(
        f"dx = dx + q9*sin({lanes}*y + q8);",
        f"dy = dy + {n(look.sense)}*q9*sin({lanes}*x - q8);",
    )


def _tunnel(canvas: Canvas, look: Look, dice: Dice) -> None:
    sway = n(0.15 * min(1, 5 * look.pace))
    canvas.per_frame(
        f"cx = cx + {sway}*cos({n(dice.between(0.2, 0.5))}*q8);",
        f"cy = cy + {sway}*sin({n(dice.between(0.2, 0.5))}*q8);",
    )
    _push(canvas, "zoom", dice.between(0.03, 0.09), look)
    canvas.per_pixel(f"rot = rot + {n(look.sense * dice.between(0.3, 1))}*(zoom - 1)*(1 - rad);")


def _burst(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.per_frame(
        f"zoom = zoom + {n(look.sense * dice.between(0.08, 0.15))}*q7;",
        f"rot = rot + {n(look.sense * dice.between(0.01, 0.04))}*q7;",
    )
    canvas.per_pixel(f"zoom = zoom + (zoom - 1)*cos({look.folds}*ang);")


MOVEMENTS: Mapping[str, Movement] = {
    "zoom": _zoom,
    "spin": _spin,
    "swirl": _swirl,
    "ripple": _ripple,
    "kaleidoscope": _kaleidoscope,
    "drift": _drift,
    "melt": _melt,
    "stretch": _stretch,
    "currents": _currents,
    "tunnel": _tunnel,
    "burst": _burst,
}
