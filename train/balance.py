"""Which rows each batch holds: the mix asked for, exactly, drawn for a whole epoch at once. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.recipe import Recipe, TrainingError
from train.table import SOURCES

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Balance:
    """How batches are mixed; of each source, in the order of `SOURCES`."""

    rows: tuple[Rows, ...]
    counts: tuple[int, ...]
    """How many stand in each batch: first those of the first source, and so on."""
    steps: int
    """Batches an epoch: so many that as many rows are drawn as there are."""
    seed: int

    @property
    def batch(self) -> int:
        """Rows a batch."""
        return sum(self.counts)

    def epoch(self, epoch: int) -> Rows:
        """Draw the rows of one epoch, steps by batch; any epoch, any time, the same."""
        random = np.random.default_rng((self.seed, epoch))
        drawn = (
            _in_turns(rows, self.steps * count, random).reshape(self.steps, count)
            for rows, count in zip(self.rows, self.counts, strict=True)
        )
        return np.concatenate(list(drawn), axis=1)

    def words(self) -> list[str]:
        """Say what a batch holds, and which share went elsewhere."""
        sources = list(zip(SOURCES, self.counts, self.rows, strict=True))
        mix = ", ".join(f"{count} {name}" for name, count, _ in sources)
        seen = ", ".join(
            f"{name} {self.steps * count / len(rows):.1f}" for name, count, rows in sources if len(rows)
        )
        absent = [name for name, _, rows in sources if not len(rows)]
        return [
            f"a batch of {self.batch}: {mix}",
            f"an epoch of {self.steps} batches shows each row so often: {seen}",
            *(f"no {name} rows: the others take their share" for name in absent),
        ]


def balance(source: NDArray[np.int8], recipe: Recipe) -> Balance:
    """Mix as the recipe says; a source without rows leaves its share to the others."""
    if not len(source):
        raise TrainingError("There is no row to learn from.")
    rows = tuple(np.flatnonzero(source == place) for place in range(len(SOURCES)))
    present = [len(of_source) > 0 for of_source in rows]
    counts = _counts(recipe, present, len(source))
    if not sum(counts):
        raise TrainingError("The mix leaves every batch empty: only sources without rows have a share.")
    return Balance(rows=rows, counts=counts, steps=-(-len(source) // sum(counts)), seed=recipe.seed)


def share_out(total: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Split a whole number by shares; what rounding leaves goes to the largest remainders."""
    if not (whole := sum(shares)):
        return (0,) * len(shares)
    exact = [total * share / whole for share in shares]
    counts = [int(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return tuple(counts)


def _counts(recipe: Recipe, present: Sequence[bool], available: int) -> tuple[int, ...]:
    wanted = (recipe.elite_share, recipe.eval_share, recipe.neg_share)
    shares = [share * there for share, there in zip(wanted, present, strict=True)]
    if recipe.sampling == "mix":
        return share_out(min(recipe.batch_size, available), shares)
    elite, others = recipe.elite_first
    if not present[0] or not any(shares[1:]):
        return share_out(elite + others, [float(there) for there in present])
    return (elite, *share_out(others, shares[1:]))


def _in_turns(rows: Rows, needed: int, random: np.random.Generator) -> Rows:
    """Shuffle and deal until enough are dealt, so that no row comes twice more often than another."""
    if not needed:
        return rows[:0]
    decks = np.tile(rows, (-(-needed // len(rows)), 1))
    return random.permuted(decks, axis=1).ravel()[:needed]
