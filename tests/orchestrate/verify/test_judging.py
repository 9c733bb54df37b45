"""The verdict: right pages pass practically always, and each defect is named."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from orchestrate.verify.answers import Delivery, Pick, Seen
from orchestrate.verify.judging import ADVICE, Judged, judge
from orchestrate.verify.on_disk import OnDisk
from orchestrate.verify.record import Verification
from tests.orchestrate.verify.simulated import (
    Scores,
    Weigh,
    a_pack,
    a_visit,
    even,
    power,
    reversed_power,
    shown,
    told,
)

GOOD = a_pack(np.random.default_rng(1).random(300))
TIMES = 5


def verdicts(judged: Judged) -> dict[str, str]:
    """By finding."""
    return {finding.name: finding.verdict for finding in judged.findings}


def judged_of(pack: OnDisk, seen: Seen, before: Verification | None = None) -> Judged:
    """Judge it at gamma 4."""
    return judge(pack, seen, gamma=4, before=before)


PACKS: dict[str, Scores] = {
    "even": np.random.default_rng(1).random(3000),
    "as narrow as the gate allows": np.random.default_rng(2).normal(0.77, 0.03, 3000).clip(0, 1),
    "skewed": np.random.default_rng(3).beta(0.5, 5, 3000),
    "few good ones": np.where(np.random.default_rng(4).random(3000) < 0.01, 0.9, 0.1),
    "two scores": np.where(np.random.default_rng(5).random(500) < 0.5, 0.6, 0.4),
    "twelve pairs": np.random.default_rng(6).random(12),
}


@pytest.mark.parametrize("quality", PACKS.values(), ids=PACKS)
def test_right_pages_pass_and_wrong_ones_never_do(quality: Scores) -> None:
    """Whatever scores look like."""
    pack = a_pack(quality)

    def passed(weigh: Weigh) -> int:
        seen = (a_visit(pack, weigh, seed=seed) for seed in range(TIMES))
        return sum(judged_of(pack, each).verdict == "passed" for each in seen)

    assert passed(power(4)) == TIMES
    assert [passed(weigh) for weigh in (even, reversed_power, power(1))] == [0, 0, 0]


def test_scores_too_narrow_are_undecided() -> None:
    """It is said how many picks they take, and what to do."""
    pack = a_pack(np.random.default_rng(2).normal(0.7746, 0.0192, 3000).clip(0, 1))
    judged = judged_of(pack, a_visit(pack, power(4)))
    assert judged.verdict == "undecided"
    assert judged.draws_needed is not None
    assert judged.draws_needed > 8000
    told = next(finding for finding in judged.findings if finding.name == "enough picks")
    assert (told.verdict, told.threshold) == ("undecided", judged.draws_needed)
    assert f"{judged.draws_needed:,}" in told.sentence
    assert judged.next_steps == [ADVICE["enough picks"]]
    same = a_pack(np.full(30, 0.7))
    judged = judged_of(same, a_visit(same, power(4)))
    assert (judged.verdict, judged.draws_needed) == ("undecided", None)


def test_reversed_scores_are_called_so_even_by_few_picks() -> None:
    """That the worse are picked more often needs no more proof than itself."""
    judged = judged_of(GOOD, a_visit(GOOD, reversed_power, draws=40))
    assert verdicts(judged)["enough picks"] == "undecided"
    assert verdicts(judged)["rank"] == "failed"
    assert "the worse, the more often" in next(f.sentence for f in judged.findings if f.name == "rank")


def of_quality(seen: Seen, **changes: object) -> Seen:
    """Have the scores come in another way."""
    return replace(seen, quality=replace(seen.quality, **changes))  # pyright: ignore[reportArgumentType]


STALE = "The page got the scores out of a cache, other bytes than on the disk"
DEFECTS: dict[str, tuple[Callable[[Seen], Seen], str, str]] = {
    "old, cached": (lambda s: of_quality(s, hash="old", from_cache=True), "scores fetched", STALE),
    "old": (lambda s: of_quality(s, hash="old"), "scores fetched", "The page got the scores, other bytes"),
    "old, by 304": (lambda s: of_quality(s, hash="old", status=304), "scores fetched", STALE),
    "the page's own hash": (lambda s: told(s, quality_hash="old"), "scores fetched", "other bytes"),
    "never asked for": (lambda s: of_quality(s, status=None), "scores fetched", "never asked"),
    "not there": (lambda s: of_quality(s, status=404, hash=None), "scores fetched", "answered 404"),
    "another manifest": (
        lambda s: replace(s, manifest=Delivery(status=200, from_cache=False, hash="other")),
        "manifest fetched",
        "other bytes than on the disk",
    ),
    "nothing said": (lambda s: replace(s, console=()), "scores merged", "says nothing"),
    "of another pack": (
        lambda s: replace(told(s, without_quality="it is of pack old."), console=()),
        "scores merged",
        "of pack old",
    ),
    "merged in part": (lambda s: told(s, merged=12), "scores merged", "12 pairs"),
    "not open": (lambda s: told(s, is_open=False, problem="no pairs."), "scores merged", "no pairs."),
    "another score": (
        lambda s: replace(s, shown=[s.shown[0].model_copy(update={"quality01": 0.123456})]),
        "scores merged",
        "0.1235",
    ),
    "other rules": (
        lambda s: told(s, rules='{"weighting":"power","gamma":1,"explore":0,"dedupPenalty":0}'),
        "rules",
        "gamma 1",
    ),
    "strangers": (lambda s: replace(s, weighted=[*s.weighted, 999_999]), "gain", "does not list"),
    "an error": (lambda s: replace(s, page_errors=["boom", "boom"]), "page errors", "boom"),
}


@pytest.mark.parametrize(("defect", "name", "words"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_named(defect: Callable[[Seen], Seen], name: str, words: str) -> None:
    """By one finding, which alone fails, in words; and something is to be done about it."""
    judged = judged_of(GOOD, defect(a_visit(GOOD, power(4), draws=1000)))
    failed = [finding for finding in judged.findings if finding.verdict == "failed"]
    assert [finding.name for finding in failed] == [name]
    assert words in failed[0].sentence
    assert judged.verdict == "failed"
    assert ADVICE[name] in judged.next_steps


def test_every_finding_has_its_advice() -> None:
    """No finding can be open without a next step."""
    seen = told(a_visit(GOOD, power(4), draws=100), generation="public", rules=None)
    names = {
        finding.name for each in (seen, a_visit(GOOD, power(4))) for finding in judged_of(GOOD, each).findings
    }
    assert names <= ADVICE.keys()


def test_newliveweb_is_told_to_be_given_a_gamma() -> None:
    """Without one it picks uniformly, whatever was proven with one."""
    seen = told(a_visit(GOOD, power(4), draws=100), generation="public", rules=None, merged=None)
    judged = judged_of(GOOD, seen)
    assert judged.verdict == "passed"
    assert "coupledGamma=4" in judged.next_steps[0]


def test_a_formula_that_is_not_known_is_not_judged() -> None:
    """What newliveweb's documents tell of weighs the music, too: only picks themselves prove anything."""
    seen = told(
        a_visit(GOOD, lambda quality: 0.2 + 0.8 * quality), generation="documented", rules=None, merged=None
    )
    judged = judged_of(GOOD, seen)
    assert judged.verdict == "passed"
    assert "formula" not in verdicts(judged)
    assert judged.arms[0].expected == ()


def test_without_scores_there_is_nothing_to_prove() -> None:
    """The reason is the disk's, and no pick is believed."""
    pack = replace(GOOD, scores={}, quality_hash=None, problem="There is no pairs-quality.v0.json.")
    seen = told(a_visit(pack, even), merged=None, quality_hash=None)
    judged = judged_of(pack, replace(seen, console=()))
    assert judged.verdict == "failed"
    assert verdicts(judged)["scores on the disk"] == "failed"
    assert verdicts(judged)["enough picks"] == "undecided"


def unseen(pick: Pick, **changes: object) -> Pick:
    """Have a pick come out in another way."""
    return pick.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": "refused", "layers": None, "reason": "fg: 404"}, "fg: 404"),
        ({"outcome": "not shown", "layers": None, "pair": None, "reason": "busy"}, "No pair: busy"),
        ({"frames_drawn": 0}, "nothing was drawn"),
        ({"pair": 999_999}, "not in the manifest"),
    ],
)
def test_a_pick_that_is_not_proven_is_a_failure(changes: dict[str, object], words: str) -> None:
    """A few are the pack's own; many are the page's."""
    seen = a_visit(GOOD, power(4), draws=1000)
    one = replace(seen, shown=[unseen(seen.shown[0], **changes), *seen.shown[1:]])
    judged = judged_of(GOOD, one)
    assert words in judged.load_failures[0]
    assert verdicts(judged)["pairs shown"] == "passed"
    most = replace(seen, shown=[*(unseen(pick, **changes) for pick in seen.shown[:12]), *seen.shown[12:]])
    assert verdicts(judged_of(GOOD, most))["pairs shown"] == "failed"


def test_layers_must_be_those_of_the_pair() -> None:
    """Both of them, by address and by bytes."""
    numbers = [pair.pair for pair in GOOD.pairs[:24]]
    for update in ({"url": "/presets/demo/fg/0.milk"}, {"hash": "old"}):
        picks = shown(GOOD, numbers)
        wrong = [
            unseen(pick, layers={**(pick.layers or {}), "bg": pick.layers["bg"].model_copy(update=update)})
            for pick in picks
            if pick.layers
        ]
        seen = replace(a_visit(GOOD, power(4), draws=1000), shown=wrong)
        assert len(judged_of(GOOD, seen).load_failures) == 24
        held = replace(GOOD, quarantined=frozenset(numbers))
        assert judged_of(held, seen).load_failures == []


def earlier(**changes: object) -> Verification:
    """A verification that passed."""
    plain = Verification.model_construct(
        verdict="passed",
        page_errors=(),
        load_failures=(),
        shown=24,
        frames_per_second=60.0,
        renderer_class="hardware",
    )
    return plain.model_copy(update=changes)


def test_nothing_may_be_worse_than_before() -> None:
    """Frame rate, errors and failures are held against those of the verification before."""
    seen = a_visit(GOOD, power(4), draws=1000)
    assert judged_of(GOOD, seen, earlier()).verdict == "passed"
    assert judged_of(GOOD, seen, earlier(frames_per_second=90.0)).verdict == "passed"
    assert verdicts(judged_of(GOOD, seen, earlier(frames_per_second=144.0)))["frame rate"] == "failed"
    in_software = {
        most: earlier(frames_per_second=most, renderer_class="software") for most in (144.0, 300.0)
    }
    assert judged_of(GOOD, seen, in_software[144.0]).verdict == "passed"
    assert verdicts(judged_of(GOOD, seen, in_software[300.0]))["frame rate"] == "failed"
    boom = replace(seen, page_errors=["boom"])
    assert judged_of(GOOD, boom, earlier(page_errors=("boom",))).verdict == "passed"
    assert verdicts(judged_of(GOOD, boom, earlier(page_errors=("bang",))))["page errors"] == "failed"
    half = [unseen(pick, frames_drawn=0) for pick in seen.shown[:12]]
    failing = replace(seen, shown=[*half, *seen.shown[12:]])
    assert judged_of(GOOD, failing, earlier(load_failures=("",) * 12)).verdict == "passed"
    assert judged_of(GOOD, failing, earlier()).verdict == "failed"


def test_what_newliveweb_always_did_is_not_worse() -> None:
    """The first time there is nothing to compare with: its errors are told."""
    seen = told(a_visit(GOOD, power(4), draws=100), generation="public", rules=None, merged=None)
    judged = judged_of(GOOD, replace(seen, page_errors=["boom"]))
    assert judged.verdict == "passed"
    assert "boom" in next(finding.sentence for finding in judged.findings if finding.name == "page errors")
