"""How a background answers to its foreground: by name, and by how much of its own look it gives up for it.

What is a number moves from its own towards what the coupling asks, as far as the strength goes, from 0 to 1;
what is a name, such as a motif, is taken over whole. Couplings differ in what they tie:

    unison, call-and-response, counter-motion     the rhythm, which shows in time
    shared-symmetry                               the place, which shows in space
    mirror-image, echo                            both
    complementary-colour, contrast-of-scale       neither
    strangers                                     nothing at all
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from harvest.packs.generate.look import Look, Timing

Coupling = Callable[[Look, Look, float], Look]
"""From foreground, background as it would be alone, and strength to the background as it becomes."""


def _unison(fg: Look, own: Look, strength: float) -> Look:
    """Jump on the same beats by the same amount."""
    return _led(fg, own, strength, "on")


def _call_and_response(fg: Look, own: Look, strength: float) -> Look:
    """Jump whenever the foreground rests."""
    return _led(fg, own, strength, "off")


def _echo(fg: Look, own: Look, strength: float) -> Look:
    """Do the same in the same place, a little later."""
    return _led(fg, _alike(fg, own, strength), strength, "late")


def _counter_motion(fg: Look, own: Look, strength: float) -> Look:
    """Flow the same way in the opposite sense, on the same beats."""
    counter = replace(own, movement=fg.movement, sense=_mix(own.sense, -fg.sense, strength))
    return _led(fg, counter, strength, "on")


def _mirror_image(fg: Look, own: Look, strength: float) -> Look:
    """Draw the same on the other side, on the same beats."""
    mirrored = replace(fg, cx=1 - fg.cx, sense=-fg.sense)
    return _led(fg, _alike(mirrored, own, strength), strength, "on")


def _shared_symmetry(fg: Look, own: Look, strength: float) -> Look:
    """Draw the same around the same centre, in a rhythm of its own."""
    return _alike(fg, own, strength)


def _complementary_colour(fg: Look, own: Look, strength: float) -> Look:
    """Wear the opposite colour, and as much of it."""
    hue = own.hue + strength * _shorter_way(own.hue, fg.hue + 0.5)
    return replace(own, hue=hue, colour=_mix(own.colour, fg.colour, strength))


def _contrast_of_scale(fg: Look, own: Look, strength: float) -> Look:
    """Draw broadly what the foreground draws finely, finely what it draws broadly."""
    opposite = 1.0 if fg.size < 0.5 else 0.0  # noqa: PLR2004 - half way
    return replace(own, size=_mix(own.size, opposite, strength))


def _strangers(_fg: Look, own: Look, _strength: float) -> Look:
    """Take no notice."""
    return own


STRANGERS = "strangers"
COUPLINGS: Mapping[str, Coupling] = {
    "unison": _unison,
    "call-and-response": _call_and_response,
    "echo": _echo,
    "counter-motion": _counter_motion,
    "mirror-image": _mirror_image,
    "shared-symmetry": _shared_symmetry,
    "complementary-colour": _complementary_colour,
    "contrast-of-scale": _contrast_of_scale,
    STRANGERS: _strangers,
}


def _led(fg: Look, own: Look, strength: float, timing: Timing) -> Look:
    """Give up its own rhythm and liveliness for the foreground's."""
    return replace(
        own,
        motion=_mix(own.motion, fg.motion, strength),
        response=_mix(own.response, fg.response, strength),
        lead=fg.rhythm,
        timing=timing,
        led=strength,
    )


def _alike(fg: Look, own: Look, strength: float) -> Look:
    """Draw the same motif in the same place, as large."""
    return replace(
        own,
        motif=fg.motif,
        folds=fg.folds,
        sense=_mix(own.sense, fg.sense, strength),
        size=_mix(own.size, fg.size, strength),
        cx=_mix(own.cx, fg.cx, strength),
        cy=_mix(own.cy, fg.cy, strength),
    )


def _mix(own: float, asked: float, strength: float) -> float:
    return own + (asked - own) * strength


def _shorter_way(start: float, end: float) -> float:
    """The way from one hue to another, the shorter way around the wheel."""
    return (end - start + 0.5) % 1 - 0.5
