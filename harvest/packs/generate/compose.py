"""A look becomes a preset: rhythm and colours first, then what flows, what is drawn and how it is shown.

Code hands on what all parts share in MilkDrop's own variables:

    q1 q2 q3    the first colour
    q4 q5 q6    the second colour
    q7          the drive, from 0 to 1: how much everything jumps in this frame
    q8          the phase: how far everything has turned
    q9          what a movement needs at every pixel
"""

from math import cos, tau

from harvest.packs.generate.accents import ACCENTS
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


def compose(look: Look, dice: Dice) -> Preset:
    """Write the preset of a look; the dice decide what the look leaves open."""
    canvas = Canvas()
    _set_basics(canvas, look, dice)
    _beat(canvas, look)
    _mix_colours(canvas, look, dice)
    MOVEMENTS[look.movement](canvas, look, dice)
    cover = MOTIFS[look.motif](canvas, look, dice)
    gain = _light_ground(canvas, look, dice, cover)
    if not dice.chance(look.size):
        dice.pick(ACCENTS)(canvas, look, dice)
    dice.pick(FINISHES)(canvas, look, dice, gain)
    return canvas.preset()


def _set_basics(canvas: Canvas, look: Look, dice: Dice) -> None:
    """Set what engines would otherwise each choose for themselves."""
    canvas.set(
        milkdrop_preset_version=201,
        psversion=2,
        psversion_warp=0,
        psversion_comp=0,
        frating=3,
        fdecay=dice.between(0.9, 0.98) - 0.08 * look.motion,
        fvideoechozoom=1,
        fvideoechoalpha=0,
        nvideoechoorientation=0,
        nwavemode=dice.whole(0, 7),
        fwavealpha=0,
        wave_x=0.5,
        wave_y=0.5,
        btexwrap=dice.whole(0, 1),
        ob_a=0,
        ib_a=0,
        mv_a=0,
        zoom=1,
        cx=look.cx,
        cy=look.cy,
        warp=dice.between(0, 0.12) * min(1, 5 * look.motion),
    )


def _beat(canvas: Canvas, look: Look) -> None:
    canvas.per_frame(
        "steps = max(fps, 15); keep = pow(0.02, 1/steps);",
        *_drive("own", look.rhythm, look.response),
        *_drive("lead", look.lead, look.response),
        "late = late + (lead - late)*6/steps;",
        f"q7 = {n(look.motion * (1 - look.led))}*own + {n(look.motion * look.led)}*{_TAKEN[look.timing]};",
        f"phase = phase + ({n(1.6 * look.motion)} + 3.5*q7)/steps;",
        "q8 = phase;",
    )


def _drive(name: str, rhythm: Rhythm, response: float) -> tuple[str, str]:
    """Write how a rhythm runs, from 0 to 1."""
    beat = f"{name}_beat"
    sway = f"sin({n(rhythm.sway)}*time + 2*sin({n(rhythm.swerve)}*time))"
    return (
        f"{beat} = max({beat}*keep, min(max({rhythm.drum} - 1, 0), 1));",
        f"{name} = {n(response)}*{beat} + {n((1 - response) / 2)}*(1 + {sway});",
    )


def _mix_colours(canvas: Canvas, look: Look, dice: Dice) -> None:
    flash = _STROBE if look.strobe else "1"
    drift = f"{n(dice.between(0.02, 0.05))}*sin({n(dice.between(0.15, 0.5))}*q8)"
    canvas.per_frame(f"paint = {n(look.paint)}*{flash};")
    for first, hue in zip((1, 4), _hues(look), strict=True):
        canvas.per_frame(f"hue = {n(hue)} + {drift};")
        for channel in range(3):
            grey = f"0.5 - 0.5*cos(6.2832*(hue - {n(channel / 3)}))"
            canvas.per_frame(f"q{first + channel} = paint*(1 - {n(look.colour)}*({grey}));")


def _hues(look: Look) -> tuple[float, float]:
    return look.hue - look.hues_apart / 2, look.hue + look.hues_apart / 2


def _light_ground(canvas: Canvas, look: Look, dice: Dice, cover: float) -> float:
    """Fade to a ground that gives the light the motif lacks; return the gain that takes what is too much."""
    white = _luma_of_colours(look)
    motif = _luma_in_white(cover) * white
    ground = max(0.0, look.light - motif) / (1 - motif) + dice.between(0, 0.3) * min(look.light, motif)
    fade = _STROBE_FADE if look.strobe else dice.between(0.06, 0.15) + 0.15 * look.motion
    settled = fade / (1 - canvas.parameters["fdecay"] * (1 - fade))
    canvas.shape(
        0,
        f"lit = {n(min(1.0, ground / white / settled))};",
        "r = q4*lit; g = q5*lit; b = q6*lit; r2 = r; g2 = g; b2 = b;",
        sides=4,
        rad=6,
        a=fade,
        a2=fade,
    )
    return look.gain * look.light / (motif * (1 - ground) + ground)


def _luma_in_white(cover: float) -> float:
    """How bright a layer becomes, accent and trails included: fitted to 256 layers in butterchurn 3."""
    return 0.045 + 0.955 * cover / (cover + 0.45)


def _luma_of_colours(look: Look) -> float:
    """How bright its two colours are on the average: the formula of `_mix_colours`, weighted."""
    return sum(
        weight * (1 - look.colour * (0.5 - 0.5 * cos(tau * (hue - channel / 3)))) / 2
        for hue in _hues(look)
        for channel, weight in enumerate(_LUMA)
    )
