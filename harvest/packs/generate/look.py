"""What a layer shall look like, before a line of it is written."""

from dataclasses import dataclass
from typing import Literal

Drum = Literal["bass", "bass_att", "(bass + mid)/2", "mid", "treb", "(mid + treb)/2"]
Timing = Literal["on", "off", "late"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a layer jumps: with a part of the music, and for as much as it is deaf with a sway of its own."""

    drum: Drum
    sway: float
    """In radians a second, like the swerve of the sway, which keeps it from being regular."""
    swerve: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One layer in a few numbers and names; whatever is not said here is left to the dice."""

    light: float
    """Mean luma of the layer, unless one of the last four fields says otherwise."""
    motion: float
    """How much moves: 0 nothing, 1 everything."""
    response: float
    """How much of the motion is the music's: 0 none, the layer is deaf; 1 all of it."""
    colour: float
    """Saturation: 0 grey, 1 pure."""
    size: float
    """Of what is drawn: 0 fine, 1 broad."""
    hue: float
    """Between its two colours, once around the wheel from 0 to 1."""
    hues_apart: float
    """From its first colour to its second, on the same wheel."""
    folds: int
    """How often a turn around the centre repeats."""
    sense: float
    """Which way it turns and flows: 1, -1, or slower."""
    cx: float
    cy: float
    """The centre, from 0 to 1 across and down."""
    motif: str
    """What is drawn."""
    movement: str
    """How the last picture flows into the next."""
    rhythm: Rhythm
    lead: Rhythm
    """The rhythm of the layer it is coupled to."""
    timing: Timing
    """How it takes the lead: on its beats, off them, or late."""
    led: float
    """How much of its own rhythm it gives up for the lead."""
    paint: float = 1.0
    """How much colour is drawn with: 0 draws in black."""
    gain: float = 1.0
    """What the finished layer is multiplied by, besides what `light` asks for."""
    inverted: bool = False
    """Show the negative, last of all."""
    strobe: bool = False
    """Flash five times a second."""

    @property
    def pace(self) -> float:
        """How fast things move, from 0 to 1: half the motion is less than half as fast, so calm shows."""
        return self.motion * (0.4 + 0.6 * self.motion)

    @property
    def shown(self) -> float:
        """The mean luma of the layer in the end."""
        positive = self.light * self.paint * self.gain
        return 1 - positive if self.inverted else positive
