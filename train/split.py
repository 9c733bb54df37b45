"""Which part a labelled pair belongs to, so that no file stands in two: pure.

Pairs that share a file, at however many removes, are one web, and a web goes to one part whole. A web with
more pairs than the training part may have is dealt out file by file; those of its pairs whose files fall
apart belong to no part.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
NOWHERE = -1


class Labelled(NamedTuple):
    """What the split needs to know of one labelled pair."""

    fg: str
    bg: str
    stratum: str
    """Each part gets its share of every stratum."""


class Split(NamedTuple):
    """Where each pair belongs."""

    part: NDArray[np.int8]
    """A place in `PARTS`, or `NOWHERE`."""
    webs: int
    largest: int
    """Pairs in the largest web."""

    @property
    def kept(self) -> int:
        """How many pairs are in any part."""
        return int(np.count_nonzero(self.part != NOWHERE))


def split(pairs: Sequence[Labelled], shares: Sequence[float], *, seed: int) -> Split:
    """Deal pairs out, each part as much as its share; the order of the pairs changes nothing."""
    webs = _webs(pairs)
    part = np.full(len(pairs), NOWHERE, np.int8)
    given = [0.0] * len(shares)
    order = sorted(webs, key=lambda web: _place(pairs, web, seed))
    for web in order:
        if len(web) > shares[0] * len(pairs) and len(web) > 1:
            dealt = [_dealt(pairs[row], shares, seed) for row in web]
            part[web] = dealt
            for to, share in enumerate(shares):
                given[to] += share * len(web)
            continue
        dealt_out = sum(given) + len(web)
        to = max(range(len(shares)), key=lambda at: shares[at] * dealt_out - given[at])
        part[web] = to
        given[to] += len(web)
    return Split(part, len(webs), max(map(len, webs), default=0))


def _webs(pairs: Sequence[Labelled]) -> list[list[int]]:
    """Find which pairs hang together."""
    leader: dict[str, str] = {}

    def lead(file: str) -> str:
        while (above := leader.setdefault(file, file)) != file:
            leader[file] = leader[above]
            file = above
        return file

    for pair in pairs:
        leader[lead(pair.fg)] = lead(pair.bg)
    webs: defaultdict[str, list[int]] = defaultdict(list)
    for row, pair in enumerate(pairs):
        webs[lead(pair.fg)].append(row)
    return list(webs.values())


def _place(pairs: Sequence[Labelled], web: Sequence[int], seed: int) -> tuple[str, float, str]:
    """Order webs by their stratum, and within it by chance."""
    first = min(min(pairs[row].fg, pairs[row].bg) for row in web)
    return min(pairs[row].stratum for row in web), _chance(first, seed), first


def _dealt(pair: Labelled, shares: Sequence[float], seed: int) -> int:
    ends = np.cumsum(shares)
    one, other = (
        int(np.searchsorted(ends[:-1], _chance(file, seed), "right")) for file in (pair.fg, pair.bg)
    )
    return one if one == other else NOWHERE


def _chance(file: str, seed: int) -> float:
    """Draw from 0 to 1, the same for the same file and seed."""
    drawn = blake2b(file.encode(), digest_size=7, key=str(seed).encode()).digest()
    return int.from_bytes(drawn) / (1 << 56)
