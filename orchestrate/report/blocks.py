"""What a section of the page is built from; the template knows these and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from orchestrate.report.findings.answer import Level
from orchestrate.report.words import Text


@dataclass(frozen=True, kw_only=True)
class Note:
    """A sentence."""

    kind: ClassVar = "note"
    text: Text


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing that fills whatever room it is given; its words stand around it, and stay legible."""

    kind: ClassVar = "plot"
    title: Text
    caption: Text | None = None
    drawing: Markup
    """On a square of 100 by 100, y downwards."""
    x: Sequence[Text]
    """Beneath it, from the left end to the right."""
    y: Sequence[str] = ()
    """Beside it, from the top to the bottom."""
    legend: Sequence[Text] = ()
    """By colour, in order."""


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Small plots side by side."""

    kind: ClassVar = "gallery"
    title: Text
    caption: Text | None = None
    plots: Sequence[Plot]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One of several amounts."""

    name: Text
    shown: str
    share: float
    """Of the longest."""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Amounts, the longest first."""

    kind: ClassVar = "bars"
    title: Text
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table; with a level, its second cell is a verdict."""

    cells: Sequence[Text]
    level: Level | None = None
    lane: Markup | None = None
    """Marks along time, on a square of 100 by 100."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table."""

    kind: ClassVar = "table"
    title: Text
    columns: Sequence[Text]
    rows: Sequence[Row]
    wide: int | None = None
    """Which column holds sentences."""
    caption: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """A pair, with its picture and its numbers."""

    name: str
    picture: str | None
    """As a `data:` address."""
    lines: Sequence[Text]
    flaws: Sequence[Text]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Pairs side by side."""

    kind: ClassVar = "sheet"
    title: Text
    caption: Text
    cards: Sequence[Card]


Block = Note | Plot | Gallery | Bars | Table | Sheet


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page below the answers."""

    id: str
    title: Text
    blocks: Sequence[Block]
