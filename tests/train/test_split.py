"""The split: no file stands in two parts, each part has its share of every stratum, order changes nothing."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from train.split import NOWHERE, PARTS, Labelled, split

SHARES = (0.7, 0.15, 0.15)


def files_of(pairs: Sequence[Labelled], part: Sequence[int], which: int) -> set[str]:
    """The files of one part."""
    return {file for pair, at in zip(pairs, part, strict=True) if at == which for file in pair[:2]}


def chains(count: int, length: int) -> list[Labelled]:
    """Webs of so many pairs, each pair sharing a file with the next."""
    return [
        Labelled(f"{web} {at}", f"{web} {at + 1}", "good" if web % 5 else "bad")
        for web in range(count)
        for at in range(length)
    ]


@pytest.mark.parametrize(
    "pairs", [chains(200, 1), chains(80, 3), chains(1, 300), chains(1, 300) + chains(40, 2)]
)
def test_no_file_stands_in_two_parts(pairs: list[Labelled]) -> None:
    """However the pairs hang together, and even where one web holds them all."""
    found = split(pairs, SHARES, seed=1)
    files = [files_of(pairs, found.part.tolist(), at) for at in range(len(PARTS))]
    assert all(files)
    assert sum(map(len, files)) == len(files[0] | files[1] | files[2])


def test_each_part_has_its_share_of_every_stratum() -> None:
    """Shares are met within one web of pairs, also in the small stratum."""
    pairs = chains(400, 1)
    found = split(pairs, SHARES, seed=1)
    for stratum in ("good", "bad"):
        own = Counter(
            at for pair, at in zip(pairs, found.part.tolist(), strict=True) if pair.stratum == stratum
        )
        size = sum(own.values())
        assert [own[at] for at in range(3)] == pytest.approx([share * size for share in SHARES], abs=2)


def test_order_changes_nothing_and_the_seed_does() -> None:
    """Pairs find their part whatever stands before them."""
    pairs = chains(100, 2)
    order: list[int] = np.random.default_rng(0).permutation(len(pairs)).tolist()
    found = split(pairs, SHARES, seed=1)
    assert (split([pairs[at] for at in order], SHARES, seed=1).part == found.part[order]).all()
    assert (split(pairs, SHARES, seed=2).part != found.part).any()


def test_only_a_web_too_large_loses_pairs() -> None:
    """A giant is dealt out by files, and says how many pairs that costs; small webs stay whole."""
    giant, small = chains(1, 300), [Labelled(f"a{at}", f"b{at}", "good") for at in range(60)]
    found = split(giant + small, SHARES, seed=1)
    assert found.largest == 300
    assert 0 < np.count_nonzero(found.part[:300] == NOWHERE) < 250
    assert (found.part[300:] != NOWHERE).all()
    assert found.kept == np.count_nonzero(found.part != NOWHERE)
    assert (split(chains(100, 3), SHARES, seed=1).part != NOWHERE).all()
