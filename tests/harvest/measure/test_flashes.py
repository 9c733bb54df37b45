"""Flashes: how many of known ones the general flash rule counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harvest.measure.flashes import flashes_per_second

FPS = 30
ROWS, COLUMNS = 18, 32
DARK, LIGHT = 60, 160
"""In relative luminance 0.045 and 0.35."""


def pictures(levels: NDArray[np.float64], where: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """Make grey frames of the levels; elsewhere, if anywhere, all stays dark."""
    lit = np.ones((ROWS, COLUMNS), np.bool_) if where is None else where
    grey = np.where(lit, levels[:, None, None], DARK)
    return np.repeat(grey[..., None], 3, axis=-1).astype(np.uint8)


def strobe(hertz: float, *, low: int = DARK, high: int = LIGHT, seconds: float = 3) -> NDArray[np.float64]:
    """Switch between two levels so many times a second."""
    turns = np.arange(round(seconds * FPS)) * hertz / FPS
    return np.where(turns % 1 < 0.5, low, high).astype(np.float64)


def area(share: float) -> NDArray[np.bool_]:
    """Mark this share of all pixels."""
    return (np.arange(ROWS * COLUMNS) < share * ROWS * COLUMNS).reshape(ROWS, COLUMNS)


@pytest.mark.parametrize("hertz", [1, 2, 3, 5, 6, 7.5, 10, 15])
def test_counts_a_strobe(hertz: float) -> None:
    """A full-screen strobe has as many flashes in its worst second as whole periods."""
    assert flashes_per_second(pictures(strobe(hertz)), FPS) == hertz // 1


@pytest.mark.parametrize("offset", range(6))
def test_phase_does_not_matter(offset: int) -> None:
    """Five flashes a second are five, wherever in a flash the footage begins."""
    assert flashes_per_second(pictures(strobe(5)[offset:]), FPS) == 5


@pytest.mark.parametrize(("share", "expected"), [(1, 5), (0.25, 5), (0.24, 0)])
def test_a_quarter_of_the_picture_is_needed(share: float, expected: int) -> None:
    """A strobe on less than a quarter of the picture is none."""
    assert flashes_per_second(pictures(strobe(5), area(share)), FPS) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (60, 110, 5),  # relative luminance 0.045 and 0.156
        (60, 100, 0),  # 0.045 and 0.127
        (0, 90, 5),  # 0 and 0.102
        (0, 89, 0),  # 0 and 0.0998
        (229, 255, 5),  # 0.78 and 1
        (233, 255, 0),  # 0.81 and 1
    ],
)
def test_size_and_darkness_of_a_change(low: int, high: int, expected: int) -> None:
    """A tenth of the greatest relative luminance is needed, and a darker side below 0.8."""
    assert flashes_per_second(pictures(strobe(5, low=low, high=high)), FPS) == expected


def test_the_worst_second_counts() -> None:
    """A burst of a second counts whole, however long all is quiet around it."""
    quiet = np.full(4 * FPS, DARK, np.float64)
    burst = np.concatenate((quiet, strobe(5, seconds=1), quiet))
    assert flashes_per_second(pictures(burst), FPS) == 5


def test_a_slow_fade_is_a_flash_too() -> None:
    """A triangle of two periods a second flashes twice, though no single step is large."""
    turns = np.arange(3 * FPS) * 2 / FPS % 1
    levels = DARK + (LIGHT - DARK) * (1 - np.abs(2 * turns - 1))
    assert flashes_per_second(pictures(levels), FPS) == 2


def test_a_wipe_is_one_flash() -> None:
    """Light that takes five frames to spread over the picture is one flash, a fifth in each."""
    levels = strobe(3)
    fifths = [np.roll(levels, late) for late in range(5)]
    grey = np.stack(fifths, axis=-1)[:, None, :].repeat(6, axis=-1).repeat(ROWS, axis=1)
    assert flashes_per_second(np.repeat(grey[..., None], 3, axis=-1).astype(np.uint8), FPS) == 3


def test_halves_that_swap_flash() -> None:
    """A half that goes up while the other goes down flashes as often as each of them."""
    levels = strobe(5)
    swapped = np.where(area(0.5), levels[:, None, None], (DARK + LIGHT - levels)[:, None, None])
    assert flashes_per_second(np.repeat(swapped[..., None], 3, axis=-1).astype(np.uint8), FPS) == 5


@pytest.mark.parametrize("hertz", [1, 3, 5])
def test_what_flows_does_not_flash(hertz: float) -> None:
    """Stripes that travel change each pixel often, but never enough of them at once in one direction."""
    frames, _, columns = np.mgrid[: 3 * FPS, :ROWS, :COLUMNS]
    wave = np.sin(2 * np.pi * (columns / 16 - hertz * frames / FPS))
    grey = (110 + 50 * wave)[..., None]
    assert flashes_per_second(np.repeat(grey, 3, axis=-1).astype(np.uint8), FPS) == 0


def test_less_than_a_second_is_unknown() -> None:
    """A second has as many steps as frames a second, so it needs one frame more."""
    assert flashes_per_second(pictures(strobe(5)[:FPS]), FPS) is None
    assert flashes_per_second(pictures(strobe(5)[: FPS + 1]), FPS) == 5


@given(st.lists(st.integers(0, 255), min_size=31, max_size=50), st.integers(0, 2**32 - 1))
def test_place_and_direction_of_time_do_not_matter(levels: list[int], seed: int) -> None:
    """Pixels may lie anywhere, and no more flashes are found than a second has frames for."""
    chance = np.random.default_rng(seed)
    flat = chance.integers(0, 2, (1, ROWS * COLUMNS)) * np.array(levels)[:, None]
    mixed = flat[:, chance.permutation(ROWS * COLUMNS)]
    counts = [
        flashes_per_second(
            np.repeat(grey.reshape(-1, ROWS, COLUMNS)[..., None], 3, axis=-1).astype(np.uint8), FPS
        )
        for grey in (flat, mixed)
    ]
    assert counts[0] == counts[1]
    assert counts[0] is not None
    assert 0 <= counts[0] <= FPS / 2
