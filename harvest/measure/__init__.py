"""From the small pictures of a stepped measurement to the figures of a pair: pure numpy.

    footage     what is measured, and luma
    light       how bright, coloured and detailed
    motion      how much moves, and how long nothing does
    flashes     how often it flashes
    hearing     how much of the motion is the music's
    layers      how visible each layer is, and how the two go together
    flaws       why a pair looks bad, by our thresholds
    owner       the same by newliveweb's formulas and thresholds, for its tools

Each says what its figures are, in which unit and range, and what was measured to choose them. A figure that
cannot be measured is absent. Figures are rounded to six decimals: far finer than chance, coarser than what
processors do differently.
"""

from harvest.measure.flashes import flashes_per_second
from harvest.measure.flaws import flaws
from harvest.measure.footage import Footage, FootageError, luma
from harvest.measure.hearing import audio_response, beat_response
from harvest.measure.layers import spatial_coupling, temporal_coupling, visibility
from harvest.measure.light import colourfulness, detail, light
from harvest.measure.motion import frozen_share, is_alive, motion, motion_series
from harvest.measure.owner import OwnerFigures, owner_figures, owner_reasons
from harvest.records import Figures

__all__ = [
    "Footage",
    "FootageError",
    "OwnerFigures",
    "figures",
    "flaws",
    "owner_figures",
    "owner_reasons",
]

_DECIMALS = 6


def figures(footage: Footage) -> Figures:
    """Measure a pair."""
    fg, bg, composed = (luma(pictures) for pictures in (footage.fg, footage.bg, footage.composed))
    fg_moving, bg_moving, moving = (motion_series(shown) for shown in (fg, bg, composed))
    is_seen_moving = is_alive(composed, moving)
    both_move = is_alive(fg, fg_moving) and is_alive(bg, bg_moving)
    measured: dict[str, float | None] = {
        **light(composed),
        "frozen_share": frozen_share(composed, moving),
        "motion": motion(moving),
        "colourfulness": colourfulness(footage.composed),
        "detail": detail(composed),
        "flashes_per_second": flashes_per_second(footage.composed, footage.frames_per_second),
        "audio_response": audio_response(footage, moving) if is_seen_moving else None,
        "beat_response": beat_response(footage, moving) if is_seen_moving else None,
        "visibility_fg": visibility(composed, without=bg),
        "visibility_bg": visibility(composed, without=fg),
        "spatial_coupling": spatial_coupling(fg, bg) if both_move else None,
        "temporal_coupling": temporal_coupling(footage, fg_moving, bg_moving) if both_move else None,
    }
    return Figures(**{name: round(one, _DECIMALS) for name, one in measured.items() if one is not None})
