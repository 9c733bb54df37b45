"""Files that may be anything: read whole and bounded, replaced whole, locked. Every refusal is an OSError."""

import errno
import os
import stat
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path

from filelock import FileLock, Timeout

JSON_BYTES = 40 << 20
"""No manifest is larger: 104,040 pairs, the largest collection known, make one of 29 MB."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
}
_DRAFT = ".draft"
_RENAME_TRIES = 40
_RENAME_PAUSE_S = 0.05


def read_file(path: Path, *, at_most: int) -> bytes:
    """Read one regular file; nothing else is ever opened, so that no device answers and no pipe waits."""
    refuse_other_than_file(path)
    with path.open("rb") as file:
        data = file.read(at_most + 1)
    if len(data) > at_most:
        raise OSError(errno.EFBIG, f"more than {at_most:,} bytes", str(path))
    return data


def refuse_other_than_file(path: Path) -> None:
    """Refuse what is there and is no file: opening it might wait for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise OSError(errno.EINVAL, f"{kind}, not a file", str(path))


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal: what `sha256sum`, and the page's own `crypto.subtle`, say of the same bytes."""
    return sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file of any size."""
    refuse_other_than_file(path)
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_draft(path: Path, data: bytes) -> None:
    """Write a file that counts for nothing until it is moved into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(data)
    except OSError as error:
        # A full disk is told without the name of what did not fit.
        raise OSError(error.errno, error.strerror, str(path)) from error


def replace_file(path: Path, data: bytes) -> None:
    """Give a file new content; a reader, a kill or a full disk finds all the old bytes or all the new.

    One writer at a time: hold the lock of the folder.
    """
    draft = path.with_name(path.name + _DRAFT)
    try:
        write_draft(draft, data)
        flush(draft)
        move(draft, path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    flush_folders([path.parent])


def move(source: Path, target: Path, *, patiently: bool = os.name == "nt") -> None:
    """Rename over what is there; Windows refuses while a program has that open, so ask it again for 2 s."""
    for tries_left in reversed(range(_RENAME_TRIES)):
        try:
            os.replace(source, target)  # noqa: PTH105 - its error names both paths
        except PermissionError:
            if not patiently or not tries_left:
                raise
            time.sleep(_RENAME_PAUSE_S)
        else:
            return


def flush(path: Path) -> None:
    """Bring a file's bytes to the disk itself."""
    # Windows flushes only what is open for writing.
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_folders(folders: Iterable[Path]) -> None:
    """Bring the names in these folders to the disk itself; Windows offers no way and journals them anyway."""
    if os.name == "nt":
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def inside(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, ends within a folder; one that leads nowhere is an OSError."""
    return Path(os.path.realpath(path, strict=True)).is_relative_to(os.path.realpath(folder, strict=True))


@contextmanager
def locked(lock: Path, *, wait_s: float = 0.0) -> Generator[None]:
    """Be the only writer; the system frees the lock of a writer that dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    holder = FileLock(lock)
    try:
        holder.acquire(timeout=wait_s)
    except Timeout:
        busy = "another harvest is writing here; try again when it is done"
        raise BlockingIOError(errno.EAGAIN, busy, str(lock.parent)) from None
    try:
        yield
    finally:
        holder.release()


def explain(error: OSError) -> str:
    """Say in one sentence what went wrong with which file."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."
