"""What a preset says: numbers, code, waves and shapes, without a trace of how its file spells them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeVar

from harvest.packs.milk import names

MILKDROP_1 = 100
"""The version of a preset that names none."""

# An open comment reaches to the end: looking for its close at every `/*` once took 34 s for 1 MiB of them.
_COMMENT = re.compile(r"(?://|\\\\)[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_WHOLE_BELOW = 2.0**53


class MilkError(ValueError):
    """In one sentence, why a file is no preset, or why a preset cannot be a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What waves and shapes have in common."""

    index: int
    """From 0; only MilkDrop 3 draws those above 3."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """By lower-case name: `enabled`, `bspectrum`, `num_inst`."""
    code: Mapping[str, str] = field(default_factory=dict[str, str])
    """By block: `init`, `per_frame`, and `per_point` of a wave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wave(Part):
    """A custom wave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape(Part):
    """A custom shape."""


P = TypeVar("P", bound=Part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """All that an engine takes from a file; whatever the file leaves out is absent here too."""

    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """By lower-case name, the versions among them; only what MilkDrop 2 knows."""
    code: Mapping[str, str] = field(default_factory=dict[str, str])
    """By block: `per_frame_init`, `per_frame`, `per_pixel`, and the shaders `warp` and `comp`."""
    waves: tuple[Wave, ...] = ()
    """In the order of their indices, like shapes."""
    shapes: tuple[Shape, ...] = ()

    @property
    def version(self) -> int:
        """What engines take it for; shaders run from 200 on."""
        return int(self.parameters.get("milkdrop_preset_version", MILKDROP_1))

    def all_code(self) -> Mapping[str, str]:
        """Every block of code by the name it has in a file: `per_frame`, `wave_0_init`."""
        kinds: tuple[tuple[str, Sequence[Part]], ...] = (("wave", self.waves), ("shape", self.shapes))
        return dict(self.code) | {
            f"{kind}_{part.index}_{block}": code
            for kind, parts in kinds
            for part in parts
            for block, code in part.code.items()
        }

    def meaning_hash(self) -> str:
        """Equal for presets that show the same: layout, comments, rating, disabled parts do not count."""
        parameters = dict(self.parameters)
        parameters.pop("frating", None)
        shown = Preset(
            parameters=parameters, code=_bare(self.code), waves=_shown(self.waves), shapes=_shown(self.shapes)
        )
        return sha256("\n".join(lines_of(shown)).encode()).hexdigest()


def lines_of(preset: Preset) -> Iterator[str]:
    """Spell a preset as MilkDrop would save it."""
    yield from _settings("", names.HEADER, preset.parameters)
    yield names.SECTION
    yield from _settings("", names.GENERAL, preset.parameters)
    for wave in preset.waves:
        yield from _settings(f"wavecode_{wave.index}_", names.WAVE, wave.parameters)
        for block in names.WAVE_CODE:
            yield from code_lines(f"wave_{wave.index}_{block}", wave.code.get(block, ""))
    for shape in preset.shapes:
        yield from _settings(f"shapecode_{shape.index}_", names.SHAPE, shape.parameters)
        for block in names.SHAPE_CODE:
            yield from code_lines(f"shape_{shape.index}_{block}", shape.code.get(block, ""))
    for block in names.CODE:
        yield from code_lines(f"{block}_", preset.code.get(block, ""))


def code_lines(prefix: str, code: str) -> Iterator[str]:
    """Spell a block of code; without code there are no lines."""
    for number, line in enumerate(code.split("\n") if code else (), start=1):
        # Engines take one backtick off any line of code; MilkDrop writes it before shaders,
        # because Windows' INI functions trim what follows the `=`.
        guard = "`" if prefix in names.SHADERS or line.startswith("`") else ""
        yield f"{prefix}{number}={guard}{line}"


def number_text(value: float) -> str:
    """Spell a number so that reading it gives the same number."""
    if not math.isfinite(value):
        raise MilkError(f"A preset cannot hold {value}, only finite numbers.")
    number = float(value)
    # MilkDrop stops reading a switch or a count at the first character that is no digit.
    whole = number.is_integer() and abs(number) < _WHOLE_BELOW
    return str(int(number)) if whole else repr(number)


def _settings(prefix: str, spelled: Sequence[str], parameters: Mapping[str, float]) -> Iterator[str]:
    for name in spelled:
        value = parameters.get(name.lower())
        if value is not None:
            yield f"{prefix}{name}={number_text(value)}"


def _bare(code: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out comments and white space, and blocks that hold nothing else."""
    # `else if` becomes `elseif`: of two codes that differ only there, at most one compiles.
    bare = {block: "".join(_COMMENT.sub("", text).split()) for block, text in code.items()}
    return {block: text for block, text in bare.items() if text}


def _shown(parts: Sequence[P]) -> tuple[P, ...]:
    return tuple(replace(part, code=_bare(part.code)) for part in parts if part.parameters.get("enabled"))
