"""Which steps of a night are made, which stand, which are left out, and how it ends."""

import pytest

from orchestrate.exit_codes import ExitCode
from orchestrate.night import course
from orchestrate.night.asked import Asked, told
from orchestrate.night.record import Step, StepName
from tests.orchestrate.night.nights import done, failed, night


def test_what_builds_on_a_step_that_failed_is_left_out() -> None:
    """Without samples there is nothing to learn; the report is made all the same."""
    after = night(eval=failed("eval"))
    assert course.left_out("train", after, Asked(), passed=()) == "eval failed"
    assert course.left_out("report", after, Asked(), passed=()) is None


def test_one_pack_that_fails_its_gate_does_not_lose_the_other() -> None:
    """The gate as a whole failed; the pack that it let through is scored and proven."""
    after = night(eval=done("eval"), train=done("train"), gate=failed("gate"), score=done("score"))
    assert course.left_out("score", after, Asked(), passed=("a",)) is None
    assert course.left_out("verify", after, Asked(), passed=("a",)) is None
    assert course.left_out("score", after, Asked(), passed=()) == "no pack passed the gate"


@pytest.mark.parametrize(
    ("flag", "step"), [("eval_only", "train"), ("train_only", "eval"), ("skip_verify", "verify")]
)
def test_what_was_not_asked_for_is_left_out(flag: str, step: StepName) -> None:
    """Each flag leaves out its step, and says so."""
    assert course.left_out(step, night(), told(Asked(), {flag: True}), passed=()) == "it was not asked for"


def test_training_alone_needs_no_measuring_before_it() -> None:
    """A night that only learns takes what earlier runs measured."""
    after = night(eval=Step(name="eval", state="skipped"))
    assert course.left_out("train", after, Asked(train_only=True), passed=()) is None


def test_what_follows_a_step_that_was_left_out_is_left_out_too() -> None:
    """After measuring alone neither gate nor scores nor proof are due."""
    after = night(eval=done("eval"), train=Step(name="train", state="skipped"))
    assert course.left_out("gate", after, Asked(eval_only=True), passed=()) == "train was left out"


@pytest.mark.parametrize(
    ("inputs", "found", "is_there"),
    [
        ({"a": "1"}, {"file": "2"}, True),
        ({"a": "another"}, {"file": "2"}, False),
        ({"a": "1"}, {"file": None}, False),
        ({"a": "1"}, {"file": "touched"}, False),
    ],
)
def test_a_step_stands_only_if_that_is_proven(
    inputs: dict[str, str], found: dict[str, str | None], *, is_there: bool
) -> None:
    """Made of the same, and every file as it was made."""
    assert course.stands(done("train"), inputs, found) is is_there


def test_what_was_not_done_for_all_is_due_again() -> None:
    """Measuring that was stopped by the clock goes on when the night does."""
    step = done("eval").model_copy(update={"code": "INCOMPLETE"})
    assert not course.stands(step, {"a": "1"}, {"file": "2"})


def test_the_first_failure_names_the_ending_and_pairs_that_are_missing_come_after_it() -> None:
    """A gate that was not passed weighs more than a pair in quarantine."""
    incomplete = Step(name="eval", state="done", code="INCOMPLETE", reason="1 of 2 pairs")
    assert course.final(night(eval=incomplete).steps) == (ExitCode.INCOMPLETE, "eval", "1 of 2 pairs")
    both = night(eval=incomplete, gate=failed("gate"))
    assert course.final(both.steps) == (ExitCode.NOT_PASSED, "gate", "gate broke")
    assert course.final(night(eval=done("eval")).steps)[0] is ExitCode.OK


def test_who_says_one_of_two_opposites_takes_back_the_other() -> None:
    """Learning alone, after a night that only measured, needs one flag."""
    after = told(Asked(eval_only=True), {"train_only": True})
    assert (after.eval_only, after.train_only) == (False, True)


def test_what_is_said_now_counts_over_what_was_said_before() -> None:
    """A night that goes on remembers what it was told."""
    before = Asked(packs=("a",), epochs=7)
    after = told(
        Asked.model_validate(before.model_dump(mode="json", exclude_defaults=True)), {"max_hours": 3}
    )
    assert (after.packs, after.epochs, after.max_hours) == (("a",), 7, 3)
