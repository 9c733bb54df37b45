"""What is known of every preset file ever looked at, kept on the disk: an import reads only what has changed.

    files      path → size, time and content hash; while size and time stay the same, it is not read again
    presets    content hash → meaning hash and traits, or why it is no preset; each content is parsed once

All of it can be found out again, so a damaged index is put aside and made anew. It is kept batch by batch:
who kills an import loses the few batches under way.

Memory does not grow with the number of files: what one import has listed lies in tables of its own, which
SQLite keeps on the disk as well and forgets at the end.
"""

import os
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

from harvest.packs import disk, milk
from harvest.packs.couple import role
from harvest.packs.index_file import IndexFile
from harvest.packs.listing import Entry, Found, LeftOut, Other, unreadable
from harvest.packs.traits import Trait, name_of, traits
from harvest.packs.workers import workers

_LISTED = """
CREATE TEMP TABLE listed (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, couple BLOB, number INTEGER, layer TEXT, stamp TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE unread (path BLOB PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TEMP VIEW known AS
    SELECT * FROM listed JOIN files USING (path, size, mtime_ns) JOIN presets USING (content);
CREATE TEMP VIEW sound AS SELECT * FROM known WHERE refused IS NULL;
CREATE TEMP VIEW refusals AS
    SELECT path, reason FROM unread UNION ALL SELECT path, refused FROM known WHERE refused IS NOT NULL;
CREATE TEMP VIEW copies AS SELECT * FROM (
    SELECT
        path,
        first_value(path) OVER same AS original,
        content = first_value(content) OVER same AS to_the_byte,
        row_number() OVER same AS place
    FROM sound WINDOW same AS (PARTITION BY meaning ORDER BY path)
) WHERE place > 1;
CREATE TEMP VIEW parts AS
    SELECT *, first_value(path) OVER newest AS newest, row_number() OVER newest AS place
    FROM sound WHERE couple IS NOT NULL
    WINDOW newest AS (PARTITION BY couple, layer ORDER BY stamp DESC, path);
CREATE TEMP VIEW couples AS
    SELECT fg.number, fg.path AS fg, fg.content AS fg_content, bg.path AS bg, bg.content AS bg_content
    FROM parts AS fg JOIN parts AS bg USING (couple)
    WHERE fg.layer = 'fg' AND bg.layer = 'bg' AND fg.place = 1 AND bg.place = 1;
CREATE TEMP VIEW singles AS
    SELECT path FROM sound WHERE couple IS NULL
    UNION ALL SELECT path FROM parts WHERE place = 1 GROUP BY couple HAVING count(*) = 1;
"""
_CHANGED = """
SELECT path, size, mtime_ns FROM listed WHERE path > ? AND NOT EXISTS (
    SELECT 1 FROM files
    WHERE files.path = listed.path AND files.size = listed.size AND files.mtime_ns = listed.mtime_ns
) ORDER BY path LIMIT ?
"""
_BATCH_FILES = 256
_BATCH_BYTES = 4 << 20

Progress = Callable[[int, int | None], None]
"""Told now and then how many are done, and of how many where that is known."""
_NOW_AND_THEN = 1000


class Preset(NamedTuple):
    """A preset as the index knows it."""

    path: str
    content: str
    """SHA-256 in hexadecimal of the file as it was read."""


class Couple(NamedTuple):
    """A foreground and a background that belong together by their names."""

    number: int | None
    fg: Preset
    bg: Preset


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What an import has found, in numbers."""

    presets: int
    """Files that are presets by their names."""
    other_files: int
    read: int
    """This time; of all others the index knew enough."""
    read_bytes: int
    refused: int
    same_bytes: int
    """Files with the bytes of another."""
    same_meaning: int
    """Files with other bytes, and yet nothing that shows is different."""
    distinct: int
    traits: Mapping[str, int]
    """How many of the distinct presets have each."""


class _Judgement(NamedTuple):
    content: bytes
    meaning: bytes | None
    traits: int | None
    refused: str | None


class _Reading(NamedTuple):
    file: Found
    content: bytes
    judgement: _Judgement | None
    """Missing where the content was known."""


class Index:
    """What is known, and what one import has listed of it."""

    def __init__(self, file: IndexFile) -> None:
        self._file = file.path
        self._database = file.database
        self._others = 0
        self._read = 0
        self._read_bytes = 0
        self._database.executescript(_LISTED)

    def note(self, entries: Iterable[Entry], progress: Progress) -> None:
        """Take down what there is."""
        with self._database:
            for done, entry in enumerate(entries, 1):
                match entry:
                    case Found():
                        self._list(entry)
                    case LeftOut():
                        self._refuse(entry)
                    case Other():
                        self._others += 1
                if done % _NOW_AND_THEN == 0:
                    progress(done, None)

    def read(self, processes: int, progress: Progress) -> None:
        """Read every file that is new or has changed."""
        due = self._count("listed") - self._count("known")
        done = 0
        under_way: deque[Future[list[_Reading | LeftOut]]] = deque()

        def keep_first() -> None:
            nonlocal done
            readings = under_way.popleft().result()
            self._keep(readings)
            done += len(readings)
            progress(done, due)

        with workers(processes) as pool:
            for batch in _batches(self._changed()):
                under_way.append(pool.submit(_read_batch, self._file, batch))
                if len(under_way) > 2 * processes:
                    keep_first()
            while under_way:
                keep_first()

    def tally(self) -> Tally:
        """Count."""
        have: Counter[str] = Counter()
        distinct = 0
        by_traits = "SELECT traits, count(DISTINCT meaning) FROM sound GROUP BY traits"
        for bits, presets in self._database.execute(by_traits):
            distinct += presets
            have.update({name_of(trait): presets for trait in Trait(bits)})
        return Tally(
            presets=self._count("listed"),
            other_files=self._others,
            read=self._read,
            read_bytes=self._read_bytes,
            refused=self._count("refusals"),
            same_bytes=self._count("copies WHERE to_the_byte"),
            same_meaning=self._count("copies WHERE NOT to_the_byte"),
            distinct=distinct,
            traits=dict(have),
        )

    def shuffled(self, seed: int) -> Iterator[Preset]:
        """Yield every distinct preset once, in an order that only the seed and the presets decide."""

        def draw(meaning: bytes) -> bytes:
            return blake2b(meaning, digest_size=8, key=str(seed).encode()).digest()

        self._database.create_function("draw", 1, draw, deterministic=True)
        drawn = "SELECT min(path), content FROM sound GROUP BY meaning ORDER BY draw(meaning)"
        return (_preset(*row) for row in self._database.execute(drawn))

    def couples(self) -> Iterator[Couple]:
        """Yield what belongs together by name, by number and then by name."""
        for number, fg, fg_content, bg, bg_content in self._database.execute(
            "SELECT * FROM couples ORDER BY number, fg"
        ):
            yield Couple(number, _preset(fg, fg_content), _preset(bg, bg_content))

    def refusals(self) -> Iterator[LeftOut]:
        """Yield what is no preset, or cannot be read."""
        for path, reason in self._database.execute("SELECT * FROM refusals ORDER BY path"):
            yield LeftOut(path=os.fsdecode(path), reason=reason)

    def copies(self) -> Iterator[LeftOut]:
        """Yield the files that show what another shows."""
        copies = "SELECT path, original, to_the_byte FROM copies ORDER BY path"
        for path, original, to_the_byte in self._database.execute(copies):
            reason = "It has the bytes of another." if to_the_byte else "It shows the same as another."
            yield LeftOut(path=os.fsdecode(path), reason=reason, instead=os.fsdecode(original))

    def partless(self) -> Iterator[LeftOut]:
        """Yield the files that play no part in any couple."""
        for path, newest in self._database.execute("SELECT path, newest FROM parts WHERE place > 1"):
            reason = "A newer one has the same number."
            yield LeftOut(path=os.fsdecode(path), reason=reason, instead=os.fsdecode(newest))
        for (path,) in self._database.execute("SELECT path FROM singles ORDER BY path"):
            yield LeftOut(path=os.fsdecode(path), reason="No other layer belongs to it by name.")

    def _count(self, of: str) -> int:
        (number,) = self._database.execute(f"SELECT count(*) FROM {of}").fetchone()  # noqa: S608 - our words
        return number

    def _list(self, found: Found) -> None:
        part = role(found.path)
        couple = (os.fsencode(part.couple), part.number, part.layer, part.stamp) if part else (None,) * 4
        row = (os.fsencode(found.path), found.size, found.mtime_ns, *couple)
        self._database.execute("INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _refuse(self, left_out: LeftOut) -> None:
        row = (os.fsencode(left_out.path), left_out.reason)
        self._database.execute("INSERT OR IGNORE INTO unread VALUES (?, ?)", row)

    def _changed(self) -> Iterator[Found]:
        """Yield them page by page, for what is read changes the tables."""
        last = b""
        while page := self._database.execute(_CHANGED, (last, _BATCH_FILES)).fetchall():
            for path, size, mtime_ns in page:
                yield Found(path=os.fsdecode(path), size=size, mtime_ns=mtime_ns)
            last = page[-1][0]

    def _keep(self, readings: Sequence[_Reading | LeftOut]) -> None:
        with self._database:
            for reading in readings:
                match reading:
                    case LeftOut():
                        self._refuse(reading)
                    case _Reading(file, content, judgement):
                        self._keep_one(file, content, judgement)

    def _keep_one(self, file: Found, content: bytes, judgement: _Judgement | None) -> None:
        if judgement:
            self._database.execute("INSERT OR IGNORE INTO presets VALUES (?, ?, ?, ?)", judgement)
        row = (os.fsencode(file.path), file.size, file.mtime_ns, content)
        self._database.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)
        self._read += 1
        self._read_bytes += file.size


def _batches(files: Iterable[Found]) -> Iterator[Sequence[Found]]:
    """Cut into batches that are small in files and in bytes."""
    batch: list[Found] = []
    size = 0
    for file in files:
        batch.append(file)
        size += min(file.size, milk.MAX_BYTES)
        if len(batch) == _BATCH_FILES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_batch(index: Path, files: Sequence[Found]) -> list[_Reading | LeftOut]:
    """Read files, in whatever process; only what the index does not know by its content is parsed."""
    with closing(sqlite3.connect(f"{index.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return [_read_one(database, file) for file in files]


def _read_one(database: sqlite3.Connection, file: Found) -> _Reading | LeftOut:
    try:
        data = disk.read_file(Path(file.path), at_most=milk.MAX_BYTES)
    except OSError as error:
        return LeftOut(path=file.path, reason=unreadable(error))
    content = sha256(data).digest()
    known = database.execute("SELECT 1 FROM presets WHERE content = ?", (content,)).fetchone()
    return _Reading(file, content, None if known else _judge(content, data))


def _judge(content: bytes, data: bytes) -> _Judgement:
    try:
        preset = milk.parse(data).preset
    except milk.MilkError as error:
        return _Judgement(content, None, None, str(error))
    return _Judgement(content, bytes.fromhex(preset.meaning_hash()), int(traits(preset)), None)


def _preset(path: bytes, content: bytes) -> Preset:
    return Preset(os.fsdecode(path), content.hex())
