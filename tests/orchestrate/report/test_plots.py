"""Drawings: numbers in, SVG out."""

import re

import numpy as np

from orchestrate.report import plots


def test_a_line_fills_its_square() -> None:
    """From the lower left corner to the upper right one."""
    drawn = plots.line([(0, 0), (5, 5), (10, 10)], x=(0, 10), y=(0, 10))
    assert 'points="0.00,100.00 50.00,50.00 100.00,0.00"' in drawn


def test_a_long_line_is_thinned_but_keeps_its_end() -> None:
    """No screen has more points than that, and the end is what matters most."""
    drawn = plots.line([(float(at), 1.0) for at in range(100_001)], x=(0, 100_000), y=(0, 1))
    points = re.findall(r"[\d.]+,[\d.]+", drawn)
    assert len(points) < 500
    assert points[-1] == "100.00,0.00"


def test_columns_stand_side_by_side() -> None:
    """The highest is as high as the square; what is nothing is not drawn."""
    drawn = plots.columns([[1, 0], [2, 1]])
    assert drawn.count("<rect") == 3
    assert 'height="100.00"' in drawn
    assert not plots.columns([[], []])


def test_what_lies_beyond_the_ends_counts_there() -> None:
    """Nothing disappears."""
    assert sum(plots.histogram(np.array([-9.0, 0.5, 9.0]), low=0, high=1, bins=4)) == 3


def test_many_ticks_at_one_place_are_one() -> None:
    """10,000 faults do not make a page of megabytes."""
    assert plots.ticks([0.5] * 10_000).count("M") == 1
    assert len(plots.ticks(at / 10_000 for at in range(10_000))) < 12_000


def test_nothing_is_still_a_drawing() -> None:
    """No values, no error."""
    assert "<polyline" in plots.line([], x=(0, 0), y=(0, 0))
    assert "<path" in plots.area([])
