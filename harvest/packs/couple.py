"""Which presets belong together by their names: pure.

    fg/rain.milk           + bg/rain.milk           equal names in folders of layers
    rain_fg.milk           + rain_bg.milk           equal names but for the layer at their end
    coupled_7_…_fg.milk    + coupled_7_…_bg.milk    as the owner's generator names them: 7 becomes the pair's
                                                    number, and of several the greatest time stamp counts

Both must lie in the same folder, or in sibling folders named after layers. `foreground(s)` and
`background(s)` stand for `fg` and `bg`, in folders and at the end of names, in any case; before a layer at
the end of a name stands `_`, `-`, `.` or a blank.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Layer = Literal["fg", "bg"]

_LAYERS: Mapping[str, Layer] = {
    "fg": "fg",
    "foreground": "fg",
    "foregrounds": "fg",
    "bg": "bg",
    "background": "bg",
    "backgrounds": "bg",
}
_LAYER_AT_END = re.compile(rf"(.+)[_\-. ]({'|'.join(_LAYERS)})", re.IGNORECASE | re.DOTALL)
_OWNERS = re.compile(r"coupled_([0-9]{1,9})(?:_(.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """The part a file plays in a couple."""

    couple: str
    """Equal for files that belong together."""
    layer: Layer
    number: int | None
    """Of the pair, where the name gives one."""
    stamp: str
    """Of several files for the same part, the one with the greatest counts."""


def role(path: str) -> Role | None:
    """Read the part of a file from its path; None: it plays none."""
    place = PurePath(path)
    folder_layer = _LAYERS.get(place.parent.name.lower())
    home = place.parent.parent if folder_layer else place.parent
    at_end = _LAYER_AT_END.fullmatch(place.stem)
    layer = _LAYERS[at_end[2].lower()] if at_end else folder_layer
    if layer is None:
        return None
    stem = at_end[1] if at_end else place.stem
    if owners := _OWNERS.fullmatch(stem):
        number = int(owners[1])
        return Role(couple=str(home / f"coupled_{number}"), layer=layer, number=number, stamp=owners[2] or "")
    return Role(couple=str(home / stem), layer=layer, number=None, stamp="")
