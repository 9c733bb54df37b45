"""Pairs with a known flaw among the others: what measurements must find there, and nowhere else.

black               nothing is to be seen: all is painted black, or shown with no gain
white               nothing is to be seen either: the negative of that
frozen              nothing moves
strobe              everything flashes five times a second, which can harm people
deaf                it moves like others, and nothing of that is the music's
hidden-background   the foreground is a bright veil without a hole
dim                 it moves and hears like others, far too dark
near-duplicate      an earlier pair once more, a shade off
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Look
from harvest.records import Figures

Layers = tuple[Look, Look]
"""Foreground and background."""

Rates = Mapping[str, float]
"""The share of all pairs that each planted case gets; what is left out gets none."""

NEAR_DUPLICATE = "near-duplicate"


def _black(fg: Look, bg: Look, dice: Dice) -> Layers:
    if dice.chance(0.5):
        return replace(fg, paint=0.0), replace(bg, paint=0.0)
    return replace(fg, gain=0.0), replace(bg, gain=0.0)


def _white(fg: Look, bg: Look, dice: Dice) -> Layers:
    fg, bg = _black(fg, bg, dice)
    return replace(fg, inverted=True), replace(bg, inverted=True)


def _frozen(fg: Look, bg: Look, _dice: Dice) -> Layers:
    return replace(fg, motion=0.0), replace(bg, motion=0.0)


def _strobe(fg: Look, bg: Look, dice: Dice) -> Layers:
    return replace(fg, strobe=True, light=dice.between(0.4, 0.6)), replace(bg, strobe=True, light=0.6)


def _deaf(fg: Look, bg: Look, _dice: Dice) -> Layers:
    return replace(fg, response=0.0), replace(bg, response=0.0)


def _hidden_background(fg: Look, bg: Look, dice: Dice) -> Layers:
    return replace(fg, inverted=True, gain=dice.between(0.15, 0.3)), bg


def _dim(fg: Look, bg: Look, dice: Dice) -> Layers:
    gain = dice.between(0.03, 0.05)
    return replace(fg, gain=gain), replace(bg, gain=gain)


def _near_duplicate(fg: Look, bg: Look, dice: Dice) -> Layers:
    shade, shine = dice.between(0.005, 0.015), dice.between(1.01, 1.03)
    return _shifted(fg, shade, shine), _shifted(bg, shade, shine)


def _shifted(look: Look, shade: float, shine: float) -> Look:
    return replace(look, hue=look.hue + shade, light=look.light * shine)


PLANTED: Mapping[str, Callable[[Look, Look, Dice], Layers]] = {
    "black": _black,
    "white": _white,
    "frozen": _frozen,
    "strobe": _strobe,
    "deaf": _deaf,
    "hidden-background": _hidden_background,
    "dim": _dim,
    NEAR_DUPLICATE: _near_duplicate,
}
DEFAULT_RATES: Rates = dict.fromkeys(PLANTED, 0.03)

INTENDED: Mapping[str, Figures] = {
    "black": Figures(luma_mean=0, motion=0),
    "white": Figures(luma_mean=1, motion=0),
    "frozen": Figures(motion=0),
    "strobe": Figures(flashes_per_second=5),
    "deaf": Figures(audio_response=0),
    "hidden-background": Figures(visibility_bg=0),
}
"""What measurements of a planted case come near to, where that is known."""
