"""A log that no night can fill a disk with, and no full disk can end a night by."""

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

HEAD_BYTES = 256 << 10
TAIL_BYTES = 1 << 20

_LEFT_OUT = b"[... what stood here was left out, the log had grown too large ...]\n"


class BoundedLog:
    """Keeps the beginning of a text, where the causes are, and its end, where the effects are.

    One file, because its name is what people and tools look for. Once its end has grown to twice what is
    kept, the older half is cut out in place: Windows would not rename a file that somebody looks into.

    A log is never worth a run: what the disk refuses is counted, and told in the log once there is room.
    """

    def __init__(self, path: Path, *, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES) -> None:
        """Continue the log at this path; it is opened with the first text."""
        self.path = path
        self.lost_bytes = 0
        """In texts that were not written whole."""
        self.problem: str | None = None
        """Why, the last time that something was not."""
        self._head_bytes = head_bytes
        self._tail_bytes = tail_bytes
        self._file: BinaryIO | None = None
        self._untold_bytes = 0

    def __enter__(self) -> Self:
        """Write into it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def write(self, text: bytes) -> None:
        """Append a text, usually whole lines; a failure is noted, never raised."""
        told = b""
        if self._untold_bytes:
            told = f"\n[{self._untold_bytes:,} bytes were lost here: {self.problem}]\n".encode()
        try:
            self._append(told + text)
        except OSError as error:
            self.problem = error.strerror or str(error)
            self.lost_bytes += len(text)
            self._untold_bytes += len(text)
        else:
            self._untold_bytes = 0

    def close(self) -> None:
        """Let go of the file; the next text opens it again."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _append(self, text: bytes) -> None:
        file = self._opened()
        size = file.seek(0, os.SEEK_END)
        if size + len(text) > self._head_bytes + 2 * self._tail_bytes:
            self._cut_out_the_middle(file, size)
        while text:  # a disk that fills up takes a part first, and says why with the next one
            text = text[file.write(text) :]

    def _opened(self) -> BinaryIO:
        if self._file is None:
            # Unbuffered: nothing is held back that a kill could lose, or a full disk refuse at closing.
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            self._file = os.fdopen(handle, "r+b", buffering=0)
        return self._file

    def _cut_out_the_middle(self, file: BinaryIO, size: int) -> None:
        """Keep the first lines and the last."""
        file.seek(0)
        head = file.read(self._head_bytes)
        head = head[: head.rfind(b"\n") + 1]
        file.seek(max(len(head), size - self._tail_bytes))
        tail = file.read()
        tail = tail[tail.find(b"\n") + 1 :]
        file.seek(len(head))
        file.write(_LEFT_OUT + tail)
        file.truncate()
