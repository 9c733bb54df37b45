"""What a network is told to make small: one function a loss, each the mean over a batch. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from train.model import Judged
from train.recipe import Recipe
from train.table import SOURCES, Table

STARS = 5.0
"""Scores are from 0 to 1 here; β is meant for scores from 0 to 5, as they are given by hand."""

_EPSILON = 1e-4


class Labels(NamedTuple):
    """What is known of a batch, a number or two a row."""

    score: Tensor
    weight: Tensor
    rank: Tensor
    """Within the row's source, from 0 to 1; NaN in a source whose scores are all the same."""
    couplings: Tensor
    """S and T in standard deviations, 0 where not measured."""
    measured: Tensor
    """1 where S and T were measured, else 0."""


def ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rank from 0 up; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + last - 1) / 2)[inverse]


def ranks_within_source(table: Table) -> NDArray[np.float32]:
    """Rank each row among those of its source, from 0 to 1; NaN where all of them have one score."""
    found = np.full(len(table), np.nan, np.float32)
    for place in range(len(SOURCES)):
        scores = table.score[own := table.source == place]
        if len(np.unique(scores)) > 1:
            found[own] = ranks(scores) / (len(scores) - 1)
    return found


def regression_loss(logit: Tensor, labels: Labels, *, huber_delta: float | None = None) -> Tensor:
    """How far sigmoid(logit) is from the score, squared; beyond `huber_delta` it grows in a straight line."""
    off = torch.sigmoid(logit) - labels.score
    if huber_delta is None:
        return _mean(off.square(), labels.weight)
    far = off.abs()
    straight = huber_delta * (2 * far - huber_delta)
    return _mean(torch.where(far <= huber_delta, off.square(), straight), labels.weight)


def rank_loss(adaptive: Tensor, labels: Labels) -> Tensor:
    """(rank - sigmoid(w_s·S + w_t·T + b))², where there is a rank."""
    ranked = labels.rank.isfinite()
    off = torch.where(ranked, labels.rank, 0) - adaptive
    return _mean(off.square(), labels.weight * ranked)


def estimate_loss(estimated: Tensor, labels: Labels) -> Tensor:
    """How far S and T were estimated from what was measured, squared."""
    return _mean((estimated - labels.couplings).square(), labels.weight.unsqueeze(1) * labels.measured)


def attention_to_scores(score: Tensor, beta: float) -> Tensor:
    """alpha: softmax(β·score) over the batch; the higher a score, the more its pair counts."""
    return torch.softmax(beta * STARS * score, 0)


def coupling_loss(fg: Tensor, bg: Tensor, score: Tensor, beta: float) -> Tensor:
    """Sum of alpha·‖F_fg - F_bg‖²: layers of good pairs are drawn together."""
    return (attention_to_scores(score, beta) * (fg - bg).square().sum(1)).sum()


def pairwise_loss(logit: Tensor, score: Tensor, sizes: Sequence[int]) -> Tensor:
    """log(1 + exp(-(z_i - z_j))) over all i and j of one source where i has the higher score.

    `sizes` are the lengths of the sources' stretches of the batch: between sources scores are not compared.
    """
    split = torch.split(logit, list(sizes)), torch.split(score, list(sizes))
    total, count = logit.new_zeros(()), logit.new_zeros(())
    for own, known in zip(*split, strict=True):
        higher = known.unsqueeze(1) > known
        if higher.any():
            total = total + (functional.softplus(own - own.unsqueeze(1)) * higher).sum()
            count = count + higher.sum()
    return total / count.clamp(min=1)


def variance_loss(*tokens: Tensor) -> Tensor:
    """max(0, 1 - standard deviation) of each coordinate over the batch: VICReg's hinge against collapse."""
    hinges = [torch.relu(1 - (token.var(0, correction=0) + _EPSILON).sqrt()).mean() for token in tokens]
    return torch.stack(hinges).mean()


def losses(judged: Judged, labels: Labels, sizes: Sequence[int], recipe: Recipe) -> dict[str, Tensor]:
    """Give every loss that is switched on, times its weight."""
    delta = recipe.huber_delta if recipe.regression == "huber" else None
    regression = regression_loss(judged.logit, labels, huber_delta=delta)
    found = {"regression": recipe.regression_weight * regression}
    if judged.adaptive is not None and recipe.rank_weight:
        found["rank"] = recipe.rank_weight * rank_loss(judged.adaptive, labels)
    if judged.estimated is not None and recipe.estimate_weight:
        found["estimate"] = recipe.estimate_weight * estimate_loss(judged.estimated, labels)
    if recipe.pairwise_weight:
        found["pairwise"] = recipe.pairwise_weight * pairwise_loss(judged.logit, labels.score, sizes)
    if recipe.coupling_weight:
        found["coupling"] = recipe.coupling_weight * coupling_loss(
            judged.fg, judged.bg, labels.score, recipe.beta
        )
    if recipe.variance_weight:
        found["variance"] = recipe.variance_weight * variance_loss(judged.fg, judged.bg)
    return found


def _mean(each: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean; 0 where nothing has a weight."""
    return (each * weight).sum() / weight.sum().clamp(min=_EPSILON)
