"""What a person named is found, whatever lies there; nothing else is looked at."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from harvest.packs.listing import DEPTH, Found, LeftOut, Other, find, shown
from harvest.packs.problem import PackError

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such names or links without privileges")


def write(path: Path, data: bytes = b"zoom=1\n") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(*sources: Path) -> list[str]:
    """Name what is found, in order."""
    return sorted(Path(entry.path).name for entry in find(sources) if isinstance(entry, Found))


def left_out(*sources: Path) -> dict[str, str]:
    """Say why the rest is not taken."""
    return {Path(entry.path).name: entry.reason for entry in find(sources) if isinstance(entry, LeftOut)}


def test_a_folder_is_walked_to_its_ground(tmp_path: Path) -> None:
    """Presets are known by their ending in any case; of all else only the number is kept."""
    write(tmp_path / "a.milk")
    write(tmp_path / "deep" / "er" / "B.MILK", b"zoom=1.5\n")
    write(tmp_path / "readme.txt")
    write(tmp_path / "two.milk2")
    found = list(find([tmp_path]))
    assert names(tmp_path) == ["B.MILK", "a.milk"]
    assert sum(isinstance(entry, Other) for entry in found) == 2
    assert {entry.size for entry in found if isinstance(entry, Found)} == {7, 9}


def test_a_list_names_its_presets(tmp_path: Path) -> None:
    """One path a line, from where the list lies; blank lines, a BOM and Windows' line ends do no harm."""
    write(tmp_path / "sub" / "a b.milk")
    write(tmp_path / "c.milk")
    lines = f"\ufeffsub/a b.milk\r\n\r\n{tmp_path / 'c.milk'}\r\nsub\r\nmissing.milk\r\n"
    write(tmp_path / "list.txt", lines.encode())
    assert names(tmp_path / "list.txt") == ["a b.milk", "c.milk"]
    assert left_out(tmp_path / "list.txt") == {
        "sub": "It is no .milk file.",
        "missing.milk": "It cannot be read: No such file or directory.",
    }


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_a_list_may_come_from_windows(tmp_path: Path, encoding: str) -> None:
    """PowerShell 5 writes UTF-16, and "Copy as path" puts quotes around each path."""
    write(tmp_path / "Größe.milk")
    write(tmp_path / "list.txt", f'\ufeff"{tmp_path / "Größe.milk"}"\r\n'.encode(encoding))
    assert names(tmp_path / "list.txt") == ["Größe.milk"]


def test_a_cut_list_in_utf_16_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """Half a character at its end makes a path that is not there."""
    write(tmp_path / "a.milk")
    write(tmp_path / "list.txt", "a.milk\r\nb.milk".encode("utf-16") + b"\x00")
    assert names(tmp_path / "list.txt") == ["a.milk"]


@POSIX
def test_a_pipe_for_a_list_is_refused(tmp_path: Path) -> None:
    """Nobody may ever write to it, and so it is not opened."""
    os.mkfifo(tmp_path / "list.txt")
    with pytest.raises(PackError, match="is a pipe"):
        list(find([tmp_path / "list.txt"]))


def test_a_preset_may_be_named_by_itself(tmp_path: Path) -> None:
    """Folders, lists and presets can be mixed."""
    assert names(write(tmp_path / "a.milk"), tmp_path / "a.milk") == ["a.milk", "a.milk"]


@pytest.mark.parametrize("data", [b"a.milk\n\0\n", b"x" * 10_000, bytes(range(255, -1, -1)) * 200])
def test_what_is_no_list_is_refused(tmp_path: Path, data: bytes) -> None:
    """A film given by mistake ends in a sentence, not in a million missing files."""
    with pytest.raises(PackError, match="is no list of paths, one a line"):
        list(find([write(tmp_path / "film.mp4", data)]))


@pytest.mark.parametrize("name", ["nowhere", "nowhere.milk"])
def test_a_source_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """It is most likely misspelt, so nothing is made of the others."""
    with pytest.raises(PackError, match=rf"There is no .*{name}\."):
        list(find([tmp_path / name]))


def test_too_many_entries_end_the_walk(tmp_path: Path) -> None:
    """Whoever named the whole disk hears it before the disk has been read."""
    for number in range(5):
        write(tmp_path / f"{number}.txt")
    with pytest.raises(PackError, match="There are more than 4 entries"):
        list(find([tmp_path], most=4))


def test_a_bottomless_folder_has_a_bottom(tmp_path: Path) -> None:
    """Folders are entered to a certain depth, and the one that is not is named."""
    deep = tmp_path.joinpath(*["d"] * (DEPTH + 2))
    write(deep / "a.milk")
    assert left_out(tmp_path) == {"d": f"It lies more than {DEPTH} folders deep."}


@POSIX
def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    """A loop of links ends, and a link leads nowhere that was not named; links to files are read."""
    write(tmp_path / "in" / "a.milk")
    write(tmp_path / "out" / "b.milk")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "c.milk").symlink_to(tmp_path / "out" / "b.milk")
    (tmp_path / "in" / "d.milk").symlink_to("d.milk")
    (tmp_path / "in" / "e.milk").symlink_to("gone")
    assert names(tmp_path / "in") == ["a.milk", "c.milk"]
    assert left_out(tmp_path / "in") == {
        "loop": "It is a link to a folder, which is not followed.",
        "away": "It is a link to a folder, which is not followed.",
        "d.milk": "It cannot be read: Too many levels of symbolic links.",
        "e.milk": "It cannot be read: No such file or directory.",
    }


def test_an_unreadable_folder_does_not_end_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with its reason, and the others are walked."""
    write(tmp_path / "closed" / "a.milk")
    write(tmp_path / "open" / "b.milk")
    scandir = os.scandir

    def guarded(folder: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if folder.endswith("closed"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    assert names(tmp_path) == ["b.milk"]
    assert left_out(tmp_path) == {"closed": "It cannot be read: Permission denied."}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_found_and_can_be_shown(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are kept to open the file, and spelled out to print it."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.milk")).write_bytes(b"zoom=1")
    (entry,) = find([tmp_path])
    assert isinstance(entry, Found)
    assert Path(entry.path).read_bytes() == b"zoom=1"
    assert shown(entry.path).endswith(r"caf\xe9.milk")
