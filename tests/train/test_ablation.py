"""The ablation changes what it says and nothing else, and tells differences from chance."""

from typing import Any

import pytest

from tests.train.planted import planted
from train import ablation
from train.ablation import AS_IT_IS, COLUMNS, VARIANTS, Run, Variant, ablate, lines
from train.dataset import DataRequest, Dataset
from train.fit import fit
from train.recipe import Recipe

RECIPE = Recipe(epochs=2, batch_size=64)


def _data(seed: int) -> Dataset:
    train, validation, test = (planted(240, seed=3 * seed + at) for at in range(3))
    return Dataset(
        train=train,
        validation=validation,
        test=test,
        counts=(),
        refused={},
        told=(),
        features="none",
        content_hash="none",
    )


def test_each_variant_changes_the_recipe() -> None:
    """To one that is allowed, and that is not what it was."""
    for name, changed in VARIANTS.items():
        other = Recipe.model_validate({**Recipe().model_dump(), **changed})
        assert (other == Recipe()) == (name == AS_IT_IS)


def test_all_variants_meet_the_same_rows_from_the_same_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is changed to nothing differs in nothing; what is changed does; every training is counted."""
    dealt: list[int] = []
    recipes: list[Recipe] = []

    def build(request: DataRequest) -> Dataset:
        dealt.append(request.seed)
        return _data(request.seed)

    def remembered(*given: Any) -> Any:
        recipes.append(given[2])
        return fit(*given)

    monkeypatch.setattr(ablation, "build", build)
    monkeypatch.setattr(ablation, "fit", remembered)
    monkeypatch.setattr(
        ablation, "VARIANTS", {AS_IT_IS: {}, "again": {}, "without attention": {"attention": False}}
    )
    told: list[tuple[int, int]] = []
    ours, again, without = ablate(DataRequest(), RECIPE, [4, 5], lambda done, of: told.append((done, of)))
    assert dealt == [4, 5]
    assert told == [(done, 6) for done in range(1, 7)]
    assert [recipe.seed for recipe in recipes] == [4, 4, 4, 5, 5, 5]
    assert [recipe.attention for recipe in recipes] == [True, True, False] * 2
    assert _figures(ours) == _figures(again) != _figures(without)
    assert [line[3] for line in lines([ours, again])] == ["", "the same"]


def _figures(variant: Variant) -> list[Any]:
    return [run.model_dump(exclude={"seconds"}) for run in variant.runs]


def test_differences_are_told_deal_by_deal() -> None:
    """What is better by the same in every deal is surely better, however much deals differ."""
    ours = _variant(AS_IT_IS, 0.2, 0.5, None)
    better, useless = _variant("better", 0.25, 0.55, 0.9), _variant("useless", None, None, None)
    found = list(lines([ours, better, useless]))
    assert {len(line) for line in found} == {len(COLUMNS)}
    assert found[0][2:4] == ("0.350 ± 0.212", "")
    assert found[1][3] == "+0.050 ± 0.000"
    assert found[2][2:4] == ("none", "none")


def _variant(name: str, *orders: float | None) -> Variant:
    runs = [
        Run(seed=seed, rank_correlation=order, quality_std=0.1, elite_auc=0.8, seconds=1.0)
        for seed, order in enumerate(orders)
    ]
    return Variant(name=name, changed={}, runs=tuple(runs))
