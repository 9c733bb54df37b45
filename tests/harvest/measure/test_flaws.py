"""Flaws: which figures look bad, and why."""

import pytest

from harvest.measure import flaws
from harvest.packs.generate.planted import INTENDED
from harvest.records import Figures

FINE = Figures(
    luma_mean=0.3,
    luma_p95=0.7,
    frozen_share=0.0,
    flashes_per_second=1,
    audio_response=0.6,
    visibility_fg=0.5,
    visibility_bg=0.9,
)


def with_figures(**changed: float) -> Figures:
    """Change some figures of a fine pair."""
    return FINE.model_copy(update=changed)


def test_a_fine_pair_has_no_flaw() -> None:
    """What is lit, moves, hears and shows both layers is not blamed."""
    assert flaws(FINE) == ()


def test_absent_figures_prove_nothing() -> None:
    """A pair of which nothing could be measured has no known flaw."""
    assert flaws(Figures()) == ()


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (with_figures(luma_mean=0.001), ("black",)),
        (with_figures(luma_mean=0.999), ("white",)),
        (with_figures(luma_p95=0.06), ("dim",)),
        (with_figures(luma_mean=0.03), ()),
        (with_figures(frozen_share=0.95), ("frozen",)),
        (with_figures(frozen_share=0.4), ()),
        (with_figures(flashes_per_second=3), ()),
        (with_figures(flashes_per_second=4), ("flashing",)),
        (with_figures(audio_response=-0.4), ("deaf",)),
        (with_figures(audio_response=0.2), ()),
        (with_figures(visibility_fg=0.02), ("hidden-foreground",)),
        (with_figures(visibility_bg=0.02), ("hidden-background",)),
        (with_figures(visibility_fg=0.05, visibility_bg=0.05), ()),
    ],
)
def test_each_flaw_has_its_figure(figures: Figures, expected: tuple[str, ...]) -> None:
    """One figure beyond its threshold gives one flaw."""
    assert flaws(figures) == expected


def test_flaws_add_up() -> None:
    """A pair may have several, each named once."""
    both = with_figures(luma_p95=0.05, audio_response=0)
    assert flaws(both) == ("dim", "deaf")


def test_nothing_else_is_said_of_black_and_white() -> None:
    """Where nothing is to be seen, no second flaw is named."""
    nothing = {"frozen_share": 1, "visibility_fg": 0, "visibility_bg": 0, "luma_p95": 0}
    assert flaws(with_figures(luma_mean=0, **nothing)) == ("black",)
    assert flaws(with_figures(luma_mean=1, **nothing)) == ("white",)


def test_intended_figures_of_planted_cases_are_flaws() -> None:
    """Each planted case that has known figures is found by them, under its name."""
    named = {"strobe": "flashing", "frozen": None}  # motion alone is no flaw: the share of frozen steps is
    for case, intended in INTENDED.items():
        expected = named.get(case, case)
        if expected:
            assert expected in flaws(intended)
