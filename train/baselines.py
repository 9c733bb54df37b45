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

from train.table import SOURCES, Source, Table

Predictions: TypeAlias = NDArray[np.float32]
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


def constant(train: Table, _validation: Table, _seed: int) -> Predictor:
    """Learn the mean."""
    mean = np.average(train.score, weights=row_weights(train))
    return lambda table: np.full(len(table), mean, np.float32)


def ridge(train: Table, validation: Table, _seed: int) -> Predictor:
    """Learn a straight line, in closed form."""
    inputs = inputs_of(train)
    x, y, weights = inputs(train), train.score.astype(np.float64), row_weights(train)
    means, mean = np.average(x, axis=0, weights=weights), np.average(y, weights=weights)
    weighted = (x - means) * weights[:, None]
    gram, target = weighted.T @ (x - means) / len(x), weighted.T @ (y - mean) / len(x)
    seen, judged = inputs(validation) - means, row_weights(validation)

    def solve(penalty: float) -> NDArray[np.float64]:
        return np.linalg.solve(gram + penalty * np.eye(len(gram)), target).astype(np.float64)

    def error(slopes: NDArray[np.float64]) -> float:
        return float((judged * (seen @ slopes + mean - validation.score) ** 2).sum())

    slopes = min(map(solve, _PENALTIES), key=error)
    return lambda table: ((inputs(table) - means) @ slopes + mean).astype(np.float32)


def trees(train: Table, validation: Table, seed: int) -> Predictor:
    """Learn boosted trees, which take unknown features as they are."""
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
    learned = _boosting.Dataset(_with_gaps(train), train.score, weight=row_weights(train))
    judged = learned.create_valid(_with_gaps(validation), validation.score, weight=row_weights(validation))
    stop = _boosting.early_stopping(_PATIENCE, verbose=False)
    booster = _boosting.train(settings, learned, _TREES, valid_sets=[judged], callbacks=[stop])
    return lambda table: np.asarray(booster.predict(_with_gaps(table)), np.float32)


def mlp(train: Table, validation: Table, seed: int) -> Predictor:
    """Learn two plain layers; the state that was best on the validation rows counts."""
    inputs = inputs_of(train)
    x, y, weights = _tensors(inputs, train)
    seen, wanted, judged = _tensors(inputs, validation)
    with _chance.fork_rng(devices=[]):
        _chance.manual_seed(seed)
        network = nn.Sequential(nn.Linear(x.shape[1], _WIDTH), nn.GELU(), nn.Linear(_WIDTH, 1), nn.Flatten(0))
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

    def predict(table: Table) -> Predictions:
        with torch.no_grad():
            return network(_tensor(inputs(table))).numpy()

    return predict


BASELINES: Mapping[str, Learner] = {"constant": constant, "ridge": ridge, "lightgbm": trees, "mlp": mlp}


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


def inputs_of(train: Table) -> Callable[[Table], NDArray[np.float64]]:
    """Find how to bring features to one scale: an unknown one is average, and a column of its own says so."""
    known = train.known.sum(axis=0)
    means = np.where(train.known, train.values, 0).sum(axis=0, dtype=np.float64) / np.maximum(known, 1)
    apart = np.where(train.known, train.values - means, 0)
    spreads = np.sqrt((apart**2).sum(axis=0) / np.maximum(known, 1))
    varied, gaps = spreads > 0, (known > 0) & (known < len(train))

    def inputs(table: Table) -> NDArray[np.float64]:
        scaled = np.where(table.known, table.values - means, 0)[:, varied] / spreads[varied]
        return np.hstack((scaled, table.known[:, gaps].astype(np.float64)))

    return inputs


def _with_gaps(table: Table) -> NDArray[np.float32]:
    return np.where(table.known, table.values, np.float32(np.nan))


def _tensors(inputs: Callable[[Table], NDArray[np.float64]], table: Table) -> tuple[Tensor, Tensor, Tensor]:
    arrays = (inputs(table), table.score, row_weights(table))
    x, y, weights = map(_tensor, arrays)
    return x, y, weights


def _tensor(array: NDArray[np.floating]) -> Tensor:
    return torch.as_tensor(array.astype(np.float32))


def _copied(network: nn.Module) -> dict[str, Any]:
    return {name: value.clone() for name, value in network.state_dict().items()}
