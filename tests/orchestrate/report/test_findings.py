"""The five answers: what a person reads first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harvest.account import META
from harvest.journal import JOURNAL
from harvest.packs import disk
from orchestrate.night.record import EVAL, NIGHT, STEPS, TRAINING, VERIFY
from orchestrate.report.findings import Answer
from orchestrate.report.writing import report_of
from orchestrate.verify.record import VERIFICATION
from tests.orchestrate.report import nights
from train.report import REPORT


def answers(folder: Path) -> dict[str, Answer]:
    """Give the answers by question."""
    return {answer.question: answer for answer in report_of(folder).answers}


def first_seen(answer: Answer) -> str:
    """Give what is read without opening anything."""
    return " ".join([answer.word.en, answer.headline.en, *(point.text.en for point in answer.warnings)])


def test_a_good_night_needs_nothing(tmp_path: Path) -> None:
    """Five good answers, in the order of the questions."""
    found = report_of(nights.whole(tmp_path / "night")).answers
    assert [answer.question for answer in found] == ["finished", "trust", "model", "page", "now"]
    assert {answer.level for answer in found} == {"good"}
    assert not [point for answer in found for point in answer.warnings]


@pytest.mark.parametrize("name", nights.PLANTED)
def test_what_was_planted_is_named_at_once(tmp_path: Path, name: str) -> None:
    """Under the question that it answers, in colour, in words, and with something to do about it."""
    plant, question, said = nights.PLANTED[name]
    folder = nights.whole(tmp_path / "night")
    plant(folder)
    found = answers(folder)
    assert found[question].level == "bad"
    assert said in first_seen(found[question])
    assert found["now"].level == "bad"
    assert found["now"].points or name == "collapsed"


def test_what_was_not_planted_is_not_named(tmp_path: Path) -> None:
    """Each planted failure spoils its own answer, not those before it."""
    folder = nights.whole(tmp_path / "night")
    nights.collapsed(folder)
    found = answers(folder)
    assert found["finished"].level == found["trust"].level == "good"
    assert found["model"].level == "bad"
    assert found["page"].level == "none"


def test_a_night_that_was_killed_can_be_resumed(tmp_path: Path) -> None:
    """Nobody holds its lock, and its books are open."""
    folder = nights.whole(tmp_path / "night")
    states = {
        name: {"state": "waiting", "code": None} for name in ("train", "gate", "score", "verify", "report")
    }
    states["eval"] = {"state": "running", "code": None}
    nights.put(folder / NIGHT, nights.night(120, states=states, finishedAt=None, ending=None))
    nights.put(folder / EVAL / META, nights.meta(120, covered=40, finishedAt=None))
    nights.put(folder / EVAL / JOURNAL, b"".join(nights.lines(40)) + b'{"tMs":17')
    found = answers(folder)
    assert found["finished"].word.en == "Killed"
    assert "40 of 120 pairs" in found["finished"].headline.en
    assert "Never begun: train, gate, score, verify." in first_seen(found["finished"])
    commands = [point.command for point in found["now"].points]
    assert any("--resume" in command and str(folder) in command for command in commands)


def test_a_night_that_goes_on_is_not_called_dead(tmp_path: Path) -> None:
    """Whoever holds its lock is alive."""
    folder = nights.whole(tmp_path / "night")
    steps = [{"name": "train", "state": "running"}]
    nights.put(folder / NIGHT, nights.night(120, finishedAt=None, ending=None) | {"steps": steps})
    with disk.locked(folder / "night.lock"):
        assert answers(folder)["finished"].word.en == "Still running"
    assert answers(folder)["finished"].word.en == "Killed"


def test_a_night_asks_for_its_report_before_it_closes_its_books(tmp_path: Path) -> None:
    """At its last step it is judged by the steps before."""
    folder = nights.whole(tmp_path / "night")
    told = nights.night(120, finishedAt=None, ending=None, states={"report": {"state": "running"}})
    nights.put(folder / NIGHT, told)
    with disk.locked(folder / "night.lock"):
        assert answers(folder)["finished"].word.en == "Finished"


def test_a_run_that_falls_short_says_by_how_much(tmp_path: Path) -> None:
    """A plain run, neither trained nor verified: those answers say so, and blame nobody."""
    folder = tmp_path / "run"
    nights.put(folder / META, nights.meta(120, covered=90))
    nights.put(folder / JOURNAL, b"".join(nights.lines(90)))
    found = answers(folder)
    assert found["finished"].level == "care"
    assert "only 90 of 120 pairs, 75 %; 119 were asked for" in first_seen(found["finished"])
    assert found["model"].level == found["page"].level == "none"
    assert "harvest eval --packs starter" in found["now"].points[0].command


def _software(told: dict[str, Any], mode: str) -> None:
    told["harvest"]["rendererClass"] = "software"
    told["runtime"] |= {"gpuMode": mode, "requireGpu": False}


@pytest.mark.parametrize(
    ("mode", "level"), [("safe", "care"), ("force", "bad"), ("off", "good")], ids=["safe", "force", "off"]
)
def test_software_is_judged_by_what_was_asked(tmp_path: Path, mode: str, level: str) -> None:
    """Shouted where nobody asked for it, bad where a GPU was demanded, nothing where it was wanted."""
    folder, told = tmp_path / "run", nights.meta(120)
    _software(told, mode)
    nights.put(folder / META, told)
    nights.put(folder / JOURNAL, b"".join(nights.lines(120)).replace(b'"hardware"', b'"software"'))
    assert answers(folder)["trust"].level == level


def test_noise_and_clocks_are_told(tmp_path: Path) -> None:
    """Visits that disagree are noise; a clock that was set is no reason to trust times."""
    folder = nights.whole(tmp_path / "night")
    again = [nights.line(pair, like=119 - pair, at_s=500 + pair, repeat=1) for pair in range(120)]
    told = [*nights.lines(120), *again, nights.fault("clock-change", at_s=800)]
    nights.put(folder / EVAL / JOURNAL, b"".join(told))
    trust = answers(folder)["trust"]
    assert trust.level == "bad"
    assert "120 pairs were visited twice" in first_seen(trust)
    assert "clock-change: 1 times" in first_seen(trust)


def test_one_pack_may_pass_where_another_fails(tmp_path: Path) -> None:
    """The answer is neither yes nor no."""
    folder = nights.whole(tmp_path / "night")
    told = nights.training([*nights.CHECKS, nights.COLLAPSED | {"pack": "other"}])
    told["verdict"]["packs"] = {"starter": "passed", "other": "failed"}
    nights.put(folder / TRAINING / REPORT, told)
    found = answers(folder)["model"]
    assert (found.level, found.word.en) == ("care", "For some packs")
    assert "New scores for starter; none for other." in first_seen(found)


def _cached(told: dict[str, Any]) -> None:
    told["quality"] |= {"served": "c" * 64, "fromCache": True}


def _too_few(told: dict[str, Any]) -> None:
    told |= {"verdict": "undecided", "drawsNeeded": 21_000}


@pytest.mark.parametrize(
    ("change", "word", "said"),
    [
        (_cached, "Failed", "old scores out of a cache"),
        (_too_few, "Undecided", "it takes 21,000 to tell weighted from shuffled"),
    ],
    ids=["cached", "too few draws"],
)
def test_the_page_is_believed_only_what_it_proves(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], word: str, said: str
) -> None:
    """Old scores from a cache fail; too few draws decide nothing."""
    folder, told = nights.whole(tmp_path / "night"), nights.verification(verdict="failed")
    change(told)
    nights.put(folder / VERIFY / "starter" / VERIFICATION, told)
    found = answers(folder)["page"]
    assert found.word.en == word
    assert said in first_seen(found)


def test_a_full_disk_that_was_waited_for_is_no_catastrophe(tmp_path: Path) -> None:
    """It is told, with the time it took, and the night has finished all the same."""
    folder = nights.whole(tmp_path / "night")
    told = [*nights.lines(120), nights.fault("disk-full", at_s=150, lost_s=42)]
    nights.put(folder / EVAL / JOURNAL, b"".join(told))
    found = answers(folder)
    assert found["finished"].level == "care"
    assert "waited for room, 0:00:42 in all" in first_seen(found["finished"])


def test_software_is_found_by_the_preflight_too(tmp_path: Path) -> None:
    """Before anything was measured: there is neither meta nor journal, only the reason of the first step."""
    folder, said = tmp_path / "night", f"Not ready for a night: renderer: SOFTWARE: page '{nights.SOFTWARE}'."
    states = {name: {"state": "waiting", "code": None, "seconds": 0} for name in STEPS}
    states["preflight"] = {"state": "failed", "code": "NOT_READY", "reason": said}
    ending = {"code": "NOT_READY", "phase": "preflight", "reason": said}
    nights.put(folder / NIGHT, nights.night(120, states=states, ending=ending))
    found = answers(folder)
    assert found["trust"].level == found["finished"].level == "bad"
    assert "SOFTWARE rendering although a GPU was required" in first_seen(found["trust"])
    assert [point.command for point in found["now"].points if "doctor" in point.command]


@pytest.mark.parametrize(("seconds", "level"), [(5, "good"), (120, "care"), (1200, "bad")])
def test_silence_is_judged_by_its_length(tmp_path: Path, seconds: float, level: str) -> None:
    """What was mended at once is no reason to worry; what lasted is."""
    folder = nights.whole(tmp_path / "night")
    quiet = nights.fault("audio-silent", at_s=200, lost_s=1)
    told = [*nights.lines(120), quiet, nights.line(1, at_s=200 + seconds)]
    nights.put(folder / EVAL / JOURNAL, b"".join(told))
    found = answers(folder)
    assert found["trust"].level == level
    assert found["now"].level == ("good" if level == "good" else level)
