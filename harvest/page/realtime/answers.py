"""What the page's side of this adapter brings, checked once."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from harvest.measure import Footage
from harvest.measure.footage import Pictures
from harvest.page.spoken import Bytes, Spoken


class Facts(Spoken):
    """Which of newliveweb's hooks are there."""

    harvest_version: int | None
    coupled_init: bool
    coupled_next: bool
    coupled_show: bool
    sample_coupled_picks: bool
    picks_are_detailed: bool
    pick_mode: str | None
    tells_presets: bool
    tells_loads: bool
    tells_layer_figures: bool
    tells_true_audio: bool
    tells_audio_copy: bool
    reads_layers: bool
    can_hold: bool
    has_liquid: bool


class Coupled(Spoken):
    """Whether coupled mode came on, and whether it was on without being asked for."""

    was_on: bool
    is_coupled: bool
    status: str | None


class Hearing(Spoken):
    """What the page says of its sound; None where it does not say whether that reaches the engines."""

    rms: float
    peak: float
    reaches: bool | None
    toggle: str | None
    status: str | None


class Seen(Spoken):
    """What the page says is on screen in one moment."""

    fg: str | None
    bg: str | None
    pair: int | None
    picked_at: float | None
    loads: str | None
    """The engines' last load: changes with every one."""
    status: str | None
    frames_rendered: int | None
    aborts: int
    abort_reason: str | None


class Asked(Spoken):
    """What became of asking for a pair."""

    outcome: Literal["shown", "aborted", "frozen", "not shown"]
    asked: int
    """How often."""
    shown: Seen


class Taken(Spoken):
    """Every new frame of a while."""

    before: Seen
    after: Seen
    aborted: bool
    are_told_apart: bool
    """Which engine's canvas is whose is known; without that no frame was taken."""
    figure_ages: tuple[float | None, float | None]
    """Milliseconds since each engine's own figures were taken, fg and bg."""
    width: int
    height: int
    times: Sequence[float]
    """Of each frame, in milliseconds."""
    rms: Sequence[float]
    peak: Sequence[float]
    pictures: Bytes
    thumbnail: Bytes | None

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (self.times[-1] - self.times[0]) / 1000 if self.times else 0.0

    def views(self) -> Pictures:
        """Views, frames, rows, columns, red-green-blue; the views are fg, bg, composed."""
        shape = (len(self.times), 3, self.height, self.width, 3)
        return np.frombuffer(self.pictures, np.uint8).reshape(shape).swapaxes(0, 1)

    def footage(self) -> Footage:
        """Two frames at least."""
        fg, bg, composed = self.views()
        return Footage(
            fg=fg,
            bg=bg,
            composed=composed,
            rms=np.array(self.rms, np.float32),
            peak=np.array(self.peak, np.float32),
            frames_per_second=(len(self.times) - 1) / self.seconds,
        )
