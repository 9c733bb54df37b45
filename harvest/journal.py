"""The journal of one run folder: only ever appended, by one harvester at a time; what was written stays.

    eval.jsonl     the journal
    eval.torn      what opening cut off its end, each piece followed by a newline; only kept for people
    eval.writer    who is writing; believed only while the lock is held
    eval.lock      held by the writer, freed by the system when it dies

A record counts once `append` has returned: its line was flushed to the disk itself. That is one fsync a line,
0.2 ms on an idle disk and 8 ms on one that many others are writing to; a visit takes longer than either.

A kill or a power cut may leave part of a line at the end. The journal ends with its last whole line: opening
cuts off what follows. No part of a JSON object is one, so a last line that lacks
nothing but its newline is known to be whole.
"""

import errno
import mmap
import os
import platform
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import orjson

from harvest.packs import disk
from harvest.records import JournalLine, Record, RecordError, to_line
from harvest.records.text import LINE_BYTES, bounded_lines, read_line

JOURNAL = "eval.jsonl"
TORN = "eval.torn"
_WRITER = "eval.writer"
_LOCK = "eval.lock"
_BOM = b"\xef\xbb\xbf"
_WRITER_BYTES = 1000
_GLANCE_S = 1.0
"""Whoever only looks holds the lock for a moment; a writer holds it for hours."""


class Journal:
    """A journal open for writing."""

    def __init__(self, file: "AppendOnlyFile", *, torn_bytes: int, left_open_by: str | None) -> None:
        self._file = file
        self.torn_bytes = torn_bytes
        """How much was cut off its end on opening."""
        self.left_open_by = left_open_by
        """The writer before us, if it did not live to sign off."""

    def append(self, record: Record) -> None:
        """Write one line through to the disk; after an OSError nothing was, and it can be tried again."""
        self._file.append(to_line(record))


@contextmanager
def open_journal(folder: Path, *, run: str) -> Generator[Journal]:
    """Be the only writer of a run folder's journal, and mend its end."""
    with _only_writer(folder, run) as dead, AppendOnlyFile(folder / JOURNAL) as file:
        torn_bytes = _mend_end(file)
        disk.flush_folders([folder])
        yield Journal(file, torn_bytes=torn_bytes, left_open_by=dead)


def writer_of(folder: Path) -> str | None:
    """Tell who is writing now; None: nobody, whatever is signed. Without a signature nothing is touched."""
    signature = folder / _WRITER
    if not signature.exists():
        return None
    try:
        with disk.locked(folder / _LOCK, wait_s=_GLANCE_S):
            return None
    except (BlockingIOError, PermissionError):
        return _writer(signature)


def read_journal(folder: Path) -> Iterator[JournalLine | RecordError]:
    """Read line by line, ours and the owner's alike; a line that is no record yields why, with its number."""
    path = folder / JOURNAL
    disk.refuse_other_than_file(path)
    with path.open("rb") as file:
        for number, line in enumerate(bounded_lines(file), 1):
            if not line.isspace():
                yield read_line(line, source=f"{path}:{number}")


def read_end(folder: Path, *, at_most: int) -> list[JournalLine]:
    """Read the last lines, as many as lie within so many bytes; what is no record is left out."""
    path = folder / JOURNAL
    disk.refuse_other_than_file(path)
    with path.open("rb") as file:
        start = max(0, os.fstat(file.fileno()).st_size - at_most)
        file.seek(start)
        lines = file.read(at_most).splitlines()
    read = (read_line(line, source=str(path)) for line in lines[1 if start else 0 :] if not line.isspace())
    return [line for line in read if not isinstance(line, RecordError)]


def whole_until(text: bytes | mmap.mmap) -> int:
    """Find where the last line ends that is a whole JSON object."""
    end = len(text)
    while end:
        start = text.rfind(b"\n", 0, end - 1) + 1
        if _is_whole(text[start : min(end, start + LINE_BYTES + 1)]):
            break
        end = start
    return end


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line.removeprefix(_BOM)), dict)
    except orjson.JSONDecodeError:
        return False


class AppendOnlyFile:
    """A file that takes bytes whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        disk.refuse_other_than_file(path)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self.handle = os.open(path, flags, 0o666)
        self._half_from: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)

    def append(self, data: bytes) -> None:
        """Bring bytes to the disk itself; whatever interrupts that, none of them stay."""
        try:
            self._remove_half()
            self._half_from = os.fstat(self.handle).st_size
            try:
                self._write_through(data)
            except BaseException:
                self._remove_half()
                raise
            self._half_from = None
        except OSError as error:
            # A full disk is told without the name of what did not fit.
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def cut(self, length: int) -> None:
        """Drop what lies beyond a length."""
        os.ftruncate(self.handle, length)

    def _write_through(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self.handle, left) :]
        os.fsync(self.handle)

    def _remove_half(self) -> None:
        """Cut off what an append left half done; if even that fails, the next append begins with it."""
        if self._half_from is not None:
            self.cut(self._half_from)
            self._half_from = None


def _mend_end(file: AppendOnlyFile) -> int:
    """Make a file end with its last whole line, newline included; tell how many bytes were cut off."""
    if not os.fstat(file.handle).st_size:
        return 0
    with mmap.mmap(file.handle, 0, access=mmap.ACCESS_READ) as text:
        end = whole_until(text)
        torn = text[end:]
        lacks_newline = end > 0 and text[end - 1 : end] != b"\n"
    if torn:
        with AppendOnlyFile(file.path.with_name(TORN)) as kept:
            kept.append(torn + b"\n")
        file.cut(end)
    if lacks_newline:
        file.append(b"\n")
    return len(torn)


@contextmanager
def _only_writer(folder: Path, run: str) -> Generator[str | None]:
    """Hold the lock and sign; tell whose signature stood there although nobody held the lock."""
    signature = folder / _WRITER
    with ExitStack() as stack:
        try:
            stack.enter_context(disk.locked(folder / _LOCK, wait_s=_GLANCE_S))
        except BlockingIOError:
            busy = f"{_writer(signature)} is writing here; try again when it is done"
            raise BlockingIOError(errno.EAGAIN, busy, str(folder)) from None
        dead = _writer(signature) if signature.exists() else None
        disk.replace_file(signature, f"run {run} (process {os.getpid()} on {platform.node()})".encode())
        stack.callback(signature.unlink, missing_ok=True)
        yield dead


def _writer(signature: Path) -> str:
    try:
        return disk.read_file(signature, at_most=_WRITER_BYTES).decode(errors="replace")
    except FileNotFoundError:
        # It has the lock and is about to sign, or has signed off and is about to release it.
        return "another harvest"
