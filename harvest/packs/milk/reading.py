"""Preset text to preset: the reading rules of the engines, and where a text trips them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harvest.packs.milk import names
from harvest.packs.milk.preset import P, Preset, Shape, Wave

ProblemKind = Literal[
    "byte-order-mark",
    "code-gap",
    "more-sections",
    "no-number",
    "no-section",
    "not-drawn",
    "number-cut",
    "other-case",
    "repeated-name",
    "unknown-name",
    "unread-line",
]

_SENTENCE: Mapping[ProblemKind, str] = {
    "byte-order-mark": "{what!r} hides the first name from MilkDrop and projectM",
    "code-gap": "{what!r} is never reached, for a number before it is missing",
    "more-sections": "{what!r} starts another section, which MilkDrop 1 does not read and others do",
    "no-number": "{what!r} has no number, so the engine's default stands",
    "no-section": "{what!r} is missing, without which MilkDrop 1 finds nothing",
    "not-drawn": "{what!r} is drawn by MilkDrop 3 only",
    "number-cut": "{what!r} counts only up to the end of its first number",
    "other-case": "{what!r} is written in another case, and MilkDrop 2 does not find it",
    "repeated-name": "{what!r} was set before, and the first counts",
    "unknown-name": "{what!r} means nothing to MilkDrop 2",
    "unread-line": "{what!r} sets nothing",
}
_WHAT_CHARS = 60

_NUMBER = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*", re.ASCII)
_COMMENT = ("//", ";", "#")
_ASIDE = "/;#["


@dataclass(frozen=True, slots=True, order=True)
class MilkProblem:
    """Something in a file that an engine may read otherwise than it looks."""

    line: int
    kind: ProblemKind
    what: str
    """A name, or the beginning of a line."""

    def __str__(self) -> str:
        return f"Line {self.line}: {_SENTENCE[self.kind].format(what=self.what)}."


def settings(text: str) -> Iterator[tuple[int, str, str]]:
    """Take a text apart: line number, name as spelled, value; no name where a line sets nothing."""
    # str.splitlines would also break at form feeds and U+0085, which no engine does.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        name, mark, value = line.partition("=")
        if " " in name:
            name, mark, value = line.partition(" ")
        yield (number, name, value) if mark and name else (number, "", line)


def leading_number(text: str) -> tuple[float | None, bool]:
    """Read as much of a text as is a finite number, and tell whether that was all of it."""
    match = _NUMBER.match(text)
    number = float(match[1]) if match else math.inf
    if match is None or math.isinf(number):
        return None, False
    return number, match.end() == len(text)


def read(text: str) -> tuple[Preset, tuple[MilkProblem, ...]]:
    """Read a preset as an engine does."""
    reading = _Reading(text)
    preset = reading.take_preset()
    reading.judge_sections()
    reading.judge_undrawn(preset)
    reading.judge_the_rest()
    return preset, tuple(sorted(reading.problems))


class _Reading:
    """The settings of one text: what is understood is taken out, what remains is a problem."""

    def __init__(self, text: str) -> None:
        self.problems: list[MilkProblem] = []
        self._values: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        self._sections: list[tuple[int, str]] = []
        for line, spelled, value in settings(text):
            name = spelled.lower()
            if not name or name[0] in _ASIDE:
                self._take_aside(line, f"{spelled} {value}".strip())
            elif name in self._values:
                self._complain(line, "repeated-name", name)
            else:
                self._values[name] = value
                self._lines[name] = line
                if spelled != name and names.spelling(name) not in (spelled, None):
                    self._complain(line, "other-case", spelled)

    def take_preset(self) -> Preset:
        """Take every block of code and every parameter that MilkDrop knows."""
        code = self._take_blocks()
        parameters = self._take_parameters()

        def parts(owners: Sequence[names.Owner], part: type[P]) -> tuple[P, ...]:
            return tuple(
                part(index=owner[1], parameters=parameters.get(owner, {}), code=code.get(owner, {}))
                for owner in owners
                if owner in parameters or owner in code
            )

        return Preset(
            parameters=parameters.get(names.PRESET, {}),
            code=code.get(names.PRESET, {}),
            waves=parts(names.WAVES, Wave),
            shapes=parts(names.SHAPES, Shape),
        )

    def _take_blocks(self) -> dict[names.Owner, dict[str, str]]:
        blocks: dict[names.Owner, dict[str, str]] = {}
        for owner, name, prefix in names.BLOCKS.values():
            if f"{prefix}1" in self._values and (code := self._take_code(prefix)):
                blocks.setdefault(owner, {})[name] = code
        return blocks

    def _take_code(self, prefix: str) -> str:
        lines: list[str] = []
        while (line := self._values.pop(f"{prefix}{len(lines) + 1}", None)) is not None:
            lines.append(line.removeprefix("`"))
        return "\n".join(lines)

    def _take_parameters(self) -> dict[names.Owner, dict[str, float]]:
        parameters: dict[names.Owner, dict[str, float]] = {}
        for spelled in [name for name in self._values if name in names.PARAMETERS]:
            owner, name, _ = names.PARAMETERS[spelled]
            number = self._number(spelled, self._values.pop(spelled))
            if number is not None:
                parameters.setdefault(owner, {})[name] = number
        return parameters

    def _number(self, name: str, value: str) -> float | None:
        number, whole = leading_number(value)
        if number is None:
            self._complain(self._lines[name], "no-number", name)
        elif not whole:
            self._complain(self._lines[name], "number-cut", name)
        return number

    def judge_sections(self) -> None:
        """Miss [preset00], and complain of every section after the first."""
        if not self._sections:
            self._complain(1, "no-section", names.SECTION)
        for line, section in self._sections[1:]:
            self._complain(line, "more-sections", section)

    def judge_undrawn(self, preset: Preset) -> None:
        """Name what only MilkDrop 3 would draw."""
        for kind, parts in (("wave", preset.waves), ("shape", preset.shapes)):
            for part in parts:
                if part.index not in names.DRAWN_BY_ALL and part.parameters.get("enabled"):
                    line = self._lines[f"{kind}code_{part.index}_enabled"]
                    self._complain(line, "not-drawn", f"{kind} {part.index}")

    def judge_the_rest(self) -> None:
        """Complain of every name that was not taken, of unreached code once a block."""
        blocks: set[str] = set()
        for name in self._values:
            prefix = names.block_prefix(name)
            if prefix is None:
                self._complain(self._lines[name], "unknown-name", name)
            elif prefix not in blocks:
                blocks.add(prefix)
                self._complain(self._lines[name], "code-gap", name)

    def _take_aside(self, line: int, text: str) -> None:
        if text.startswith("["):
            self._sections.append((line, text))
        elif text and not text.startswith(_COMMENT):
            self._complain(line, "unread-line", text)

    def _complain(self, line: int, kind: ProblemKind, what: str) -> None:
        self.problems.append(MilkProblem(line, kind, what[:_WHAT_CHARS]))
