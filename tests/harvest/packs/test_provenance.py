"""Provenance: whether a pack is what its maker wrote."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packs_on_disk import some_pairs, write_manifest, write_pack

from harvest.packs import disk
from harvest.packs.provenance import (
    PROVENANCE,
    Provenance,
    compare,
    hash_of,
    read_provenance,
    verify,
    versions,
)
from harvest.records import to_json
from harvest.records.moment import timestamp


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of one pair that says where it comes from."""
    folder = write_pack(tmp_path, "demo", some_pairs(1))
    written = ("pairs-manifest.v0.json", "fg/0.milk", "bg/0.milk")
    provenance = Provenance(
        pack="demo",
        made_at=timestamp(datetime(2026, 11, 21, tzinfo=UTC)),
        command=("harvest", "packs", "sync", "--source", "/mnt/d/aidata/demo"),
        parameters={"source": "/mnt/d/aidata/demo", "limit": None},
        versions=versions(),
        inputs={"/mnt/d/aidata/demo/manifest.jsonl": "0" * 64},
        outputs={path: disk.digest((folder / path).read_bytes()) for path in written},
    )
    (folder / PROVENANCE).write_bytes(to_json(provenance))
    return folder


def test_an_untouched_pack_matches(pack: Path) -> None:
    """Every file that was written is there, to the byte; what came later does not matter."""
    (pack / "pairs-quality.v0.json").write_bytes(b"{}")
    assert verify(pack).state == "matches"


def test_a_pack_that_differs_says_in_which_files(pack: Path) -> None:
    """Changed and missing files are named, each by what became of it."""
    (pack / "fg" / "0.milk").write_bytes(b"brighter")
    (pack / "bg" / "0.milk").unlink()
    verdict = verify(pack)
    assert verdict.state == "differs"
    assert verdict.differences == ["fg/0.milk is not what was written", "bg/0.milk is missing"]


def test_a_pack_without_a_word_is_foreign(tmp_path: Path) -> None:
    """The owner's own packs say nothing of where they come from."""
    assert verify(write_pack(tmp_path, "demo", some_pairs(1))).state == "foreign"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "found no JSON"),
        (b'{"version": "v1"}', "version: found"),
        (b'{"version": "v0", "pack": "demo"}', "madeAt: found nothing, expected this key"),
    ],
)
def test_a_provenance_that_cannot_be_read_vouches_for_nothing(pack: Path, text: bytes, why: str) -> None:
    """It is a difference with a reason, not an exception and not a match."""
    (pack / PROVENANCE).write_bytes(text)
    verdict = verify(pack)
    assert verdict.state == "differs"
    assert why in "".join(verdict.differences)


def test_a_folder_in_its_place_vouches_for_nothing(pack: Path) -> None:
    """Neither does anything else that is no file."""
    (pack / PROVENANCE).unlink()
    (pack / PROVENANCE).mkdir()
    assert verify(pack).differences == [f"{pack / PROVENANCE}: a folder, not a file."]


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "fg/../../secret", "link", "C:\\x", "fg"])
def test_a_stranger_cannot_have_files_elsewhere_read(pack: Path, path: str) -> None:
    """A path that leads out of the pack, or to no file, has no hash."""
    (pack.parent / "secret").write_bytes(b"secret")
    with suppress(OSError):  # Windows asks for a privilege.
        (pack / "link").symlink_to(pack.parent / "secret")
    assert hash_of(pack, path) is None


def test_known_hashes_are_not_taken_again(pack: Path) -> None:
    """Who has read a pack already does not read it twice."""
    provenance = read_provenance(pack)
    assert provenance is not None
    known = dict(provenance.outputs)
    (pack / "fg" / "0.milk").unlink()
    assert verify(pack, known=known).state == "matches"


def test_comparing_is_a_question_of_hashes_alone(pack: Path) -> None:
    """A file that was not looked for counts as missing."""
    provenance = read_provenance(pack)
    assert provenance is not None
    assert compare(provenance, provenance.outputs).state == "matches"
    assert len(compare(provenance, {}).differences) == 3


def test_times_are_spelled_as_the_owners_tools_do() -> None:
    """Milliseconds and a Z."""
    assert timestamp(datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)) == "2026-11-21T03:04:05.678Z"


def test_a_later_version_of_the_file_is_not_misread(pack: Path) -> None:
    """Another version may mean something else by the same keys."""
    write_manifest(pack, {"version": "v2"}, PROVENANCE)
    assert verify(pack).state == "differs"
