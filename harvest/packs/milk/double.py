"""`.milk2` files of MilkDrop 3: two presets on one screen, and how they are blended.

Created with MILKDROP 3.33 on …      prose and links, for people
sprite=1                             pictures on top, in blocks of their own at the end
blending_pattern=side                zoom, side, plasma, cercle, snail, triangle, …
blending_progress=0.55
blending_direction=1
random_1=0.587534                    to random_5: what the pattern drew at random
[PRESET1_BEGIN]
…a preset as in a `.milk` file, below a NAME=…
[PRESET1_END]
[PRESET2_BEGIN]
…
[PRESET2_END]
[SPRITE1_BEGIN] … [SPRITE1_END]
"""

from dataclasses import dataclass

from harvest.packs.milk.file import Milk, parse, refuse_hostile
from harvest.packs.milk.preset import MilkError
from harvest.packs.milk.reading import leading_number, settings

_MARKERS = (b"[PRESET1_BEGIN]", b"[PRESET1_END]", b"[PRESET2_BEGIN]", b"[PRESET2_END]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Blend:
    """How two presets share the screen; what the file leaves out is absent here too."""

    pattern: str | None
    progress: float | None
    """From 0, the first preset alone, to 1, the second alone."""
    direction: float | None
    random: tuple[float, ...]
    sprites: int
    """Pictures on top, which a pair of presets cannot show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubleMilk:
    """Both presets of a `.milk2` file."""

    first: Milk
    second: Milk
    blend: Blend


def parse_milk2(data: bytes) -> DoubleMilk:
    """Read a double preset, or say in one sentence why it is none."""
    refuse_hostile(data)
    pieces: list[bytes] = []
    rest = data
    for marker in _MARKERS:
        piece, found, rest = rest.partition(marker)
        if not found:
            raise MilkError(f"The file is no double preset: {marker.decode()} is missing or out of order.")
        pieces.append(piece.lstrip(b"\r\n"))
    header, first, _, second = pieces
    return DoubleMilk(
        first=_preset(first, "first"), second=_preset(second, "second"), blend=_blend(header, sprites=rest)
    )


def _preset(data: bytes, which: str) -> Milk:
    try:
        return parse(data)
    except MilkError as error:
        raise MilkError(f"The {which} of two presets is none: {error}") from error


def _blend(header: bytes, sprites: bytes) -> Blend:
    said: dict[str, str] = {}
    for _, name, value in settings(header.decode("latin-1")):
        said.setdefault(name, value)
    numbers = {name: leading_number(value)[0] for name, value in said.items()}
    drawn = (numbers.get(f"random_{index}") for index in range(1, 6))
    return Blend(
        pattern=said.get("blending_pattern", "").strip() or None,
        progress=numbers.get("blending_progress"),
        direction=numbers.get("blending_direction"),
        random=tuple(number for number in drawn if number is not None),
        sprites=sprites.count(b"_BEGIN]"),
    )
