"""Files that may be anything: what is read, what is refused, and how a name gets new content."""

import errno
import os
from pathlib import Path

import pytest

from harvest.packs import disk


@pytest.mark.skipif(os.name == "nt", reason="makes pipes and links to devices")
@pytest.mark.parametrize(
    ("name", "why"),
    [("folder", "a folder"), ("device", "a device"), ("pipe", "a pipe"), ("gone", "No such file")],
)
def test_only_files_are_read(tmp_path: Path, name: str, why: str) -> None:
    """Anything else is refused by name, and not even opened: a pipe would make us wait for ever."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=why) as refusal:
        disk.read_file(tmp_path / name, at_most=10)
    assert disk.explain(refusal.value).startswith(f"{tmp_path / name}: {why}")


def test_no_more_is_read_than_allowed(tmp_path: Path) -> None:
    """A file at its bound is read; one byte more is refused with the bound."""
    (tmp_path / "file").write_bytes(b"12345")
    assert disk.read_file(tmp_path / "file", at_most=5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        disk.read_file(tmp_path / "file", at_most=4)


def test_a_reader_that_lets_go_in_time_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a rename fails while the target is open, which is nearly always over in a moment."""
    (tmp_path / "new").write_bytes(b"new")
    refusals = iter([PermissionError(errno.EACCES, "in use")] * 3)
    renaming = os.replace

    def replace(source: Path, target: Path) -> None:
        if refusal := next(refusals, None):
            raise refusal
        renaming(source, target)

    monkeypatch.setattr(disk, "_RENAME_PAUSE_S", 0)
    monkeypatch.setattr(os, "replace", replace)
    disk.move(tmp_path / "new", tmp_path / "old", patiently=True)
    assert (tmp_path / "old").read_bytes() == b"new"


@pytest.mark.parametrize(("patiently", "tries"), [(True, 40), (False, 1)])
def test_a_rename_that_is_refused_for_good_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, patiently: bool, tries: int
) -> None:
    """Patience ends; elsewhere than on Windows a refusal is final."""
    asked: list[Path] = []

    def refuse(source: Path, _target: Path) -> None:
        asked.append(source)
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(disk, "_RENAME_PAUSE_S", 0)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        disk.move(tmp_path / "new", tmp_path / "old", patiently=patiently)
    assert len(asked) == tries


def test_a_path_that_only_seems_inside_is_outside(tmp_path: Path) -> None:
    """Links are followed before anything is said, and a name that begins alike is another folder."""
    for name in ("pack", "pack2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(b"")
    assert disk.inside(tmp_path / "pack" / "x", tmp_path / "pack")
    assert disk.inside(tmp_path / "pack" / ".." / "pack" / "x", tmp_path / "pack")
    assert not disk.inside(tmp_path / "pack2" / "x", tmp_path / "pack")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_with_the_file_that_did_not_fit() -> None:
    """The system's own error names none."""
    with pytest.raises(OSError, match="No space left") as refusal:
        disk.write_draft(Path("/dev/full"), b"x")
    assert disk.explain(refusal.value).startswith("/dev/full: ")
