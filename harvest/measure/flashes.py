"""How often the picture flashes, by the general flash rule.

    flashes_per_second    the most flashes in any one second     a second, 0 to half the frames per second

WCAG 2.x (general flash) and ITU-R BT.1702 call a flash a pair of opposing changes of relative luminance by
at least 0.1 of the greatest, the darker side of each below 0.8; more than three in any one second can harm
people where they take place at once on a quarter of the screen. So:

    change     of a pixel: since its last change, relative luminance (linear, from sRGB) went the other way by
               at least 0.1 altogether, in as many frames as it took
    at once    only changes count in a frame in which at least a quarter of all pixels change in the same
               direction; or, since a fade does not reach all of them in one frame, in the three frames around
               it, less those that change in the other direction
    flash      of a pixel: a change up and a change down that count, within the same second
    figure     the most flashes that at least a quarter of all pixels had, each, in the same second

It is taken over each second rather than on the average, because the rule is. Approximations: a pixel stands
for all that it covers, so a pattern finer than that is seen as its mean; the area is a quarter of the whole
picture (BT.1702) rather than of any ten degrees of sight (WCAG); saturated red is not treated apart.

Measured on 440 generated pairs: every strobe of five flashes a second has 5, whatever does not flash at
most 1. Without taking off the other direction a fast pattern that merely flows had 5: something rises
somewhere all the time, something else falls.

Less than a second cannot be judged.
"""

import numpy as np
from numpy.typing import NDArray

from harvest.measure.footage import Pictures

CHANGE = 0.1
DARKER_BELOW = 0.8
AREA = 0.25

Changes = NDArray[np.bool_]
"""Frames, pixels."""


def _linear(stored: int) -> float:
    value = stored / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


_LINEAR = np.array([_linear(stored) for stored in range(256)], np.float32)
_WEIGHTS = np.array((0.2126, 0.7152, 0.0722), np.float32)


def flashes_per_second(pictures: Pictures, frames_per_second: float) -> float | None:
    """Count the flashes of the worst second."""
    second = round(frames_per_second)
    if second < 1 or len(pictures) <= second:
        return None
    luminance = (_LINEAR[pictures] @ _WEIGHTS).reshape(len(pictures), -1)
    if np.ptp(luminance, axis=0).max() < CHANGE:
        return 0.0
    ups, downs = _changes(luminance)
    flashes = np.minimum(_within(second, _at_once(ups, downs)), _within(second, _at_once(downs, ups)))
    place = flashes.shape[1] - _least(flashes.shape[1])
    return float(np.partition(flashes, place, axis=1)[:, place].max())


def _changes(luminance: NDArray[np.float32]) -> tuple[Changes, Changes]:
    """Find the frames in which each pixel has gone up, or down, far enough."""
    ups = np.zeros(luminance.shape, np.bool_)
    downs = np.zeros(luminance.shape, np.bool_)
    low, high = luminance[0].copy(), luminance[0].copy()
    may_rise = may_fall = np.ones(luminance.shape[1:], np.bool_)
    for now, up, down in zip(luminance[1:], ups[1:], downs[1:], strict=True):
        np.minimum(low, now, out=low)
        np.maximum(high, now, out=high)
        up[:] = may_rise & (now - low >= CHANGE) & (low < DARKER_BELOW)
        down[:] = may_fall & (high - now >= CHANGE) & (now < DARKER_BELOW) & ~up
        np.copyto(high, now, where=up)
        np.copyto(low, now, where=down)
        may_rise = (may_rise & ~up) | down
        may_fall = (may_fall & ~down) | up
    return ups, downs


def _at_once(changes: Changes, opposite: Changes) -> Changes:
    """Keep the changes that enough pixels share at one time."""
    least = _least(changes.shape[1])
    together = changes.sum(axis=1)
    flow = np.convolve(together - opposite.sum(axis=1), np.ones(3, np.int64), "same")
    return changes & ((together >= least) | (flow >= least))[:, None]


def _within(second: int, changes: Changes) -> NDArray[np.int64]:
    """Count each pixel's changes in every second; the first frame follows none and has no change."""
    counted = np.cumsum(changes, axis=0, dtype=np.int64)
    return counted[second:] - counted[:-second]


def _least(pixels: int) -> int:
    return int(np.ceil(AREA * pixels))
