"""The file of an index: opened by one import at a time, and made anew where it was damaged."""

import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from platformdirs import user_cache_path

from harvest.packs import disk, milk, traits
from harvest.packs.problem import PackError

_TABLES = """
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, content BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS presets (
    content BLOB PRIMARY KEY, meaning BLOB, traits INTEGER, refused TEXT
) WITHOUT ROWID;
"""
_OURS = 0x68767374  # "hvst"
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_REMEDIES: Mapping[int | None, str] = {
    sqlite3.SQLITE_FULL: "The next import goes on where this one stopped.",
    **dict.fromkeys(_DAMAGE, "The next import makes it anew."),
}
_AS_LONG_AS_IT_TAKES = -1.0


@dataclass(frozen=True, kw_only=True)
class IndexFile:
    """An open index."""

    path: Path
    database: sqlite3.Connection
    rebuilt: str | None
    """Why it had to be made anew; None: it had not."""


class _DamagedError(Exception):
    """The file is an index no more."""


def default_path() -> Path:
    """Where this user's index lies."""
    return user_cache_path("harvest", appauthor=False) / "presets.sqlite"


@contextmanager
def opened(path: Path, *, wait: Callable[[], None]) -> Generator[IndexFile]:
    """Open an index, or make one; `wait` is told if another import must end first."""
    if path.exists() and not path.is_file():
        raise PackError(f"The index {path} is not a file.")
    with _in_words(path), _alone(path, wait):
        file = _open_sound(path)
        with closing(file.database):
            yield file


@contextmanager
def _in_words(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        remedy = _REMEDIES.get(_code(error), "")
        raise PackError(f"The index {path} failed: {error}. {remedy}".rstrip()) from error


def _code(error: sqlite3.Error) -> int | None:
    """Tell what kind of error it is, without SQLite's finer distinctions in the higher bytes."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextmanager
def _alone(path: Path, wait: Callable[[], None]) -> Generator[None]:
    lock = path.with_name(path.name + ".lock")
    with ExitStack() as held:
        try:
            held.enter_context(disk.locked(lock))
        except BlockingIOError:
            wait()
            held.enter_context(disk.locked(lock, wait_s=_AS_LONG_AS_IT_TAKES))
        yield


def _open_sound(path: Path) -> IndexFile:
    try:
        return IndexFile(path=path, database=_open(path), rebuilt=None)
    except _DamagedError as error:
        aside = path.with_name(path.name + ".damaged")
        path.replace(aside)
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink(missing_ok=True)
        why = f"it was damaged ({error}), and lies aside as {aside}"
        return IndexFile(path=path, database=_open(path), rebuilt=why)


def _open(path: Path) -> sqlite3.Connection:
    with ExitStack() as undone:
        database = undone.enter_context(closing(sqlite3.connect(path)))
        try:
            _refuse_foreign(database, path)
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGE:
                raise
            verdict = str(error)
        if verdict != "ok":
            raise _DamagedError(verdict)
        _prepare(database)
        undone.pop_all()
        return database


def _refuse_foreign(database: sqlite3.Connection, path: Path) -> None:
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and owner != _OURS:
        raise PackError(f"{path} is the database of another program.")


def _prepare(database: sqlite3.Connection) -> None:
    # A kill loses nothing that was kept; a power cut may lose the last batches, but leaves the file whole.
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
    (made_by,) = database.execute("PRAGMA user_version").fetchone()
    if made_by != _reader():
        database.executescript("DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS presets;")
    database.executescript(_TABLES)
    database.executescript(f"PRAGMA application_id = {_OURS}; PRAGMA user_version = {_reader()};")


def _reader() -> int:
    """Tell the code that reads presets from every other version of it: its answers are not kept beyond it."""
    sources = [Path(__file__), Path(traits.__file__), *sorted(Path(milk.__file__).parent.glob("*.py"))]
    digest = sha256(b"".join(source.read_bytes() for source in sources)).digest()
    return int.from_bytes(digest[:4]) >> 1
