"""The network does what its formulas say, and reads rows as they are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.train.planted import planted
from train.model import AdaptiveWeights, Network, ResidualAttention, lay_out, standardise
from train.recipe import Recipe, TrainingError
from train.table import Table

TABLE = planted(64)


def network(table: Table = TABLE, recipe: Recipe = Recipe()) -> Network:  # noqa: B008 - it is frozen
    """Build one that has learned nothing."""
    layout = lay_out(table)
    return Network(layout, recipe, standardise(table, layout)).eval()


@pytest.mark.parametrize("layer_norm", [True, False])
def test_attention_equals_numpy(layer_norm: bool) -> None:  # noqa: FBT001 - a case
    """softmax(QKᵀ/√d)·V + Q in each of 4 heads, then the layer norm."""
    attention = ResidualAttention(Recipe(layer_norm=layer_norm))
    tokens = np.random.default_rng(0).normal(size=(5, 3, 64)).astype(np.float32)
    query, key, value = np.split(tokens @ attention.project.weight.detach().numpy().T, 3, axis=2)
    wanted = np.empty_like(tokens)
    for pair in range(5):
        for head in range(4):
            own = slice(16 * head, 16 * head + 16)
            q, k, v = query[pair, :, own], key[pair, :, own], value[pair, :, own]
            seen = np.exp(q @ k.T / np.sqrt(16))
            wanted[pair, :, own] = seen / seen.sum(axis=1, keepdims=True) @ v + q
    if layer_norm:
        wanted -= wanted.mean(axis=2, keepdims=True)
        wanted /= np.sqrt(wanted.var(axis=2, keepdims=True) + 1e-5)
    found = attention(torch.as_tensor(tokens)).detach().numpy()
    assert found == pytest.approx(wanted, abs=1e-4)


def test_adaptive_weights_equal_numpy_and_estimate_what_was_not_measured() -> None:
    """w_s·S + w_t·T + b with S and T as measured, or else as estimated; the estimate is cut off."""
    adaptive = AdaptiveWeights(64)
    features, couplings = torch.randn(6, 64), torch.randn(6, 2)
    measured = torch.tensor([[1.0, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]])
    found, estimated = adaptive(features, couplings, measured)
    weights = adaptive.weigh(features).detach().numpy()
    used = np.where(measured.numpy() > 0, couplings.numpy(), estimated.detach().numpy())
    wanted = weights[:, 0] * used[:, 0] + weights[:, 1] * used[:, 1] + weights[:, 2]
    assert found.detach().numpy() == pytest.approx(wanted, abs=1e-5)
    found.sum().backward()
    assert adaptive.estimate.weight.grad is None


def test_order_of_pairs_changes_no_prediction() -> None:
    """Each pair is judged by itself."""
    judge = network()
    rows = judge.read(TABLE)
    order = torch.randperm(len(TABLE), generator=torch.Generator().manual_seed(0))
    assert torch.allclose(judge(rows)[0][order], judge(rows[order])[0], atol=1e-6)
    assert torch.allclose(judge(rows)[0][:3], judge(rows[:3])[0], atol=1e-6)


def test_what_is_not_known_is_not_read() -> None:
    """Whatever stands in the place of an unknown feature, the score is the same; and the gap is seen."""
    known = TABLE.known.copy()
    known[::2, 3] = False
    gappy = replace(TABLE, known=known)
    judge = network(gappy)
    values = TABLE.values.copy()
    values[::2, 3] = np.nan
    rows = judge.read(replace(gappy, values=values))
    assert (judge.read(gappy) == rows).all()
    assert rows.isfinite().all()
    assert judge.layout.flagged == ("fg.x03", "bg.x03")
    assert (judge.read(TABLE) != rows).any(dim=1)[::2].all()


def test_a_column_that_never_differed_counts_for_nothing() -> None:
    """A pair that has something new there is judged as if it had not."""
    values = TABLE.values.copy()
    values[:, -1] = 0.1
    judge = network(replace(TABLE, values=values))
    rows = judge.read(TABLE)
    assert (rows == judge.read(replace(TABLE, values=values))).all()


def test_a_file_is_read_the_same_on_either_side() -> None:
    """What fg and bg are measured in is found from both."""
    layer = [place for place, name in enumerate(TABLE.columns) if name.startswith("fg.")]
    other = [place for place, name in enumerate(TABLE.columns) if name.startswith("bg.")]
    values = TABLE.values.copy()
    values[:, other] = values[:, layer]
    rows = network().read(replace(TABLE, values=values))
    assert (rows[:, : len(layer)] == rows[:, len(layer) : 2 * len(layer)]).all()


@pytest.mark.parametrize("mechanism", ["attention", "layer_norm", "adaptive_weights"])
def test_each_mechanism_can_be_switched_off(mechanism: str) -> None:
    """Then its weights are gone."""
    with_it, without = network(), network(recipe=Recipe().model_copy(update={mechanism: False}))
    assert set(without.state_dict()) < set(with_it.state_dict())
    assert without(without.read(TABLE)).logit.isfinite().all()


def test_without_any_s_and_t_the_adaptive_weights_are_left_out() -> None:
    """There is nothing to weigh, and nothing to learn an estimate from."""
    nothing = np.full(len(TABLE), np.nan, np.float32)
    judge = network(replace(TABLE, spatial=nothing, temporal=nothing))
    assert judge(judge.read(TABLE)).adaptive is None


def test_the_network_is_small() -> None:
    """Less than 10 MB, by far."""
    assert network().size_bytes < 1_000_000


def test_other_columns_are_refused() -> None:
    """By name: those that are lacking, those it never saw, or their order."""
    judge = network()
    names = list(TABLE.columns)
    with pytest.raises(TrainingError, match=r"they lack 1: fg\.x00; the model never saw 1: fg\.new"):
        judge.read(replace(TABLE, columns=("fg.new", *names[1:])))
    with pytest.raises(TrainingError, match="another order"):
        judge.read(replace(TABLE, columns=tuple(reversed(names))))


def test_features_that_do_not_pair_are_refused() -> None:
    """Both layers share an encoder, so they must have the same features; each part must have some."""
    with pytest.raises(TrainingError, match=r"only one of them has x00"):
        lay_out(replace(TABLE, columns=("pair.odd", *TABLE.columns[1:])))
    with pytest.raises(TrainingError, match="no feature of pair"):
        lay_out(
            replace(
                TABLE,
                columns=tuple(name for name in TABLE.columns if "pair" not in name),
                known=TABLE.known[:, :48],
            )
        )


def test_a_width_that_no_heads_can_share_is_refused() -> None:
    """In words."""
    with pytest.raises(TrainingError, match="cannot be split among 5 heads"):
        ResidualAttention(Recipe(heads=5))
