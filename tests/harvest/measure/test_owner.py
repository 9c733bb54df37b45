"""The owner's verdict: his formulas on footage whose numbers can be computed by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from harvest.measure import Footage, OwnerFigures, owner_figures, owner_reasons


def layer(*colours: tuple[int, int, int], frames_each: int = 15) -> NDArray[np.uint8]:
    """Show each colour for so many frames."""
    frames = np.repeat(np.array(colours, np.uint8), frames_each, axis=0)
    return np.broadcast_to(frames[:, None, None], (len(frames), 2, 3, 3)).copy()


def footage(fg: NDArray[np.uint8], bg: NDArray[np.uint8], frames_per_second: float = 30) -> Footage:
    """Put two layers together; the composition does not matter here."""
    quiet = np.zeros(len(fg), np.float32)
    return Footage(fg=fg, bg=bg, composed=fg, rms=quiet, peak=quiet, frames_per_second=frames_per_second)


def figures(luma: float = 0.5, motion: float | None = 0.01) -> OwnerFigures:
    """Make figures of which two matter."""
    return OwnerFigures(
        viz_avg_luma=luma, viz_avg_frame_delta=motion, pm_avg_luma_fg=luma, pm_avg_luma_bg=luma
    )


def reasons(measured: OwnerFigures) -> tuple[str, ...]:
    """Judge without errors of the page."""
    return owner_reasons(measured, page_errors=0, console_errors=0)


def test_his_formulas() -> None:
    """A layer that turns from black to red, and one that stays blue, have the numbers worked out here."""
    fg, bg = layer((0, 0, 0), (255, 0, 0)), layer((0, 0, 255), (0, 0, 255))
    found = owner_figures(footage(fg, bg))
    red, blue = 0.2126, 0.0722
    assert found.pm_avg_luma_fg == pytest.approx(red / 2)
    assert found.pm_avg_luma_bg == pytest.approx(blue)
    assert found.viz_avg_luma == pytest.approx((blue / 2 + (red + blue) / 2) / 2)
    colour_change = (1 / 3 + 0) / 2
    expected = (
        0.65 * red / 2 + 0.35 * colour_change
    ) / 2  # two reads in half a second, one of them unchanged
    assert found.viz_avg_frame_delta == pytest.approx(expected)


def test_he_sees_layers_only_twice_a_second() -> None:
    """What comes back to the same picture every half second does not move in his eyes."""
    fg = layer(*[(200, 200, 200), (10, 10, 10), (90, 90, 90)] * 4, frames_each=5)
    assert owner_figures(footage(fg, fg)).viz_avg_frame_delta == 0


def test_half_a_second_is_needed_for_motion() -> None:
    """Fewer frames give luma, and no motion."""
    short = layer((60, 60, 60))
    assert owner_figures(footage(short, short)).viz_avg_frame_delta is None
    assert owner_figures(footage(short, short)).viz_avg_luma == pytest.approx(60 / 255)
    assert (
        owner_figures(
            footage(layer((9, 9, 9), frames_each=16), layer((9, 9, 9), frames_each=16))
        ).viz_avg_frame_delta
        == 0
    )


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (figures(), ()),
        (figures(luma=0.06), ("too-dark",)),
        (figures(luma=0.0601), ()),
        (figures(luma=0.96), ("too-bright",)),
        (figures(luma=0.9599), ()),
        (figures(motion=1.4e-5), ("low-motion",)),
        (figures(motion=1.5e-5), ()),
        (figures(motion=None), ("no-motion-sample",)),
        (figures(luma=0, motion=0), ("too-dark", "low-motion")),
    ],
)
def test_his_thresholds(measured: OwnerFigures, expected: tuple[str, ...]) -> None:
    """His limits hold to the digit, at or beyond, as he wrote them."""
    assert reasons(measured) == expected


def test_errors_are_reasons_and_thresholds_can_be_told() -> None:
    """Errors of the page and the console count each, and his two flags move the limits."""
    assert owner_reasons(figures(), page_errors=1, console_errors=2) == ("pageerror", "consoleerror")
    strict = owner_reasons(figures(), page_errors=0, console_errors=0, luma_min=0.5, motion_min=0.02)
    assert strict == ("too-dark", "low-motion")
