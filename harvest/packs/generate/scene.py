"""What a pair is about: a mood, the looks of its layers, and how one answers the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from harvest.packs.generate.couplings import COUPLINGS, STRANGERS
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.look import Drum, Look, Rhythm
from harvest.packs.generate.motifs import MOTIFS
from harvest.packs.generate.movements import MOVEMENTS

_LOW_DRUMS: Sequence[Drum] = ("bass", "bass_att", "(bass + mid)/2")
_HIGH_DRUMS: Sequence[Drum] = ("mid", "treb", "(mid + treb)/2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A pair before it is written."""

    fg: Look
    bg: Look
    coupling: str
    strength: float


def draw_scene(dice: Dice) -> Scene:
    """Draw a foreground, a background by itself, and what becomes of that in company."""
    light = dice.between(0.08, 0.72)
    fg_light = light * dice.between(0.25, 0.6)
    bg_light = 1 - (1 - light) / (1 - fg_light)  # fg screened over bg gives `light`
    mood = _Mood(motion=_mostly_fine(dice), response=_mostly_fine(dice, low=0.3), colour=_mostly_fine(dice))
    # Rhythms differ unless they are coupled: else all layers would jump on the same drum.
    fg = _draw_look(dice, mood, light=fg_light, drums=_LOW_DRUMS)
    alone = _draw_look(dice, mood, light=bg_light, drums=_HIGH_DRUMS)
    coupling = dice.pick(tuple(COUPLINGS))
    strength = 0.0 if coupling == STRANGERS else dice.between(0.1, 1)
    bg = COUPLINGS[coupling](fg, alone, strength)
    return Scene(fg=fg, bg=bg, coupling=coupling, strength=strength)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mood:
    """What both layers have in common, coupled or not."""

    motion: float
    response: float
    colour: float


def _mostly_fine(dice: Dice, low: float = 0.1) -> float:
    return dice.between(0.5, 1) if dice.chance(0.6) else dice.between(low, 0.5)


def _draw_look(dice: Dice, mood: _Mood, *, light: float, drums: Sequence[Drum]) -> Look:
    rhythm = Rhythm(dice.pick(drums), sway=dice.between(1.6, 4), swerve=dice.between(0.7, 1.3))
    return Look(
        light=light,
        motion=min(1.0, mood.motion * dice.between(0.8, 1.2)),
        response=min(1.0, mood.response * dice.between(0.8, 1.2)),
        colour=min(1.0, mood.colour * dice.between(0.8, 1.2)),
        size=dice.between(0, 1),
        hue=dice.between(0, 1),
        hues_apart=dice.pick((0.08, 0.16, 0.33, 0.5)),
        folds=dice.whole(3, 8),
        sense=dice.sign(),
        cx=dice.between(0.42, 0.58),
        cy=dice.between(0.42, 0.58),
        motif=dice.pick(tuple(MOTIFS)),
        movement=dice.pick(tuple(MOVEMENTS)),
        rhythm=rhythm,
        lead=rhythm,
        timing="on",
        led=0.0,
    )
