"""What a generated pair really is, beside what anybody may measure of it or believe about it."""

from collections.abc import Mapping
from typing import Any

from harvest.packs.generate.planted import INTENDED
from harvest.packs.generate.quality import aspects, quality
from harvest.packs.generate.scene import Scene
from harvest.records import Figures, Record
from harvest.records.record import Count, Share

GOOD = 0.5
"""From this quality on a pair that is not planted is called good; below, plain."""

_DECIMALS = 4


class Truth(Record):
    """One line of `truth.jsonl`."""

    pair: Count
    case: str
    """A planted case, or good, or plain."""
    quality: Share
    coupling: str
    """Its name; its strength is among the aspects."""
    aspects: Mapping[str, Share]
    """What the pair shows, from which its quality follows."""
    intended: Figures | None = None
    """What measurements of a planted case come near to, where that is known."""
    near_duplicate_of: Count | None = None


def truth_of(number: int, scene: Scene, *, case: str | None, origin: int | None) -> Truth:
    """Tell the truth about a pair; case and origin are those it was planted with, if it was."""
    shown = aspects(scene.fg, scene.bg, scene.strength)
    worth = quality(shown)
    known: dict[str, Any] = {"intended": INTENDED.get(case or ""), "near_duplicate_of": origin}
    return Truth(
        pair=number,
        case=case or ("good" if worth >= GOOD else "plain"),
        quality=round(worth, _DECIMALS),
        coupling=scene.coupling,
        aspects={name: round(aspect, _DECIMALS) for name, aspect in shown.items()},
        **{name: value for name, value in known.items() if value is not None},
    )
