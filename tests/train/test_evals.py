"""Samples: what proves itself is labelled, everything else is counted by its reason."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harvest.packs.manifest import Pack
from harvest.records import Figures
from tests.train.material import generated, owner_row, sample, truths, write_run
from train.evals import label, read_evals, shares_below


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Six pairs."""
    return generated(tmp_path_factory.mktemp("presets") / "demo", 6)


def read(tmp_path: Path, pack: Pack, lines: Sequence[Mapping[str, Any]], **how: bool) -> Any:
    """Read one run of a pack."""
    return read_evals([write_run(tmp_path / "run", lines)], {pack.name: pack}, **how)


def test_labels_follow_what_is_true(tmp_path: Path, pack: Pack) -> None:
    """Each pair that a run measured has one label, S and T, under the hashes of its files."""
    quality = truths(pack)
    reading = read(tmp_path, pack, [sample(pack, number, quality[number]) for number in quality])
    assert len(reading.measured) == reading.samples == 6
    by_score = sorted(reading.measured, key=lambda one: one.score)
    assert [one.pair for one in by_score] == sorted(quality, key=lambda pair: quality[pair])
    assert [one.score for one in by_score] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert {(one.spatial, one.temporal) for one in reading.measured} == {(0.2, -0.4)}
    assert not reading.refused


def other_bytes(pack: Pack) -> dict[str, Any]:
    """What was on screen, had the foreground had other bytes."""
    shown = sample(pack, 0)["evidence"]["onScreen"]["before"] | {"fgHash": "0" * 64}
    return {"before": shown, "after": shown}


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("without evidence", {"evidence": None}),
        ("silent", {"audio": {"source": "click", "rms": 0.0005, "peak": 0.1}}),
        ("without figures to judge by", {"figures": {"lumaMean": 0.5}}),
        ("of a pack that was not given", {"pack": "other"}),
        ("of no pair of its pack", {"pair": 77}),
        ("of no pair of its pack", {"pair": None}),
        ("no record", {"tMs": "late"}),
    ],
)
def test_a_sample_that_fails_its_evidence_is_refused(
    tmp_path: Path, pack: Pack, reason: str, change: dict[str, Any]
) -> None:
    """It is counted under its reason, and the other sample stays."""
    lines = [sample(pack, 1), sample(pack, 0, **change)]
    if "evidence" in change:
        del lines[1]["evidence"]
    reading = read(tmp_path, pack, lines)
    assert [one.pair for one in reading.measured] == [1]
    assert reading.refused == {reason: 1}


def test_what_was_on_screen_must_be_what_the_pack_holds(tmp_path: Path, pack: Pack) -> None:
    """Other bytes, another pair afterwards, or no hash at all: each is refused by its own name."""
    proven = sample(pack, 0)["evidence"]["onScreen"]
    another = sample(pack, 1)["evidence"]["onScreen"]["after"]
    nameless = {name: value for name, value in proven["before"].items() if not name.endswith("Hash")}
    shown = [other_bytes(pack), proven | {"after": another}, {"before": nameless, "after": nameless}]
    reading = read(tmp_path, pack, [sample(pack, 0, onScreen=one) for one in shown])
    assert not reading.measured
    assert sum(reading.refused.values()) == len(reading.refused) == 3


def test_faults_and_torn_lines_end_nothing(tmp_path: Path, pack: Pack) -> None:
    """A fault is counted, a torn line refused, what follows is read."""
    run = write_run(tmp_path / "run", [sample(pack, 0)])
    fault = b' {"kind":"fault","name":"interrupted","tMs":1,"run":"one","evidence":"it broke"}\n'
    text = (run / "eval.jsonl").read_bytes()
    torn = b"x" * (1 << 20) + b'{"tMs": 12\n'
    (run / "eval.jsonl").write_bytes(fault + torn + b"\n" + text + text[:50])
    reading = read_evals([run], {pack.name: pack})
    assert (len(reading.measured), reading.faults, reading.refused["no record"]) == (1, 1, 2)


def test_a_visit_counts_once_and_passes_are_averaged(tmp_path: Path, pack: Pack) -> None:
    """The last line of a visit counts, passes and runs are averaged, in whatever order they are given."""
    first = sample(pack, 0, 0.1, tMs=1)
    again = sample(pack, 0, 0.9, tMs=2)
    other = sample(pack, 0, 0.3, tMs=3, repeat=1)
    one = write_run(tmp_path / "one", [again, first, other])
    two = write_run(tmp_path / "two", [sample(pack, 0, 0.3, run="two")])
    readings = [
        read_evals(places, {pack.name: pack}) for places in ([one, two, one], [two / "eval.jsonl", one])
    ]
    assert readings[0].measured == readings[1].measured
    (measured,) = readings[0].measured
    alone = {q: read(tmp_path / str(q), pack, [sample(pack, 0, q)]).measured[0].label for q in (0.3, 0.9)}
    assert measured.samples == 3
    assert measured.label == pytest.approx((2 * alone[0.3] + alone[0.9]) / 3)


def test_of_several_makes_only_the_commonest_counts(tmp_path: Path, pack: Pack) -> None:
    """Another adapter or seed is refused with a count, unless mixing is asked for."""
    lines = [sample(pack, number) for number in (0, 1, 2)]
    lines += [sample(pack, 3, adapter="realtime"), sample(pack, 4, seed=2)]
    assert [one.pair for one in read(tmp_path, pack, lines).measured if one.pair > 2] == []
    assert read(tmp_path, pack, lines).refused == {"by another adapter or with another seed": 2}
    assert len(read(tmp_path, pack, lines, mixed=True).measured) == 5


def test_the_owners_rows_are_let_in_on_demand(tmp_path: Path, pack: Pack) -> None:
    """They are labelled by his own score, averaged, and stand back where a pair was proven."""
    lines = [owner_row("demo", 0), owner_row("demo", 0, t_ms=2), owner_row("demo", 1), sample(pack, 1)]
    assert [one.pair for one in read(tmp_path, pack, lines).measured] == [1]
    found = {one.pair: one for one in read(tmp_path, pack, lines, unproven=True).measured}
    assert found[0].samples == 2
    assert found[0].label == pytest.approx(0.65 * 0.5 + 0.35)
    assert found[1].spatial == 0.2


def test_a_score_is_a_share_of_the_others() -> None:
    """Equal labels beat each other not: what nothing is worse than has 0, however many there are of it."""
    assert shares_below([0.3, 0.9, 0.1]) == [0.5, 1, 0]
    assert shares_below([0.0, 0.0, 0.0, 0.2, 0.2]) == [0, 0, 0, 0.75, 0.75]
    assert shares_below([0.7]) == [0]
    assert shares_below([]) == []


GOOD = Figures(luma_mean=0.3, motion=0.05, colourfulness=0.2)


@pytest.mark.parametrize(
    ("worse", "at_most"),
    [
        ({"luma_mean": 0}, 0),
        ({"luma_mean": 0.95}, 0),
        ({"motion": 0}, 0.2),
        ({"colourfulness": 0}, 0.35),
        ({"audio_response": 0.1}, 0.5),
        ({"visibility_fg": 0.0, "visibility_bg": 1.0}, 0.75),
        ({"flashes_per_second": 5}, 0),
        ({"spatial_coupling": 0.0}, 0.75),
    ],
)
def test_each_aspect_takes_away_its_weight(worse: dict[str, float], at_most: float) -> None:
    """A pair that lacks nothing has the label 1, one that lacks an aspect what its weight leaves."""
    assert label(GOOD, is_flawed=False) == 1
    assert label(GOOD.model_copy(update=worse), is_flawed=False) == pytest.approx(at_most)


def test_a_flaw_leaves_a_quarter() -> None:
    """Flawed pairs are labelled low, whatever else they show."""
    assert label(GOOD, is_flawed=True) == 0.25


def test_too_few_figures_are_no_label() -> None:
    """Missing is not 0: without light, motion and colour there is no label."""
    assert label(Figures(luma_mean=0.3), is_flawed=False) is None
