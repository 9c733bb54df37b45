"""What a night was told: kept in its record, so that whoever goes on with it need not say it again."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from harvest.packs.problem import PackError
from orchestrate.asking import Learning, Measuring
from orchestrate.night.record import NightRecord

_OPPOSITES = {"eval_only": "train_only", "train_only": "eval_only"}


class Asked(Measuring, Learning):
    """One field a flag: its name, its default, and what its help says."""

    packs: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}
    """Of browser and folders, as flags said them."""

    max_hours: Annotated[
        float | None, Field(ge=0, le=8760, description="Stop measuring after so many hours.")
    ] = 10.0
    pick_mode: Annotated[
        Literal["shuffle"], Field(description="Order of the pairs. Every pair once is a shuffle.")
    ] = "shuffle"
    verify_pack: Annotated[
        tuple[str, ...],
        Field(description="Prove it with this pack; may be repeated. Default: all that got scores."),
    ] = ()
    skip_verify: Annotated[bool, Field(description="Prove nothing in the page.")] = False
    eval_only: Annotated[bool, Field(description="Measure, and end.")] = False
    train_only: Annotated[bool, Field(description="Measure nothing: learn, judge, score and prove.")] = False


def told(before: Asked, said: Mapping[str, Any]) -> Asked:
    """Lay what is said now over what was said before; who says one of two opposites takes back the other."""
    undone = {other: False for name, other in _OPPOSITES.items() if said.get(name)}
    return Asked.model_validate(before.model_dump() | undone | dict(said))


def recalled(night: NightRecord) -> Asked:
    """Read what a night was told."""
    try:
        return Asked.model_validate(night.asked)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(
            f"What the night {night.stamp} was told is damaged: {where}: {first['msg']}."
        ) from error
