"""What can be asked of measuring and of learning: one field a flag, for every command that does it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harvest.run import RELOAD_EVERY

Place = Annotated[Path, AfterValidator(Path.absolute)]
"""A night may be resumed from another folder."""


class Measuring(BaseModel):
    """How pairs are measured."""

    model_config = ConfigDict(frozen=True)

    target_coverage: Annotated[
        float, Field(ge=0, le=1, description="Share of each pack's pairs to measure.")
    ] = 0.99
    max_hours: Annotated[
        float | None, Field(ge=0, le=8760, description="Stop measuring after so many hours.")
    ] = None
    max_pairs: Annotated[
        int | None, Field(ge=1, description="Measure at most so many pairs, of all packs.")
    ] = None
    reload_every: Annotated[
        int, Field(ge=0, description="Load the page anew after so many pairs; 0: only where it is needed.")
    ] = RELOAD_EVERY
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="Of order and measurement.")] = 1
    url: Annotated[
        str | None,
        Field(description="Address of a newliveweb that is served already; instead of --web."),
    ] = None
    audio_file: Annotated[Place | None, Field(description="Music to listen to.")] = None
    audio_root: Annotated[
        Place | None,
        Field(description="Folder of music: its first file is listened to. Default: a click track."),
    ] = None


class Learning(BaseModel):
    """What is learned from, and how."""

    model_config = ConfigDict(frozen=True)

    elite: Annotated[
        tuple[Place, ...],
        Field(description="List of pairs scored by hand (see README), or its folder; may be repeated."),
    ] = ()
    eval: Annotated[
        tuple[Place, ...],
        Field(description="Run of harvest eval, or its eval.jsonl, to learn from; may be repeated."),
    ] = ()
    epochs: Annotated[int, Field(ge=1, description="Times through the rows, at most.")] = 20
    batch_size: Annotated[int, Field(ge=3, description="Rows a step.")] = 512
    lr: Annotated[float, Field(ge=1e-6, le=1, description="Learning rate at its peak.")] = 2e-3
    extra_eval_weight: Annotated[
        float, Field(ge=0, le=1000, description="What a measured pair counts; by hand scored ones count 1.")
    ] = 0.35
    neg_samples: Annotated[
        int | None,
        Field(ge=0, le=10_000_000, description="Mismatched pairs. Default: 50,000 at most."),
    ] = None
    neg_weight: Annotated[float, Field(ge=0, le=1000, description="What a mismatched pair counts.")] = 0.2
    neg_min_pair_distance: Annotated[
        int, Field(ge=1, le=2**31, description="By how much numbers of mismatched pairs differ.")
    ] = 50
    device: Annotated[Literal["auto", "cuda", "cpu"], Field(description="What computes.")] = "auto"
    min_quality_std: Annotated[
        float, Field(ge=0, le=0.5, description="What the gate asks of the scores' standard deviation.")
    ] = 0.03
