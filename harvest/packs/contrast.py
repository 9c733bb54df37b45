"""How far the two presets of a pair are apart, in the two numbers that a manifest carries.

    warp_diff   |warp of the foreground - warp of the background|
    cx_diff     |cx of the foreground - cx of the background|

Both are the parameters a preset starts with, or MilkDrop's default where it names none; what its code makes
of them later does not count. They are rounded to five decimals, as the owner's manifests have them.
"""

from typing import NamedTuple

from harvest.packs.milk import Preset

_DEFAULT_WARP = 1.0
_DEFAULT_CX = 0.5
_DECIMALS = 5


class Contrast(NamedTuple):
    """The differences of one pair."""

    warp_diff: float
    cx_diff: float


def contrast(fg: Preset, bg: Preset) -> Contrast:
    """Compare the presets of a pair."""
    return Contrast(
        warp_diff=_difference("warp", _DEFAULT_WARP, fg, bg), cx_diff=_difference("cx", _DEFAULT_CX, fg, bg)
    )


def _difference(name: str, default: float, fg: Preset, bg: Preset) -> float:
    return round(abs(fg.parameters.get(name, default) - bg.parameters.get(name, default)), _DECIMALS)
