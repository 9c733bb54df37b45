"""Thin things on top: the waveform, curves, dots, borders, arrows. They give detail and hardly any light."""

from collections.abc import Callable, Sequence

from harvest.packs.generate.canvas import Canvas
from harvest.packs.generate.canvas import number as n
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Look

Accent = Callable[[Canvas, Look, Dice], None]


def draw_waveform(canvas: Canvas, look: Look, dice: Dice) -> None:
    """Draw the signal itself, in one of MilkDrop's eight ways; silent in a deaf layer."""
    heard = look.pace * look.response
    canvas.set(
        fwavealpha=dice.between(0.5, 1) * min(1, 4 * heard),
        fwavescale=dice.between(1, 2.5) * heard,
        fwavesmoothing=dice.between(0.2, 0.9),
        fwaveparam=dice.between(-0.5, 0.5),
        badditivewaves=dice.whole(0, 1),
        bwavedots=dice.pick((0, 0, 1)),
        bwavethick=dice.whole(0, 1),
        bmaximizewavecolor=dice.whole(0, 1),
    )
    canvas.per_frame(
        "wave_r = q4; wave_g = q5; wave_b = q6;",
        f"wave_x = wave_x + 0.1*sin({n(dice.between(0.3, 0.9))}*q8);",
        f"wave_y = wave_y + 0.1*cos({n(dice.between(0.3, 0.9))}*q8);",
    )


def _scope(canvas: Canvas, look: Look, dice: Dice) -> None:
    heard = n(dice.between(0.4, 0.9) * look.pace * look.response)
    canvas.wave(
        f"way = 6.2832*sample + {n(look.sense)}*q8;",
        f"reach = {n(dice.between(0.15, 0.35))} + {heard}*value1;",
        f"x = {n(look.cx)} + 0.56*reach*cos(way); y = {n(look.cy)} + reach*sin(way);",
        "r = q4; g = q5; b = q6;",
        samples=dice.pick((128, 256, 512)),
        **_line(dice),
    )


def _spectrum(canvas: Canvas, look: Look, dice: Dice) -> None:
    canvas.wave(
        f"height = {n(dice.between(0.2, 0.5) * look.pace * look.response)}*value1;",
        f"x = sample; y = {dice.pick((0.1, 0.5, 0.9))} + {n(look.sense)}*height + 0.03*sin(q8 + 9*sample);",
        "r = q1 + (q4 - q1)*sample; g = q2 + (q5 - q2)*sample; b = q3 + (q6 - q3)*sample;",
        samples=dice.pick((64, 128, 256)),
        bspectrum=1,
        busedots=dice.whole(0, 1),
        **_line(dice),
    )


def _rose(canvas: Canvas, look: Look, dice: Dice) -> None:
    turn = n(0.3 * look.sense)
    canvas.wave(
        "way = 6.2832*sample;",
        f"reach = {n(dice.between(0.25, 0.45))}*(1 + 0.6*q7)*sin({look.folds}*way + q8);",
        f"x = {n(look.cx)} + 0.56*reach*cos(way + {turn}*q8);",
        f"y = {n(look.cy)} + reach*sin(way + {turn}*q8);",
        "r = q1; g = q2; b = q3;",
        samples=512,
        **_line(dice),
    )


def _spray(canvas: Canvas, _look: Look, dice: Dice) -> None:
    canvas.wave(
        f"way = {n(dice.between(300, 900))}*sample;",
        f"age = 17*sample + {n(dice.between(0.15, 0.4))}*q8; age = age - int(age);",
        "x = 0.5 + 0.6*age*cos(way); y = 0.5 + 0.6*age*sin(way)*(1 + 0.3*q7);",
        "r = q4; g = q5; b = q6; a = 1 - age;",
        samples=dice.pick((96, 160, 240)),
        busedots=1,
        **_line(dice),
    )


def _borders(canvas: Canvas, _look: Look, dice: Dice) -> None:
    canvas.set(
        ob_size=dice.between(0.005, 0.02),
        ob_a=dice.between(0.3, 0.8),
        ib_size=dice.between(0.005, 0.02),
        ib_a=dice.between(0.2, 0.6),
    )
    canvas.per_frame("ob_r = q1; ob_g = q2; ob_b = q3;", "ib_r = q4; ib_g = q5; ib_b = q6;")


def _arrows(canvas: Canvas, _look: Look, dice: Dice) -> None:
    """Draw MilkDrop's motion vectors."""
    canvas.set(
        bmotionvectorson=1,
        nmotionvectorsx=dice.whole(6, 24),
        nmotionvectorsy=dice.whole(5, 18),
        mv_l=dice.between(0.5, 2),
        mv_a=dice.between(0.15, 0.4),
    )
    canvas.per_frame("mv_r = q1; mv_g = q2; mv_b = q3;")


ACCENTS: Sequence[Accent] = (
    _scope,
    _spectrum,
    _rose,
    _spray,
    _borders,
    _arrows,
)


def _line(dice: Dice) -> dict[str, float]:
    return {
        "scaling": 1,
        "smoothing": dice.between(0.2, 0.8),
        "bdrawthick": dice.whole(0, 1),
        "badditive": dice.whole(0, 1),
        "a": dice.between(0.5, 1),
    }
