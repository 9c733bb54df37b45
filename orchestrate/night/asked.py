"""What a night was told: kept in its record, so that whoever goes on with it need not say it again."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from orchestrate.asking import Learning, Measuring


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
    """Lay what is said now over what was said before."""
    return Asked.model_validate(before.model_dump() | dict(said))
