"""What learned passes, what did not is refused with its reason, and too little data is neither."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from harvest.records import QualityCounts, QualityFile, QualityStats
from tests.train.planted_table import parts, planted
from train.advice import Counts, next_steps
from train.baselines import BASELINES, Learner, Predictor, shuffled
from train.calibration import calibrate
from train.gate import Check, Evidence, Limits, Verdict, choose, judge
from train.giveaway import Giveaway, find_giveaway
from train.metrics import Estimate, Metrics, evaluate
from train.scores import Scored, quality_file
from train.table import SOURCES, Table

torch.set_num_threads(1)

Parts = tuple[Table, Table, Table]


def _is_scored(table: Table) -> NDArray[np.bool_]:
    return table.source != SOURCES.index("neg")


def _assess(predict: Predictor, data: Parts) -> tuple[Metrics, QualityFile]:
    """Calibrate on validation rows, as the pipeline does, then measure and score what was held out."""
    _, validation, held_out = data
    seen = validation[_is_scored(validation)]
    calibration = calibrate(predict(seen), seen.score)
    pack = predict(held_out[_is_scored(held_out)])
    scored = Scored(pack="a", pairs=range(len(pack)), predicted=pack, missing=())
    return evaluate(calibration(predict(held_out)), held_out), quality_file(scored, calibration, {})


@cache
def _data(rows: int = 300) -> Parts:
    return parts(rows)


@cache
def _chance() -> Sequence[Metrics]:
    data = _data()
    return [_assess(each, data)[0] for each in shuffled(BASELINES["ridge"], *data[:2], range(100, 110))]


@cache
def _giveaway(train: Table, held_out: Table) -> Giveaway:
    return find_giveaway(train, held_out)


def _evidence(predict: Predictor, data: Parts) -> Evidence:
    metrics, quality = _assess(predict, data)
    beside, _ = _assess(BASELINES["constant"](*data[:2], 0), data)
    return Evidence(
        chosen="network",
        metrics={"network": metrics, "constant": beside},
        shuffled=_chance(),
        giveaway=_giveaway(data[0], data[2]),
        quality=[quality],
    )


def _verdict(predict: Predictor, data: Parts) -> Verdict:
    return judge(_evidence(predict, data))


def _missed(verdict: Verdict) -> dict[str, Check]:
    return {check.name: check for check in verdict.checks if check.verdict != "passed"}


@pytest.mark.parametrize("name", ["ridge", "lightgbm", "mlp"])
def test_a_planted_signal_passes(name: str) -> None:
    """What really learned passes every check."""
    data = _data()
    verdict = _verdict(BASELINES[name](*data[:2], 0), data)
    assert verdict.verdict == "passed", _missed(verdict)


def test_twenty_of_twenty_shuffled_trainings_fail() -> None:
    """Scores dealt out anew teach nothing that passes, with the labels held out left as they are."""
    data = _data()
    learners: list[Learner] = [BASELINES["ridge"]] * 10 + [BASELINES["lightgbm"]] * 10
    verdicts = [
        _verdict(shuffled(learner, *data[:2], [seed])[0], data).verdict
        for seed, learner in enumerate(learners)
    ]
    assert verdicts == ["failed"] * 20


def test_labels_shuffled_everywhere_fail() -> None:
    """When the labels themselves mean nothing, the held-out ones too, nothing is found in them."""
    dice = np.random.default_rng(5)
    train, validation, held_out = (replace(table, score=dice.permutation(table.score)) for table in _data())
    data = train, validation, held_out
    verdict = _verdict(BASELINES["ridge"](train, validation, 0), data)
    assert verdict.verdict == "failed"
    assert {"rank correlation", "above shuffled labels"} <= _missed(verdict).keys()


def test_a_constant_fails() -> None:
    """One number for all pairs has no order, no spread, and stretches to none."""
    data = _data()
    verdict = _verdict(BASELINES["constant"](*data[:2], 0), data)
    assert verdict.verdict == "failed"
    assert {"rank correlation", "quality std", "p50 - min", "not stretched"} <= _missed(verdict).keys()


@pytest.mark.parametrize("power", [1, -3])
def test_a_copied_label_fails(power: int) -> None:
    """A feature made of the label is found by name, whichever way it is written down."""
    train, validation, held_out = (_with_copy(table, power) for table in _data())
    verdict = _verdict(BASELINES["ridge"](train, validation, 0), (train, validation, held_out))
    assert verdict.verdict == "failed"
    assert "fg.f3" in _missed(verdict)["no leak"].sentence


def test_a_label_copied_for_one_source_fails() -> None:
    """A feature that knows the scores of eval rows alone, and nothing of others, is found too."""
    train, validation, held_out = (_with_copy(table, 1) for table in _data())
    for table in (train, validation, held_out):
        table.known[table.source != SOURCES.index("eval"), 3] = False
    found = find_giveaway(train, held_out)
    assert found.column == "fg.f3"
    assert found.correlation > Limits().leak


def _with_copy(table: Table, power: int) -> Table:
    values = table.values.copy()
    values[:, 3] = (table.score + 0.1) ** power
    return replace(table, values=values, known=np.ones_like(table.known))


def test_honest_features_are_no_leak() -> None:
    """The best single feature of a planted signal stays far below the limit."""
    found = find_giveaway(_data()[0], _data()[2])
    assert found.shared_files == 0
    assert 0.3 < found.correlation < 0.8


def test_files_on_both_sides_fail() -> None:
    """Held-out rows with a file that was learned from prove nothing."""
    train, validation, held_out = _data()
    shared = replace(held_out, bg=np.where(held_out.bg == held_out.bg[0], train.fg[0], held_out.bg))
    verdict = _verdict(BASELINES["ridge"](train, validation, 0), (train, validation, shared))
    assert verdict.verdict == "failed"
    assert _missed(verdict)["files apart"].value == 1


def test_ten_rows_are_undecided() -> None:
    """However well ten rows are put in order, that says nothing, and the check says how many would."""
    train, validation, _ = _data()
    few = planted(scored=8, elite=2, negatives=20, first_file=2_000_000)
    verdict = _verdict(BASELINES["ridge"](train, validation, 0), (train, validation, few))
    assert verdict.verdict == "undecided"
    assert verdict.checks[0].needed == Limits().scored_rows


def test_order_of_rows_changes_nothing() -> None:
    """The same rows in another order get the same verdict, figure for figure."""
    train, validation, held_out = _data()
    predict = BASELINES["ridge"](train, validation, 0)
    mixed = np.random.default_rng(3).permutation(len(held_out))
    assert _verdict(predict, (train, validation, held_out[mixed])) == _verdict(
        predict, (train, validation, held_out)
    )


def _passing() -> Evidence:
    """Evidence with nothing wrong, to spoil one thing at a time."""
    half = Estimate(value=0.5, n=400, spread=0.04)
    high = Estimate(value=0.9, n=60, spread=0.03)
    metrics = Metrics(
        rank_correlation=half,
        rank_correlation_elite=half,
        rank_correlation_eval=half,
        pairwise_accuracy=high,
        elite_auc=high,
        elite_pass=high,
        ndcg20=high,
        calibration_error=Estimate(value=0.05, n=400, spread=0.01),
        calibration_slope=Estimate(value=1.0, n=400, spread=0.1),
    )
    nothing = _with(metrics, rank_correlation=Estimate(value=0.01, n=400, spread=0.05))
    nothing = _with(nothing, elite_auc=Estimate(value=0.5, n=60, spread=0.04))
    return Evidence(
        chosen="network",
        metrics={"network": metrics, "ridge": nothing},
        shuffled=[nothing] * 5,
        giveaway=Giveaway(shared_files=0, column="fg.zoom", correlation=0.4),
        quality=[_quality()],
    )


def _with(metrics: Metrics, **figures: Estimate) -> Metrics:
    return metrics.model_copy(update=figures)


def _spoilt(figure: str, value: float | None, n: int = 400) -> Evidence:
    evidence = _passing()
    worse = _with(evidence.ours, **{figure: Estimate(value=value, n=n, spread=0.04)})
    return replace(evidence, metrics={**evidence.metrics, "network": worse})


def _quality(*, std: float = 0.2, low: float = 0.1, missing: int = 0, pack: str = "a") -> QualityFile:
    stats = QualityStats(min=low, max=0.9, std=std, p50=0.5, p95=0.8)
    return QualityFile(pack=pack, pairs=(), quality_stats=stats, stats=QualityCounts(missing_files=missing))


@pytest.mark.parametrize(
    ("evidence", "name", "expected"),
    [
        (_spoilt("rank_correlation", 0.1), "rank correlation", "failed"),
        (_spoilt("rank_correlation", None), "rank correlation", "failed"),
        (_spoilt("rank_correlation", 0.999), "believable", "failed"),
        (_spoilt("elite_auc", 0.55, n=60), "elite AUC", "failed"),
        (_spoilt("elite_auc", 0.9, n=4), "elite AUC", "undecided"),
        (_spoilt("elite_pass", 0.5, n=60), "elite pass rate", "failed"),
        (_spoilt("calibration_slope", 0.4), "not stretched", "failed"),
        (replace(_passing(), shuffled=_passing().shuffled[:4]), "above shuffled labels", "undecided"),
        (replace(_passing(), shuffled=[_passing().ours] * 5), "above shuffled labels", "passed"),
        (replace(_passing(), metrics={"network": _passing().ours}), "baselines", "undecided"),
        (replace(_passing(), chosen="ridge"), "baselines", "failed"),
        (replace(_passing(), quality=[_quality(), _quality(std=0.0192)]), "quality std", "failed"),
        (replace(_passing(), quality=[_quality(low=0.46)]), "p50 - min", "failed"),
        (replace(_passing(), quality=[_quality(missing=1)]), "missing files", "failed"),
        (replace(_passing(), quality=[]), "scores", "undecided"),
    ],
)
def test_each_check_catches_its_own(evidence: Evidence, name: str, expected: str) -> None:
    """One thing wrong is one check missed, and the whole is no better than that check."""
    verdict = judge(evidence)
    if expected == "passed":
        assert name not in _missed(verdict)
        return
    assert _missed(verdict)[name].verdict == expected
    assert verdict.verdict in {expected, "failed"}


def test_nothing_wrong_passes() -> None:
    """The evidence that the tests above spoil is sound."""
    assert _missed(judge(_passing())) == {}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (_quality(pack="b", std=0.01), "quality std"),
        (_quality(pack="b", low=0.49), "p50 - min"),
        (_quality(pack="b", missing=2), "missing files"),
    ],
)
def test_what_is_wrong_with_a_pack_is_held_against_it_alone(wrong: QualityFile, name: str) -> None:
    """The other pack passes, and the whole does not; the check names its pack, those of the model none."""
    verdict = judge(replace(_passing(), quality=[_quality(), wrong]))
    assert verdict.packs == {"a": "passed", "b": "failed"}
    assert verdict.verdict == "failed"
    assert _missed(verdict)[name].pack == "b"
    assert {check.pack for check in verdict.checks} == {None, "a", "b"}
    assert any("b: " in step for step in next_steps(verdict, replace(COUNTS, sampled=10))) == (
        name == "missing files"
    )


def test_what_is_wrong_with_the_model_is_held_against_every_pack() -> None:
    """Too few rows leave every pack undecided, and a model that learned nothing fails them all."""
    both = [_quality(), _quality(pack="b", std=0.01)]
    few = judge(replace(_spoilt("rank_correlation", 0.5, n=4), quality=both))
    assert few.packs == {"a": "undecided", "b": "undecided"}
    nothing = judge(replace(_spoilt("rank_correlation", 0.1), quality=both))
    assert nothing.packs == {"a": "failed", "b": "failed"}


def test_what_is_not_asked_is_not_checked() -> None:
    """Without elite pairs to go by, those checks can be left out by name."""
    limits = Limits(elite_auc=None, elite_pass=None)
    assert judge(_spoilt("elite_auc", None, n=0), limits).verdict == "passed"


def test_the_best_on_validation_is_used() -> None:
    """A baseline that orders better is used and said to be; of equals the network is."""
    better, worse = _passing().ours, _passing().metrics["ridge"]
    won = choose({"network": [worse, worse], "ridge": [better, better]})
    assert won.name == "ridge"
    assert "ridge" in won.sentence
    assert "instead of the network" in won.sentence
    assert choose({"ridge": [better], "network": [better]}).name == "network"
    unknown = _with(better, rank_correlation=Estimate(value=None, n=9, spread=None))
    assert choose({"network": [unknown], "ridge": [worse]}).name == "ridge"


COUNTS = Counts(pairs=1000, sampled=1000, elite=150, negatives=5000, epochs=20, best_epoch=12)


@pytest.mark.parametrize(
    ("evidence", "counts", "expected"),
    [
        (_passing(), COUNTS, []),
        (
            _spoilt("rank_correlation", 0.1),
            replace(COUNTS, sampled=400),
            ["More coverage: 400 of 1,000", "More epochs will not help: number 12 of 20"],
        ),
        (
            _spoilt("rank_correlation", 0.1, n=10),
            replace(COUNTS, sampled=100),
            ["about 600 are needed", "More epochs will not help"],
        ),
        (
            _spoilt("elite_auc", 0.6, n=60),
            replace(COUNTS, negatives=500, best_epoch=20),
            ["More negatives: 500", "--neg-samples 2300", "More epochs: number 20 of 20", "--epochs 40"],
        ),
        (
            _spoilt("rank_correlation", 0.1),
            COUNTS,
            ["Other features, or more pairs scored by hand", "will not help"],
        ),
        (_spoilt("elite_auc", 0.9, n=4), COUNTS, ["More elite pairs", "there are 150"]),
        (replace(_passing(), quality=[_quality(missing=3)]), COUNTS, ["3 pairs have no score"]),
        (
            replace(_passing(), giveaway=Giveaway(shared_files=0, column="fg.copy", correlation=0.99)),
            COUNTS,
            ["Leave out the feature", "fg.copy"],
        ),
    ],
)
def test_next_steps_follow_from_the_data(evidence: Evidence, counts: Counts, expected: list[str]) -> None:
    """The owner's order, coverage, negatives, epochs, and only what is really short."""
    steps = "\n".join(next_steps(judge(evidence), counts))
    places = [steps.find(each) for each in expected]
    assert -1 not in places, steps
    assert places == sorted(places)
    if not expected:
        assert not steps
    if "will not help" not in "".join(expected) and "--epochs" not in "".join(expected):
        assert "--epochs" not in steps
