"""The plan: each pair once a pass, in the same order however often a night is interrupted."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_lines import SHOWN, sample

from harvest.history import NOT_THE_PAIRS_DOING, History, recall
from harvest.plan import Coverage, PackPairs, Walk, coverage, due, given_up, plan, target_pairs
from harvest.records import Fault, FaultName, JournalLine, OnScreen, Sample, Shown, Visit

OTHER = Shown(fg_url="/other.milk", bg_url="/bg.milk")


def owners_row(pack: str, pair: int, luma: float | None = 0.2) -> Sample:
    """A row as the owner's sampler writes it."""
    return sample(pack, pair).model_copy(update={"evidence": None, "viz_avg_luma": luma})


def fault(pack: str | None, pair: int | None, name: FaultName = "page-stuck") -> Fault:
    """A visit that failed."""
    return Fault(kind="fault", name=name, t_ms=0, run="r", pack=pack, pair=pair, evidence="seen")


def remember(lines: Iterable[JournalLine] = (), *, seed: int = 1, everyone: bool = False) -> History:
    """What a journal of these lines holds for a stepped run."""
    return recall(lines, seed=seed, adapter="stepped", everyone=everyone)


def pack_of(name: str, pairs: int, quarantined: int = 0) -> PackPairs:
    """A pack whose pairs are numbered from 0, the last of them in quarantine."""
    allowed = range(pairs - quarantined)
    return PackPairs(
        name=name, allowed=frozenset(allowed), quarantined=frozenset(range(pairs - quarantined, pairs))
    )


def stops(visits: Iterable[Visit]) -> list[tuple[str, int, int]]:
    """Where the visits lead, without their numbering."""
    return [(visit.pack, visit.pair, visit.repeat) for visit in visits]


def done(visits: Iterable[Visit]) -> list[JournalLine]:
    """The samples of visits that went well."""
    return [sample(visit.pack, visit.pair, visit.repeat) for visit in visits]


def night(
    packs: Sequence[PackPairs], walk: Walk, fails: Callable[[Visit], bool], *, replan_always: bool
) -> list[JournalLine]:
    """Visit until nothing is due; plan anew after each visit, or only where one has failed."""
    journal: list[JournalLine] = []
    while visits := plan(packs, remember(journal), walk):
        for visit in visits:
            failed = fails(visit)
            journal += [fault(visit.pack, visit.pair)] if failed else done([visit])
            assert len(journal) <= 900  # 4 packs, 25 pairs, 3 passes, 3 tries
            if failed or replan_always:
                break
    return journal


NUMBERS = st.frozensets(st.integers(0, 400), max_size=25)
PACKS = st.dictionaries(st.sampled_from(["a", "b", "a b", "c"]), st.tuples(NUMBERS, NUMBERS), max_size=4).map(
    lambda packs: [
        PackPairs(name=name, allowed=pairs, quarantined=held - pairs) for name, (pairs, held) in packs.items()
    ]
)
WALKS = st.builds(
    Walk,
    seed=st.integers(0, 3),
    repeats=st.integers(1, 3),
    target_coverage=st.sampled_from([0, 0.07, 0.5, 0.9, 0.99, 1.0]),
    max_pairs=st.none() | st.integers(0, 60),
    interleaved=st.booleans(),
    tries=st.integers(1, 3),
)


# Once each, whatever is cut off


@given(packs=PACKS, walk=WALKS, cut=st.floats(0, 1))
def test_resuming_goes_on_where_it_stopped(packs: list[PackPairs], walk: Walk, cut: float) -> None:
    """After any part of a plan the rest of it is due, in the same order, numbered from 0."""
    whole = plan(packs, remember(), walk)
    at = round(cut * len(whole))
    rest = plan(packs, remember(done(whole[:at])), walk)
    assert stops(rest) == stops(whole[at:])
    assert [visit.order for visit in rest] == list(range(len(rest)))


@given(packs=PACKS, seed=st.integers(), repeats=st.integers(1, 3), interleaved=st.booleans())
def test_each_allowed_pair_is_visited_once_a_pass(
    packs: list[PackPairs],
    seed: int,
    repeats: int,
    interleaved: bool,  # noqa: FBT001
) -> None:
    """Nothing is left out, nothing comes twice, and no pass begins before the one before has ended."""
    visits = plan(packs, remember(), Walk(seed=seed, repeats=repeats, interleaved=interleaved))
    every = [
        (pack.name, pair, repeat) for repeat in range(repeats) for pack in packs for pair in pack.allowed
    ]
    assert sorted(stops(visits)) == sorted(every)
    assert [visit.repeat for visit in visits] == sorted(visit.repeat for visit in visits)


@given(packs=PACKS, walk=WALKS, failures=st.integers(0, 10), dice=st.randoms(use_true_random=False))
def test_a_night_of_failures_is_the_same_however_often_it_is_resumed(
    packs: list[PackPairs], walk: Walk, failures: int, dice: random.Random
) -> None:
    """Planning after each visit, as a resumed run does, or only after failures: the same journal."""
    threshold, salt = failures / 10, dice.random()

    def unlucky() -> Callable[[Visit], bool]:
        tries: Counter[tuple[str, int, int]] = Counter()

        def fails(visit: Visit) -> bool:
            key = (visit.pack, visit.pair, visit.repeat)
            tries[key] += 1
            return random.Random(f"{salt} {key} {tries[key]}").random() < threshold  # noqa: S311 - no secret

        return fails

    steady = night(packs, walk, unlucky(), replan_always=False)
    assert steady == night(packs, walk, unlucky(), replan_always=True)
    seen = Counter(
        (line.pack, line.pair, line.evidence.repeat)
        for line in steady
        if isinstance(line, Sample) and line.evidence
    )
    assert set(seen.values()) <= {1}


# The order


@given(packs=PACKS, walk=WALKS, dice=st.randoms(use_true_random=False))
def test_nothing_else_that_is_planned_moves_a_pair(
    packs: list[PackPairs], walk: Walk, dice: random.Random
) -> None:
    """A pack's pairs keep their order in whatever order they are listed, and beside whatever other packs."""
    walk = Walk(seed=walk.seed, repeats=walk.repeats, interleaved=walk.interleaved)
    together = stops(plan(packs, remember(), walk))
    for pack in packs:
        pairs = dice.sample(sorted(pack.allowed), len(pack.allowed))
        relisted = PackPairs(name=pack.name, allowed=dict.fromkeys(pairs).keys())
        alone = stops(plan([relisted], remember(), walk))
        assert alone == [stop for stop in together if stop[0] == pack.name]


@given(pairs=NUMBERS, held=NUMBERS)
def test_what_is_held_back_moves_no_other(pairs: frozenset[int], held: frozenset[int]) -> None:
    """With some pairs in quarantine the others keep their order."""
    walk = Walk(seed=1)
    before = stops(plan([PackPairs(name="a", allowed=pairs)], remember(), walk))
    after = stops(plan([PackPairs(name="a", allowed=pairs - held, quarantined=held)], remember(), walk))
    assert after == [stop for stop in before if stop[1] not in held]


def test_the_order_is_the_same_on_every_machine() -> None:
    """Seed, pack and pass alone decide; these were written down once."""
    visits = plan([pack_of("a", 5)], remember(), Walk(seed=1, repeats=2))
    assert [visit.pair for visit in visits] == [4, 0, 2, 1, 3, 2, 4, 1, 3, 0]


def test_seed_pack_and_pass_each_shuffle_anew() -> None:
    """Eight shuffles of 100 pairs agree in few places, with each other and with the order of the numbers."""
    packs = [pack_of("a", 100), pack_of("b", 100)]
    shuffles = [list(range(100))]
    for seed in (1, 2):
        visits = plan(packs, remember(), Walk(seed=seed, repeats=2))
        pairs = [visit.pair for visit in visits]
        shuffles += [pairs[at : at + 100] for at in range(0, 400, 100)]
    for one, other in itertools.combinations(shuffles, 2):
        assert sum(map(int.__eq__, one, other)) < 10


def test_every_place_is_as_likely_as_any() -> None:
    """Over 2,000 seeds each of five pairs comes first about 400 times: within five standard deviations."""
    pack = pack_of("a", 5)
    firsts = Counter(plan([pack], remember(), Walk(seed=seed))[0].pair for seed in range(2000))
    assert all(abs(firsts[pair] - 400) < 5 * (2000 * 0.2 * 0.8) ** 0.5 for pair in range(5))


def test_packs_come_in_turn_as_they_were_named() -> None:
    """Without interleaving a pack ends before the next begins; one named twice is visited once."""
    packs = [pack_of("b", 3), pack_of("a", 2), pack_of("b", 3)]
    visits = plan(packs, remember(), Walk(seed=1, repeats=2))
    assert [visit.pack for visit in visits] == [*"bbbaa", *"bbbaa"]


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=4), seed=st.integers(0, 5))
def test_interleaved_packs_advance_together(sizes: list[int], seed: int) -> None:
    """At any moment the shares that packs have got through differ by no more than half a visit to each."""
    packs = [pack_of(f"p{number}", size) for number, size in enumerate(sizes)]
    got = Counter({pack.name: 0 for pack in packs})
    for visit in plan(packs, remember(), Walk(seed=seed, interleaved=True)):
        got[visit.pack] += 1
        for one, other in itertools.combinations(packs, 2):
            m, n = len(one.allowed), len(other.allowed)
            assert abs(got[one.name] * n - got[other.name] * m) * 2 <= m + n


# Coverage


@given(packs=PACKS, walk=WALKS)
def test_the_target_is_reached_exactly(packs: list[PackPairs], walk: Walk) -> None:
    """As many visits as are due bring each pack to its target, or to all it may show; then none is due."""
    walk = Walk(seed=walk.seed, repeats=walk.repeats, target_coverage=walk.target_coverage)
    journal = done(plan(packs, remember(), walk))
    for pack in packs:
        needed = due(pack, remember(), walk)
        reached = coverage(pack, remember(journal))
        assert reached.covered == needed == min(target_pairs(pack, walk.target_coverage), len(pack.allowed))
        assert due(pack, remember(journal), walk) == 0
        shown = {line.pair for line in journal if line.pack == pack.name}
        assert len(shown) == needed


@given(packs=PACKS, walk=WALKS)
def test_no_more_pairs_are_chosen_than_allowed(packs: list[PackPairs], walk: Walk) -> None:
    """`max_pairs` bounds the pairs of all packs together, in every pass alike, and cuts the plan's end."""
    free = Walk(seed=walk.seed, interleaved=walk.interleaved)
    bounded = Walk(seed=walk.seed, interleaved=walk.interleaved, max_pairs=walk.max_pairs, repeats=2)
    first, second = (
        [stop[:2] for stop in stops(plan(packs, remember(), bounded)) if stop[2] == r] for r in (0, 1)
    )
    assert first == [stop[:2] for stop in stops(plan(packs, remember(), free))][: walk.max_pairs]
    assert sorted(second) == sorted(first)


def test_coverage_says_how_many_are_held_back() -> None:
    """Pairs in quarantine count as pairs; strangers to the pack, and repeated samples, count for nothing."""
    lines = [sample("a", 0), sample("a", 0, repeat=1), sample("a", 9), sample("a", 99), sample("b", 1)]
    seen = coverage(pack_of("a", 10, quarantined=4), remember(lines))
    assert (seen, seen.share) == (Coverage(covered=2, pairs=10, quarantined=4), 0.2)
    assert coverage(pack_of("empty", 0), remember()).share == 1.0


def test_a_target_that_quarantine_puts_out_of_reach_ends_at_what_can_be_shown() -> None:
    """Of 100 pairs with 5 held back 95 are due for 99 %."""
    pack, walk = pack_of("a", 100, quarantined=5), Walk(seed=1, target_coverage=0.99)
    assert due(pack, remember(), walk) == 95


@pytest.mark.parametrize(
    ("share", "pairs", "target"),
    [(0.99, 3000, 2970), (0.99, 500, 495), (0.99, 31, 31), (0.07, 100, 7), (1e-5, 10, 1), (0.0, 10, 0)],
)
def test_the_target_is_rounded_up_without_the_errors_of_floats(share: float, pairs: int, target: int) -> None:
    """The owner's three targets, and shares that a float makes a little more than they are."""
    assert target_pairs(pack_of("a", pairs), share) == target


# What counts


@pytest.mark.parametrize(
    ("line", "ours", "everyone"),
    [
        (sample("a", 0), True, True),
        (sample("a", 0, seed=2), False, True),
        (sample("a", 0, adapter="realtime"), False, True),
        (owners_row("a", 0), False, True),
        (owners_row("a", 0, luma=None), False, False),
        (sample("a", 0, on_screen=OnScreen(before=SHOWN, after=OTHER)), False, False),
        (sample("a", None), False, False),
        (sample("b", 0), False, False),
    ],
)
def test_a_sample_counts_where_it_is_valid_and_asked_for(line: Sample, ours: bool, everyone: bool) -> None:  # noqa: FBT001
    """Other seeds, other adapters and the owner's rows only if asked; what proves nothing never."""
    pack, walk = pack_of("a", 1), Walk(seed=1)
    for asked, counts in ((False, ours), (True, everyone)):
        history = remember([line], everyone=asked)
        assert coverage(pack, history).covered == counts
        assert due(pack, history, walk) == len(plan([pack], history, walk)) == 1 - counts


# Failures


def test_a_pair_that_failed_goes_to_the_end_of_its_packs_pass() -> None:
    """Behind the rest of this pass, before the next pack and the next pass, whose order stays."""
    packs, walk = [pack_of("a", 6), pack_of("b", 2)], Walk(seed=1, repeats=2)
    whole = stops(plan(packs, remember(), walk))
    for failed in whole[:6]:
        rest = [stop for stop in whole[:6] if stop != failed]
        assert stops(plan(packs, remember([fault("a", failed[1])]), walk)) == [*rest, failed, *whole[6:]]


def test_pairs_that_failed_wait_for_each_other() -> None:
    """Whose last failure is oldest comes first."""
    faults = [fault("a", 2), fault("a", 0), fault("a", 2)]
    visits = plan([pack_of("a", 5)], remember(faults), Walk(seed=1))
    assert [visit.pair for visit in visits][-2:] == [0, 2]


@pytest.mark.parametrize(("target_coverage", "left"), [(1.0, 9), (0.5, 5)])
def test_after_so_many_failures_in_a_row_a_pair_is_given_up(target_coverage: float, left: int) -> None:
    """Its last fault is the reason, another takes its place where there is one, no pass visits it again."""
    pack, walk = pack_of("a", 10), Walk(seed=1, repeats=2, target_coverage=target_coverage, tries=2)
    failed = plan([pack], remember(), walk)[0].pair
    faults = [fault("a", failed), fault("a", failed, "preset-abort")]
    history = remember(faults)
    assert given_up(pack, remember(faults[:1]), walk) == {}
    assert given_up(pack, history, walk) == {failed: faults[1]}
    visits = plan([pack], history, walk)
    assert failed not in {visit.pair for visit in visits}
    assert (due(pack, history, walk), len(visits)) == (left, 2 * left)


def test_a_pair_held_back_later_is_not_visited_again() -> None:
    """Its sample still counts, but no later pass goes there."""
    pack = PackPairs(name="a", allowed={1, 2}, quarantined={0})
    history = remember([sample("a", 0)])
    assert coverage(pack, history).covered == 1
    assert 0 not in {visit.pair for visit in plan([pack], history, Walk(seed=1, repeats=3))}


def test_a_sample_between_failures_wipes_the_slate_clean() -> None:
    """Only failures in a row count."""
    pack, walk = pack_of("a", 3), Walk(seed=1, repeats=2, tries=2)
    history = remember([fault("a", 0), sample("a", 0), fault("a", 0)])
    assert given_up(pack, history, walk) == {}
    visits = [visit.pair for visit in plan([pack], history, walk) if visit.repeat == 1]
    assert visits[-1] == 0


@pytest.mark.parametrize("name", sorted(NOT_THE_PAIRS_DOING))
def test_what_is_not_the_pairs_doing_is_no_failed_visit(name: FaultName) -> None:
    """A kill or a full disk leaves the pair where it was in the order."""
    pack, walk = pack_of("a", 5), Walk(seed=1, tries=1)
    whole = plan([pack], remember(), walk)
    interrupted = [fault("a", whole[0].pair, name), fault("a", None), fault(None, 1)]
    assert plan([pack], remember(interrupted), walk) == whole
