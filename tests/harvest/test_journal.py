"""The journal: what is written stays, whatever is cut off, fails, or is killed."""

import errno
import itertools
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killed_journal import reported_before_kill

from harvest.journal import JOURNAL, TORN, Journal, open_journal, read_journal, whole_until
from harvest.packs import disk
from harvest.records import Fault, JournalLine, RecordError, Sample, parse_line, to_line
from harvest.records.text import LINE_BYTES

OWNERS_ROWS = (Path(__file__).parent / "data" / "records" / JOURNAL).read_bytes()
ROW = OWNERS_ROWS.splitlines(keepends=True)[0]


@pytest.fixture
def _unflushed(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Flush nothing where no plug is pulled."""
    monkeypatch.setattr(os, "fsync", Mock())


def fault(number: int) -> Fault:
    """One of many faults that can be told apart."""
    return Fault(kind="fault", name="page-crash", t_ms=number, run="r", evidence="Größe {}\u2028 \n")


def sample(number: int) -> Sample:
    """One of many samples that can be told apart."""
    row = parse_line(ROW)
    assert isinstance(row, Sample)
    return row.model_copy(update={"t_ms": number})


def record(number: int) -> JournalLine:
    """Samples and faults by turns."""
    return sample(number) if number % 2 else fault(number)


def read_all(folder: Path) -> Sequence[JournalLine | RecordError]:
    """Everything that reading yields."""
    return list(read_journal(folder))


def numbers(folder: Path) -> Sequence[int]:
    """What tells the records of a journal apart, each of which can be read."""
    lines = read_all(folder)
    assert not [line for line in lines if isinstance(line, RecordError)]
    return [line.t_ms for line in lines if not isinstance(line, RecordError)]


# Writing and reading


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    """Over several openings samples and faults come back as they were, in order."""
    records = [record(number) for number in range(6)]
    for part in (records[:2], records[2:5], records[5:]):
        with open_journal(tmp_path, run="r") as journal:
            assert journal.torn_bytes == 0
            for each in part:
                journal.append(each)
    assert read_all(tmp_path) == records
    assert (tmp_path / JOURNAL).read_bytes() == b"".join(map(to_line, records))
    assert not (tmp_path / TORN).exists()


def test_a_record_is_on_the_disk_when_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is flushed by itself, after its bytes were handed over."""
    flushed: list[bytes] = []

    def flush(_handle: int) -> None:
        flushed.append((tmp_path / JOURNAL).read_bytes())

    with open_journal(tmp_path, run="r") as journal:
        monkeypatch.setattr(os, "fsync", flush)
        journal.append(record(1))
        journal.append(record(2))
    lines = [to_line(record(1)), to_line(record(2))]
    assert flushed == [lines[0], lines[0] + lines[1]]


def test_the_owners_rows_are_read_and_continued(tmp_path: Path) -> None:
    """A journal that his own sampler began stays byte for byte, and ours follow."""
    (tmp_path / JOURNAL).write_bytes(OWNERS_ROWS)
    with open_journal(tmp_path, run="r") as journal:
        journal.append(fault(1))
    *his, ours = read_all(tmp_path)
    assert his == [parse_line(row) for row in OWNERS_ROWS.splitlines()]
    assert ours == fault(1)
    assert (tmp_path / JOURNAL).read_bytes() == OWNERS_ROWS + to_line(fault(1))


def test_broken_lines_are_told_with_their_numbers(tmp_path: Path) -> None:
    """Glued, torn, foreign and endless lines are passed over; blank ones are not worth a word."""
    endless = b'{"tMs": "' + b"x" * (3 * LINE_BYTES) + b'"}\n'
    glued, foreign, no_text = ROW[:100] + ROW, b'{"tMs":1}\n', b"\xff\xfe\x00\n"
    lines = [b"\xef\xbb\xbf" + ROW, glued, b"\n", ROW[:-1] + b"\r\n", endless, ROW, foreign, no_text, ROW]
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))
    read = read_all(tmp_path)
    broken = [line.problems[0].source for line in read if isinstance(line, RecordError)]
    assert broken == [f"{tmp_path / JOURNAL}:{number}" for number in (2, 5, 7, 8)]
    assert [line for line in read if not isinstance(line, RecordError)] == [parse_line(ROW)] * 4


def test_reading_takes_one_line_at_a_time(tmp_path: Path) -> None:
    """What is appended while somebody reads is met by that reader."""
    with open_journal(tmp_path, run="r") as journal:
        journal.append(record(1))
        reader = read_journal(tmp_path)
        assert next(reader) == record(1)
        journal.append(record(2))
        assert list(reader) == [record(2)]


# A torn end


@pytest.mark.usefixtures("_unflushed")
def test_cut_at_any_byte_it_loses_the_torn_line_alone(tmp_path: Path) -> None:
    """Wherever in its last three lines the file ends, what stands whole stays, and nothing is glued."""
    lines = [to_line(record(number)) for number in range(5)]
    text = b"".join(lines)
    ends = list(itertools.accumulate(map(len, lines)))
    for cut in range(ends[1], len(text) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / JOURNAL).write_bytes(text[:cut])
        whole = sum(cut >= end - 1 for end in ends)  # all but its newline is all of it
        kept_until = ends[whole - 1]
        with open_journal(folder, run="r") as journal:
            assert (folder / JOURNAL).read_bytes() == text[:kept_until]
            assert journal.torn_bytes == max(0, cut - kept_until)
            journal.append(record(9))
        torn = (folder / TORN).read_bytes() if journal.torn_bytes else b""
        assert torn == (text[kept_until:cut] + b"\n" if cut > kept_until else b"")
        assert (folder / JOURNAL).read_bytes() == text[:kept_until] + to_line(record(9))


@pytest.mark.parametrize(
    "rubbish",
    [b"\0" * 5000, b"{\n", b"\0\0\n\0\0\n{}x\n", b"[1]", b"12\n", b" ", b'{"a":NaN}\n', b"{" * 2000, b"\xff"],
)
def test_a_broken_end_is_cut_off_once(tmp_path: Path, rubbish: bytes) -> None:
    """Zeros of a power cut, broken lines with a newline: kept beside, and opening again finds nothing."""
    (tmp_path / JOURNAL).write_bytes(ROW * 2 + rubbish)
    for torn_bytes in (len(rubbish), 0):
        with open_journal(tmp_path, run="r") as journal:
            assert journal.torn_bytes == torn_bytes
        assert (tmp_path / JOURNAL).read_bytes() == ROW * 2
        assert (tmp_path / TORN).read_bytes() == rubbish + b"\n"


def test_a_byte_order_mark_does_not_break_a_line(tmp_path: Path) -> None:
    """Some editors on Windows put one before the first line."""
    (tmp_path / JOURNAL).write_bytes(b"\xef\xbb\xbf" + ROW)
    with open_journal(tmp_path, run="r") as journal:
        assert journal.torn_bytes == 0
    assert read_all(tmp_path) == [parse_line(ROW)]


def test_every_torn_piece_is_kept(tmp_path: Path) -> None:
    """A second accident does not wipe out what is left of the first."""
    for piece in (b'{"first', b'{"second'):
        with (tmp_path / JOURNAL).open("ab") as file:
            file.write(piece)
        with open_journal(tmp_path, run="r") as journal:
            journal.append(record(1))
    assert (tmp_path / TORN).read_bytes() == b'{"first\n{"second\n'


def test_a_row_of_a_later_harvest_is_no_torn_line(tmp_path: Path) -> None:
    """What is JSON but no record that we know is told on reading and left where it is."""
    later = b'{"kind":"later"}\n'
    (tmp_path / JOURNAL).write_bytes(ROW + later)
    with open_journal(tmp_path, run="r") as journal:
        assert journal.torn_bytes == 0
    assert (tmp_path / JOURNAL).read_bytes() == ROW + later


@given(st.lists(st.sampled_from([b"{}", b"{", b"", b" ", b"\0", b'{"a":1}', b"}{"])), st.booleans())
def test_the_journal_ends_with_its_last_whole_line(pieces: list[bytes], ended: bool) -> None:  # noqa: FBT001
    """Of any lines all are kept up to the last that is whole, and none after it."""
    text = b"\n".join(pieces) + b"\n" * ended
    lines = text.splitlines(keepends=True)
    whole = [number for number, line in enumerate(lines, 1) if line.strip() in (b"{}", b'{"a":1}')]
    assert text[: whole_until(text)] == b"".join(lines[: max(whole, default=0)])


# Faults of the disk

_TOUCHES = ("write", "fsync", "ftruncate", "replace")


@pytest.mark.parametrize("in_a_row", [1, 2, 3])
@pytest.mark.parametrize("torn", [b"", b'{"torn'])
def test_any_touch_of_the_disk_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bytes, in_a_row: int
) -> None:
    """At each write, flush, cut and rename, alone and in a row: it is told, and a repeat succeeds."""
    failures: set[str] = set()
    for step in range(1, 200):
        folder = tmp_path / str(step)
        folder.mkdir()
        (folder / JOURNAL).write_bytes(to_line(record(0)) + torn)
        calls = itertools.count(1)
        hit: list[str] = []
        with monkeypatch.context() as patched:
            for name in _TOUCHES:
                failing = range(step, step + in_a_row)
                patched.setattr(os, name, _failing(name, getattr(os, name), calls, failing, hit))
            _append_stubbornly(folder, [record(number) for number in range(1, 4)], hit)
        assert numbers(folder) == [0, 1, 2, 3]
        assert (folder / JOURNAL).read_bytes() == b"".join(to_line(record(number)) for number in range(4))
        failures.update(hit)
        if not hit:
            break
    else:
        pytest.fail("It never came to its end.")
    assert failures == ({*_TOUCHES} if torn or in_a_row > 1 else {*_TOUCHES} - {"ftruncate"})


def _failing(
    name: str, work: Callable[..., Any], calls: "itertools.count[int]", failing: range, hit: list[str]
) -> Callable[..., Any]:
    def fail(*args: Any) -> Any:
        if next(calls) not in failing:
            return work(*args)
        if name == "write":
            work(args[0], args[1][: len(args[1]) // 2])
        hit.append(name)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return fail


def _append_stubbornly(folder: Path, records: Sequence[JournalLine], hit: Sequence[str]) -> None:
    """Append each record until it is taken, opening anew where opening fails."""
    left = list(records)
    while left:
        try:
            with open_journal(folder, run="r") as journal:
                while left:
                    _append_until_taken(journal, left.pop(0), folder, hit)
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 - it may fail, and need not


def _append_until_taken(journal: Journal, line: JournalLine, folder: Path, hit: Sequence[str]) -> None:
    sound = (folder / JOURNAL).read_bytes()
    while True:
        failures_before = len(hit)
        try:
            journal.append(line)
        except OSError as error:
            assert disk.explain(error) == f"{folder / JOURNAL}: No space left on device."  # noqa: PT017
            if "ftruncate" not in hit[failures_before:]:
                assert (folder / JOURNAL).read_bytes() == sound
        else:
            return


@pytest.mark.usefixtures("_unflushed")
def test_an_interrupted_append_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two parts of a line is as if nothing had been asked."""
    writing = os.write

    def interrupted(handle: int, data: memoryview) -> int:
        if bytes(data).startswith(b"{"):
            return writing(handle, data[:5])
        raise KeyboardInterrupt

    with open_journal(tmp_path, run="r") as journal:
        journal.append(sample(1))
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                journal.append(sample(2))
        assert (tmp_path / JOURNAL).read_bytes() == to_line(sample(1))
        journal.append(sample(3))
    assert numbers(tmp_path) == [1, 3]


def test_killed_while_appending_it_keeps_what_it_reported(tmp_path: Path) -> None:
    """Twenty writers killed one after the other: each record reported as written is there, once, in order."""
    expected = 0
    for seed in range(20):
        expected += reported_before_kill(tmp_path, expected, seed)
        with open_journal(tmp_path, run="r"):
            found = numbers(tmp_path)
        assert found == list(range(len(found)))
        assert expected <= len(found) <= expected + 1  # the last may have been written, but not yet reported
        expected = len(found)
    assert (tmp_path / TORN).exists(), "no kill came in the middle of a line"


# One writer


def test_a_second_writer_is_told_who_holds_the_journal(tmp_path: Path) -> None:
    """One sentence names run, process and machine; when the first is done, the second may."""
    with open_journal(tmp_path, run="2026-02-15_163645"):
        with pytest.raises(BlockingIOError) as refusal, open_journal(tmp_path, run="second"):
            pytest.fail("It was let in.")
        assert disk.explain(refusal.value) == (
            f"{tmp_path}: run 2026-02-15_163645 (process {os.getpid()} on {socket.gethostname()})"
            " is writing here; try again when it is done."
        )
    with open_journal(tmp_path, run="second") as journal:
        journal.append(record(1))
    assert numbers(tmp_path) == [1]
    assert sorted(path.name for path in tmp_path.iterdir()) in (
        ["eval.jsonl", "eval.lock"],
        ["eval.jsonl"],  # where the system can remove a lock
    )


def test_a_writer_that_has_not_signed_yet_still_refuses_others(tmp_path: Path) -> None:
    """Between lock and signature nobody is named, and nobody is let in."""
    with (
        disk.locked(tmp_path / "eval.lock"),
        pytest.raises(BlockingIOError) as refusal,
        open_journal(tmp_path, run="second"),
    ):
        pytest.fail("It was let in.")
    assert disk.explain(refusal.value) == (
        f"{tmp_path}: another harvest is writing here; try again when it is done."
    )
