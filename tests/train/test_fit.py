"""The training learns, repeats itself to the bit, and survives what happens to it."""

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from tests.train import killed_fit
from tests.train.killed_fit import RECIPE, STEPS, train
from tests.train.planted import planted
from train import checkpoint
from train import fit as fitting
from train.checkpoint import CheckpointError, Files
from train.fit import Fitted, Progress, fit, learn, load, rank_correlations
from train.recipe import Recipe, TrainingError
from train.table import Table

ROWS, VALIDATION = planted(512, seed=1), planted(128, seed=2)
ROOT = Path(killed_fit.__file__).parents[2]


def same_weights(one: Fitted, other: Fitted) -> bool:
    """To the bit."""
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fitted]:
    """A training that nothing interrupted."""
    folder = tmp_path_factory.mktemp("through")
    return folder, train(folder)


def test_thirty_two_rows_are_learned_by_heart(tmp_path: Path) -> None:
    """A network that cannot do that can learn nothing."""
    few = planted(32)
    switches = dict.fromkeys(
        ("rank_weight", "pairwise_weight", "coupling_weight", "weight_decay", "dropout"), 0
    )
    often = {"epochs": 150, "patience": 150, "checkpoint_epochs": 150, "learning_rate": 5e-3}
    fitted = fit(few, few, Recipe.model_validate({**switches, **often}), tmp_path)
    predicted = fitted.predict(few)
    assert np.abs(predicted - few.score).mean() < 0.02
    found = rank_correlations(predicted, few)
    assert (found["elite"], found["eval"]) == (1, 1)


def test_what_was_planted_is_found(tmp_path: Path) -> None:
    """On rows it never saw, and with scores that spread."""
    fitted = fit(planted(4000, seed=1), planted(1000, seed=2), Recipe(epochs=8), tmp_path)
    unseen = planted(1000, seed=3)
    predicted = fitted.predict(unseen)
    assert predicted.dtype == np.float32
    assert predicted.min() >= 0
    assert predicted.max() <= 1
    assert predicted.std() > 0.1
    found = rank_correlations(predicted, unseen)
    assert (found["all"] or 0) > 0.45
    assert (found["elite"] or 0) > 0.3
    assert found["neg"] is None


def test_two_trainings_are_the_same_to_the_bit(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Whatever random numbers were drawn, and however many threads there were, before."""
    torch.rand(7)
    again = train(tmp_path)
    assert same_weights(through[1], again)
    names = ("models/coupling_net_final.json", "training_history.json")
    assert all((through[0] / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_another_seed_gives_another_network(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Else the seed would do nothing."""
    other = fit(ROWS, VALIDATION, RECIPE.model_copy(update={"seed": 1}), tmp_path)
    assert not same_weights(through[1], other)


def test_it_leaves_threads_and_random_numbers_as_they_were(tmp_path: Path) -> None:
    """Others in the same process go on as if nothing had been."""
    before = torch.get_num_threads(), torch.get_rng_state()
    train(tmp_path)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_rows_in_another_order_sorted_again_teach_the_same(
    through: tuple[Path, Fitted], tmp_path: Path
) -> None:
    """What a training learns hangs on the rows, not on how they came."""
    shuffled = ROWS[np.random.default_rng(5).permutation(len(ROWS))]
    back = shuffled[np.lexsort((shuffled.bg, shuffled.fg))]
    assert same_weights(through[1], fit(back, VALIDATION, RECIPE, tmp_path))


def test_killed_and_resumed_it_gives_the_same_weights(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Twice, each time at some step, as a power cut would."""
    for step in sorted(random.Random(6).sample(range(4, STEPS), 2)):  # noqa: S311 - nothing here is secret
        _killed_after(step, tmp_path)
    resumed = train(tmp_path, resume_from=tmp_path)
    assert same_weights(through[1], resumed)
    assert resumed.history == through[1].history


def _killed_after(step: int, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.train.killed_fit", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            epoch, done = map(int, line.split())
            if epoch * STEPS // RECIPE.epochs + done >= step:
                break
        process.kill()
    assert process.returncode != 0


def test_an_interrupt_leaves_what_can_be_resumed(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Ctrl-C before the first checkpoint is due keeps one all the same."""

    def interrupt(progress: Progress) -> None:
        if progress.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(ROWS, VALIDATION, RECIPE, tmp_path, told=interrupt)
    assert same_weights(through[1], train(tmp_path, resume_from=tmp_path))


def _no_number(at: set[int]) -> Callable[..., dict[str, float]]:
    """A step whose loss, at some calls, is no number."""
    calls = iter(range(10_000))

    def step(*given: Any) -> dict[str, float]:
        found = learn(*given)
        return {**found, "all": float("nan")} if next(calls) in at else found

    return step


def test_a_loss_that_is_no_number_sends_it_back_with_half_the_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last healthy state; then it goes on to the end."""
    notes: list[str] = []
    monkeypatch.setattr(fitting, "learn", _no_number({5, 20}))
    fitted = fit(ROWS, VALIDATION, RECIPE, tmp_path, told=lambda p: notes.append(p.note) if p.note else None)
    assert "the loss is no number: back to epoch 0, step 3, with 0.5 of the rate" in notes
    assert fitted.about.state.rate == 0.25
    assert len(fitted.history) == RECIPE.epochs
    assert np.isfinite(fitted.predict(VALIDATION)).all()


def test_a_loss_that_stays_no_number_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After as many set-backs as the recipe has, in words."""
    monkeypatch.setattr(fitting, "learn", _no_number(set(range(2, 10_000))))
    with pytest.raises(TrainingError, match=r"after 2 set-backs still.*Try a lower one"):
        fit(ROWS, VALIDATION, RECIPE.model_copy(update={"set_backs": 2}), tmp_path)


def test_a_rate_beyond_all_reason_is_survived_or_told(tmp_path: Path) -> None:
    """Weights that overflow are never kept."""
    with pytest.raises(TrainingError, match="no number"):
        fit(ROWS, VALIDATION, RECIPE.model_copy(update={"learning_rate": 1e38, "set_backs": 1}), tmp_path)
    assert (
        not any((tmp_path / "models").glob("*")) or load(Files(tmp_path).best).predict(VALIDATION).max() <= 1
    )


def test_it_stops_early_and_gives_the_best(tmp_path: Path) -> None:
    """Where the features say nothing, more epochs bring nothing."""
    noise = np.random.default_rng(0).random(len(ROWS), np.float32)
    recipe = RECIPE.model_copy(update={"epochs": 50, "patience": 2})
    fitted = fit(replace(ROWS, score=noise, spatial=noise * np.nan), VALIDATION, recipe, tmp_path)
    ranked = [epoch.validation["all"] or 0 for epoch in fitted.history]
    assert len(ranked) < 50
    assert len(ranked) == int(np.argmax(ranked)) + 1 + 2
    best = load(Files(tmp_path).best)
    assert same_weights(best, fitted)
    assert rank_correlations(best.predict(VALIDATION), VALIDATION)["all"] == pytest.approx(max(ranked))


def test_the_history_is_written_as_it_goes(tmp_path: Path) -> None:
    """A person can look before the end."""
    seen: list[int] = []

    def look(progress: Progress) -> None:
        if progress.epoch and not progress.step:
            told = orjson.loads(Files(tmp_path).history.read_bytes())
            seen.append(len(told["epochs"]))

    fit(ROWS, VALIDATION, RECIPE, tmp_path, told=look)
    assert seen[:3] == [1, 2, 3]


def test_a_model_is_read_back(through: tuple[Path, Fitted]) -> None:
    """It scores as it did when it was trained."""
    folder, fitted = through
    assert (load(Files(folder).best).predict(VALIDATION) == fitted.predict(VALIDATION)).all()


def test_it_refuses_rows_with_other_columns(through: tuple[Path, Fitted]) -> None:
    """A score from other features would mean nothing."""
    other = replace(VALIDATION, columns=("fg.other", *VALIDATION.columns[1:]))
    with pytest.raises(TrainingError, match="do not have the model's 63 columns"):
        through[1].predict(other)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"learning_rate": 0.5}, "learning_rate 0.002 instead of 0.5"), ({"seed": 9}, "seed 0 instead of 9")],
)
def test_another_recipe_does_not_resume(
    through: tuple[Path, Fitted], tmp_path: Path, change: dict[str, float], words: str
) -> None:
    """It would end with other weights."""
    other = RECIPE.model_copy(update=change)
    with pytest.raises(CheckpointError, match=words):
        fit(ROWS, VALIDATION, other, tmp_path, resume_from=through[0])


def test_other_rows_do_not_resume(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Likewise."""
    with pytest.raises(CheckpointError, match="with other rows"):
        fit(ROWS[1:], VALIDATION, RECIPE, tmp_path, resume_from=through[0])


def _without_couplings(table: Table) -> Table:
    return replace(table, spatial=table.spatial * np.nan, temporal=table.temporal * np.nan)


def test_it_begins_with_an_earlier_models_weights(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """One epoch more of the same starts where the other ended; resumed, it must start from the same."""
    recipe = RECIPE.model_copy(update={"epochs": 1, "learning_rate": 1e-9})
    best = Files(through[0]).best
    later = fit(ROWS, VALIDATION, recipe, tmp_path, start_from=checkpoint.load(best))
    assert later.predict(VALIDATION) == pytest.approx(load(best).predict(VALIDATION), abs=1e-4)
    with pytest.raises(CheckpointError, match="started from another model"):
        fit(ROWS, VALIDATION, recipe, tmp_path, resume_from=tmp_path)


def test_a_warm_up_without_couplings_leads_to_a_training_with_them(tmp_path: Path) -> None:
    """What the first never met the second learns from its own rows."""
    warm = fit(_without_couplings(ROWS), VALIDATION, RECIPE, tmp_path / "warm")
    full = fit(
        ROWS, VALIDATION, RECIPE, tmp_path / "full", start_from=checkpoint.load(Files(tmp_path / "warm").best)
    )
    assert (warm.about.coupled, full.about.coupled) == (False, True)
    assert full.network.state_dict()["coupling_scale"].min() > 0


def test_other_features_are_no_start(through: tuple[Path, Fitted], tmp_path: Path) -> None:
    """Nor is another width."""
    names = [f"{name[:-3]}y{name[-2:]}" for name in ROWS.columns]
    rows, validation = (replace(table, columns=tuple(names)) for table in (ROWS, VALIDATION))
    best = checkpoint.load(Files(through[0]).best)
    with pytest.raises(TrainingError, match="other features"):
        fit(rows, validation, RECIPE, tmp_path, start_from=best)
    with pytest.raises(TrainingError, match="another width"):
        fit(ROWS, VALIDATION, RECIPE.model_copy(update={"width": 32}), tmp_path, start_from=best)


def _broken(**changed: float) -> Table:
    arrays = {name: getattr(ROWS, name).copy() for name in changed}
    for name, value in changed.items():
        arrays[name][3] = value
    return replace(ROWS, **arrays)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (_broken(score=float("nan")), "score does not lie between 0 and 1"),
        (_broken(score=5.0), "score does not lie between 0 and 1"),
        (_broken(weight=-1.0), "weight of a row"),
        (_broken(values=float("inf")), "feature that is said to be known"),
        (ROWS[:0], "no rows"),
    ],
)
def test_rows_that_teach_nonsense_are_refused(rows: Table, words: str, tmp_path: Path) -> None:
    """Before the first step."""
    with pytest.raises(TrainingError, match=words):
        fit(rows, VALIDATION, RECIPE, tmp_path)


def test_a_gpu_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never does it train on something else in silence."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match="cuda was asked for"):
        fit(ROWS, VALIDATION, Recipe(device="cuda"), tmp_path)


def test_rank_correlation_is_spearmans() -> None:
    """Equal to the correlation of ranks, ties shared."""
    table = planted(40)
    predicted = np.round(np.random.default_rng(0).random(40), 1).astype(np.float32)

    def ranked(values: np.ndarray[Any, Any]) -> list[float]:
        return [float((values < value).sum() + ((values == value).sum() - 1) / 2) for value in values]

    wanted = np.corrcoef(ranked(predicted), ranked(table.score))[0, 1]
    assert rank_correlations(predicted, table)["all"] == pytest.approx(wanted)
    assert rank_correlations(np.zeros(40, np.float32), table)["all"] is None
