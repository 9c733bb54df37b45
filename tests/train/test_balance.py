"""Each batch holds the mix asked for, and any epoch can be drawn again."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import WeightedRandomSampler

from train.balance import balance, share_out
from train.recipe import Recipe, TrainingError
from train.table import SOURCES

SOURCE = np.repeat(np.array([0, 1, 2], np.int8), [200, 3000, 5000])


def test_every_batch_holds_the_mix_exactly() -> None:
    """Whatever a source's size, its share of each batch is the one asked for."""
    mix = balance(SOURCE, Recipe(batch_size=64))
    drawn = SOURCE[mix.epoch(0)]
    assert drawn.shape == (129, 64)
    counts = np.stack([(drawn == place).sum(axis=1) for place in range(len(SOURCES))], 1)
    assert (counts == [16, 16, 32]).all()


def test_the_shares_are_those_of_torchs_sampler() -> None:
    """A weighted sampler with replacement draws the same mix on the average, and spreads it less evenly."""
    shares = np.array([0.25, 0.25, 0.5])
    weights = (shares / np.bincount(SOURCE))[SOURCE]
    generator = torch.Generator().manual_seed(0)
    sampler = WeightedRandomSampler([*map(float, weights)], len(SOURCE), generator=generator)
    theirs = np.array(list(sampler))
    ours = balance(SOURCE, Recipe(batch_size=64)).epoch(0).ravel()
    assert np.bincount(SOURCE[ours]) / len(ours) == pytest.approx(shares)
    assert np.bincount(SOURCE[theirs]) / len(theirs) == pytest.approx(shares, abs=0.02)
    elite = SOURCE == 0
    often_ours, often_theirs = (np.bincount(rows, minlength=len(SOURCE))[elite] for rows in (ours, theirs))
    assert np.ptp(often_ours) <= 1 < np.ptp(often_theirs)


@given(
    total=st.integers(0, 500),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=4).filter(lambda found: sum(found) > 1e-6),
)
def test_shares_are_rounded_by_the_largest_remainder(total: int, shares: list[float]) -> None:
    """All is given out, and nobody gets a whole one more or less than their share."""
    counts = share_out(total, shares)
    assert sum(counts) == total
    exact = [total * share / sum(shares) for share in shares]
    assert all(abs(count - each) < 1 + 1e-9 for count, each in zip(counts, exact, strict=True))


def test_a_source_without_rows_leaves_its_share_to_the_others() -> None:
    """It is told, and the batch is as large as ever."""
    mix = balance(SOURCE[SOURCE != 1], Recipe(batch_size=60))
    assert mix.counts == (20, 0, 40)
    assert "no eval rows: the others take their share" in mix.words()


def test_elite_first_gives_four_and_thirty_two() -> None:
    """Each step of that sampling holds 4 elite rows and 32 others, these as the mix has them."""
    mix = balance(SOURCE, Recipe(sampling="elite-first"))
    assert mix.counts == (4, 11, 21)
    assert mix.epoch(3).shape == (-(-len(SOURCE) // 36), 36)


def test_an_epoch_is_drawn_again_the_same_and_no_other_is_like_it() -> None:
    """Only the seed and the number of the epoch matter, so that any step can be resumed."""
    mix = balance(SOURCE, Recipe(seed=3))
    again = balance(SOURCE, Recipe(seed=3))
    assert (mix.epoch(5) == again.epoch(5)).all()
    assert (mix.epoch(5) != mix.epoch(6)).any()
    assert (mix.epoch(5) != balance(SOURCE, Recipe(seed=4)).epoch(5)).any()


def test_few_rows_make_a_small_batch() -> None:
    """A batch is never larger than all there is."""
    assert balance(SOURCE[195:205], Recipe()).batch == 10


def test_nothing_to_draw_is_refused() -> None:
    """No rows, or a share for sources that have none, ends in words."""
    with pytest.raises(TrainingError, match="no row"):
        balance(SOURCE[:0], Recipe())
    with pytest.raises(TrainingError, match="only sources without rows"):
        balance(SOURCE[:100], Recipe(elite_share=0))
