"""A look becomes a preset: rhythm and colours first, then what flows, what is drawn and how it is shown.

Code hands on what all parts share in MilkDrop's own variables:

    q1 q2 q3    the first colour
    q4 q5 q6    the second colour
    q7          the drive, from 0 to 1: how much everything jumps in this frame
    q8          the phase: how far everything has turned
    q9          what a movement needs at every pixel
"""

from math import cos, tau
from statistics import fmean

from harvest.packs.generate.accents import ACCENTS, draw_waveform
from harvest.packs.generate.canvas import Canvas
from harvest.packs.generate.canvas import number as n
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.finishes import FINISHES
from harvest.packs.generate.look import Look, Rhythm
from harvest.packs.generate.motifs import MOTIFS
from harvest.packs.generate.movements import MOVEMENTS
from harvest.packs.milk import Preset

_TAKEN = {"on": "lead", "off": "(1 - lead)", "late": "1.3*late"}
_LUMA = (0.2126, 0.7152, 0.0722)
_STROBE = "above(sin(31.4159*time), 0)"
_STROBE_FADE = 0.8
_WAVEFORMS = 0.5
"""The share of layers with a waveform."""
_MOST_ACCENTS = 2
_THIN = 0.04
"""How much of the screen thin things cover."""
_GROUND = 2.4
"""The radius of the ground in half screen heights: over the corners, wherever the centre is."""


def compose(look: Look, dice: Dice) -> Preset:
    """Write the preset of a look; the dice decide what the look leaves open."""
    canvas = Canvas()
    _set_basics(canvas, look, dice)
    _beat(canvas, look)
    _mix_colours(canvas, look, dice)
    MOVEMENTS[look.movement](canvas, look, dice)
    cover = MOTIFS[look.motif](canvas, look, dice)
    if dice.chance(_WAVEFORMS):
        draw_waveform(canvas, look, dice)
        cover += _THIN
    cover += _THIN * _add_accents(canvas, look, dice)
    gain = _light_ground(canvas, look, dice, cover)
    dice.pick(FINISHES)(canvas, look, dice, gain)
    return canvas.preset()


def _add_accents(canvas: Canvas, look: Look, dice: Dice) -> int:
    """Add thin things, the more the finer the look; return how many."""
    left = list(ACCENTS)
    for count in range(_MOST_ACCENTS):
        if dice.chance(look.size):
            return count
        accent = dice.pick(left)
        left.remove(accent)
        accent(canvas, look, dice)
    return _MOST_ACCENTS


def _set_basics(canvas: Canvas, look: Look, dice: Dice) -> None:
    """Set what engines would otherwise each choose for themselves."""
    canvas.set(
        milkdrop_preset_version=201,
        psversion=2,
        psversion_warp=0,
        psversion_comp=0,
        frating=3,
        fdecay=dice.between(0.9, 0.98) - 0.08 * look.pace,
        fvideoechozoom=1,
        fvideoechoalpha=0,
        nvideoechoorientation=0,
        nwavemode=dice.whole(0, 7),
        fwavealpha=0,
        wave_x=dice.between(0.3, 0.7),
        wave_y=dice.between(0.3, 0.7),
        btexwrap=dice.whole(0, 1),
        ob_a=0,
        ib_a=0,
        mv_a=0,
        zoom=1 + 0.06 * look.pace * dice.between(-1, 1),
        rot=0.1 * look.pace * dice.between(-1, 1),
        dx=0.012 * look.pace * dice.between(-1, 1),
        dy=0.012 * look.pace * dice.between(-1, 1),
        sx=1 + 0.04 * look.pace * dice.between(-1, 1),
        sy=1 + 0.04 * look.pace * dice.between(-1, 1),
        cx=look.cx,
        cy=look.cy,
        fzoomexponent=dice.between(0.6, 1.8),
        warp=look.pace * dice.between(0, 1.6),
        fwarpscale=dice.between(0.5, 3),
        fwarpanimspeed=dice.between(0.4, 2.5),
    )


def _beat(canvas: Canvas, look: Look) -> None:
    canvas.per_frame(
        "steps = max(fps, 15); keep = pow(0.02, 1/steps);",
        *_drive("own", look.rhythm, look.response),
    )
    if look.led:
        canvas.per_frame(
            *_drive("lead", look.lead, look.response),
            "late = late + (lead - late)*6/steps;",
            f"q7 = {n(look.pace * (1 - look.led))}*own + {n(look.pace * look.led)}*{_TAKEN[look.timing]};",
        )
    else:
        canvas.per_frame(f"q7 = {n(look.pace)}*own;")
    canvas.per_frame(f"phase = phase + ({n(1.2 * look.pace)} + 9*q7)/steps;", "q8 = phase;")


def _drive(name: str, rhythm: Rhythm, response: float) -> tuple[str, str]:
    """Write how a rhythm runs, from 0 to 1."""
    beat = f"{name}_beat"
    sway = f"sin({n(rhythm.sway)}*time + 2*sin({n(rhythm.swerve)}*time))"
    return (
        f"{beat} = max({beat}*keep, min(max({rhythm.drum} - 1, 0), 1));",
        f"{name} = {n(response)}*{beat} + {n((1 - response) / 2)}*(1 + {sway});",
    )


def _mix_colours(canvas: Canvas, look: Look, dice: Dice) -> None:
    """Let each channel of both colours drift around its own mean."""
    flash = _STROBE if look.strobe else "1"
    canvas.per_frame(f"paint = {n(look.paint)}*{flash};")
    for first, hue in zip((1, 4), _hues(look), strict=True):
        for channel, mean in enumerate(_channels(look, hue)):
            drift = f"{n(0.12 * look.colour)}*sin({n(dice.between(0.15, 0.5))}*q8 + {channel})"
            canvas.per_frame(f"q{first + channel} = paint*({n(mean)} + {drift});")


def _hues(look: Look) -> tuple[float, float]:
    return look.hue - look.hues_apart / 2, look.hue + look.hues_apart / 2


def _channels(look: Look, hue: float) -> list[float]:
    """Mix red, green and blue: white, less what the hue lacks."""
    lacks = (min(1.0, 0.7 - 0.7 * cos(tau * (hue - channel / 3))) for channel in range(3))
    return [1 - look.colour * lack for lack in lacks]


def _light_ground(canvas: Canvas, look: Look, dice: Dice, cover: float) -> float:
    """Fade to a ground that gives the light the motif lacks; return the gain that takes what is too much."""
    white = _luma_of_colours(look)
    motif = _luma_in_white(cover) * white
    ground = max(0.0, look.light - motif) / (1 - motif) + dice.between(0, 0.3) * min(look.light, motif)
    fade = _STROBE_FADE if look.strobe else dice.between(0.03, 0.08) + 0.08 * look.pace
    settled = fade / (1 - canvas.parameters["fdecay"] * (1 - fade))
    lit = min(1.0, ground / white / settled)
    # The screen lies half way from centre to rim on the average: what one has more the other has less.
    slope = dice.between(-0.6, 1)
    canvas.shape(
        0,
        f"lit = {n(lit)};",
        f"lit2 = {n(1 - 0.8 * slope)}*lit; lit = {n(1 + 0.8 * slope)}*lit;",
        "r = q1*lit; g = q2*lit; b = q3*lit; r2 = q4*lit2; g2 = q5*lit2; b2 = q6*lit2;",
        sides=40,
        x=look.cx,
        y=look.cy,
        rad=_GROUND,
        a=fade,
        a2=fade,
    )
    reached = lit * white * settled
    return look.gain * look.light / (motif * (1 - reached) + reached)


def _luma_in_white(cover: float) -> float:
    """How bright a layer becomes, trails included.

    With it and the ground, 482 layers in butterchurn 3 came out 2 % brighter than asked in the mean.
    """
    return 0.045 + 0.955 * cover / (cover + 0.45)


def _luma_of_colours(look: Look) -> float:
    """How bright its two colours are on the average."""
    channels = [_channels(look, hue) for hue in _hues(look)]
    return sum(weight * fmean(pair) for weight, pair in zip(_LUMA, zip(*channels, strict=True), strict=True))
