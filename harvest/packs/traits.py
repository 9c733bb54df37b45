"""What a preset does, as yes or no: what it draws, what code it runs, whether it follows the music. Pure."""

import re
from collections.abc import Mapping
from enum import IntFlag, auto

from harvest.packs.milk import Preset, Shape, Wave

BLACK = 1e-6
"""A colour is black up to this much, as the owner's own style report has it."""

_COMMENT = re.compile(r"(?://|\\\\)[^\n]*|/\*.*?\*/", re.DOTALL)
_MUSIC = re.compile(r"\b(bass|mid|treb|vol)(_att)?\b", re.IGNORECASE)
_WITH_SHADERS = 200


class Trait(IntFlag):
    """One yes or no; a preset has any number of them."""

    PER_FRAME = auto()
    PER_PIXEL = auto()
    WARP_SHADER = auto()
    COMP_SHADER = auto()
    COLOURED_WAVE = auto()
    """The wave's colour is not black, whether or not the wave is drawn."""
    WAVE = auto()
    """The wave can be seen: it has a colour, and is not transparent."""
    CUSTOM_WAVES = auto()
    SHAPES = auto()
    SHAPE_0 = auto()
    BORDERS = auto()
    MOTION_VECTORS = auto()
    HEARS = auto()
    """It has a wave or code that follows the music."""
    MILKDROP_2 = auto()


CODE = Trait.PER_FRAME | Trait.PER_PIXEL
SHADERS = Trait.WARP_SHADER | Trait.COMP_SHADER


WORDS: Mapping[Trait, str] = {
    Trait.PER_FRAME: "have per-frame code",
    Trait.PER_PIXEL: "have per-pixel code",
    Trait.WARP_SHADER: "have a warp shader",
    Trait.COMP_SHADER: "have a comp shader",
    Trait.COLOURED_WAVE: "have a wave that is not black",
    Trait.WAVE: "have a wave that can be seen",
    Trait.CUSTOM_WAVES: "draw custom waves",
    Trait.SHAPES: "draw shapes",
    Trait.SHAPE_0: "draw shape 0",
    Trait.BORDERS: "draw borders",
    Trait.MOTION_VECTORS: "draw motion vectors",
    Trait.HEARS: "can follow the music",
    Trait.MILKDROP_2: "are of MilkDrop 2",
}
"""What presets with a trait do or have."""


def traits(preset: Preset) -> Trait:
    """Find what a preset does before its code changes any number."""
    numbers = preset.parameters
    blocks = {name for name, text in preset.code.items() if bare(text).strip()}
    coloured = any(abs(numbers.get(f"wave_{colour}", 1.0)) > BLACK for colour in "rgb")
    seen_wave = coloured and numbers.get("fwavealpha", 0.8) > 0
    waves = [wave for wave in preset.waves if is_drawn(wave)]
    shapes = [shape for shape in preset.shapes if is_drawn(shape)]
    found = {
        Trait.PER_FRAME: "per_frame" in blocks,
        Trait.PER_PIXEL: "per_pixel" in blocks,
        Trait.WARP_SHADER: "warp" in blocks,
        Trait.COMP_SHADER: "comp" in blocks,
        Trait.COLOURED_WAVE: coloured,
        Trait.WAVE: seen_wave,
        Trait.CUSTOM_WAVES: bool(waves),
        Trait.SHAPES: bool(shapes),
        Trait.SHAPE_0: any(shape.index == 0 for shape in shapes),
        Trait.BORDERS: _is_seen(preset, "ob") or _is_seen(preset, "ib"),
        Trait.MOTION_VECTORS: _has_vectors(preset),
        Trait.HEARS: seen_wave or bool(waves) or any(map(hears, preset.all_code().values())),
        Trait.MILKDROP_2: preset.version >= _WITH_SHADERS,
    }
    return Trait(sum(trait for trait, is_so in found.items() if is_so))


def name_of(trait: Trait) -> str:
    """Spell a trait as JSON does."""
    return str(trait.name).lower()


def is_drawn(part: Wave | Shape) -> bool:
    """Whether a custom wave or shape is switched on."""
    return part.parameters.get("enabled", 0) != 0


def bare(code: str) -> str:
    """Leave out comments."""
    return _COMMENT.sub("", code)


def hears(code: str) -> bool:
    """Whether code reads the music."""
    return _MUSIC.search(bare(code)) is not None


def _is_seen(preset: Preset, border: str) -> bool:
    numbers = preset.parameters
    return numbers.get(f"{border}_a", 0.0) > 0 and numbers.get(f"{border}_size", 0.01) > 0


def _has_vectors(preset: Preset) -> bool:
    numbers = preset.parameters
    # MilkDrop 1 had a switch; later ones draw them unless they are transparent.
    return numbers.get("mv_a", 0.0) > 0 and numbers.get("bmotionvectorson", 1.0) != 0
