"""What a stepped measurement brings home: small pictures of both layers and the composition, and audio."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
"""Frames, rows, columns, red-green-blue; as stored, 0 to 255."""
Luma = NDArray[np.float32]
"""Frames, rows, columns; 0 black to 1 white."""
Series = NDArray[np.float64]
"""One number a frame, or a step from one frame to the next."""

STEP = 1 / 255
"""One step of 8 bits, the least that a stored value can change by."""

_REC_709 = np.array((0.2126, 0.7152, 0.0722), np.float32)
_DIMENSIONS = 4
_CHANNELS = 3


class FootageError(ValueError):
    """These arrays are no footage of one measurement."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Footage:
    """All frames of one measurement; the three views in the same size."""

    fg: Pictures
    bg: Pictures
    composed: Pictures
    rms: NDArray[np.float32]
    """Of the signal in each frame."""
    peak: NDArray[np.float32]
    frames_per_second: float

    def __post_init__(self) -> None:
        """Refuse what cannot be measured at all."""
        shape = self.composed.shape
        if len(shape) != _DIMENSIONS or shape[-1] != _CHANNELS or 0 in shape:
            raise FootageError(f"Pictures of shape {shape} are not frames of rows of red-green-blue pixels.")
        for name, pictures in (("fg", self.fg), ("bg", self.bg), ("composed", self.composed)):
            if pictures.shape != shape or pictures.dtype != np.uint8:
                raise FootageError(f"{name} is {pictures.dtype} {pictures.shape} instead of uint8 {shape}.")
        for name, heard in (("rms", self.rms), ("peak", self.peak)):
            if heard.shape != shape[:1] or not np.isfinite(heard).all() or (heard < 0).any():
                raise FootageError(f"{name} is not a number from 0 up for each of {shape[0]} frames.")
        if not self.frames_per_second > 0:
            raise FootageError(f"{self.frames_per_second} frames per second is no speed.")

    def frames_in(self, seconds: float) -> int:
        """How many frames come nearest to so long a time."""
        return round(seconds * self.frames_per_second)


def luma(pictures: Pictures) -> Luma:
    """Weigh the stored values by Rec. 709, as newliveweb does: no linearisation."""
    # Weights that add up to 1 can still give white a hair more than 1.
    return np.minimum(pictures @ (_REC_709 / 255), np.float32(1))


def luma_steps(shown: Luma) -> Luma:
    """How much the luma of each pixel changes from frame to frame, either way."""
    return np.abs(np.diff(shown, axis=0))
