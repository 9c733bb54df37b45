"""The whole: footage in, figures out, none that could not be measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harvest.measure import Footage, FootageError, figures, flaws
from harvest.records import Figures

FPS = 30
KICKS = (0.1 + 0.4 * np.exp(-0.3 * (np.arange(180) % 15))).astype(np.float32)


def screened(fg: NDArray[np.uint8], bg: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put light over light."""
    return np.round(255 - (255 - fg.astype(np.float64)) * (255 - bg) / 255).astype(np.uint8)


def footage(fg: NDArray[np.uint8], bg: NDArray[np.uint8], rms: NDArray[np.float32] = KICKS) -> Footage:
    """Put two layers and a rhythm together."""
    heard = rms[: len(fg)]
    return Footage(fg=fg, bg=bg, composed=screened(fg, bg), rms=heard, peak=heard, frames_per_second=FPS)


def dancing(seed: int, frames: int = 180) -> NDArray[np.uint8]:
    """Make a layer of drifting clouds that jump with the kicks."""
    chance = np.random.default_rng(seed)
    way = np.cumsum(KICKS[:frames])[:, None, None, None]
    phases = chance.random((1, 18, 32, 3)) * 2 * np.pi
    return (90 + 60 * np.sin(way + phases)).astype(np.uint8)


def level(value: int, frames: int = 180) -> NDArray[np.uint8]:
    """Make a layer of one grey that never changes."""
    return np.full((frames, 18, 32, 3), value, np.uint8)


def test_a_fine_pair_has_every_figure() -> None:
    """Two layers that dance have all figures and no flaw."""
    measured = figures(footage(dancing(1), dancing(2)))
    assert all(getattr(measured, name) is not None for name in Figures.model_fields)
    assert flaws(measured) == ()


@pytest.mark.parametrize(
    ("fg", "bg", "expected"),
    [
        (level(0), level(0), ("black",)),
        (level(255), level(255), ("white",)),
        (dancing(1)[:1].repeat(180, axis=0), dancing(2)[:1].repeat(180, axis=0), ("frozen",)),
        (dancing(1), level(0), ("hidden-background",)),
        (level(0), dancing(1), ("hidden-foreground",)),
        (dancing(1) // 12, dancing(2) // 12, ("dim",)),
    ],
)
def test_flaws_are_found_in_pictures(
    fg: NDArray[np.uint8], bg: NDArray[np.uint8], expected: tuple[str, ...]
) -> None:
    """What is made with a flaw measures as having it, and no other."""
    assert flaws(figures(footage(fg, bg))) == expected


def test_one_frame_has_light_and_nothing_of_time() -> None:
    """Whatever needs time is absent from a single frame, not 0."""
    measured = figures(footage(dancing(1, 1), dancing(2, 1)))
    absent = {name for name in Figures.model_fields if getattr(measured, name) is None}
    assert absent == {
        "frozen_share",
        "motion",
        "flashes_per_second",
        "audio_response",
        "beat_response",
        "spatial_coupling",
        "temporal_coupling",
    }


def test_black_stands_still_and_hears_nothing() -> None:
    """A constant picture has light, stillness and no flash; what cannot be told of it is absent."""
    measured = figures(footage(level(0), level(0)))
    assert (measured.luma_mean, measured.motion, measured.frozen_share, measured.flashes_per_second) == (
        0,
        0,
        1,
        0,
    )
    assert measured.audio_response is None
    assert measured.spatial_coupling is None
    assert measured.temporal_coupling is None


def test_silence_takes_only_the_responses() -> None:
    """Without a sound only the two responses are absent, and all else is as it was."""
    fg, bg = dancing(1), dancing(2)
    heard = figures(footage(fg, bg)).model_dump(exclude={"audio_response", "beat_response"})
    silent = figures(footage(fg, bg, np.zeros(180, np.float32)))
    assert (silent.audio_response, silent.beat_response) == (None, None)
    assert silent.model_dump(exclude={"audio_response", "beat_response"}) == heard


def test_exchanged_layers_exchange_their_visibility() -> None:
    """Screened light does not tell which layer lies on top: only the visibilities change places."""
    one, other = figures(footage(dancing(1), dancing(2) // 4)), figures(footage(dancing(2) // 4, dancing(1)))
    assert (one.visibility_fg, one.visibility_bg) == (other.visibility_bg, other.visibility_fg)
    both = {"visibility_fg", "visibility_bg"}
    assert one.model_dump(exclude=both) == other.model_dump(exclude=both)


@given(st.integers(1, 70), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_any_footage_has_figures_within_their_ranges(frames: int, rows: int, columns: int, seed: int) -> None:
    """Whatever the pictures and the sound, the record accepts every figure: none is NaN or out of range."""
    chance = np.random.default_rng(seed)
    shape = (frames, rows, columns, 3)
    fg, bg = (chance.integers(0, 256, shape, np.uint8) for _ in range(2))
    measured = figures(footage(fg, bg, chance.random(frames, np.float32)))
    assert Figures.model_validate(measured.model_dump(by_alias=False)) == measured
    assert figures(footage(fg, bg, chance.random(frames, np.float32))).luma_mean == measured.luma_mean


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fg": level(0, 4)}, "fg is uint8"),
        ({"bg": level(0).astype(np.float32)}, "bg is float32"),
        ({"composed": np.zeros((0, 18, 32, 3), np.uint8)}, "not frames"),
        ({"composed": np.zeros((180, 18, 32), np.uint8)}, "not frames"),
        ({"rms": KICKS[:5]}, "rms"),
        ({"peak": np.full(180, np.nan, np.float32)}, "peak"),
        ({"rms": -KICKS}, "rms"),
        ({"frames_per_second": 0}, "no speed"),
    ],
)
def test_what_is_no_footage_is_refused(changed: dict[str, NDArray[np.generic]], message: str) -> None:
    """Arrays that do not belong together are refused by name rather than measured."""
    whole = {
        "fg": level(0),
        "bg": level(0),
        "composed": level(0),
        "rms": KICKS,
        "peak": KICKS,
        "frames_per_second": FPS,
    }
    with pytest.raises(FootageError, match=message):
        Footage(**{**whole, **changed})  # pyright: ignore[reportArgumentType] - that is what is refused


def test_a_flicker_of_one_pixel_tells_nothing() -> None:
    """What is frozen but for one step of 8 bits in one pixel has no response and no coupling."""
    fg, bg = (dancing(seed)[:1].repeat(180, axis=0) for seed in (1, 2))
    for layer in (fg, bg):
        layer[:, 5, 7] += (KICKS > 0.3)[:, None].astype(np.uint8)
    measured = figures(footage(fg, bg))
    assert measured.motion is not None
    assert measured.motion > 0
    responses = (measured.audio_response, measured.beat_response)
    couplings = (measured.spatial_coupling, measured.temporal_coupling)
    assert (*responses, *couplings) == (None, None, None, None)
    assert flaws(measured) == ("frozen",)
