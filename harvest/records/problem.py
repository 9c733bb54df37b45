"""What is wrong with a text or a record: every problem, each in a readable sentence."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]
Value: TypeAlias = "dict[str, Value] | list[Value] | tuple[Value, ...] | str | int | float | bool | None"

NESTING = 100
PROBLEMS_SHOWN = 50
VALUE_CHARS = 60

_CONTAINERS = (dict, list, tuple)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EXPECTED = {
    "missing": "this key",
    "model_type": "an object",
    "mapping_type": "an object",
    "tuple_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong with a text: where, what was found, what belongs there."""

    source: str
    """The file, with the line in a file of lines; empty where the text has neither."""
    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.source}: {self.path}" if self.source else self.path
        return f"{where}: found {self.found}, expected {self.expected}."


class RecordError(ValueError):
    """A text is not the record it should be, or a record cannot be a text; every problem is listed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        sentences = [str(problem) for problem in self.problems[:PROBLEMS_SHOWN]]
        if (hidden := len(self.problems) - PROBLEMS_SHOWN) > 0:
            sentences.append(f"{hidden} more problems are not shown.")
        return "\n".join(sentences)


class Repeated:
    """Stands where a key was given more than once, until its path is known."""


def unwritable(value: Value, source: str, at: Location = ()) -> Iterator[Problem]:
    """Find what a text can spell but cannot be written again as the same thing."""
    if isinstance(value, dict):
        members = value.items()
        yield from (_problem(source, (*at, key), *said) for key in value if (said := _complaint(key)))
    elif isinstance(value, list | tuple):
        members = enumerate(value)
    else:
        return
    if len(at) == NESTING:
        yield _problem(source, at, "deeper nesting", f"at most {NESTING} levels")
        return
    for key, item in members:
        if isinstance(item, _CONTAINERS):
            yield from unwritable(item, source, (*at, key))
        elif said := _complaint(item):
            yield _problem(source, (*at, key), *said)


def _problem(source: str, at: Location, found: str, expected: str) -> Problem:
    return Problem(source=source, path=_path(at), found=found, expected=expected)


def _complaint(value: object) -> tuple[str, str] | None:
    if isinstance(value, str):
        sound, expected = value.isascii() or not _LONE_SURROGATE.search(value), "text without half characters"
    elif isinstance(value, float):
        sound, expected = math.isfinite(value), "a finite number"
    elif isinstance(value, int):
        sound, expected = -(1 << 63) <= value < 1 << 64, "at most 64 bits"
    elif isinstance(value, Repeated):
        return "this key more than once", "this key once"
    else:
        return None
    return None if sound else (_show(value), expected)


def mismatch(details: ErrorDetails, source: str) -> Problem:
    """Say what a record expected and the text does not give."""
    kind = details["type"]
    return Problem(
        source=source,
        path=_path(details["loc"]),
        found="nothing" if kind == "missing" else _show(details["input"]),
        expected=_EXPECTED.get(kind) or details["msg"].removeprefix("Input should be "),
    )


def _path(at: Location) -> str:
    """Spell a JSON path."""
    return "$" + "".join(_step(key) for key in at)


def _step(key: int | str) -> str:
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{json.dumps(key)}]"


def _show(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, default=repr)
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"
