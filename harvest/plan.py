"""Which pairs to visit next, in order. Resuming is planning: same packs, walk and history, same visits.

Nothing is remembered between plans: after a failed visit make a new one, as a resumed run would.

    pass         one visit to each chosen pair of every pack; a second pass waits for the first of all packs
    shuffle      by a hash of seed, pack, pass and pair: nothing else that is planned moves a pair, and what
                 is left keeps its order when pairs before it are done or held back
    failure      the pair goes to the end of its pack's pass; after so many in a row it is given up
    target       the first pass ends once so many pairs have a sample; later passes visit those pairs again
    interleaved  packs advance by the same share of what each has to show, so that they end together
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from hashlib import blake2b

from harvest.history import History
from harvest.records import Fault, Visit


@dataclass(frozen=True, kw_only=True)
class PackPairs:
    """The pairs of one pack, by number."""

    name: str
    allowed: AbstractSet[int]
    quarantined: AbstractSet[int] = frozenset()

    @cached_property
    def every(self) -> AbstractSet[int]:
        """All pairs of the pack, those in quarantine too."""
        return self.allowed | self.quarantined


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """How packs are to be gone through."""

    seed: int
    repeats: int = 1
    target_coverage: float = 1.0
    max_pairs: int | None = None
    """The most pairs to have a sample, all packs together; those that have one already are among them."""
    interleaved: bool = False
    tries: int = 5
    """How many visits in a row may fail before a pair is given up; faults of others come in rows, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How much of a pack has been seen."""

    covered: int
    pairs: int
    """All pairs of the pack, those in quarantine too."""
    quarantined: int

    @property
    def share(self) -> float:
        """The part that is covered, from 0 to 1; a pack without pairs is covered."""
        return self.covered / self.pairs if self.pairs else 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leg:
    """What is left of one pass over one pack."""

    pack: str
    done: int
    left: Sequence[int]


def plan(packs: Iterable[PackPairs], history: History, walk: Walk) -> list[Visit]:
    """List the visits due; a pack that is named twice is visited once."""
    once = {pack.name: pack for pack in packs}
    chosen = {name: set(_done(pack, history, 0)) for name, pack in once.items()}
    first = _merge([_first_leg(pack, history, walk) for pack in once.values()], walk)
    if walk.max_pairs is not None:
        first = first[: max(0, walk.max_pairs - sum(map(len, chosen.values())))]
    for name, pair in first:
        chosen[name].add(pair)
    later = [
        _merge([_leg(pack, history, walk, repeat, chosen[pack.name]) for pack in once.values()], walk)
        for repeat in range(1, walk.repeats)
    ]
    stops = [(repeat, *stop) for repeat, stops in enumerate((first, *later)) for stop in stops]
    return [
        Visit(pack=name, pair=pair, repeat=repeat, order=order)
        for order, (repeat, name, pair) in enumerate(stops)
    ]


def due(pack: PackPairs, history: History, walk: Walk) -> int:
    """Count the visits that a pack's coverage still needs to reach its target, or what can be reached."""
    return len(_first_leg(pack, history, walk).left)


def coverage(pack: PackPairs, history: History) -> Coverage:
    """Tell how much of a pack has been seen."""
    covered = len(_done(pack, history, 0))
    return Coverage(covered=covered, pairs=len(pack.every), quarantined=len(pack.quarantined))


def given_up(pack: PackPairs, history: History, walk: Walk) -> dict[int, Fault]:
    """By pair that is no longer visited: how it failed the last time."""
    failures = history.failures(pack.name).items()
    return {pair: faults[-1] for pair, faults in failures if len(faults) >= walk.tries}


def target_pairs(pack: PackPairs, target_coverage: float) -> int:
    """Round up as people reckon: 7 % of 100 pairs are 7, though a float makes them a little more."""
    return math.ceil(Fraction(str(target_coverage)) * len(pack.every))


def _first_leg(pack: PackPairs, history: History, walk: Walk) -> _Leg:
    leg = _leg(pack, history, walk, 0, pack.allowed)
    wanted = max(0, target_pairs(pack, walk.target_coverage) - leg.done)
    return replace(leg, left=leg.left[:wanted])


def _leg(pack: PackPairs, history: History, walk: Walk, repeat: int, chosen: AbstractSet[int]) -> _Leg:
    done = _done(pack, history, repeat)
    left = (chosen & pack.allowed) - done - given_up(pack, history, walk).keys()
    earlier = [_done(pack, history, before) for before in range(repeat)]
    failed = [
        pair
        for pair in history.failures(pack.name)
        if pair in left and all(pair in before for before in earlier)
    ]
    shuffled = sorted(left - set(failed), key=lambda pair: _lot(walk.seed, pack.name, repeat, pair))
    return _Leg(pack=pack.name, done=len(done), left=[*shuffled, *failed])


def _done(pack: PackPairs, history: History, repeat: int) -> AbstractSet[int]:
    """The pairs that need no visit in a pass; the first is there to cover, so any sample will do."""
    return pack.every & (history.sampled(pack.name, repeat) if repeat else history.covered(pack.name))


def _lot(seed: int, pack: str, repeat: int, pair: int) -> tuple[bytes, int]:
    return blake2b(f"{seed} {repeat} {pair} {pack}".encode(), digest_size=8).digest(), pair


def _merge(legs: Iterable[_Leg], walk: Walk) -> list[tuple[str, int]]:
    stops = [stop for leg in legs for stop in _stops(leg)]
    if walk.interleaved:
        stops.sort(key=lambda stop: stop[:2])
    return [(pack, pair) for _, pack, pair in stops]


def _stops(leg: _Leg) -> Iterator[tuple[float, str, int]]:
    """Give every visit its moment between the beginning of the pass, 0, and its end, 1."""
    visits = leg.done + len(leg.left)
    for place, pair in enumerate(leg.left, leg.done):
        yield (place + 0.5) / visits, leg.pack, pair
