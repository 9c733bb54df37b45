"""What a page promises of its picks, and what picks prove about it: pure statistics.

newliveweb's weighted mode, and ours, picks a pair with a chance in proportion to (quality + 1e-6)^gamma; a
pair without a score counts as 0.5. Shuffle picks each as often as any other. Which of the two made some picks
is asked in three ways, and no page passes that fails one of them:

    gain        the mean quality of weighted picks less that of shuffle picks
    standing    the share of the pairs that a weighted pick stands above; half of it is chance
    misfit      how badly the tenths of the pairs fit the formula, by a chi-square

Each errs once in 10,000 times at the number of picks that `draws_needed` asks for, and more seldom with more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Places = NDArray[np.int64]

Law = Literal["power", "blend"]
"""power: (quality + 1e-6)^gamma. blend: 0.2 + 0.8 quality, times what only the page knows of the music."""

RISK = 1e-4
"""How often chance may look like the opposite of what is true."""
LEAST_DRAWS = 50
"""newliveweb's own comparison asks for as many; fewer are no matter for a normal distribution."""
TENTHS = 10

_SIGMAS = NormalDist().inv_cdf(1 - RISK)
_UNKNOWN = 0.5
_NEVER_NOTHING = 1e-6
_FEWEST_EXPECTED = 10
"""In a cell of the chi-square."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Promise:
    """How often a page that is right picks which pair."""

    quality: Values
    """By place in the pack."""
    chances: Values
    """Of one weighted pick; they add up to 1."""

    @property
    def tenths(self) -> Places:
        """The tenth of the pairs, the lowest first, that each pair belongs to."""
        tenths = np.empty(len(self.quality), np.int64)
        tenths[np.argsort(self.quality, kind="stable")] = np.arange(len(tenths)) * TENTHS // len(tenths)
        return tenths

    @property
    def standing(self) -> Values:
        """The share of the pairs that each pair stands above, its equals counted half."""
        ordered = np.sort(self.quality)
        sides = [np.searchsorted(ordered, self.quality, side=side) for side in ("left", "right")]
        return np.mean(sides, axis=0) / len(ordered)

    @property
    def by_tenth(self) -> Values:
        """The chance of each tenth."""
        return np.bincount(self.tenths, weights=self.chances, minlength=TENTHS).astype(np.float64)

    @property
    def even_by_tenth(self) -> Values:
        """The chance of each tenth where every pair has the same."""
        return np.bincount(self.tenths, minlength=TENTHS) / len(self.quality)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure of picks, and the value that chance passes once in 10,000 times."""

    value: float
    limit: float


def promise(scores: Sequence[float | None], gamma: float, law: Law = "power") -> Promise:
    """Reckon as the page does."""
    known = np.array([_UNKNOWN if score is None else score for score in scores], np.float64).clip(0, 1)
    weights = (known + _NEVER_NOTHING) ** gamma if law == "power" else 0.2 + 0.8 * known
    return Promise(quality=known, chances=weights / weights.sum())


def draws_needed(promised: Promise) -> int | None:
    """Tell how many picks of each mode tell the two apart 9,999 times in 10,000; None: nothing differs."""
    gain = _needed(promised.quality, promised.chances, modes=2)
    standing = _needed(promised.standing, promised.chances, modes=1)
    if gain is None or standing is None:
        return None
    return max(LEAST_DRAWS, math.ceil(gain), math.ceil(standing))


def _needed(values: Values, chances: Values, *, modes: int) -> float | None:
    """Let the promised difference be as large as both risks together."""
    difference = float(chances @ values - values.mean())
    if difference < 1e-9:  # noqa: PLR2004 - what rounding leaves of nothing
        return None
    even = float(values.var())
    uneven = float(chances @ (values - chances @ values) ** 2)
    spread = math.sqrt(modes * even) + math.sqrt(uneven + (modes - 1) * even)
    return (_SIGMAS * spread / difference) ** 2


def gain(promised: Promise, weighted: Places, shuffled: Places) -> Measure:
    """Hold the mean quality of weighted picks against that of shuffle picks."""
    means = [float(promised.quality[picks].mean()) for picks in (weighted, shuffled)]
    error = float(promised.quality.std()) * math.sqrt(1 / len(weighted) + 1 / len(shuffled))
    return Measure(value=means[0] - means[1], limit=_SIGMAS * error)


def standing(promised: Promise, weighted: Places) -> Measure:
    """Tell how far from the middle weighted picks stand: above zero if better pairs are picked more often.

    Its sign is that of the rank correlation between a pair's quality and how often it is picked.
    """
    stands = promised.standing
    error = float(stands.std()) / math.sqrt(len(weighted))
    return Measure(value=float(stands[weighted].mean()) - 0.5, limit=_SIGMAS * error)


def misfit(promised: Promise, weighted: Places) -> float:
    """Give the chance that picks by the formula fit it as badly as these, or worse."""
    counts = np.bincount(promised.tenths[weighted], minlength=TENTHS)
    expected = len(weighted) * promised.by_tenth
    found, due = _merged(counts, expected)
    if len(due) < 2:  # noqa: PLR2004 - one cell fits always
        return 1.0
    import scipy.special  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs] - half a second to load

    special: Any = scipy.special
    squares = float(((found - due) ** 2 / due).sum())
    return float(special.chdtrc(len(due) - 1, squares))


def _merged(counts: NDArray[np.int64], expected: Values) -> tuple[Values, Values]:
    """Put neighbouring tenths together until each has picks enough to expect, the rarest first."""
    found, due = [0.0], [0.0]
    for count, share in zip(counts, expected, strict=True):
        if due[-1] >= _FEWEST_EXPECTED:
            found.append(0.0)
            due.append(0.0)
        found[-1] += float(count)
        due[-1] += float(share)
    if len(due) > 1 and due[-1] < _FEWEST_EXPECTED:
        found[-2:] = [sum(found[-2:])]
        due[-2:] = [sum(due[-2:])]
    return np.array(found), np.array(due)


def most_by_chance(trials: int, rate: float) -> int:
    """Give the number of misfortunes that chance passes once in 1,000 times at most."""
    left = 1.0
    for number in range(trials + 1):
        left -= math.comb(trials, number) * rate**number * (1 - rate) ** (trials - number)
        if left < 1e-3:  # noqa: PLR2004 - said above
            return number
    return trials
