"""A pair by newliveweb's own formulas and thresholds, so that its tools go on working.

    pm_avg_luma_fg, _bg    mean luma of the layer over all frames
    viz_avg_luma           mean, over reads, of the mean luma of the two layers
    viz_avg_frame_delta    mean, over steps from read to read, of
                           0.65 |change of the layers' mean luma|
                           + 0.35 mean, over layers and channels, of |change of R, G, B|

newliveweb reads every 250 ms what its page refreshes every 500 ms, so every second step is 0: motion there
is half of a change in half a second. Our reads lie on the same grid in the frames' own time, the first at
the first frame, and one more before each refresh. It looks at 8 by 8 points of each layer, we at every
pixel of our pictures. Half a second of frames is needed for a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harvest.measure.footage import Footage, luma

REFRESH_SECONDS = 0.5
READS_A_REFRESH = 2

LUMA_WEIGHT = 0.65
COLOUR_WEIGHT = 0.35

LUMA_MIN = 0.06
"""newliveweb's --lumaMin: too dark at or below."""
LUMA_MAX = 0.96
"""newliveweb's limit, at and above which it is too bright."""
MOTION_MIN = 1.5e-5
"""newliveweb's --motionMin: low motion below."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerFigures:
    """Under the names that a sample gives them."""

    viz_avg_luma: float
    viz_avg_frame_delta: float | None
    pm_avg_luma_fg: float
    pm_avg_luma_bg: float


def owner_figures(footage: Footage) -> OwnerFigures:
    """Measure the layers as newliveweb does."""
    brightness = np.stack([luma(layer).mean(axis=(1, 2), dtype=np.float64) for layer in _layers(footage)])
    frames = brightness.shape[1]
    count = 1 + int((frames - 1) / footage.frames_per_second / REFRESH_SECONDS + 1e-9)
    refreshed = np.round(np.arange(count) * REFRESH_SECONDS * footage.frames_per_second).astype(np.intp)
    colour = np.stack([layer[refreshed].mean(axis=(1, 2)) / 255 for layer in _layers(footage)])
    composite = brightness[:, refreshed].mean(axis=0)
    change = LUMA_WEIGHT * np.abs(np.diff(composite)) + COLOUR_WEIGHT * np.abs(np.diff(colour, axis=1)).mean(
        (0, 2)
    )
    return OwnerFigures(
        viz_avg_luma=float(composite.mean()),
        viz_avg_frame_delta=float(change.mean()) / READS_A_REFRESH if change.size else None,
        pm_avg_luma_fg=float(brightness[0].mean()),
        pm_avg_luma_bg=float(brightness[1].mean()),
    )


def owner_reasons(
    measured: OwnerFigures,
    *,
    page_errors: int,
    console_errors: int,
    luma_min: float = LUMA_MIN,
    motion_min: float = MOTION_MIN,
) -> tuple[str, ...]:
    """Say why newliveweb would call it bad; `okHeuristic` is that there is no reason."""
    motion = measured.viz_avg_frame_delta
    reasons = {
        "pageerror": page_errors > 0,
        "consoleerror": console_errors > 0,
        "too-dark": measured.viz_avg_luma <= luma_min,
        "too-bright": measured.viz_avg_luma >= LUMA_MAX,
        "low-motion": motion is not None and motion < motion_min,
        "no-motion-sample": motion is None,
    }
    return tuple(reason for reason, is_so in reasons.items() if is_so)


def _layers(footage: Footage) -> Sequence[np.ndarray]:
    return footage.fg, footage.bg
