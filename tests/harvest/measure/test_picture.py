"""Light, colour, detail and motion of made-up pictures whose figures are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from harvest.measure.footage import Luma, luma
from harvest.measure.light import colourfulness, detail, light
from harvest.measure.motion import frozen_share, is_alive, motion, motion_series

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def shown(*frames: float) -> Luma:
    """Make frames of one luma each."""
    return np.full((len(frames), 4, 6), 1, np.float32) * np.array(frames, np.float32)[:, None, None]


def painted(*colours: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Make one frame with a pixel of each colour."""
    return np.array([[colours]], np.uint8)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        (RED, 0.2126),
        (GREEN, 0.7152),
        (BLUE, 0.0722),
        ((255, 255, 255), 1),
        ((0, 0, 0), 0),
        ((51, 51, 51), 0.2),
    ],
)
def test_luma_weighs_stored_values(colour: tuple[int, int, int], expected: float) -> None:
    """Luma is that of Rec. 709 on stored values, and white never more than 1."""
    found = luma(painted(colour)).item()
    assert found == pytest.approx(expected, abs=1e-6)
    assert 0 <= found <= 1


def test_light_of_known_pictures() -> None:
    """Half of all pixels black and half white have the mean, spread and shares that follow."""
    assert light(shown(0, 1)) == {
        "luma_mean": 0.5,
        "luma_sd": 0.5,
        "luma_p05": 0,
        "luma_p95": 1,
        "dark_share": 0.5,
        "bright_share": 0.5,
    }


def test_percentiles_are_of_pixels_and_frames_together() -> None:
    """One bright frame in eleven lifts the 95th percentile, and leaves the 5th."""
    figures = light(shown(*[0.2] * 10, 0.9))
    assert (figures["luma_p05"], figures["luma_p95"]) == pytest.approx((0.2, 0.9))


def test_light_knows_no_order() -> None:
    """Turned, reversed and shuffled pictures are as bright, as coloured and, turned, as detailed."""
    chance = np.random.default_rng(1)
    pictures = chance.integers(0, 256, (5, 6, 6, 3), np.uint8)
    turned = np.rot90(pictures, 2, axes=(1, 2))[::-1]
    assert light(luma(turned)) == pytest.approx(light(luma(pictures)))
    assert colourfulness(turned) == pytest.approx(colourfulness(pictures))
    assert detail(luma(pictures.swapaxes(1, 2))) == pytest.approx(detail(luma(pictures)))


def test_colourfulness_of_known_pictures() -> None:
    """Grey has none; one colour has its distance from grey; two that differ add their spread."""
    assert colourfulness(painted((90, 90, 90), (10, 10, 10))) == 0
    assert colourfulness(painted(RED)) == pytest.approx(0.3 * np.hypot(1, 0.5))
    assert colourfulness(painted(RED, GREEN)) == pytest.approx(1 + 0.3 * 0.5)
    assert colourfulness(painted(BLUE, (255, 255, 0))) == pytest.approx(1)


def test_detail_is_the_mean_slope() -> None:
    """A ramp has its slope as detail, a flat picture none, and a single pixel cannot have any."""
    rows, columns = np.mgrid[:5, :7].astype(np.float32)
    assert detail((0.03 * columns + 0.04 * rows)[None]) == pytest.approx(0.05)
    assert detail(shown(0.7)) == 0
    assert detail(np.zeros((3, 1, 5), np.float32)) is None


def test_motion_is_the_mean_change() -> None:
    """Up and down count alike, and the size of a step for as much as the share of pixels that take it."""
    moving = motion_series(shown(0.2, 0.5, 0.1))
    assert moving == pytest.approx([0.3, 0.4])
    assert motion(moving) == pytest.approx(0.35)
    half = shown(0, 0)
    half[1, :2] = 1
    assert motion(motion_series(half)) == 0.5


def test_motion_of_one_frame_is_unknown() -> None:
    """A single frame neither moves nor stands still, and is not alive."""
    alone = motion_series(shown(0.5))
    measured = (motion(alone), frozen_share(shown(0.5), alone), is_alive(shown(0.5), alone))
    assert measured == (None, None, False)


def test_frozen_share_counts_steps_without_change() -> None:
    """One step of 8 bits in a hundredth of the pixels is still; a whole row that changes is not."""
    pictures = np.tile(np.linspace(0, 1, 10, dtype=np.float32), (4, 10, 1))
    pictures[1:, 0, 0] += 1 / 255
    pictures[3:, 5] += 0.1
    moving = motion_series(pictures)
    assert frozen_share(pictures, moving) == pytest.approx(2 / 3)
    assert not is_alive(pictures, moving)
    assert is_alive(pictures, moving[2:])


@pytest.mark.parametrize("gain", [1, 0.1, 0.03])
def test_dim_is_not_frozen(gain: float) -> None:
    """What moves is not still for being shown darker."""
    pictures = np.random.default_rng(1).random((9, 6, 6), np.float32) * np.float32(gain)
    assert frozen_share(pictures, motion_series(pictures)) == 0


def test_nothing_is_frozen_too() -> None:
    """A picture without any contrast stands still all the time."""
    assert frozen_share(shown(0, 0, 0), motion_series(shown(0, 0, 0))) == 1
