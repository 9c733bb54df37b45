"""Names say which presets belong together."""

from pathlib import Path

import pytest

from harvest.packs.couple import role


@pytest.mark.parametrize(
    ("fg", "bg"),
    [
        ("a/fg/rain.milk", "a/bg/rain.milk"),
        ("a/foregrounds/rain.milk", "a/Backgrounds/rain.MILK"),
        ("a/rain_fg.milk", "a/rain_bg.milk"),
        ("a/rain-FG.milk", "a/rain-bg.milk"),
        ("a/rain.fg.milk", "a/rain.bg.milk"),
        ("a/rain foreground.milk", "a/rain background.milk"),
        ("a/fg/rain_fg.milk", "a/bg/rain_bg.milk"),
        ("a/fg/rain_fg.milk", "a/rain_bg.milk"),
        ("a/coupled_00065_20260129_015409_fg.milk", "a/coupled_65_20260129_015410_bg.milk"),
        ("fg/coupled_7_fg.milk", "bg/coupled_7_20260129_bg.milk"),
    ],
)
def test_names_that_belong_together(fg: str, bg: str) -> None:
    """Both name the same couple, each its own layer."""
    front, back = role(str(Path(fg))), role(str(Path(bg)))
    assert front
    assert back
    assert (front.couple, front.layer, back.layer) == (back.couple, "fg", "bg")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/rain_fg.milk", "b/rain_bg.milk"),
        ("a/rain_fg.milk", "a/snow_bg.milk"),
        ("a/coupled_1_x_fg.milk", "a/coupled_11_x_bg.milk"),
        ("a/fg/rain.milk", "b/bg/rain.milk"),
    ],
)
def test_names_that_do_not(one: str, other: str) -> None:
    """Another folder, another name or another number is another couple."""
    front, back = role(str(Path(one))), role(str(Path(other)))
    assert front
    assert back
    assert front.couple != back.couple


@pytest.mark.parametrize(
    "path", ["a/rain.milk", "a/rainfg.milk", "a/fg.milk", "a/fg_rain.milk", "a/_fg.milk"]
)
def test_names_without_a_layer_play_no_part(path: str) -> None:
    """A layer is a word of its own at the end of a name, with something before it."""
    assert role(str(Path(path))) is None


def test_the_owners_names_give_number_and_time() -> None:
    """The number becomes the pair's; the stamp tells the newest of several."""
    part = role("coupled_00065_20260129_015409_fg.milk")
    assert part
    assert (part.number, part.stamp) == (65, "20260129_015409")
