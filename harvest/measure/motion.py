"""How much the picture moves from frame to frame.

    motion          mean of |Y(next frame) - Y| over all pixels and steps             luma a step, 0 to 1
    frozen_share    share of steps in which that mean is at most 0.002 of luma_sd     0 to 1

Both need two frames, and depend on the frames per second. What is still is told by the picture's own
contrast, so that a dim picture is not taken for a frozen one.

Measured on 440 generated pairs: frozen ones have at least 81 % of such steps (the engine may go on fading
for a second), all others none. By a fixed limit, 0.0001, a dim pair had 79 %. motion follows the true
motion by a rank correlation of 0.8.
"""

import numpy as np

from harvest.measure.footage import Luma, Series, luma_steps

STILL = 0.002
MOST_FROZEN = 0.5
"""From this share on a picture counts as frozen: what still moves tells nothing about when and where."""


def motion_series(shown: Luma) -> Series:
    """How much moves in each step."""
    return luma_steps(shown).mean(axis=(1, 2), dtype=np.float64)


def motion(moving: Series) -> float | None:
    """How much moves on the average."""
    return float(moving.mean()) if moving.size else None


def frozen_share(shown: Luma, moving: Series) -> float | None:
    """How much of the time next to nothing moves."""
    still = moving <= STILL * float(shown.std(dtype=np.float64))
    return float(still.mean()) if still.size else None


def is_alive(shown: Luma, moving: Series) -> bool:
    """Tell whether it moves for most of the time."""
    frozen = frozen_share(shown, moving)
    return frozen is not None and frozen < MOST_FROZEN
