"""The index knows what was read, survives whatever happens to it, and never asks twice."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from harvest.packs import index_file, milk
from harvest.packs.index import Index, Tally
from harvest.packs.listing import find
from harvest.packs.problem import PackError
from harvest.packs.workers import workers

ROOT = Path(__file__).parents[3]


def nobody(_done: int, _of: int | None) -> None:
    """Take no notice of progress."""


def surprised() -> None:
    """Nobody else should have the index."""
    raise AssertionError("somebody else has the index")


@contextmanager
def listed(path: Path, *sources: Path) -> Generator[Index]:
    """Open an index and list sources."""
    with index_file.opened(path, wait=surprised) as file:
        opened = Index(file)
        opened.note(find(sources), nobody)
        yield opened


def read(path: Path, *sources: Path, processes: int = 1) -> Tally:
    """Bring an index up to date."""
    with listed(path, *sources) as opened:
        opened.read(processes, nobody)
        return opened.tally()


def rows(path: Path) -> set[tuple[object, ...]]:
    """Read all that an index knows."""
    with closing(sqlite3.connect(path)) as database:
        files = database.execute("SELECT * FROM files").fetchall()
        return {*files, *database.execute("SELECT * FROM presets").fetchall()}


def preset(number: int) -> bytes:
    """Make presets that all differ."""
    return f"[preset00]\nzoom={1 + number / 1000}\nper_frame_1=q1 = bass * {number};\n".encode()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Thirty presets in two folders."""
    folder = tmp_path / "library"
    for number in range(30):
        path = folder / f"part{number % 2}" / f"{number:02}.milk"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(preset(number))
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the index lies."""
    return tmp_path / "cache" / "presets.sqlite"


def test_what_has_not_changed_is_not_read_again(library: Path, kept: Path) -> None:
    """The second time nothing is read; then what is new, what has another size, and what has another time."""
    assert read(kept, library).read == 30
    assert read(kept, library).read == 0
    (library / "new.milk").write_bytes(preset(99))
    (library / "part0" / "00.milk").write_bytes(preset(98) + b"\n")
    os.utime(library / "part1" / "01.milk", ns=(0, 0))
    found = read(kept, library)
    assert (found.read, found.presets, found.distinct) == (3, 31, 31)


def test_copies_are_found_by_content(library: Path, kept: Path) -> None:
    """The same bytes, or the same meaning in other bytes; the first of them stands for all."""
    (library / "part1" / "zz same.milk").write_bytes(preset(3))
    (library / "part1" / "zz alike.milk").write_bytes(b"// a comment\n" + preset(4) + b"fRating=1\n")
    with listed(kept, library) as opened:
        opened.read(1, nobody)
        found = opened.tally()
        copies = {Path(copy.path).name: (copy.reason, copy.instead) for copy in opened.copies()}
        drawn = [Path(drawn.path).name for drawn in opened.shuffled(0)]
    assert (found.same_bytes, found.same_meaning, found.distinct) == (1, 1, 30)
    assert copies == {
        "zz same.milk": ("It has the bytes of another.", str(library / "part1" / "03.milk")),
        "zz alike.milk": ("It shows the same as another.", str(library / "part0" / "04.milk")),
    }
    assert sorted(drawn) == [f"{number:02}.milk" for number in range(30)]


def test_the_order_is_the_seeds_alone(library: Path, kept: Path, tmp_path: Path) -> None:
    """Where the files lie, what they are called and what else is there changes nothing."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for number in range(30):
        (elsewhere / f"{29 - number}.milk").write_bytes(preset(number))

    def order(folder: Path, seed: int) -> list[str]:
        with listed(kept, folder) as opened:
            opened.read(1, nobody)
            return [drawn.content for drawn in opened.shuffled(seed)]

    assert order(library, 7) == order(elsewhere, 7)
    assert order(library, 7) != order(library, 8)


def test_several_processes_find_what_one_finds(library: Path, kept: Path, tmp_path: Path) -> None:
    """To the row."""
    read(kept, library)
    read(tmp_path / "other.sqlite", library, processes=2)
    assert rows(kept) == rows(tmp_path / "other.sqlite")


def test_what_is_broken_is_left_out_with_its_reason(library: Path, kept: Path) -> None:
    """Huge, empty, binary, a folder, a web page: each is one sentence, and the rest is read."""
    with (library / "huge.milk").open("wb") as huge:
        huge.truncate(50_000_000)
    (library / "empty.milk").write_bytes(b"")
    (library / "binary.milk").write_bytes(b"zoom=1\n\0\xff")
    (library / "line.milk").write_bytes(b"zoom=" + b"1" * 40_000)
    (library / "page.milk").write_bytes(b"<!doctype html>")
    (library / "list.txt").write_text("part0", encoding="utf-8")
    with listed(kept, library) as opened:
        opened.read(1, nobody)
        refusals = {Path(left.path).name: left.reason for left in opened.refusals()}
        assert opened.tally().distinct == 30
    assert refusals == {
        "huge.milk": "It cannot be read: more than 1,048,576 bytes.",
        "empty.milk": "The file is empty.",
        "binary.milk": "The file is binary: byte 7 is zero.",
        "line.milk": "A line has 40,005 bytes; MilkDrop reads at most 32,768.",
        "page.milk": "The file is an HTML page or other markup.",
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(library: Path, kept: Path) -> None:
    """What only looks like a preset is never opened."""
    os.mkfifo(library / "pipe.milk")
    with listed(kept, library) as opened:
        opened.read(1, nobody)
        (refusal,) = opened.refusals()
    assert refusal.reason == "It cannot be read: a pipe, not a file."


def test_known_bytes_are_not_parsed_again(library: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy under another name, or a file whose time has changed, is only hashed."""
    read(kept, library)
    (library / "copy.milk").write_bytes(preset(3))
    os.utime(library / "part0" / "00.milk", ns=(0, 0))
    monkeypatch.delattr(milk, "parse")
    assert read(kept, library).read == 2


def test_a_file_may_vanish_before_it_is_read(library: Path, kept: Path) -> None:
    """It is left out this time, and forgotten the next."""
    with listed(kept, library) as opened:
        (library / "part0" / "00.milk").unlink()
        opened.read(1, nobody)
        (refusal,) = opened.refusals()
        assert opened.tally().distinct == 29
    assert refusal.reason == "It cannot be read: No such file or directory."
    assert read(kept, library).refused == 0


def test_a_broken_file_may_be_mended(library: Path, kept: Path) -> None:
    """Its reason is remembered while it stays the same, and no longer."""
    broken = library / "broken.milk"
    broken.write_bytes(b"")
    assert read(kept, library).refused == 1
    assert (found := read(kept, library)).refused == 1
    assert found.read == 0
    broken.write_bytes(preset(50))
    assert read(kept, library).refused == 0


def test_a_full_disk_is_said_and_the_next_import_goes_on(library: Path, kept: Path) -> None:
    """What had been kept until then is not read again."""
    for number in range(30, 700):
        (library / f"{number}.milk").write_bytes(preset(number))

    def import_onto_a_small_disk() -> None:
        with index_file.opened(kept, wait=surprised) as file:
            file.database.execute("PRAGMA max_page_count = 30")
            opened = Index(file)
            opened.note(find([library]), nobody)
            opened.read(1, nobody)

    with pytest.raises(PackError, match=r"is full. The next import goes on where this one stopped\.$"):
        import_onto_a_small_disk()
    found = read(kept, library)
    assert 0 < found.read < 700
    assert found.distinct == 700


@pytest.mark.parametrize("damage", ["garbage", "half", "middle"])
def test_a_damaged_index_is_made_anew(library: Path, kept: Path, damage: str) -> None:
    """And it is said; the damaged one is put aside."""
    read(kept, library)
    data = bytearray(kept.read_bytes())
    match damage:
        case "garbage":
            data = bytearray(b"no database at all" * 500)
        case "half":
            del data[len(data) // 2 :]
        case _:
            data[4096:] = b"\xff" * (len(data) - 4096)
    kept.write_bytes(data)
    with index_file.opened(kept, wait=surprised) as file:
        assert file.rebuilt
        assert file.rebuilt.startswith("it was damaged (")
        assert file.rebuilt.endswith("presets.sqlite.damaged")
    assert kept.with_name("presets.sqlite.damaged").read_bytes() == bytes(data)
    assert (read(kept, library).read, read(kept, library).read) == (30, 0)


def test_another_programs_database_is_not_touched(kept: Path) -> None:
    """It is refused by name and stays as it is."""
    kept.parent.mkdir()
    with closing(sqlite3.connect(kept)) as database:
        database.execute("CREATE TABLE files (mine)")
        database.commit()
    before = kept.read_bytes()
    with (
        pytest.raises(PackError, match="is the database of another program"),
        index_file.opened(kept, wait=surprised),
    ):
        pass
    assert kept.read_bytes() == before


def test_another_reader_reads_anew(library: Path, kept: Path) -> None:
    """What an older version of harvest understood of a preset is not believed."""
    read(kept, library)
    with closing(sqlite3.connect(kept)) as database:
        database.execute("PRAGMA user_version = 1")
    assert read(kept, library).read == 30


def test_a_killed_worker_is_one_sentence() -> None:
    """Whoever takes the memory of many processes hears what to do."""
    with pytest.raises(PackError, match="killed, perhaps for want of memory"), workers(2) as pool:
        pool.submit(os._exit, 9).result()


def test_a_place_where_no_index_can_be_is_one_sentence(tmp_path: Path) -> None:
    """A folder stands there, or nothing can be written."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(PackError, match=r"folder is not a file\.$"):
        read(tmp_path / "folder", tmp_path)


def test_two_imports_at_once_take_turns(library: Path, kept: Path) -> None:
    """The second is told that it waits, and then finds everything read."""
    waits = threading.Event()
    second: list[Tally] = []

    def import_second() -> None:
        with index_file.opened(kept, wait=waits.set) as file:
            opened = Index(file)
            opened.note(find([library]), nobody)
            opened.read(1, nobody)
            second.append(opened.tally())

    with listed(kept, library) as first:
        thread = threading.Thread(target=import_second)
        thread.start()
        assert waits.wait(10)
        first.read(1, nobody)
    thread.join(10)
    ((found),) = second
    assert (found.read, found.distinct) == (0, 30)


_INDEXING = """
import signal
import sys
from pathlib import Path
from harvest.packs import index, index_file
from harvest.packs.listing import find

index._BATCH_FILES = 4


def tell(done, of):
    print(done, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    # A shell's background jobs are started deaf to Ctrl-C, and so are their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with index_file.opened(Path(sys.argv[1]), wait=print) as file:
        indexing = index.Index(file)
        indexing.note(find([Path(sys.argv[2])]), lambda done, of: None)
        indexing.read(2, tell)
        print("read", indexing.tally().read, flush=True)
"""


@contextmanager
def indexing(script: Path, kept: Path, library: Path) -> Generator["subprocess.Popen[str]"]:
    """Index in a process of its own, with two workers; after each batch it waits for a line."""
    command = [sys.executable, str(script), str(kept), str(library)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        yield process


def test_a_killed_import_goes_on_where_it_was(library: Path, kept: Path, tmp_path: Path) -> None:
    """Killed at random moments, it ends as if it never had been; no worker outlives it."""
    chance = random.Random(11)  # noqa: S311 - nothing here is secret
    for number in range(30, 120):
        (library / f"{number}.milk").write_bytes(preset(number))
    script = tmp_path / "indexing.py"
    script.write_text(_INDEXING, encoding="utf-8")
    workers: list[psutil.Process] = []
    read_before = 0
    for _ in range(3):
        with indexing(script, kept, library) as process:
            assert process.stdin
            assert process.stdout
            batches = chance.randint(1, 5)
            process.stdin.write("\n" * batches)
            process.stdin.flush()
            for _ in range(batches):
                process.stdout.readline()
            workers += psutil.Process(process.pid).children(recursive=True)
            process.kill()
        with closing(sqlite3.connect(kept)) as database:
            ((known,),) = database.execute("SELECT count(*) FROM files").fetchall()
        assert known > read_before
        read_before = known
    with indexing(script, kept, library) as process:
        output, _ = process.communicate("\n" * 30, timeout=60)
    assert output.splitlines()[-1] == f"read {120 - read_before}"
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    read(tmp_path / "whole.sqlite", library)
    assert rows(kept) == rows(tmp_path / "whole.sqlite")


_STARTING = """
import os
import signal
from harvest.packs.workers import workers

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with workers(2) as pool:
        started = [pool.submit(abs, number) for number in (-1, -2)]
        try:
            os.killpg(0, signal.SIGINT)
        except KeyboardInterrupt:
            print("interrupted")
        print([each.result() for each in started])
"""


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one program on Windows")
def test_workers_never_see_ctrl_c(library: Path, kept: Path, tmp_path: Path) -> None:
    """Not even while they are starting: it is for the parent to call them off."""
    script = tmp_path / "starting.py"
    script.write_text(_STARTING, encoding="utf-8")
    with indexing(script, kept, library) as process:
        output, errors = process.communicate(timeout=30)
    assert (output.splitlines(), errors) == (["interrupted", "[1, 2]"], "")


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one program on Windows")
def test_ctrl_c_keeps_what_was_read(library: Path, kept: Path, tmp_path: Path) -> None:
    """Sent to all processes, as consoles do, it ends them without a word from the workers."""
    script = tmp_path / "indexing.py"
    script.write_text(_INDEXING, encoding="utf-8")
    with indexing(script, kept, library) as process:
        assert process.stdout
        process.stdout.readline()
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert errors.count("Traceback") == 1
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert read(kept, library).read == 30 - 4
