"""Layers: how visible each is, and how they go together in place and time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harvest.measure.footage import Footage, Luma, Series
from harvest.measure.layers import spatial_coupling, temporal_coupling, visibility, without_trend

FPS = 30
FRAMES = 91
SHAPE = (18, 32)


def flickering(where: NDArray[np.floating], seed: int = 1) -> Luma:
    """Make a layer that lives where it is told to, at random times."""
    times = np.random.default_rng(seed).random((FRAMES, 1, 1))
    return (where * times).astype(np.float32)


def blots(seed: int) -> NDArray[np.float64]:
    """Draw a map of bright places with nothing in common with those of another seed."""
    return (np.random.default_rng(seed).random(SHAPE) > 0.8).astype(np.float64)


def footage(frames_per_second: float = FPS) -> Footage:
    """Make footage of which only the frame rate matters."""
    picture = np.zeros((1, 1, 1, 3), np.uint8)
    silence = np.zeros(1, np.float32)
    return Footage(
        fg=picture,
        bg=picture,
        composed=picture,
        rms=silence,
        peak=silence,
        frames_per_second=frames_per_second,
    )


def moving(seed: int, steps: int = FRAMES - 1) -> Series:
    """Move at random."""
    return np.random.default_rng(seed).random(steps) / 10


def test_visibility_is_the_share_that_changes() -> None:
    """A layer that lights up a third of the picture is visible in a third of it."""
    bg = np.full((2, 6, 6), 0.5, np.float32)
    composed = bg.copy()
    composed[:, :2] = 0.9
    assert visibility(composed, bg) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("composed", "without", "expected"),
    [(0.5, 0.5, 0), (0.5, 0.43, 1), (0.5, 0.45, 0), (0.005, 0, 0), (0.007, 0, 1), (0, 0, 0), (0.4, 0.5, 1)],
)
def test_what_is_noticed(composed: float, without: float, expected: float) -> None:
    """An eighth of the brighter picture is noticed, up or down; a step of 8 bits next to black is not."""
    one, other = (np.full((1, 2, 2), level, np.float32) for level in (composed, without))
    assert visibility(one, other) == expected


def test_layers_alive_in_the_same_places_are_coupled() -> None:
    """S is 1 where both live in the same places, near 0 where they do not, -1 where they give way."""
    one = flickering(blots(1), seed=2)
    assert spatial_coupling(one, flickering(blots(1), seed=3)) == pytest.approx(1)
    assert spatial_coupling(one, flickering(blots(4), seed=3)) == pytest.approx(0, abs=0.1)
    assert spatial_coupling(one, flickering(1 - blots(1), seed=3)) == pytest.approx(-1)


def test_being_centred_is_no_coupling() -> None:
    """Layers that share nothing but a bright middle have no S."""
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, length) for length in SHAPE), indexing="ij")
    middle = 3 - rows**2 - 2 * columns**2
    coupling = spatial_coupling(flickering(middle + blots(1)), flickering(middle + blots(4)))
    assert coupling == pytest.approx(0, abs=0.1)


def test_a_trend_is_taken_off_whole() -> None:
    """Of a slope and a bowl nothing is left, and what is left has no mean."""
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, length) for length in SHAPE), indexing="ij")
    assert without_trend(2 + rows - 3 * columns + rows**2 + 4 * columns**2) == pytest.approx(0, abs=1e-9)
    assert without_trend(blots(1)).mean() == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 100), st.floats(0.1, 1))
def test_coupling_in_place_knows_neither_sides_nor_strength(seed: int, strength: float) -> None:
    """S is the same from either layer, for a fainter layer, and for both mirrored."""
    fg, bg = flickering(blots(seed) + blots(200), 1), flickering(blots(seed) + blots(201), 2)
    expected = pytest.approx(spatial_coupling(fg, bg), abs=1e-4)
    assert spatial_coupling(bg, fg) == expected
    assert spatial_coupling(fg, (bg * strength).astype(np.float32)) == expected
    assert spatial_coupling(fg[..., ::-1], bg[..., ::-1]) == expected


def test_no_place_no_coupling() -> None:
    """A layer that changes everywhere alike lives nowhere in particular, and tiny pictures have no places."""
    assert spatial_coupling(flickering(np.ones(SHAPE)), flickering(blots(1))) is None
    assert spatial_coupling(flickering(blots(1)[:3]), flickering(blots(1)[:3])) is None


@pytest.mark.parametrize("lag", [-3, -1, 0, 1, 3])
def test_layers_that_move_together_are_coupled(lag: int) -> None:
    """T is 1 for equal motion, also a tenth of a second early or late."""
    leader = moving(1)
    assert temporal_coupling(footage(), leader, np.roll(leader, lag)) == pytest.approx(1, abs=0.02)


def test_taking_turns_is_negative() -> None:
    """T keeps the sign: where one moves while the other rests it is -1."""
    assert temporal_coupling(footage(), moving(1), 0.1 - moving(1)) == pytest.approx(-1)


def test_strangers_are_not_coupled() -> None:
    """T is small for layers that move independently, or together half a second apart."""
    long = 3000
    stranger = temporal_coupling(footage(), moving(1, long), moving(2, long))
    late = temporal_coupling(footage(), moving(1, long), np.roll(moving(1, long), 15))
    assert stranger == pytest.approx(0, abs=0.1)
    assert late == pytest.approx(0, abs=0.1)


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_coupling_in_time_knows_neither_sides_nor_amount(seed: int, amount: float) -> None:
    """T is the same from either layer, and when one moves more."""
    fg, bg = moving(seed), moving(seed + 1) + moving(seed)
    expected = pytest.approx(temporal_coupling(footage(), fg, bg))
    assert temporal_coupling(footage(), bg, fg) == expected
    assert temporal_coupling(footage(), fg, bg * amount) == expected


def test_too_short_or_constant_is_unknown() -> None:
    """A second of steps for each lag is needed, and motion that varies."""
    assert temporal_coupling(footage(), moving(1, 32), moving(1, 32)) is None
    assert temporal_coupling(footage(), moving(1, 33), moving(1, 33)) == pytest.approx(1)
    assert temporal_coupling(footage(60), moving(1, 60), moving(1, 60)) is None
    assert temporal_coupling(footage(), moving(1), np.full(FRAMES - 1, 0.1)) is None
