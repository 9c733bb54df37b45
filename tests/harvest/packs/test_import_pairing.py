"""Pairs are made without looking at all presets at once."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from harvest.packs.milk import Preset
from harvest.packs.pairing import Band, by_contrast, by_shuffle, total

NUMBERS = st.lists(st.floats(0, 1, allow_nan=False), max_size=100)


def preset(warp: float) -> Preset:
    """Make a preset that differs from others in its warp alone."""
    return Preset(parameters={"warp": warp})


def pair(warps: list[float], band: Band | None = None) -> list[tuple[float, float]]:
    """Pair by contrast, and name the presets by their warp."""
    pairs = by_contrast([preset(warp) for warp in warps], lambda one: one, band)
    return [(fg.parameters["warp"], bg.parameters["warp"]) for fg, bg in pairs]


def test_a_shuffle_is_paired_two_and_two() -> None:
    """As they come; the last of an odd number stays alone."""
    assert list(by_shuffle([1, 2, 3, 4, 5])) == [(1, 2), (3, 4)]


def test_each_takes_the_greatest_contrast() -> None:
    """The first that comes chooses among all that follow."""
    assert pair([0.0, 0.1, 0.9, 0.5]) == [(0.0, 0.9), (0.1, 0.5)]


def test_in_a_band_each_takes_the_one_nearest_the_middle() -> None:
    """And what finds none in the band is left out."""
    assert pair([0.0, 0.9, 0.1, 0.25, 0.3], Band(low=0.1, high=0.3)) == [(0.0, 0.25), (0.1, 0.3)]


def test_contrast_is_the_sum_of_both_numbers() -> None:
    """As the manifest will hold them."""
    assert total(preset(0.2), Preset(parameters={"warp": 0.1, "cx": 0.25})) == 0.35


@settings(deadline=None)
@given(NUMBERS)
def test_no_preset_is_used_twice_or_lost(warps: list[float]) -> None:
    """Without a band all but at most one are paired."""
    used = [warp for both in pair(warps) for warp in both]
    assert len(used) == len(warps) // 2 * 2
    assert not set(used) - set(warps)
    assert all(used.count(warp) <= warps.count(warp) for warp in used)


@settings(deadline=None)
@given(NUMBERS, st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_band_is_kept(warps: list[float], low: float, width: float) -> None:
    """No pair lies outside it."""
    band = Band(low=low, high=low + width)
    assert all(band.low <= total(preset(fg), preset(bg)) <= band.high for fg, bg in pair(warps, band))


def test_only_a_window_is_looked_at() -> None:
    """The first pair is there before the source has been read to its end."""
    drawn = 0

    def endless() -> Iterator[Preset]:
        nonlocal drawn
        while True:
            drawn += 1
            yield preset(drawn % 7)

    next(by_contrast(endless(), lambda one: one, None))
    assert drawn < 100
