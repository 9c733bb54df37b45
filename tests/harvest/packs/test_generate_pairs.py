"""Generated pairs: always the same, sound files, varied, planted at known rates, and true without a trace."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvest.packs.gaps import EQUATION_FUNCTIONS
from harvest.packs.generate import DEFAULT_RATES, PLANTED, GeneratedPair, generate_pair
from harvest.packs.generate.couplings import COUPLINGS, STRANGERS
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.motifs import MOTIFS
from harvest.packs.generate.movements import MOVEMENTS
from harvest.packs.generate.quality import WEIGHTS, quality
from harvest.packs.generate.scene import draw_scene
from harvest.packs.milk import build, parse

COUNT = 1000
NONE: Mapping[str, float] = {}
BEST = {"light": 0.3, "motion": 1, "response": 1, "colour": 1, "contrast": 1, "coupling": 1, "calm": 1}
FIRST_TWENTY = "6c1af9c54b22dab5"
NUMBER = re.compile(r"\d+(\.\d+)?")


def some(count: int, *, seed: int = 0, rates: Mapping[str, float] = DEFAULT_RATES) -> list[GeneratedPair]:
    """Generate the first pairs of a seed."""
    return [generate_pair(number, seed=seed, rates=rates) for number in range(count)]


@pytest.fixture(scope="module")
def pairs() -> Sequence[GeneratedPair]:
    """A pack's worth."""
    return some(COUNT, seed=5)


@pytest.fixture(scope="module")
def unplanted(pairs: Sequence[GeneratedPair]) -> Sequence[GeneratedPair]:
    """Those of them that are good or plain."""
    return [pair for pair in pairs if pair.truth.case not in PLANTED]


def files(pair: GeneratedPair) -> tuple[bytes, bytes]:
    """Write both presets."""
    return build(pair.fg).data, build(pair.bg).data


def digest(made: Iterable[GeneratedPair]) -> str:
    """Hash everything about pairs."""
    whole = sha256()
    for pair in made:
        whole.update(b"".join(files(pair)))
        whole.update(pair.truth.model_dump_json(exclude_unset=True).encode())
    return whole.hexdigest()[:16]


def rank_correlation(some_values: Iterable[float], others: Iterable[float]) -> float:
    """Spearman's; ties, few among these, are taken in their order."""
    one, other = (np.argsort(np.argsort(list(values), kind="stable")) for values in (some_values, others))
    return float(np.corrcoef(one, other)[0, 1])


def shape_of(data: bytes) -> str:
    """What is left of a file without its numbers."""
    return NUMBER.sub("#", data.decode()).replace("-", "")


def test_the_first_pairs_are_known_on_every_system() -> None:
    """A seed means these bytes, on Linux and Windows alike; whoever changes them says so here."""
    assert digest(some(20)) == FIRST_TWENTY


def test_another_process_makes_the_same_bytes() -> None:
    """Neither the hash seed nor anything else of a process gets into a pair."""
    program = "from test_generate_pairs import digest, some; print(digest(some(20, seed=3)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONHASHSEED": "1234",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        },
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == digest(some(20, seed=3))


@given(st.integers(), st.integers(0, 10**6))
def test_any_seed_and_number_make_a_sound_pair(seed: int, number: int) -> None:
    """Both files read without a complaint as what was meant, and are written again as they are."""
    pair = generate_pair(number, seed=seed, rates=DEFAULT_RATES)
    for preset in (pair.fg, pair.bg):
        milk = parse(build(preset).data)
        assert not milk.problems
        assert milk.preset == preset
        assert build(milk.preset).data == milk.data


def test_seeds_and_numbers_make_different_pairs(pairs: Sequence[GeneratedPair]) -> None:
    """No file comes twice, not even of a near-duplicate, and another seed gives other pairs."""
    written = [data for pair in pairs for data in files(pair)]
    assert len({*written}) == 2 * COUNT
    assert digest(some(5, seed=1)) != digest(some(5, seed=2))


def test_no_number_is_longer_than_processors_agree_on(pairs: Sequence[GeneratedPair]) -> None:
    """Four decimals at most, and no exponent, which engines do not read in code."""
    text = b"\n".join(data for pair in pairs[:100] for data in files(pair))
    assert not re.search(rb"\d\.\d{5}|\de[-+]?\d|nan|inf", text)


def test_no_variable_bears_the_name_of_a_function(pairs: Sequence[GeneratedPair]) -> None:
    """Butterchurn does not mind; projectM aborts."""
    presets = [build(preset).data.decode() for pair in pairs for preset in (pair.fg, pair.bg)]
    assigned = {name.lower() for text in presets for name in re.findall(r"(?:=|; )(\w+) = ", text)}
    assert "q7" in assigned
    assert assigned & EQUATION_FUNCTIONS == set()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_cases_come_at_their_rates(seed: int) -> None:
    """Each case is as frequent as asked, within five standard deviations, and has what a test needs."""
    cases = Counter(pair.truth.case for pair in some(COUNT, seed=seed))
    for case, rate in DEFAULT_RATES.items():
        assert abs(cases[case] - COUNT * rate) <= 5 * sqrt(COUNT * rate * (1 - rate)), case
    assert cases["good"] >= COUNT / 10


def test_rates_are_obeyed() -> None:
    """No rate, no planted case; all of one case is all; and one case's rate leaves others' pairs alone."""
    assert not {pair.truth.case for pair in some(100, rates=NONE)} & PLANTED.keys()
    assert {pair.truth.case for pair in some(20, rates={"strobe": 1})} == {"strobe"}
    assert all(
        with_cases.fg == without.fg
        for with_cases, without in zip(some(100), some(100, rates=NONE), strict=True)
        if with_cases.truth.case not in PLANTED
    )


@pytest.mark.parametrize("case", PLANTED.keys() - {"near-duplicate", "strobe"})
def test_a_flaw_is_numbers_only(case: str) -> None:
    """Without its numbers, a planted pair's text is that of the pair it would have been."""
    flawed, sound = some(30, rates={case: 1}), some(30, rates=NONE)
    for one, other in zip(flawed, sound, strict=True):
        assert files(one) != files(other)
        assert [*map(shape_of, files(one))] == [*map(shape_of, files(other))]


def test_a_near_duplicate_is_an_earlier_unplanted_pair_again(pairs: Sequence[GeneratedPair]) -> None:
    """It names that pair, differs from it in numbers only, and is about as good."""
    copies = [pair for pair in pairs if pair.truth.case == "near-duplicate"]
    assert copies
    for copy in copies:
        number = copy.truth.near_duplicate_of
        assert number is not None
        assert number < copy.truth.pair
        origin = pairs[number]
        assert origin.truth.case in {"good", "plain"}
        assert [*map(shape_of, files(copy))] == [*map(shape_of, files(origin))]
        assert copy.truth.quality == pytest.approx(origin.truth.quality, abs=0.1)


def test_nothing_before_it_to_copy() -> None:
    """A near-duplicate without an unplanted pair before it is not planted."""
    assert {pair.truth.case for pair in some(3, rates={"near-duplicate": 1})} <= {"good", "plain"}


def test_everything_there_is_to_draw_is_drawn(pairs: Sequence[GeneratedPair]) -> None:
    """All wave modes, custom waves and shapes, code, shaders, motifs, movements and couplings occur."""
    presets = [preset for pair in pairs for preset in (pair.fg, pair.bg)]
    waveforms = [preset.parameters for preset in presets if preset.parameters["fwavealpha"]]
    assert {parameters["nwavemode"] for parameters in waveforms} == {*range(8)}
    assert all({"per_frame", "per_pixel"} <= preset.code.keys() for preset in presets)
    assert all(len(preset.shapes) >= 2 for preset in presets)
    assert any(preset.waves for preset in presets)
    shaders = Counter(stage for preset in presets for stage in ("warp", "comp") if stage in preset.code)
    assert shaders["warp"] / len(presets) == pytest.approx(2 / 16, abs=0.03)
    assert shaders["comp"] / len(presets) == pytest.approx(4 / 16, abs=0.04)
    scenes = [draw_scene(Dice(5, number, "scene")) for number in range(COUNT)]
    looks = [look for scene in scenes for look in (scene.fg, scene.bg)]
    assert {look.motif for look in looks} == MOTIFS.keys()
    assert {look.movement for look in looks} == MOVEMENTS.keys()
    assert {scene.coupling for scene in scenes} == COUPLINGS.keys()


def test_what_is_the_same_in_every_deaf_or_frozen_layer() -> None:
    """A deaf layer multiplies every beat by nothing; a frozen one its whole drive and phase."""
    for pair in some(20, rates={"deaf": 1}):
        for code in (pair.fg.code["per_frame"], pair.bg.code["per_frame"]):
            rhythms = re.findall(r"(?:own|lead) = (\S+)\*\w+_beat \+ (\S+)\*\(1 \+ sin", code)
            assert rhythms in ([("0", "0.5")], [("0", "0.5")] * 2)
    for pair in some(20, rates={"frozen": 1}):
        for code in (pair.fg.code["per_frame"], pair.bg.code["per_frame"]):
            assert re.search(r"q7 = 0\*own(;| \+ 0\*)", code)
            assert "phase = phase + (0 + " in code


def test_strangers_and_friends() -> None:
    """Strangers have no strength; every other coupling has some and takes something from the foreground."""
    for number in range(200):
        scene = draw_scene(Dice("friends", number))
        assert (scene.coupling == STRANGERS) == (scene.strength == 0)
        taken = {
            "unison": scene.bg.lead == scene.fg.rhythm and scene.bg.timing == "on",
            "call-and-response": scene.bg.lead == scene.fg.rhythm and scene.bg.timing == "off",
            "echo": scene.bg.timing == "late" and scene.bg.motif == scene.fg.motif,
            "counter-motion": scene.bg.movement == scene.fg.movement,
            "mirror-image": scene.bg.motif == scene.fg.motif,
            "shared-symmetry": scene.bg.folds == scene.fg.folds,
            "complementary-colour": True,
            "contrast-of-scale": True,
            STRANGERS: scene.bg.led == 0,
        }
        assert taken[scene.coupling], scene


def test_true_quality_is_widely_spread(
    pairs: Sequence[GeneratedPair], unplanted: Sequence[GeneratedPair]
) -> None:
    """Its standard deviation is at least 0.2, planted cases or not, and no single aspect explains it."""
    for among in (pairs, unplanted):
        truth = [pair.truth.quality for pair in among]
        assert np.std(truth) >= 0.2
        assert min(truth) < 0.1
        assert max(truth) > 0.85
        for aspect in WEIGHTS.keys() - {"calm"}:
            shown = [pair.truth.aspects[aspect] for pair in among]
            assert abs(rank_correlation(shown, truth)) < 0.6, aspect


def test_true_quality_shows_in_no_name_number_or_size(pairs: Sequence[GeneratedPair]) -> None:
    """Number, order, size, count of lines and hash of a pair tell nothing of how good it is."""
    truth = [pair.truth.quality for pair in pairs]
    written = [files(pair) for pair in pairs]
    outward = {
        "number": [pair.truth.pair for pair in pairs],
        "size": [len(fg) + len(bg) for fg, bg in written],
        "lines": [fg.count(b"\n") + bg.count(b"\n") for fg, bg in written],
        "hash": [int(sha256(fg).hexdigest()[:8], 16) for fg, _ in written],
    }
    for what, values in outward.items():
        assert abs(rank_correlation(values, truth)) < 0.1, what
    neighbours = [*pairwise(truth)]
    assert abs(rank_correlation(*zip(*neighbours, strict=True))) < 0.1


def test_quality_takes_what_is_lacking() -> None:
    """The best is 1, each aspect that is lacking takes its weight, and too much light takes all."""
    assert quality(BEST) == 1
    for aspect, weight in WEIGHTS.items():
        assert quality(BEST | {aspect: 0}) == pytest.approx(1 - weight)
    assert quality(BEST | {"light": 0.9}) == 0


@given(st.fixed_dictionaries(dict.fromkeys(BEST, st.floats(0, 1))), st.sampled_from(sorted(BEST)))
def test_quality_is_a_share_and_more_is_never_worse(shown: dict[str, float], aspect: str) -> None:
    """It stays from 0 to 1, and grows with every aspect but light, of which there can be too much."""
    assert 0 <= quality(shown) <= 1
    if aspect != "light":
        assert quality(shown | {aspect: 1}) >= quality(shown)
