"""The names in a MilkDrop 2 preset, spelled and ordered as MilkDrop saves them."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

SECTION = "[preset00]"

# fmt: off
HEADER = ("MILKDROP_PRESET_VERSION", "PSVERSION", "PSVERSION_WARP", "PSVERSION_COMP")

GENERAL = (
    "fRating", "fGammaAdj", "fDecay", "fVideoEchoZoom", "fVideoEchoAlpha", "nVideoEchoOrientation",
    "nWaveMode", "bAdditiveWaves", "bWaveDots", "bWaveThick", "bModWaveAlphaByVolume", "bMaximizeWaveColor",
    "bTexWrap", "bDarkenCenter", "bMotionVectorsOn", "bRedBlueStereo",
    "bBrighten", "bDarken", "bSolarize", "bInvert",
    "fWaveAlpha", "fWaveScale", "fWaveSmoothing", "fWaveParam", "fModWaveAlphaStart", "fModWaveAlphaEnd",
    "fWarpAnimSpeed", "fWarpScale", "fZoomExponent", "fShader",
    "zoom", "rot", "cx", "cy", "dx", "dy", "warp", "sx", "sy",
    "wave_r", "wave_g", "wave_b", "wave_x", "wave_y",
    "ob_size", "ob_r", "ob_g", "ob_b", "ob_a", "ib_size", "ib_r", "ib_g", "ib_b", "ib_a",
    "nMotionVectorsX", "nMotionVectorsY", "mv_dx", "mv_dy", "mv_l", "mv_r", "mv_g", "mv_b", "mv_a",
    "b1n", "b2n", "b3n", "b1x", "b2x", "b3x", "b1ed",
)

WAVE = (
    "enabled", "samples", "sep", "bSpectrum", "bUseDots", "bDrawThick", "bAdditive", "scaling", "smoothing",
    "r", "g", "b", "a",
)

SHAPE = (
    "enabled", "sides", "additive", "thickOutline", "textured", "num_inst",
    "x", "y", "rad", "ang", "tex_ang", "tex_zoom", "r", "g", "b", "a", "r2", "g2", "b2", "a2",
    "border_r", "border_g", "border_b", "border_a",
)
# fmt: on

CODE = ("per_frame_init", "per_frame", "per_pixel", "warp", "comp")
WAVE_CODE = ("init", "per_frame", "per_point")
SHAPE_CODE = ("init", "per_frame")
SHADERS = ("warp_", "comp_")

INDICES = range(16)  # of waves, and of shapes, in MilkDrop 3
DRAWN_BY_ALL = range(4)  # in MilkDrop 2, projectM and butterchurn

Owner = tuple[Literal["preset", "wave", "shape"], int]
PRESET: Owner = ("preset", 0)
WAVES: Sequence[Owner] = [("wave", index) for index in INDICES]
SHAPES: Sequence[Owner] = [("shape", index) for index in INDICES]


class Place(NamedTuple):
    """Where something in a file belongs."""

    owner: Owner
    name: str
    """As its owner calls it, lower-case."""
    spelled: str
    """As the file spells it; of a block of code, all that stands before the line number."""


def _places() -> Iterator[Place]:
    for name in HEADER + GENERAL:
        yield Place(PRESET, name.lower(), name)
    for owners, parameters in ((WAVES, WAVE), (SHAPES, SHAPE)):
        for kind, index in owners:
            for name in parameters:
                yield Place((kind, index), name.lower(), f"{kind}code_{index}_{name}")


def _blocks() -> Iterator[Place]:
    for block in CODE:
        yield Place(PRESET, block, f"{block}_")
    for owners, blocks in ((WAVES, WAVE_CODE), (SHAPES, SHAPE_CODE)):
        for kind, index in owners:
            for block in blocks:
                yield Place((kind, index), block, f"{kind}_{index}_{block}")


PARAMETERS = {place.spelled.lower(): place for place in _places()}
"""Every parameter by its lower-case name."""
BLOCKS = {place.spelled.rstrip("_"): place for place in _blocks()}
"""Every block of code by its name: `per_frame`, `wave_0_init`."""

_CODE_LINE = re.compile(f"({'|'.join(place.spelled for place in BLOCKS.values())})[0-9]+")


def block_prefix(name: str) -> str | None:
    """Tell a line of code from a parameter, by its lower-case name."""
    match = _CODE_LINE.fullmatch(name)
    return match[1] if match else None


def spelling(name: str) -> str | None:
    """Give a lower-case name the capitals without which MilkDrop 2 does not know it."""
    if place := PARAMETERS.get(name):
        return place.spelled
    return name if block_prefix(name) else None
