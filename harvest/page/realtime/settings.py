"""How newliveweb is looked at, and in what kind of window."""

from dataclasses import dataclass

from harvest.config import BrowserConfig

_STUCK_S = 15.0
"""Its presets are compiled without a sign of life, for up to 0.6 s a file on an idle machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RealtimeSettings:
    """How long pairs are looked at, and what is left out of the page meanwhile."""

    settle_s: float = 0.4
    dwell_s: float = 2.5
    """Rank correlation with another visit: .88 to .98 by figure for 2.7 s, .81 to .88 for 1 s."""
    glance_s: float = 0.5
    """The same in the self-test, which shows each pair three times."""
    least_frames: int = 24
    shown_s: float = 15.0
    """A pair that is not there by then is not shown."""
    heard_s: float = 10.0
    """A page that hears nothing for so long is silent."""
    hide_toolbar: bool = True
    """Its blur costs two to eight times the frame."""
    without_liquid: bool = True
    """A layer below the presets, the same for every pair."""
    stub_beat_tempo: bool = True
    """Its worker makes the page grow by 2 MB a second."""


def small_window(config: BrowserConfig) -> BrowserConfig:
    """A window in which newliveweb draws 50 frames a second even without a GPU, and a patient watchman."""
    return config.model_copy(
        update={"width": 160, "height": 90, "device_scale": 1.0, "stuck_s": max(config.stuck_s, _STUCK_S)}
    )
