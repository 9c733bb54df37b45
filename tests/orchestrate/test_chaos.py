"""A run that is broken in every way there is comes out as one that nobody disturbed."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from journal_lines import sample

from harvest.records import JournalLine, RecordError, Sample
from harvest.records.problem import Problem
from orchestrate.chaos.schedule import KINDS, Verdict, judge, schedule

NO_HARM = Verdict(pairs=2, lost=[], twice=[], different=[], broken_lines=0, faults={})


def test_every_kind_comes_equally_often() -> None:
    """And at moments of its own; the same seed strikes the same way."""
    strokes = schedule(strokes=2 * len(KINDS), pairs=100, seed=7)
    assert set(Counter(stroke.kind for stroke in strokes).values()) == {2}
    assert len({stroke.after for stroke in strokes}) == len(strokes)
    assert strokes == schedule(strokes=2 * len(KINDS), pairs=100, seed=7)
    assert strokes != schedule(strokes=2 * len(KINDS), pairs=100, seed=8)


def line(pair: int, pictures: str = "a") -> Sample:
    """A sample of a pair that looked like this."""
    return sample("demo", pair, picture_hash=pictures)


TORN = RecordError(Problem(source="", path="$", found="x", expected="y"))
HARMS: Sequence[tuple[Sequence[JournalLine | RecordError], Verdict]] = [
    ([line(1), line(2)], NO_HARM),
    ([line(1)], replace(NO_HARM, lost=[2])),
    ([line(1), line(2), line(2)], replace(NO_HARM, twice=[2])),
    ([line(1), line(2, "b")], replace(NO_HARM, different=[2])),
    ([line(1), line(2), TORN], replace(NO_HARM, broken_lines=1)),
]


@pytest.mark.parametrize(("wild", "expected"), HARMS)
def test_the_judge_sees_every_harm(wild: list[JournalLine | RecordError], expected: Verdict) -> None:
    """Lost, doubled, changed, torn."""
    verdict = judge([line(1), line(2)], wild)
    assert verdict == expected
    assert verdict.passed == (expected == NO_HARM)


def test_a_short_night_of_bad_luck(tmp_path: Path) -> None:
    """Each kind once: the page, all that carries it, its server, its files, and we ourselves."""
    command = [sys.executable, "-m", "orchestrate.cli", "bench", "chaos", "--out", str(tmp_path / "chaos")]
    command += ["--pairs", "30", "--faults", str(len(KINDS)), "--gpu-mode", "off", "--json"]
    done = subprocess.run(command, timeout=400, check=False, capture_output=True)
    log = (tmp_path / "chaos" / "wild" / "lives.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, (done.stdout, done.stderr, log[-3000:])
    found = orjson.loads(done.stdout)
    assert (found["pairs"], found["lost"], found["twice"], found["different"]) == (30, [], [], [])
    assert found["lives"] == 3  # killed once, interrupted once
    assert {"page-crash", "browser-gone", "driver-gone", "server-gone", "killed"} <= found["faults"].keys()
