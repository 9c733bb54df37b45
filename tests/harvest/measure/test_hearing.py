"""Hearing: who jumps with the music is told from who merely moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harvest.measure.footage import Footage, Series
from harvest.measure.hearing import after_onsets, audio_response, beat_response

FPS = 30
FRAMES = 180


def kicks(frames: int = FRAMES, every: int = 15) -> NDArray[np.float32]:
    """Make the loudness of a drum that fades."""
    return (0.1 + 0.4 * np.exp(-0.3 * (np.arange(frames) % every))).astype(np.float32)


def heard(rms: NDArray[np.float32], frames_per_second: float = FPS) -> Footage:
    """Make footage of which only the audio matters."""
    picture = np.zeros((rms.size, 1, 1, 3), np.uint8)
    return Footage(
        fg=picture, bg=picture, composed=picture, rms=rms, peak=2 * rms, frames_per_second=frames_per_second
    )


def dancing(rms: NDArray[np.float32], late: int = 0) -> Series:
    """Move as much as it is loud, so many frames later."""
    return np.roll(rms.astype(np.float64), late)[1:] / 10


def swaying() -> Series:
    """Move to a slow rhythm of its own."""
    seconds = np.arange(FRAMES - 1) / FPS
    return 0.02 + 0.01 * np.sin(2.3 * seconds + 2 * np.sin(0.9 * seconds))


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_dancer_responds(late: int) -> None:
    """What moves as loud as it is responds fully, also a little late."""
    assert audio_response(heard(kicks()), dancing(kicks(), late)) == pytest.approx(1, abs=1e-3)


def test_a_deaf_one_does_not() -> None:
    """What sways to its own rhythm has no response worth the name."""
    response = audio_response(heard(kicks()), swaying())
    assert response is not None
    assert abs(response) < 0.1


def test_dancing_shows_through_swaying() -> None:
    """The response lies between none and all where half of the motion is the music's."""
    mixed = audio_response(
        heard(kicks()), dancing(kicks()) + 4 * np.random.default_rng(1).random(FRAMES - 1) / 100
    )
    assert mixed is not None
    assert 0.3 < mixed < 0.9


def test_too_late_is_no_response() -> None:
    """What jumps half a beat later is not taken for an answer."""
    response = audio_response(heard(kicks()), dancing(kicks(), 7))
    assert response is not None
    assert response < 0.1


def test_beat_response_of_known_motion() -> None:
    """Three times as much motion at onsets as between is 0.5, as much is 0, and none is -1."""
    footage = heard(kicks())
    struck = after_onsets(footage)
    assert np.flatnonzero(struck).tolist()[:6] == [14, 15, 16, 29, 30, 31]
    assert beat_response(footage, np.where(struck, 0.03, 0.01)) == pytest.approx(0.5)
    assert beat_response(footage, np.full(FRAMES - 1, 0.01)) == pytest.approx(0)
    assert beat_response(footage, np.where(struck, 0, 0.01)) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("footage", "moving"),
    [
        pytest.param(heard(np.zeros(FRAMES, np.float32)), swaying(), id="silence"),
        pytest.param(heard(np.full(FRAMES, 0.3, np.float32)), swaying(), id="one unchanging sound"),
        pytest.param(heard(kicks() / np.float32(1000)), dancing(kicks()), id="too quiet for an engine"),
        pytest.param(heard(kicks()), np.zeros(FRAMES - 1), id="nothing moves"),
        pytest.param(heard(kicks(1)), np.zeros(0), id="one frame"),
        pytest.param(heard(kicks(30)), dancing(kicks(30)), id="less than a second"),
    ],
)
def test_what_cannot_be_measured_is_absent(footage: Footage, moving: Series) -> None:
    """Without sound, motion or time there is no figure, rather than 0."""
    assert audio_response(footage, moving) is None
    assert beat_response(footage, moving) is None


def test_one_speed_has_no_rises() -> None:
    """What always moves alike cannot be correlated."""
    assert audio_response(heard(kicks()), np.full(FRAMES - 1, 0.01)) is None


@given(st.floats(0.1, 10), st.floats(0.2, 1), st.integers(0, 2**32 - 1))
def test_loudness_and_amount_do_not_matter(more: float, quieter: float, seed: int) -> None:
    """The same rhythm at another loudness, with more or less motion, gives the same response."""
    moving = dancing(kicks()) + np.random.default_rng(seed).random(FRAMES - 1) / 50
    louder = heard((kicks() * quieter).astype(np.float32))
    for response in (audio_response, beat_response):
        assert response(louder, moving * more) == pytest.approx(response(heard(kicks()), moving), abs=1e-4)


def test_lags_are_seconds() -> None:
    """At twice the frame rate twice the frames count as late."""
    assert audio_response(heard(kicks(), 60), dancing(kicks(), 4)) == pytest.approx(1, abs=1e-3)
