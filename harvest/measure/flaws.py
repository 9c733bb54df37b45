"""Why a pair looks bad, by our thresholds.

Unless it says otherwise, a threshold lies between what planted cases and all others measured, in 440
generated pairs of 180 frames at 30 a second. In 110 more, made afterwards, all 44 that were planted with a
flaw were found by its name, and none of the 66 others had any. A black or white picture has no other flaw
worth a name.
"""

from harvest.measure.motion import MOST_FROZEN
from harvest.records import Figures

BLACK_LUMA = 0.5 / 255
"""Mean luma that rounds to nothing in 8 bits: black pairs have 0, dim ones at least 0.0034."""
WHITE_LUMA = 1 - BLACK_LUMA
"""The negative of that: white pairs have 1, hidden backgrounds behind a white veil at most 0.992."""
DIM_P95 = 0.1
"""Not one pixel in twenty is brighter: dim pairs have at most 0.06, others at least 0.15. Not the mean: thin
bright lines on black are dark on the average, and no flaw."""
FROZEN_SHARE = MOST_FROZEN
"""Of still steps: frozen pairs have at least 0.81, all others 0."""
MOST_FLASHES = 3
"""In any one second: the general flash rule of WCAG 2.x and ITU-R BT.1702."""
DEAF_RESPONSE = 0.15
"""Deaf pairs have at most 0.11, others at least 0.19."""
HIDDEN_VISIBILITY = 0.03
"""Hidden backgrounds show in at most 0.004 of the picture, other layers in at least 0.06, unless dim."""


def flaws(measured: Figures) -> tuple[str, ...]:
    """Name every flaw; an absent figure proves none."""
    if _at_most(measured.luma_mean, BLACK_LUMA):
        return ("black",)
    if _at_least(measured.luma_mean, WHITE_LUMA):
        return ("white",)
    found = {
        "dim": _at_most(measured.luma_p95, DIM_P95),
        "frozen": _at_least(measured.frozen_share, FROZEN_SHARE),
        "flashing": measured.flashes_per_second is not None and measured.flashes_per_second > MOST_FLASHES,
        "deaf": _at_most(measured.audio_response, DEAF_RESPONSE),
        "hidden-foreground": _at_most(measured.visibility_fg, HIDDEN_VISIBILITY),
        "hidden-background": _at_most(measured.visibility_bg, HIDDEN_VISIBILITY),
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _at_most(figure: float | None, threshold: float) -> bool:
    return figure is not None and figure <= threshold


def _at_least(figure: float | None, threshold: float) -> bool:
    return figure is not None and figure >= threshold
