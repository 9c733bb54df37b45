"""What the page's side of a verification brings, checked once; and what was seen besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from harvest.page.driven import Layer
from harvest.page.spoken import Spoken

Generation = Literal["harvest", "documented", "public"]
"""Our page; newliveweb's hooks as its documents tell of them; and as they are public."""


class _Answer(Spoken):
    model_config = ConfigDict(populate_by_name=True)


class Opened(_Answer):
    """What the page says of the pack it opened."""

    is_open: bool
    generation: Generation
    pick_mode: str | None
    problem: str | None
    rules: str | None
    """As JSON; None: it does not tell."""
    manifest_hash: str | None
    quality_hash: str | None
    merged: int | None
    without_quality: str | None


class Delivered(_Answer):
    """How a file came."""

    is_cached: bool


class LayerSeen(_Answer):
    """What a layer shows."""

    url: str | None
    hash: str | None


class Pick(_Answer):
    """What became of one real pick."""

    outcome: Literal["shown", "refused", "not shown"]
    pair: int | None
    reason: str | None
    quality01: float | None
    layers: Mapping[Layer, LayerSeen] | None
    frames_drawn: int | None
    frames_per_second: float | None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A file on its way into the page."""

    status: int | None
    """None: the page never asked for it."""
    from_cache: bool
    hash: str | None
    """Of the bytes that the page got."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that a browser brought of one pack."""

    opened: Opened
    manifest: Delivery
    quality: Delivery
    console: Sequence[str]
    page_errors: Sequence[str]
    shown: Sequence[Pick]
    weighted: Sequence[int]
    """Numbers of pairs, in order."""
    shuffle: Sequence[int]
