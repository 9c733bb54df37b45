"""JSON text to records and back: nothing lost, nothing invented."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import orjson
from pydantic import ValidationError

from harvest.records.lines import Fault, JournalLine, Sample
from harvest.records.problem import NESTING, Problem, RecordError, Repeated, Value, mismatch, unwritable
from harvest.records.record import Record

R = TypeVar("R", bound=Record)

LINE_BYTES = 1 << 20

# These end a line besides \r and \n: the first two for Node 24's readline (not 20's), all for splitlines.
_OTHER_LINE_ENDS = {
    "\u2028".encode(): rb"\u2028",
    "\u2029".encode(): rb"\u2029",
    "\u0085".encode(): rb"\u0085",
}


def parse(text: bytes, model: type[R], *, source: str = "") -> R:
    """Read one JSON document."""
    return _validate(_load(text, source), model, source)


def bounded_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield every line; of one too long for a record only a beginning, which is too long as well."""
    while line := file.readline(LINE_BYTES + 1):
        yield line
        rest = line
        while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES + 1)


def read_line(line: bytes, *, source: str) -> JournalLine | RecordError:
    """Read one line of a journal, or say why it is none."""
    try:
        return parse_line(line, source=source)
    except RecordError as error:
        return error


def parse_line(text: bytes, *, source: str = "") -> JournalLine:
    """Read one line of a journal; whatever is not tagged a fault is a sample."""
    _refuse_long_line(text, source)
    value = _load(text, source)
    is_fault = isinstance(value, dict) and value.get("kind") == "fault"
    return _validate(value, Fault if is_fault else Sample, source)


def read(path: Path, model: type[R]) -> R:
    """Read one file that holds one JSON document."""
    return parse(path.read_bytes(), model, source=str(path))


def to_line(record: Record) -> bytes:
    """Write one line of a journal, its newline included."""
    line = orjson.dumps(_plain(record), option=orjson.OPT_APPEND_NEWLINE)
    for mark, escape in _OTHER_LINE_ENDS.items():
        line = line.replace(mark, escape)
    if isinstance(record, Fault):
        line = b" " + line
    _refuse_long_line(line, type(record).__name__)
    return line


def to_json(record: Record) -> bytes:
    """Write one JSON document, indented for people."""
    return orjson.dumps(_plain(record), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _refuse_long_line(line: bytes, source: str) -> None:
    if len(line) > LINE_BYTES:
        found, expected = f"{len(line):,} bytes", f"at most {LINE_BYTES:,} in one line"
        raise RecordError(Problem(source=source, path="$", found=found, expected=expected))


def _load(text: bytes, source: str) -> Value:
    try:
        return json.loads(text.decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        found, expected = f"byte 0x{error.object[error.start]:02x} at offset {error.start}", "UTF-8"
    except json.JSONDecodeError as error:
        found = f"no JSON ({error.msg} at line {error.lineno}, column {error.colno})"
        expected = "one JSON object"
    except RecursionError:
        found, expected = "deeper nesting", f"at most {NESTING} levels"
    except ValueError:
        # Python's own guard: no int() of more than 4,300 digits.
        found, expected = "a whole number of thousands of digits", "at most 64 bits"
    raise RecordError(Problem(source=source, path="$", found=found, expected=expected))


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        counts = Counter(key for key, _ in members)
        value |= {key: Repeated() for key, count in counts.items() if count > 1}
    return value


def _validate(value: Value, model: type[R], source: str) -> R:
    problems = {problem.path: problem for problem in unwritable(value, source)}
    try:
        record = model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        mismatches = (mismatch(details, source) for details in error.errors(include_url=False))
        problems = {problem.path: problem for problem in mismatches} | problems
    else:
        if not problems:
            return record
    raise RecordError(*problems.values())


def _plain(record: Record) -> dict[str, Any]:
    value = record.model_dump(exclude_unset=True, warnings="error")
    if problems := tuple(unwritable(value, type(record).__name__)):
        raise RecordError(*problems)
    return value
