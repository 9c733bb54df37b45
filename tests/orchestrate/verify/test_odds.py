"""The reckoning against brute force: what is promised comes true, and errors are as rare as it says."""

import math

import numpy as np
import pytest

from orchestrate.verify import odds
from orchestrate.verify.record import DRAWS
from tests.orchestrate.verify.simulated import Scores, Weigh, even, power, reversed_power

TIMES = 300


def spread(std: float, mean: float = 0.5, pairs: int = 3000) -> Scores:
    """Scores about a mean."""
    return np.random.default_rng(5).normal(mean, std, pairs).clip(0, 1)


def spun(quality: Scores, weigh: Weigh, draws: int, times: int, seed: int = 1) -> list[odds.Places]:
    """Places picked, so many times over."""
    weights = weigh(quality)
    return list(np.random.default_rng(seed).choice(len(quality), (times, draws), p=weights / weights.sum()))


@pytest.mark.parametrize("gamma", [0.5, 1, 4])
def test_the_chances_are_the_contracts(gamma: float) -> None:
    """As a roulette, written down by itself and spun, has it: a score that is missing counts as a half."""
    scores = [0.2, None, 0.9, 1.7, 0.0]
    chances = odds.promise(scores, gamma).chances
    slots = [(min(1, max(0, 0.5 if s is None else s)) + 1e-6) ** gamma for s in scores]
    rng, counts = np.random.default_rng(3), [0] * len(slots)
    for _ in range(20_000):
        left = rng.random() * sum(slots)
        place = 0
        while left >= slots[place]:
            left -= slots[place]
            place += 1
        counts[place] += 1
    assert np.array(counts) / 20_000 == pytest.approx(chances, abs=0.015)


def test_tenths_and_standing() -> None:
    """Tenths are equally large, whatever the scores; equals stand equally."""
    promised = odds.promise(spread(0.2).tolist(), 4)
    assert np.bincount(promised.tenths).tolist() == [300] * 10
    assert promised.even_by_tenth.tolist() == [0.1] * 10
    best, worst = promised.quality.argmax(), promised.quality.argmin()
    assert (promised.tenths[worst], promised.tenths[best]) == (0, 9)
    some = odds.promise([0.4, 0.1, 0.4, 0.9], 4)
    assert some.standing.tolist() == [0.5, 0.125, 0.5, 0.875]


@pytest.mark.parametrize("gamma", [1, 4])
@pytest.mark.parametrize("std", [0.1, 0.29])
def test_so_many_picks_are_enough(std: float, gamma: float) -> None:
    """With as many as are needed each error is a rarity; with a tenth of them it is not."""
    quality = spread(std)
    promised = odds.promise(quality.tolist(), gamma)
    needed = odds.draws_needed(promised)
    assert needed is not None

    def passes(weigh: Weigh, draws: int) -> float:
        both = zip(spun(quality, weigh, draws, TIMES), spun(quality, even, draws, TIMES, 2), strict=True)
        found = [(odds.gain(promised, one, other), odds.standing(promised, one)) for one, other in both]
        return float(np.mean([all(each.value > each.limit for each in both) for both in found]))

    assert passes(power(gamma), needed) == 1
    assert passes(even, needed) == 0
    assert passes(reversed_power, needed) == 0
    assert passes(power(gamma), max(10, needed // 10)) < 0.5


def test_how_many_a_narrow_pack_takes() -> None:
    """A std of 0.03, which the gate asks at least, is decided; the 0.0192 of the collapsed net is not."""
    wide, narrow = (
        odds.draws_needed(odds.promise(spread(std, 0.7746).tolist(), 4)) for std in (0.03, 0.0192)
    )
    assert wide is not None
    assert narrow is not None
    assert wide < DRAWS < narrow
    assert odds.draws_needed(odds.promise([0.7] * 30, 4)) is None
    assert odds.draws_needed(odds.promise([0.1, 0.9], 0)) is None


def test_picks_that_fit_and_picks_that_do_not() -> None:
    """The chance that is given is one: 1 right page in 10 falls below 0.1; no wrong one is let through."""
    quality = spread(0.2)
    promised = odds.promise(quality.tolist(), 4)
    right = [odds.misfit(promised, picks) for picks in spun(quality, power(4), 1000, TIMES)]
    assert np.mean([chance < 0.1 for chance in right]) == pytest.approx(0.1, abs=0.05)
    assert min(right) > odds.RISK
    for weigh in (even, reversed_power, power(1), power(3), power(5)):
        assert max(odds.misfit(promised, picks) for picks in spun(quality, weigh, 8000, 20)) < odds.RISK


def test_cells_too_rare_to_reckon_with_are_put_together() -> None:
    """One good pair among bad ones: nearly all picks in a tenth are no misfit."""
    quality = np.array([0.1] * 99 + [1.0])
    promised = odds.promise(quality.tolist(), 8)
    chances = [odds.misfit(promised, picks) for picks in spun(quality, power(8), 500, 50)]
    assert min(chances) > odds.RISK


@pytest.mark.parametrize(("trials", "rate"), [(24, 0.05), (24, 0.5), (3, 0.05), (24, 0.0), (24, 1.0)])
def test_how_many_misfortunes_are_chance(trials: int, rate: float) -> None:
    """One more than these come less than once in 1,000 times; one fewer would be too strict."""

    def above(number: int) -> float:
        ways = range(number + 1, trials + 1)
        return sum(math.comb(trials, n) * rate**n * (1 - rate) ** (trials - n) for n in ways)

    most = odds.most_by_chance(trials, rate)
    assert above(most) < 1e-3
    assert most == 0 or above(most - 1) >= 1e-3
