"""A log stays small, keeps both its ends, and never ends a run."""

import sys
from pathlib import Path

import pytest

from harvest.bounded_log import BoundedLog


def small(path: Path) -> BoundedLog:
    """A log that soon has to leave something out."""
    return BoundedLog(path, head_bytes=1_000, tail_bytes=4_000)


def test_a_short_log_is_as_it_was_written(tmp_path: Path) -> None:
    """And a later one goes on where it ended."""
    for text in (b"one\n", b"two\n"):
        with BoundedLog(tmp_path / "vite.log") as log:
            log.write(text)
    assert (tmp_path / "vite.log").read_bytes() == b"one\ntwo\n"


def test_a_long_log_keeps_whole_lines_of_its_beginning_and_of_its_end(tmp_path: Path) -> None:
    """At any moment it is within its bound, and says where something was left out."""
    path = tmp_path / "vite.log"
    with small(path) as log:
        for number in range(5_000):
            log.write(b"line %d\n" % number)
            assert path.stat().st_size <= 1_000 + 2 * 4_000
    lines = path.read_text(encoding="utf-8").splitlines()
    gap = lines.index("[... what stood here was left out, the log had grown too large ...]")
    assert lines[:gap] == [f"line {number}" for number in range(gap)]
    assert gap > 100
    assert lines[gap + 1 :] == [f"line {number}" for number in range(5_000 - len(lines) + gap + 1, 5_000)]
    assert sum(len(line) + 1 for line in lines[gap + 1 :]) >= 3_900


def test_text_without_lines_is_bounded_too(tmp_path: Path) -> None:
    """Whatever its size: one text, or many."""
    path = tmp_path / "vite.log"
    with small(path) as log:
        log.write(b"x" * 20_000)
        for _ in range(100):
            log.write(b"y" * 777)
    assert path.stat().st_size <= 9_000
    assert path.read_bytes().endswith(b"y" * 3_000)


def test_what_could_not_be_written_is_counted_and_told_later(tmp_path: Path) -> None:
    """A folder that is not there yet stands for whatever a disk may refuse."""
    path = tmp_path / "run" / "vite.log"
    with small(path) as log:
        log.write(b"lost\n")
        log.write(b"lost, too\n")
        assert (log.lost_bytes, log.problem) == (15, "No such file or directory")
        path.parent.mkdir()
        log.write(b"kept\n")
        log.write(b"kept, too\n")
        assert log.lost_bytes == 15
    told = b"\n[15 bytes were lost here: No such file or directory]\n"
    assert path.read_bytes() == told + b"kept\nkept, too\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a device that is always full")
def test_a_full_disk_is_no_reason_to_stop() -> None:
    """Each text is tried, and counted."""
    with BoundedLog(Path("/dev/full")) as log:
        for _ in range(3):
            log.write(b"1234567890")
        assert (log.lost_bytes, log.problem) == (30, "No space left on device")
