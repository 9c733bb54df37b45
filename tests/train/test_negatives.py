"""Negatives: never a true pair, never too near, as many as asked for, and hard ones near to the truth."""

from collections.abc import Sequence

import numpy as np
import pytest

from train.negatives import Negatives, NegativesError, TruePairs, Wish, mismatch


def pairs(*rows: tuple[int, int, int, int]) -> TruePairs:
    """Make true pairs from rows of fg, bg, pack, number."""
    fg, bg, pack, number = np.array(rows, np.int64).reshape(-1, 4).T
    return TruePairs(fg=fg, bg=bg, pack=pack, number=number)


def one_pack(count: int) -> TruePairs:
    """Pairs of one pack, each of files of its own."""
    return pairs(*((2 * at, 2 * at + 1, 0, at) for at in range(count)))


def looks(files: int, *, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Looks that lie in a plane, so that some are near."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((files, 2)) @ rng.standard_normal((2, 399))).astype(np.float32)


def keys(found: Negatives) -> list[tuple[int, int]]:
    """The files of each."""
    return list(zip(found.fg.tolist(), found.bg.tolist(), strict=True))


@pytest.mark.parametrize("distance", [1, 7, 50])
def test_they_are_far_apart_and_never_true(distance: int) -> None:
    """Numbers differ by at least the distance asked for; no two are the same; there are as many as asked."""
    true = one_pack(120)
    found = mismatch(true, true, looks(240), Wish(count=2_000, min_pair_distance=distance, seed=3))
    assert len(set(keys(found))) == 2_000
    assert all(abs(fg // 2 - bg // 2) >= distance for fg, bg in keys(found))
    assert set(found.fg) <= set(true.fg)
    assert set(found.bg) <= set(true.bg)
    assert np.count_nonzero(found.is_hard) == 1_000


def test_true_pairs_are_known_by_their_files() -> None:
    """A pair that is true elsewhere, under whatever number, is no negative; nor is a file with itself."""
    pool = pairs((0, 1, 0, 0), (2, 3, 0, 100), (4, 0, 0, 200))
    known = pairs((0, 1, 0, 0), (2, 3, 0, 100), (4, 0, 0, 200), (0, 3, 1, 999), (2, 1, 2, 5))
    found = mismatch(pool, known, looks(5), Wish(count=3, min_pair_distance=50))
    assert keys(found) == [(2, 0), (4, 1), (4, 3)]


def test_every_number_of_a_file_counts() -> None:
    """A file in several pairs is as near as its nearest; numbers of different packs are never near."""
    known = pairs((0, 1, 0, 0), (2, 3, 0, 100), (0, 5, 0, 99), (6, 7, 1, 0))
    pool = pairs((0, 1, 0, 0), (2, 3, 0, 100), (6, 7, 1, 0))
    with pytest.raises(NegativesError, match="5 combinations") as error:
        mismatch(pool, known, looks(8), Wish(count=6, min_pair_distance=50))
    assert error.value.possible == 5
    assert (0, 3) not in keys(mismatch(pool, known, looks(8), Wish(count=5, min_pair_distance=50)))


def test_all_that_are_possible_can_be_had() -> None:
    """The last one is found as well, whatever share shall be hard."""
    true = one_pack(40)
    possible = sum(abs(fg - bg) >= 10 for fg in range(40) for bg in range(40))
    for share in (0.0, 0.5, 1.0):
        wish = Wish(count=possible, min_pair_distance=10, hard_share=share)
        assert len(set(keys(mismatch(true, true, looks(80), wish)))) == possible
    with pytest.raises(NegativesError, match=f"{possible} combinations"):
        mismatch(true, true, looks(80), Wish(count=possible + 1, min_pair_distance=10))


def test_hard_ones_look_like_the_truth() -> None:
    """Backgrounds of hard negatives lie far nearer to the true one's look than random ones."""
    true, points = one_pack(300), looks(600)
    found = mismatch(true, true, points, Wish(count=4_000, min_pair_distance=2))
    apart = np.linalg.norm(points[found.bg] - points[found.fg + 1], axis=1)
    assert np.median(apart[found.is_hard]) < 0.5 * np.median(apart[~found.is_hard])


def test_the_same_seed_draws_the_same() -> None:
    """In whatever order the pairs are given; another seed draws others."""
    true, points = one_pack(100), looks(200)
    order: Sequence[int] = np.random.default_rng(0).permutation(100).tolist()
    shuffled = pairs(*((2 * at, 2 * at + 1, 0, at) for at in order))
    drawn = [
        keys(mismatch(rows, known, points, Wish(count=500, seed=seed)))
        for rows, known, seed in ((true, true, 1), (true, shuffled, 1), (true, true, 2))
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_none_are_wanted() -> None:
    """No negatives are no error, even where there is nothing to make them from."""
    assert not keys(mismatch(one_pack(3), one_pack(3), looks(6), Wish(count=0)))
