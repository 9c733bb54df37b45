"""How a network is trained: every knob, its default, and a switch for each mechanism."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from train.problem import TrainError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class TrainingError(TrainError):
    """What stops a training, in words for a person."""


class Recipe(BaseModel):
    """One training; a loss whose weight is 0 is off."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    seed: Annotated[int, Field(ge=0)] = 0
    device: Literal["auto", "cuda", "cpu"] = "auto"
    threads: Count = 1
    """A network this small gains little from more, and on a busy machine loses much."""

    epochs: Count = 20
    patience: Count = 6
    """So many epochs without a better validation end the training."""
    batch_size: Count = 512
    learning_rate: Positive = 2e-3
    """At its peak: one cycle, up in a straight line and down along a cosine."""
    warm_up: Share = 0.1
    """Share of the steps in which the rate rises."""
    weight_decay: Weight = 0.02
    gradient_norm: Positive = 1.0
    """Longer gradients are cut to this."""
    set_backs: Annotated[int, Field(ge=0)] = 5
    """So often a loss that is no number sends the training back, with half the rate."""

    sampling: Literal["mix", "elite-first"] = "mix"
    elite_share: Share = 0.25
    eval_share: Share = 0.25
    neg_share: Share = 0.5
    elite_first: tuple[Count, Count] = (4, 32)
    """Elite rows and others in a step of that sampling, whatever the batch size."""

    width: Count = 64
    heads: Count = 4
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    attention: bool = True
    layer_norm: bool = True
    adaptive_weights: bool = True

    regression: Literal["mse", "huber"] = "mse"
    huber_delta: Positive = 0.25
    regression_weight: Weight = 1.0
    rank_weight: Weight = 0.2
    """Of the adaptive weights' own loss against the rank."""
    estimate_weight: Weight = 0.1
    """Of estimating S and T where they were measured."""
    pairwise_weight: Weight = 0.1
    coupling_weight: Weight = 0.001
    beta: Annotated[float, Field(ge=0, le=2)] = 0.5
    """Of the coupling loss, for scores from 0 to 5. At 0.5 evenly spread pairs above 4 weigh 3 times the
    others, at 1 they weigh 7 times."""
    variance_weight: Weight = 0.0
    """Of the hinge that keeps features from collapsing."""

    checkpoint_steps: Count = 500
    checkpoint_epochs: Count = 1
    checkpoints_kept: Count = 3
