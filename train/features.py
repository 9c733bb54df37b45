"""Numbers that the texts of a pair's two presets give: named, ordered, and of one version.

Of each layer (`fg.`, `bg.`): parameters with MilkDrop's defaults, what is drawn, and statistics of the code.
Of both (`pair.`): differences and distances. Nothing here was measured on a screen, so every pair of a pack
has all of them, and no label that was measured hides among them.

Whatever a file says, each number ends between -1 and 1, or 0 and 2 for a distance:

    level       tanh((value - default) / step), step being a difference that can clearly be seen
    factor      tanh(log(|value| / default) / log(1 + step)), for what multiplies
    share       cut to 0 and 1, for transparencies and switches
    count       log(1 + n) / log(1 + many), cut to 1
    distance    d / (d + typical), times 2, of two looks as `harvest.packs.features` has them

Any change to a column's name, place or meaning makes a new `VERSION`: a model knows its columns by it.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harvest.packs.features import COORDINATES
from harvest.packs.features import features as look_of
from harvest.packs.milk import Preset, Shape, Wave
from harvest.packs.traits import bare, is_drawn

VERSION = "text.v1"

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
_Numbers = Mapping[str, float]


class Described(NamedTuple):
    """One preset in numbers."""

    numbers: Vector
    """In the order of `LAYER_COLUMNS`."""
    look: Vector
    """Its place among looks, as `harvest.packs.features` has it."""
    start: Vector
    """The warp and cx it starts with, whose differences a manifest carries."""


class _Level(NamedTuple):
    column: str
    parameter: str
    default: float
    step: float


_LEVELS = (
    _Level("decay", "fdecay", 0.98, 0.05),
    _Level("gamma", "fgammaadj", 2, 1),
    _Level("rot", "rot", 0, 0.1),
    _Level("cx", "cx", 0.5, 0.25),
    _Level("cy", "cy", 0.5, 0.25),
    _Level("dx", "dx", 0, 0.02),
    _Level("dy", "dy", 0, 0.02),
    _Level("warp", "warp", 1, 1),
)
_FACTORS = (
    _Level("zoom", "zoom", 1, 0.05),
    _Level("warp_scale", "fwarpscale", 1, 1),
    _Level("stretch_x", "sx", 1, 0.05),
    _Level("stretch_y", "sy", 1, 0.05),
    _Level("wave_scale", "fwavescale", 1, 1),
)
_SHARES = {
    "echo": ("fvideoechoalpha", 0.0),
    "wave_alpha": ("fwavealpha", 0.8),
    "wave_additive": ("badditivewaves", 0.0),
    "wrap": ("btexwrap", 1.0),
    "darken_centre": ("bdarkencenter", 0.0),
    "brighten": ("bbrighten", 0.0),
    "darken": ("bdarken", 0.0),
    "solarise": ("bsolarize", 0.0),
    "invert": ("binvert", 0.0),
    "vectors": ("mv_a", 0.0),
}
"""By column: the parameter and its default."""
_LUMA = (0.2126, 0.7152, 0.0722)
_FULL_BORDER = 0.02
"""Of the screen's width: as visible as any wider one."""
_PARTS = 4
_AREA = 0.5
"""The sum of squared radii at which shapes cover much of the screen."""

_VOCABULARY: Mapping[str, str] = {
    "music": "bass mid treb vol",
    "smooth_music": "bass_att mid_att treb_att vol_att",
    "time": "time frame",
    "random": "rand rand_frame rand_preset roam_sin roam_cos slow_roam_sin slow_roam_cos",
    "branches": "if above below equal band bor bnot",
    "sines": "sin cos tan asin acos atan atan2",
    "q_words": " ".join([*(f"q{at}" for at in range(1, 65)), *(f"_q{letter}" for letter in "abcdefgh")]),
    "samples": "tex2d tex3d getpixel getmain",
    "blurs": "getblur1 getblur2 getblur3 sampler_blur1 sampler_blur2 sampler_blur3",
    "noise": " ".join(
        f"sampler_{way}noise_{kind}"
        for way in ("", "fw_", "pw_", "fc_", "pc_")
        for kind in ("lq", "lq_lite", "mq", "hq", "vol_lq", "vol_hq")
    ),
}
_COLUMN_OF = {word: column for column, words in _VOCABULARY.items() for word in words.split()}
_WORD = re.compile(r"[a-z_]\w*", re.ASCII)
_MANY_WORDS = 50
_MANY_CHARACTERS = 10_000
_NUMBER = re.compile(r"(?<![\w.])(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_SMALLEST, _LARGEST = 1e-3, 1e3

_STARTS = {"warp": 1.0, "cx": 0.5}

_FRAME = ("per_frame_init", "per_frame")
_LENGTHS = ("frame", "pixel", "parts", "warp_shader", "comp_shader")
_NUMBERS = ("frame", "pixel", "parts", "shaders")

_DISTANCES = ("look", "drawn", "frame_code", "part_code", "warp_code", "comp_code")
_CODE_KINDS, _CODE_SIZE = 4, 64
"""Of a look's last coordinates: so many kinds of code, so many each."""
_TYPICAL = 4.0
"""The distance of two presets that have nothing in common."""
_COMPARED = (
    "decay",
    "gamma",
    "rot",
    "zoom",
    "wave_light",
    "shapes",
    "waves",
    "music",
    "time",
    "comp_shader_length",
    "fractions",
)
"""Columns whose difference between the layers is one as well."""


def describe(preset: Preset) -> Described:
    """Put one preset into numbers."""
    found = _parameters(preset.parameters) | _drawn(preset) | _code(preset)
    numbers = np.fromiter(found.values(), np.float32, len(found))
    starts = (preset.parameters.get(name, default) for name, default in _STARTS.items())
    start = np.array([max(-_LARGEST, min(_LARGEST, value)) for value in starts], np.float32)
    return Described(numbers, look_of(preset), start)


def _parameters(numbers: _Numbers) -> dict[str, float]:
    found = {column: _level(numbers, name, default, step) for column, name, default, step in _LEVELS}
    found |= {column: _factor(numbers, name, default, step) for column, name, default, step in _FACTORS}
    found |= {column: _share(numbers.get(name, default)) for column, (name, default) in _SHARES.items()}
    colours = [_share(numbers.get(f"wave_{channel}", 1.0)) for channel in "rgb"]
    found["wave_light"] = sum(weight * one for weight, one in zip(_LUMA, colours, strict=True))
    found["wave_colour"] = max(colours) - min(colours)
    found["borders"] = max(_border(numbers, "ob"), _border(numbers, "ib"))
    return found


def _level(numbers: _Numbers, name: str, default: float, step: float) -> float:
    return math.tanh((numbers.get(name, default) - default) / step)


def _factor(numbers: _Numbers, name: str, default: float, step: float) -> float:
    value = min(max(abs(numbers.get(name, default)), _SMALLEST), _LARGEST)
    return math.tanh(math.log(value / default) / math.log1p(step))


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))


def _border(numbers: _Numbers, which: str) -> float:
    width = _share(numbers.get(f"{which}_size", 0.01) / _FULL_BORDER)
    return width * _share(numbers.get(f"{which}_a", 0.0))


def _drawn(preset: Preset) -> dict[str, float]:
    shapes, waves = ([part for part in parts if is_drawn(part)] for parts in (preset.shapes, preset.waves))
    area = sum(_share(abs(shape.parameters.get("rad", 0.1))) ** 2 for shape in shapes)
    return {
        "shapes": _share(len(shapes) / _PARTS),
        "shapes_additive": _share_of(shapes, "additive"),
        "shapes_textured": _share_of(shapes, "textured"),
        "shapes_area": _share(area / _AREA),
        "waves": _share(len(waves) / _PARTS),
        "waves_spectrum": _share_of(waves, "bspectrum"),
        "waves_dots": _share_of(waves, "busedots"),
        "waves_additive": _share_of(waves, "badditive"),
    }


def _share_of(parts: Sequence[Shape | Wave], switch: str) -> float:
    return sum(part.parameters.get(switch, 0.0) != 0 for part in parts) / len(parts) if parts else 0.0


def _code(preset: Preset) -> dict[str, float]:
    code = {block: bare(text) for block, text in preset.code.items()}
    parts = (part for part in (*preset.waves, *preset.shapes) if is_drawn(part))
    texts = {
        "frame": "\n".join(code.get(block, "") for block in _FRAME),
        "pixel": code.get("per_pixel", ""),
        "parts": "\n".join(bare(text) for part in parts for text in part.code.values()),
        "warp_shader": code.get("warp", ""),
        "comp_shader": code.get("comp", ""),
    }
    whole = "\n".join(texts.values())
    found = {f"{kind}_length": _count(len(texts[kind]), _MANY_CHARACTERS) for kind in _LENGTHS}
    found |= {column: _count(times, _MANY_WORDS) for column, times in _spoken(whole).items()}
    found |= _fractions(texts["frame"])
    texts["shaders"] = texts["warp_shader"] + "\n" + texts["comp_shader"]
    return found | {f"{kind}_numbers": _size_of_numbers(texts[kind]) for kind in _NUMBERS}


def _spoken(text: str) -> dict[str, int]:
    """Count the words of each kind."""
    spoken = dict.fromkeys(_VOCABULARY, 0)
    for word, times in Counter(_WORD.findall(text.lower())).items():
        if column := _COLUMN_OF.get(word):
            spoken[column] += times
    return spoken


def _count(number: float, many: float) -> float:
    return min(1.0, math.log1p(number) / math.log1p(many))


def _fractions(text: str) -> dict[str, float]:
    """Give mean and spread of the constants below 1, which mix, fade and colour."""
    values = [value for number in _NUMBER.findall(text) if 0 < (value := float(number)) < 1]
    mean = sum(values) / len(values) if values else 0.0
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)) if values else 0.0
    return {"fractions": mean, "fractions_spread": 2 * spread}


def _size_of_numbers(text: str) -> float:
    """Give the mean magnitude of the constants: -1 a thousandth, 0 one, 1 a thousand."""
    logs = [
        math.log10(min(max(float(number), _SMALLEST), _LARGEST))
        for number in _NUMBER.findall(text)
        if float(number)
    ]
    return sum(logs) / len(logs) / 3 if logs else 0.0


_NOTHING = Preset()
LAYER_COLUMNS = tuple(_parameters({}) | _drawn(_NOTHING) | _code(_NOTHING))
PAIR_COLUMNS = (
    "warp_diff",
    "cx_diff",
    *(f"{kind}_distance" for kind in _DISTANCES),
    "same_turn",
    *(f"{name}_diff" for name in _COMPARED),
)
COLUMNS = (
    *(f"fg.{name}" for name in LAYER_COLUMNS),
    *(f"bg.{name}" for name in LAYER_COLUMNS),
    *(f"pair.{name}" for name in PAIR_COLUMNS),
)
"""Every feature of a pair, in order."""

_AT = {name: at for at, name in enumerate(LAYER_COLUMNS)}
_START_STEPS = (1.0, 0.25)
"""Of warp and cx: a difference that can clearly be seen."""


def describe_pairs(fg: Described, bg: Described) -> Matrix:
    """Give the features of many pairs, from a row each of what describes their layers."""
    starts: Matrix = np.tanh(np.abs(fg.start - bg.start) / np.array(_START_STEPS, np.float32))
    turn = _AT["rot"]
    same_turn: Vector = np.sign(fg.numbers[:, turn]) * np.sign(bg.numbers[:, turn])
    compared = [_AT[name] for name in _COMPARED]
    differences = np.abs(fg.numbers[:, compared] - bg.numbers[:, compared])
    between = (starts, _distances(fg.look, bg.look), same_turn[:, None], differences)
    return np.concatenate([fg.numbers, bg.numbers, *between], axis=1)


def _distances(fg: Matrix, bg: Matrix) -> Matrix:
    """Tell how far apart the looks are: all in all, in what is drawn, and in each kind of code."""
    squares: Matrix = np.square(fg - bg)
    code = squares[:, COORDINATES - _CODE_KINDS * _CODE_SIZE :].reshape(-1, _CODE_KINDS, _CODE_SIZE).sum(2)
    whole = squares.sum(1, keepdims=True)
    drawn: Matrix = np.maximum(np.float32(0), whole - code.sum(1, keepdims=True))
    distances: Matrix = np.sqrt(np.concatenate([whole, drawn, code], axis=1))
    close: Matrix = np.reciprocal(1 + distances / _TYPICAL)
    return 2 - 2 * close
