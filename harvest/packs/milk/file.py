"""A preset file: its bytes, what they say, and edits that touch nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Literal

from harvest.packs.milk import names
from harvest.packs.milk.preset import MilkError, Preset, code_lines, lines_of, number_text
from harvest.packs.milk.reading import MilkProblem, read, settings

Encoding = Literal["utf-8", "cp1252", "latin-1"]

MAX_BYTES = 1 << 20
"""What projectM 4 reads at most; the largest of 21,981 real presets has 213,970 bytes."""
MAX_LINE_BYTES = 1 << 15
"""What MilkDrop 2 reads of one value at most; the longest real line has 1,525 bytes."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LINE_ENDS = (b"\r\n", b"\n", b"\r")


@dataclass(frozen=True, kw_only=True, slots=True)
class Milk:
    """One preset file, to the byte."""

    data: bytes
    """The file as it lies."""
    encoding: Encoding
    """How its text was read; latin-1 gives every byte a character where nothing else fits."""
    preset: Preset
    problems: tuple[MilkProblem, ...]
    """In the order of their lines."""

    def content_hash(self) -> str:
        """Equal for equal bytes."""
        return sha256(self.data).hexdigest()

    def meaning_hash(self) -> str:
        """Equal for presets that show the same."""
        return self.preset.meaning_hash()

    def with_parameter(self, name: str, value: float) -> "Milk":
        """Set one number, `zoom` or `wavecode_0_enabled`, and change no other line."""
        place = names.PARAMETERS.get(name.lower())
        if place is None:
            raise MilkError(f"MilkDrop has no parameter named {name!r}.")
        number = number_text(value)
        for line, spelled, _ in self._settings():
            if spelled.lower() == name.lower():
                return self._with_lines([f"{spelled}={number}"], instead_of=[line])
        after = 0 if place.spelled in names.HEADER else self._section_line()
        return self._with_lines([f"{place.spelled}={number}"], after=after)

    def with_code(self, block: str, code: str) -> "Milk":
        """Set one block of code, `per_frame` or `wave_0_init`, and change no line of anything else."""
        place = names.BLOCKS.get(block)
        if place is None:
            raise MilkError(f"MilkDrop has no block of code named {block!r}.")
        standing = [
            line
            for line, spelled, _ in self._settings()
            if names.block_prefix(spelled.lower()) == place.spelled
        ]
        edited = self._with_lines([*code_lines(place.spelled, code)], instead_of=standing)
        if edited.preset.all_code().get(block, "") != code:
            raise MilkError(f"A preset file cannot hold this code of {block} as it is.")
        return edited

    def _settings(self) -> Iterator[tuple[int, str, str]]:
        return settings(_body(self.data).decode(self.encoding))

    def _section_line(self) -> int:
        """Find the line that opens the section; before the first where none does."""
        lines = _body(self.data).splitlines()
        return next((line for line, content in enumerate(lines, start=1) if content.startswith(b"[")), 0)

    def _with_lines(
        self, new: Sequence[str], *, instead_of: Sequence[int] = (), after: int | None = None
    ) -> "Milk":
        """Put new lines where the first of the old ones was, after a line, or at the end."""
        body = _body(self.data)
        lines = body.splitlines(keepends=True)
        end = _line_end(lines[0]) or b"\n"
        gone = set(instead_of)
        kept = [b"" if number in gone else line for number, line in enumerate(lines, start=1)]
        # What a file's encoding lacks becomes `?`; with_code finds it missing and refuses.
        text = [line.encode(_encoding_of(b"".join(kept)), errors="replace") for line in new]
        if instead_of:
            first = instead_of[0] - 1
            kept[first] = end.join(text) + _line_end(lines[first]) if text else b""
        else:
            place = len(kept) if after is None else after
            if place and not _line_end(kept[place - 1]):
                kept[place - 1] += end
            kept[place:place] = [line + end for line in text]
        return parse(self.data[: len(self.data) - len(body)] + b"".join(kept))


def parse(data: bytes) -> Milk:
    """Read a preset file, or say in one sentence why it is none."""
    refuse_hostile(data)
    if b"[PRESET1_BEGIN]" in data:
        raise MilkError("The file holds two presets, as MilkDrop 3 writes them with the ending .milk2.")
    body = _body(data)
    encoding = _encoding_of(body)
    preset, problems = read(body.decode(encoding))
    if preset == Preset():
        raise MilkError("No line of the file sets anything that MilkDrop knows.")
    if data.startswith(_BYTE_ORDER_MARK):
        problems = (MilkProblem(1, "byte-order-mark", "\ufeff"), *problems)
    return Milk(data=data, encoding=encoding, preset=preset, problems=problems)


def build(preset: Preset) -> Milk:
    """Write a new preset file: the same bytes for the same preset, and the same preset when read."""
    milk = parse("".join(f"{line}\n" for line in lines_of(preset)).encode(errors="replace"))
    for part in fields(Preset):
        if getattr(milk.preset, part.name) != getattr(preset, part.name):
            raise MilkError(f"A preset file cannot hold the {part.name} as given.")
    return milk


def refuse_hostile(data: bytes) -> None:
    """Turn away what would cost time or memory, and what is plainly something else."""
    if len(data) > MAX_BYTES:
        raise MilkError(f"The file has {len(data):,} bytes; projectM reads no preset above {MAX_BYTES:,}.")
    if not data.strip():
        raise MilkError("The file is empty.")
    if data.startswith(_UTF_16):
        raise MilkError("The file is UTF-16 text, which no engine reads.")
    if (offset := data.find(b"\0")) >= 0:
        raise MilkError(f"The file is binary: byte {offset} is zero.")
    if _body(data).lstrip().startswith(b"<"):
        # A web server that has no such file may answer with a page and status 200.
        raise MilkError("The file is an HTML page or other markup.")
    longest = max(map(len, data.splitlines()))
    if longest > MAX_LINE_BYTES:
        raise MilkError(f"A line has {longest:,} bytes; MilkDrop reads at most {MAX_LINE_BYTES:,}.")


def _body(data: bytes) -> bytes:
    return data.removeprefix(_BYTE_ORDER_MARK)


def _encoding_of(data: bytes) -> Encoding:
    encodings: tuple[Encoding, ...] = ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _line_end(line: bytes) -> bytes:
    return next((end for end in _LINE_ENDS if line.endswith(end)), b"")
