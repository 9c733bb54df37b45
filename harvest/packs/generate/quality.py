"""How good a generated pair is: a known function of what it shows, to test whoever claims to find it out.

Each aspect of a pair is good from 0 to 1. Quality starts at 1, and each aspect takes away its weight times
what it lacks:

    quality = product over aspects of (1 - weight * (1 - goodness))

    aspect      weight  goodness
    light         1.0   of the picture, fg screened over bg: rises from 0 in the dark to 1 at 0.15,
                        falls from 1 at 0.5 to 0 at 0.85
    motion        0.8   of both layers on the average: rises from 0 to 1 at 0.6
    response      0.75  share of the motion that is the music's: rises from 0 to 1 at 0.6
    colour        0.65  saturation: rises from 0 to 1 at 0.6
    contrast      0.25  of the layers, half in scale, half in hue as far as both are coloured: rises
                        from 0 to 1 at 0.4
    coupling      0.25  its strength
    calm          1.0   1, or 0 if a layer flashes

The weights follow what shows: light and colour can be read off a picture at once, motion and response off a
few seconds of it, contrast and coupling less surely.

It knows nothing of names, numbers, sizes or order.
"""

from collections.abc import Mapping
from statistics import fmean

from harvest.packs.generate.look import Look

WEIGHTS: Mapping[str, float] = {
    "light": 1.0,
    "motion": 0.8,
    "response": 0.75,
    "colour": 0.65,
    "contrast": 0.25,
    "coupling": 0.25,
    "calm": 1.0,
}


def aspects(fg: Look, bg: Look, strength: float) -> Mapping[str, float]:
    """Tell what a pair shows, each aspect from 0 to 1."""
    hues = 2 * abs((fg.hue - bg.hue + 0.5) % 1 - 0.5) * min(fg.colour, bg.colour)
    return {
        "light": 1 - (1 - fg.shown) * (1 - bg.shown),
        "motion": fmean((fg.motion, bg.motion)),
        "response": fmean((fg.response, bg.response)),
        "colour": fmean((fg.colour, bg.colour)),
        "contrast": fmean((abs(fg.size - bg.size), hues)),
        "coupling": strength,
        "calm": 0.0 if fg.strobe or bg.strobe else 1.0,
    }


def quality(shown: Mapping[str, float]) -> float:
    """Judge what a pair shows."""
    goodness = {
        "light": min(_rise(shown["light"], 0, 0.15), _rise(shown["light"], 0.85, 0.5)),
        "motion": _rise(shown["motion"], 0, 0.6),
        "response": _rise(shown["response"], 0, 0.6),
        "colour": _rise(shown["colour"], 0, 0.6),
        "contrast": _rise(shown["contrast"], 0, 0.4),
        "coupling": shown["coupling"],
        "calm": shown["calm"],
    }
    left = 1.0
    for aspect, weight in WEIGHTS.items():
        left *= 1 - weight * (1 - goodness[aspect])
    return left


def _rise(value: float, nothing: float, full: float) -> float:
    """Run straight from 0 at one value to 1 at another, and stay there."""
    return min(1.0, max(0.0, (value - nothing) / (full - nothing)))
