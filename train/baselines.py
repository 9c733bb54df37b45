"""What a network must beat: models that anybody could train in a minute, on the same rows.

    constant    says the mean of all scores
    ridge       a straight line in every feature, solved at once; its penalty is chosen on the validation rows
    lightgbm    boosted trees
    mlp         two plain layers, without any mechanism
    shuffled    any of these, or the network, trained on scores dealt out anew: what chance looks like

Each learns from sources in the same shares as the network, however many rows they have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import lightgbm
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from train.fit import on_threads
from train.learned import (
    Constant,
    Layers,
    Learned,
    Line,
    Predictions,
    Scale,
    Trees,
    as_tensor,
    two_layers,
    with_gaps,
)
from train.table import SOURCES, Source, Table

Predictor: TypeAlias = Callable[[Table], Predictions]
Learner: TypeAlias = Callable[[Table, Table, int], Predictor]
"""From rows to learn from, rows to stop and choose by, and a seed."""

MIX: Mapping[Source, float] = {"elite": 0.25, "eval": 0.25, "neg": 0.5}
"""How much each source counts together."""

# Neither tells all of its types.
_boosting: Any = lightgbm
_chance: Any = torch.random

_PENALTIES = (0.001, 0.01, 0.1, 1.0)
"""Beside the mean variance of a feature, which is 1."""
_TREES = 400
_THREADS = 1
"""On two busy cores two threads took 190 s where one took 4: they spin while they wait for each other."""
_PATIENCE = 30
_WIDTH = 64
_EPOCHS = 30
_BATCH = 512


def constant(train: Table, _validation: Table, _seed: int) -> Learned:
    """Learn the mean."""
    return Constant(train.columns, float(np.average(train.score, weights=row_weights(train))))


def ridge(train: Table, validation: Table, _seed: int) -> Learned:
    """Learn a straight line, in closed form."""
    scale = Scale.of(train)
    x, y, weights = scale(train), train.score.astype(np.float64), row_weights(train)
    means, mean = np.average(x, axis=0, weights=weights), np.average(y, weights=weights)
    weighted = (x - means) * weights[:, None]
    gram, target = weighted.T @ (x - means) / len(x), weighted.T @ (y - mean) / len(x)
    seen, judged = scale(validation) - means, row_weights(validation)

    def solve(penalty: float) -> NDArray[np.float64]:
        return np.linalg.solve(gram + penalty * np.eye(len(gram)), target).astype(np.float64)

    def error(slopes: NDArray[np.float64]) -> float:
        return float((judged * (seen @ slopes + mean - validation.score) ** 2).sum())

    slopes = min(map(solve, _PENALTIES), key=error)
    return Line(train.columns, scale, slopes, float(mean - means @ slopes))


def trees(train: Table, validation: Table, seed: int) -> Learned:
    """Learn boosted trees."""
    settings = {
        "objective": "regression",
        "learning_rate": 0.05,
        "num_leaves": 31,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": _THREADS,
        "verbosity": -1,
    }
    learned = _boosting.Dataset(
        with_gaps(train), train.score, weight=row_weights(train), feature_name=list(train.columns)
    )
    judged = learned.create_valid(with_gaps(validation), validation.score, weight=row_weights(validation))
    stop = _boosting.early_stopping(_PATIENCE, verbose=False)
    booster = _boosting.train(settings, learned, _TREES, valid_sets=[judged], callbacks=[stop])
    return Trees(train.columns, booster)


def mlp(train: Table, validation: Table, seed: int) -> Learned:
    """Learn two plain layers; the state that was best on the validation rows counts."""
    scale = Scale.of(train)
    x, y, weights = _tensors(scale, train)
    seen, wanted, judged = _tensors(scale, validation)
    with on_threads(_THREADS), _chance.fork_rng(devices=[]):
        _chance.manual_seed(seed)
        network = two_layers(x.shape[1], _WIDTH)
        optimiser: Any = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01)
        best, best_state = float("inf"), _copied(network)
        for _ in range(_EPOCHS):
            order = torch.randperm(len(x))
            for start in range(0, len(x), _BATCH):
                rows = order[start : start + _BATCH]
                loss = (weights[rows] * (network(x[rows]) - y[rows]) ** 2).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            with torch.no_grad():
                error = float((judged * (network(seen) - wanted) ** 2).mean())
            if error < best:
                best, best_state = error, _copied(network)
    network.load_state_dict(best_state)
    return Layers(train.columns, scale, network)


BASELINES: Mapping[str, Callable[[Table, Table, int], Learned]] = {
    "constant": constant,
    "ridge": ridge,
    "lightgbm": trees,
    "mlp": mlp,
}


def shuffled(learner: Learner, train: Table, validation: Table, seeds: Sequence[int]) -> list[Predictor]:
    """Train on scores dealt out anew, once a seed; what that reaches, chance reaches."""
    return [learner(_dealt_anew(train, seed), _dealt_anew(validation, seed), seed) for seed in seeds]


def _dealt_anew(table: Table, seed: int) -> Table:
    return replace(table, score=np.random.default_rng(seed).permutation(table.score))


def row_weights(table: Table) -> NDArray[np.float64]:
    """Weigh rows so that each source counts its share; the mean weight is 1."""
    weights = table.weight.astype(np.float64)
    for place, name in enumerate(SOURCES):
        rows = table.source == place
        weights[rows] *= MIX[name] / max(weights[rows].sum(), np.finfo(np.float64).tiny)
    return weights * len(weights) / weights.sum()


def _tensors(scale: Scale, table: Table) -> tuple[Tensor, Tensor, Tensor]:
    arrays = (scale(table), table.score, row_weights(table))
    x, y, weights = map(as_tensor, arrays)
    return x, y, weights


def _copied(network: nn.Module) -> dict[str, Any]:
    return {name: value.clone() for name, value in network.state_dict().items()}
