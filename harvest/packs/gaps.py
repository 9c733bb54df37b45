"""What a preset asks for that the page's engine, butterchurn 3, does not have: pure.

| gap | what then happens | real presets |
| --- | --- | --- |
| a function its equations lack (`memcpy`, `invsqrt`) | they do not compile | 18 of 16,736 |
| a function its shaders lack (`get_fft`) | they do not compile | 27 of 16,736 |
| a picture (`sampler_worms`) that lies beside a player's presets, not in them | it is black | 21 in 100 |
| waves and shapes above number 3 | they are not drawn | 2 in 1,000 |

Counted over two public collections. That a preset hangs or shows black cannot be told from its text: in 612
tried, one hung and 24 were black.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from harvest.packs.milk import Preset
from harvest.packs.traits import bare, is_drawn

Gap = Literal["unknown-equation-function", "unknown-shader-function", "missing-picture", "beyond-four-parts"]

MEANING: Mapping[Gap, str] = {
    "unknown-equation-function": "equations call functions that the engine lacks, and do not compile",
    "unknown-shader-function": "shaders call functions that the engine lacks, and do not compile",
    "missing-picture": "shaders draw with pictures that the page does not have, and find black",
    "beyond-four-parts": "there are more than the four custom waves and four shapes that the engine draws",
}

# fmt: off
# As eel-wasm 0.0.16 compiles them.
EQUATION_FUNCTIONS = frozenset({
    "abs", "above", "acos", "asin", "assign", "atan", "atan2", "band", "below", "bnot", "bor", "ceil",
    "cos", "div", "equal", "exec2", "exec3", "exp", "floor", "gmegabuf", "if", "int", "log", "log10",
    "loop", "max", "megabuf", "min", "mod", "pow", "rand", "sigmoid", "sign", "sin", "sqr", "sqrt",
    "tan", "while",
})
# HLSL's own that have a translation, and MilkDrop's macros.
_SHADER_FUNCTIONS = frozenset({
    "abs", "acos", "all", "any", "asin", "atan", "atan2", "ceil", "clamp", "clip", "cos", "cosh",
    "cross", "ddx", "ddy", "degrees", "determinant", "dfdx", "dfdy", "distance", "dot", "exp", "exp2",
    "floor", "fmod", "frac", "fract", "fwidth", "inverse", "inversesqrt", "isfinite", "isinf", "isnan",
    "ldexp", "length", "lerp", "log", "log10", "log2", "mad", "max", "min", "mix", "mod", "modf", "mul",
    "noise", "normalize", "pow", "radians", "rcp", "reflect", "refract", "round", "rsqrt", "saturate",
    "sign", "sin", "sincos", "sinh", "smoothstep", "sqrt", "step", "tan", "tanh", "tex1d", "tex2d",
    "tex2dbias", "tex2dgrad", "tex2dlod", "tex2dproj", "tex3d", "tex3dbias", "tex3dlod", "texcube",
    "transpose", "trunc", "getmain", "getpixel", "getblur1", "getblur2", "getblur3", "lum", "defined",
    "if", "for", "while", "return", "switch",
})
# fmt: on
_PICTURES = re.compile(r"\bsampler_(?:f[wc]_|p[wc]_)?(\w+)", re.ASCII)
_OWN_PICTURE = re.compile(r"main|blur[123]|noise_[lmh]q|noise_lq_lite|noisevol_[lh]q|state")
_CALL = re.compile(r"\b([a-z_]\w*)\s*\(", re.IGNORECASE | re.ASCII)
_TYPE = r"(?:float|half|double|int|uint|bool|fixed|void)[1-4]?(?:x[1-4])?"
_IS_TYPE = re.compile(_TYPE)
_DEFINED = re.compile(rf"{_TYPE}\s+(\w+)\s*\(|#\s*define\s+(\w+)|struct\s+(\w+)", re.ASCII)
_SHADERS = ("warp", "comp")
_PARTS = range(4)


def gaps(preset: Preset) -> Mapping[Gap, tuple[str, ...]]:
    """Find what is missing, by kind, each with what was asked for."""
    found: dict[Gap, set[str]] = {}
    for gap, what in _find(preset):
        found.setdefault(gap, set()).add(what)
    return {gap: tuple(sorted(asked)) for gap, asked in found.items()}


def _find(preset: Preset) -> Iterator[tuple[Gap, str]]:
    for block, code in preset.all_code().items():
        text = bare(code)
        if block in _SHADERS:
            yield from _find_in_shader(text)
        else:
            for name in {call.lower() for call in _CALL.findall(text)} - EQUATION_FUNCTIONS:
                yield "unknown-equation-function", name
    for part in (*preset.waves, *preset.shapes):
        if is_drawn(part) and part.index not in _PARTS:
            yield "beyond-four-parts", f"{type(part).__name__.lower()} {part.index}"


def _find_in_shader(text: str) -> Iterator[tuple[Gap, str]]:
    own = {name for names in _DEFINED.findall(text) for name in names}
    for name in set(_CALL.findall(text)) - own:
        if name.lower() not in _SHADER_FUNCTIONS and not _IS_TYPE.fullmatch(name):
            yield "unknown-shader-function", name
    for name in set(_PICTURES.findall(text)):
        if not _OWN_PICTURE.fullmatch(name):
            yield "missing-picture", name
