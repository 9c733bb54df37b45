"""What is drawn: areas made of custom shapes, so that a layer is as bright at 96 pixels as at 4,000.

Whatever is drawn turns and wanders with q8, the phase, and grows and glows with q7, the drive.
"""

from collections.abc import Callable, Mapping
from math import sin, tau

from harvest.packs.generate.canvas import Canvas
from harvest.packs.generate.canvas import number as n
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Look

Motif = Callable[[Canvas, Look, Dice], float]
"""Draws, and tells how much of the screen it covers, overlaps counted twice."""

Outline = Mapping[str, float]

_MOST_INSTANCES = 40
_FINE = 0.4
_GROWTH = "(0.5 + 1.6*q7)"
_ALTERNATING = "instance - 2*int(instance/2)"


def _rosette(canvas: Canvas, look: Look, dice: Dice) -> float:
    rings = dice.whole(1, 3)
    radius = _radius(look)
    return _draw(
        canvas,
        look,
        look.folds * rings,
        radius * (rings + 1) / 2 / rings,
        _outline(dice),
        f"ring = 1 + instance - {rings}*int(instance/{rings});",
        f"way = {n(tau / look.folds)}*int(instance/{rings}) + {n(4 * look.sense / look.folds)}*q8/ring;",
        f"reach = {n(dice.between(0.3, 0.8) / rings)}*ring*(1 + 0.4*q7);",
        f"x = {n(look.cx)} + 0.45*reach*cos(way); y = {n(look.cy)} + 0.5*reach*sin(way);",
        f"rad = {n(radius / rings)}*ring*{_GROWTH};",
        f"ang = {dice.pick((1, 2, -1))}*way;",
        *_paint(f"(ring - 1)/{max(1, rings - 1)}"),
    )


def _orbits(canvas: Canvas, look: Look, dice: Dice) -> float:
    radius = _radius(look)
    across, down = dice.between(0.4, 0.9) * look.sense, dice.between(0.4, 0.9)
    return _draw(
        canvas,
        look,
        max(3, min(_MOST_INSTANCES, round(0.35 / radius**2))),
        radius,
        _outline(dice),
        f"x = {n(look.cx)} + 0.44*sin({n(across)}*q8 + {n(dice.between(1, 3))}*instance);",
        f"y = {n(look.cy)} + 0.42*cos({n(down)}*q8 + {n(dice.between(1, 3))}*instance);",
        f"rad = {n(radius)}*{_GROWTH};",
        "ang = q8 + instance;",
        *_paint("0.5 + 0.5*sin(1.9*instance)"),
    )


def _lattice(canvas: Canvas, look: Look, dice: Dice) -> float:
    radius = _radius(look)
    columns = max(2, min(8, round(0.6 / radius)))
    rows = max(2, columns // 2)
    slopes = f"{n(dice.between(0.4, 1.6))}*column + {n(dice.between(0.4, 1.6))}*row"
    return _draw(
        canvas,
        look,
        columns * rows,
        radius,
        _outline(dice),
        f"column = instance - {columns}*int(instance/{columns}); row = int(instance/{columns});",
        f"swell = sin({n(look.sense)}*q8 + {slopes});",
        f"x = (column + 0.5)/{columns} + {n(0.4 / columns)}*swell; y = (row + 0.5)/{rows};",
        f"rad = {n(radius)}*({_GROWTH} + 0.45*swell);",
        "ang = swell;",
        *_paint("0.5 + 0.5*swell"),
    )


def _eye(canvas: Canvas, look: Look, dice: Dice) -> float:
    rings = round(9 - 6 * look.size)
    radius = 0.35 + 0.6 * look.size
    cover = _draw(
        canvas,
        look,
        rings,
        radius,
        {**_outline(dice), "sides": look.folds},
        f"step = instance/{rings};",
        f"x = {n(look.cx)} + 0.15*step*cos(0.7*q8); y = {n(look.cy)} + 0.15*step*sin(0.7*q8);",
        f"rad = {n(radius)}*(1 - step)*{_GROWTH} + 0.1*sin(q8 + 6*step);",
        f"ang = {n(look.sense)}*q8*(0.3 + step);",
        *_paint(_ALTERNATING),
        "dark = 0.25 + 0.75*mix; r = r*dark; g = g*dark; b = b*dark;",
    )
    return cover / rings  # one ring within the other


def _rays(canvas: Canvas, look: Look, dice: Dice) -> float:
    rays = look.folds * (3 if look.size < _FINE else 1)
    length = dice.between(0.25, 0.5)
    width = 0.3 + look.size
    return _draw(
        canvas,
        look,
        rays,
        length * width,
        {**_outline(dice), "sides": 3},
        f"way = {n(tau / rays)}*instance + {n(3 * look.sense / rays)}*q8;",
        f"reach = {n(length)}*{_GROWTH};",
        f"x = {n(look.cx)} + 0.56*reach*cos(way); y = {n(look.cy)} - reach*sin(way);",
        f"rad = {n(width)}*reach;",
        f"ang = way + {n(dice.between(0.5, 2.6))};",
        *_paint(_ALTERNATING),
    )


def _clouds(canvas: Canvas, look: Look, dice: Dice) -> float:
    radius = 0.25 + 0.75 * look.size
    return _draw(
        canvas,
        look,
        round(12 - 8 * look.size),
        radius,
        {"sides": 40, "a": dice.between(0.35, 0.6), "a2": 0},
        f"x = 0.5 + 0.5*sin(2.4*instance + {n(0.5 * look.sense)}*q8);",
        f"y = 0.5 + 0.45*cos(1.7*instance + {n(dice.between(0.2, 0.6))}*q8);",
        f"rad = {n(radius)}*({_GROWTH} + 0.15*sin(q8 + instance));",
        *_paint("0.5 + 0.5*sin(1.9*instance + 0.2*q8)"),
    )


def _mirror(canvas: Canvas, look: Look, dice: Dice) -> float:
    """Draw the last picture into itself, over a few orbits that feed it."""
    cover = _orbits(canvas, look, dice)
    canvas.shape(
        2,
        f"way = {n(tau / look.folds)}*instance;",
        f"x = {n(look.cx)} + 0.2*cos(way); y = {n(look.cy)} + 0.3*sin(way);",
        f"rad = {n(0.2 + 0.6 * look.size)}*{_GROWTH};",
        f"ang = way + {n(0.3 * look.sense)}*q8; tex_ang = -way;",
        "r = 0.95; g = r; b = r; r2 = 0.9; g2 = r2; b2 = r2;",
        num_inst=look.folds,
        sides=dice.pick((4, 6, 30)),
        textured=1,
        tex_zoom=dice.between(1.1, 2.2),
        a=0.8,
        a2=0.2,
    )
    return cover


def _columns(canvas: Canvas, look: Look, dice: Dice) -> float:
    """Draw an equaliser: low notes left, high notes right."""
    radius = _radius(look)
    columns = max(5, min(24, round(1.5 / radius)))
    most = n(0.1 * look.pace * look.response)
    return _draw(
        canvas,
        look,
        columns,
        radius,
        _outline(dice),
        f"step = (instance + 0.5)/{columns};",
        "heard = if(below(step, 0.34), bass_att, if(below(step, 0.67), mid_att, treb_att));",
        f"sway = 0.2*sin(q8 + {n(dice.between(0.5, 2))}*instance);",
        f"level = 0.25 + 0.4*q7 + {most}*min(heard, 2) + sway;",
        f"x = step; y = 0.5 + {n(look.sense)}*(0.5 - level);",
        f"rad = {n(radius)}*(0.5 + level);",
        *_paint("step"),
    )


def _spiral(canvas: Canvas, look: Look, dice: Dice) -> float:
    instances = max(8, min(_MOST_INSTANCES, round(4 / _radius(look))))
    radius = 1.3 * _radius(look)
    cover = _draw(
        canvas,
        look,
        instances,
        radius,
        _outline(dice),
        f"step = (instance + 1)/{instances};",
        f"way = {n(look.sense * dice.between(9, 16))}*sqrt(step) + {n(look.sense)}*q8;",
        f"x = {n(look.cx)} + 0.5*step*cos(way); y = {n(look.cy)} + 0.6*step*sin(way);",
        f"rad = {n(radius)}*step*{_GROWTH};",
        "ang = -way;",
        *_paint("step"),
    )
    return cover / 3  # the inner ones are smaller


def _stars(canvas: Canvas, look: Look, dice: Dice) -> float:
    """Let shapes fly out of the centre, or into it."""
    radius = 1.3 * _radius(look)
    instances = max(8, min(_MOST_INSTANCES, round(0.4 / radius**2)))
    cover = _draw(
        canvas,
        look,
        instances,
        radius,
        _outline(dice),
        f"age = 0.618*instance + {n(dice.between(0.2, 0.4))}*q8; age = age - int(age);",
        f"age = {'age' if look.sense > 0 else '1 - age'};",
        f"way = {n(dice.between(1.5, 3))}*instance;",
        f"x = {n(look.cx)} + 0.6*age*cos(way); y = {n(look.cy)} + 0.75*age*sin(way);",
        f"rad = {n(radius)}*age*{_GROWTH};",
        f"ang = way + {n(look.sense)}*q8;",
        *_paint("age"),
    )
    return cover / 4  # half of them are small or beyond the screen


MOTIFS: Mapping[str, Motif] = {
    "rosette": _rosette,
    "orbits": _orbits,
    "lattice": _lattice,
    "eye": _eye,
    "rays": _rays,
    "clouds": _clouds,
    "mirror": _mirror,
    "columns": _columns,
    "spiral": _spiral,
    "stars": _stars,
}


def _draw(canvas: Canvas, look: Look, instances: int, radius: float, outline: Outline, *lines: str) -> float:
    glow = "glow = 0.7 + 0.6*q7; a = a*glow; a2 = a2*glow;"
    canvas.shape(1, *lines, glow, num_inst=instances, **outline)
    return instances * _disc(look, radius) * _share_of_disc(outline) * (0.7 + 0.25 * look.pace)


def _disc(look: Look, radius: float) -> float:
    """The share of a 16:9 screen under a disc, halfway through its growth."""
    return 0.44 * (radius * (0.5 + 0.65 * look.pace)) ** 2


def _share_of_disc(outline: Outline) -> float:
    """The area of a polygon in its circle, thinned out as it gets transparent."""
    sides = outline["sides"]
    return sides / tau * sin(tau / sides) * (outline["a"] + 2 * outline["a2"]) / 3


def _radius(look: Look) -> float:
    return 0.04 + 0.4 * look.size


def _paint(mix: str) -> tuple[str, ...]:
    """Colour a shape from the first colour to the second, its rim the other way round."""
    return (
        f"mix = {mix};",
        "r = q1 + (q4 - q1)*mix; g = q2 + (q5 - q2)*mix; b = q3 + (q6 - q3)*mix;",
        "r2 = q4 + (q1 - q4)*mix; g2 = q5 + (q2 - q5)*mix; b2 = q6 + (q3 - q6)*mix;",
        "border_r = q4; border_g = q5; border_b = q6;",
    )


def _outline(dice: Dice) -> Outline:
    opacity = dice.between(0.55, 0.9)
    return {
        "sides": dice.pick((3, 4, 5, 6, 8, 24, 40)),
        "a": opacity,
        "a2": opacity * dice.pick((0, 0.3, 1)),
        "border_a": dice.pick((0, 0, 0.25)),
    }
