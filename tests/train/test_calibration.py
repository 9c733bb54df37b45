"""A mapping to quality01 that keeps order and never says more than the scores did."""

import numpy as np
import pytest
from numpy.typing import NDArray

from harvest.records import parse, to_json
from train.calibration import Calibration, calibrate

Values = NDArray[np.float64]


def _rows(n: int, *, noise: float, seed: int = 0) -> tuple[Values, Values]:
    dice = np.random.default_rng(seed)
    score = dice.beta(1.2, 2, n)
    return score + noise * dice.normal(size=n), score


def test_a_constant_stays_one() -> None:
    """One prediction for all is mapped to the mean score."""
    _, score = _rows(500, noise=0)
    mapped = calibrate(np.full(500, 0.4), score)(np.array([0.4, 0.4, -3, 9]))
    assert mapped == pytest.approx(score.mean())


@pytest.mark.parametrize("noise", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("n", [60, 400, 3000])
def test_order_is_kept(n: int, noise: float) -> None:
    """Higher predictions never fall below lower ones, and nearly none become equal."""
    calibration = calibrate(*_rows(n, noise=noise))
    others, _ = _rows(2000, noise=noise, seed=1)
    mapped = calibration(np.sort(others))
    assert (np.diff(mapped) >= 0).all()
    assert len(np.unique(mapped)) > 0.97 * len(mapped)
    assert mapped.min() >= 0
    assert mapped.max() <= 1


@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0, 30.0])
def test_nothing_is_stretched(noise: float) -> None:
    """quality01 spreads as far as scores follow predictions: their spread times the correlation."""
    predicted, score = _rows(2000, noise=noise)
    others, their_score = _rows(2000, noise=noise, seed=1)
    supported = np.corrcoef(others, their_score)[0, 1] * their_score.std()
    assert calibrate(predicted, score)(others).std() <= supported + 0.03


def test_squeezed_predictions_come_to_the_same() -> None:
    """Predictions of a tenth of the spread, elsewhere, give the same quality01."""
    predicted, score = _rows(800, noise=0.1)
    squeezed = calibrate(predicted / 10 + 0.7, score)(predicted / 10 + 0.7)
    assert squeezed == pytest.approx(calibrate(predicted, score)(predicted))


def test_predictions_in_the_wrong_order_say_nothing() -> None:
    """The mapping only rises: a model that is upside down becomes a constant and fails the gate."""
    predicted, score = _rows(800, noise=0.1)
    assert calibrate(-predicted, score)(-predicted).std() < 0.01


def test_it_is_right_on_the_average() -> None:
    """Other rows with a quality01 near a value have scores near it, whatever shape predictions had."""
    for shape in (np.tanh, np.cbrt, np.exp):
        predicted, score = _rows(2000, noise=0.1)
        others, their_score = _rows(4000, noise=0.1, seed=1)
        mapped = calibrate(shape(4 * predicted), score)(shape(4 * others))
        bins = np.array_split(np.argsort(mapped), 10)
        missed = [abs(mapped[rows].mean() - their_score[rows].mean()) for rows in bins]
        assert np.mean(missed) < 0.03


def test_its_error_is_that_of_other_draws() -> None:
    """Made again from other rows, quality01 differs by about the error that it tells of itself."""
    where = np.linspace(0.15, 0.7, 12)
    made = [calibrate(*_rows(600, noise=0.3, seed=seed)) for seed in range(40)]
    varied = np.std([each(where) for each in made], axis=0)
    told = np.mean([each.error(where) for each in made], axis=0)
    assert 0.7 < np.mean(told / varied) < 2.0


def test_beyond_all_rows_it_is_less_certain() -> None:
    """What was never seen is told with a greater error than what was, and so is what few rows tell."""
    calibration = calibrate(*_rows(600, noise=0.3))
    error = calibration.error(np.array([knot.prediction for knot in calibration.knots]))
    assert min(error[0], error[-1]) > error[1:-1].max()
    fewer = calibrate(*_rows(60, noise=0.3))
    assert fewer.error(np.array([0.4]))[0] > calibration.error(np.array([0.4]))[0]
    assert calibrate(np.zeros(25), np.full(25, 0.5)).error(np.zeros(1))[0] == 0


def test_order_of_rows_changes_nothing() -> None:
    """The same rows give the same knots."""
    predicted, score = _rows(300, noise=0.2)
    predicted = np.round(predicted, 1)
    mixed = np.random.default_rng(3).permutation(300)
    assert calibrate(predicted[mixed], score[mixed]) == calibrate(predicted, score)


def test_it_is_plain_numbers() -> None:
    """It is written down whole: what is read again maps alike."""
    predicted, score = _rows(300, noise=0.2)
    calibration = calibrate(predicted, score)
    again = parse(to_json(calibration), Calibration)
    assert again == calibration
    assert np.array_equal(again(predicted), calibration(predicted))
    assert calibration.n == 300


def test_nothing_to_calibrate_with_is_an_error() -> None:
    """No rows, no mapping."""
    with pytest.raises(ValueError, match="no row"):
        calibrate(np.zeros(0), np.zeros(0))
