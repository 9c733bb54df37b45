"""Presets from anywhere become a pack: whole, explained, and the same each time."""

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harvest.packs import disk
from harvest.packs.importing import Outcome, PairBy, Request, import_pack
from harvest.packs.index import Index
from harvest.packs.manifest import MANIFEST, Pack, open_pack
from harvest.packs.pairing import Band
from harvest.packs.problem import PackError
from harvest.packs.provenance import read_provenance, verify

AT = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)


def preset(number: float, *, cx: float = 0.5, layout: str = "") -> bytes:
    """Make presets that all differ in what they mean."""
    return f"[preset00]\nwarp={number}\ncx={cx}\n{layout}per_frame_1=q1 = {number};\n".encode()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def nobody(*_: object) -> None:
    """Take no notice."""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[Outcome, Pack]]:
    """Import, and open the pack as a night would."""

    def import_and_open(source: Path, pair_by: PairBy = "shuffle", **changes: Any) -> tuple[Outcome, Pack]:
        asked = Request(
            sources=[source],
            pack=tmp_path / "packs" / "mine",
            pair_by=pair_by,
            index=tmp_path / "index.sqlite",
            processes=1,
            command=["a test"],
            at=AT,
        )
        asked = replace(asked, **changes)
        return import_pack(asked, progress=nobody, wait=nobody), open_pack(asked.pack)

    return import_and_open


Run = Callable[..., tuple[Outcome, Pack]]


def pairs(pack: Pack) -> dict[int, tuple[str, str]]:
    """Name the files of each pair."""
    return {pair.pair: (Path(pair.fg_url).name, Path(pair.bg_url).name) for pair in pack.manifest.pairs}


def reasons(outcome: Outcome) -> dict[str, str]:
    """Say why each file was left out."""
    return {Path(left.path).name: left.reason for left in outcome.left_out.files}


def test_names_make_pairs(run: Run, tmp_path: Path) -> None:
    """Whatever has no partner is left out; the pack is sound and says where it comes from."""
    files = {"fg/a.milk": preset(1), "bg/a.milk": preset(2), "b_fg.milk": preset(3), "b_bg.milk": preset(4)}
    library = write(tmp_path / "library", files | {"c_fg.milk": preset(5), "d.milk": preset(6)})
    outcome, pack = run(library, "name")
    assert set(pairs(pack).values()) == {("a.milk", "a.milk"), ("b_fg.milk", "b_bg.milk")}
    assert reasons(outcome) == {
        "c_fg.milk": "No other layer belongs to it by name.",
        "d.milk": "No other layer belongs to it by name.",
    }
    assert pack.problems == ()
    assert verify(pack.folder).state == "matches"


def test_the_owners_numbers_stay(run: Run, tmp_path: Path) -> None:
    """The number in a name is the pair's, and the newest of several counts."""
    library = write(
        tmp_path / "library",
        {
            "coupled_00065_20260129_015409_fg.milk": preset(1),
            "coupled_00065_20260129_015410_bg.milk": preset(2),
            "coupled_00007_20260129_fg.milk": preset(3),
            "coupled_00007_20260129_bg.milk": preset(4),
            "coupled_00007_20250101_bg.milk": preset(5),
        },
    )
    outcome, pack = run(library, "name")
    assert pairs(pack)[65] == (
        "coupled_00065_20260129_015409_fg.milk",
        "coupled_00065_20260129_015410_bg.milk",
    )
    assert pairs(pack)[7][1] == "coupled_00007_20260129_bg.milk"
    assert reasons(outcome) == {"coupled_00007_20250101_bg.milk": "A newer one has the same number."}


def test_equal_numbers_are_counted_anew(run: Run, tmp_path: Path) -> None:
    """Two folders may both hold a pair 1; a pack may not."""
    both = {"coupled_1_fg.milk": preset(1), "coupled_1_bg.milk": preset(2)}
    library = write(tmp_path / "library", {f"one/{name}": data for name, data in both.items()})
    write(library, {f"two/{name}": data + b"zoom=1.5\n" for name, data in both.items()})
    _, pack = run(library, "name")
    assert list(pairs(pack)) == [1, 2]
    assert len({file.relative for file in pack.presets.values()}) == 4


def test_pairs_that_add_nothing_are_left_out(run: Run, tmp_path: Path) -> None:
    """One whose layers show the same, and one that another pair is already."""
    files = {
        "a_fg.milk": preset(1),
        "a_bg.milk": preset(2),
        "b_fg.milk": preset(1, layout="// again\n"),
        "b_bg.milk": preset(2),
        "c_fg.milk": preset(3),
        "c_bg.milk": preset(3),
    }
    outcome, pack = run(write(tmp_path / "library", files), "name")
    assert list(pairs(pack).values()) == [("a_fg.milk", "a_bg.milk")]
    assert reasons(outcome) == {
        "b_fg.milk": "A pair before it shows the same.",
        "c_fg.milk": "Both layers show the same.",
    }


def test_a_shuffle_uses_each_preset_once(run: Run, tmp_path: Path) -> None:
    """Copies and broken files are left out and counted by reason; the first files are named."""
    library = write(tmp_path / "library", {f"{n}.milk": preset(n) for n in range(20)})
    write(library, {"zz copy.milk": preset(3), "empty.milk": b"", "nul.milk": b"a\0b", "nuls.milk": b"\0\0"})
    outcome, pack = run(library)
    used = [name for both in pairs(pack).values() for name in both]
    assert sorted(used) == sorted(f"{n}.milk" for n in range(20))
    assert outcome.left_out.counts == {
        "The file is binary: byte N is zero.": 2,
        "The file is empty.": 1,
        "It has the bytes of another.": 1,
    }
    assert reasons(outcome)["nul.milk"] == "The file is binary: byte 1 is zero."


def test_the_same_seed_makes_the_same_pack(run: Run, tmp_path: Path) -> None:
    """To the byte; another seed makes another, and so does no more than was asked for."""
    library = write(tmp_path / "library", {f"{n}.milk": preset(n) for n in range(30)})
    hashes = [
        run(library, seed=seed, pairs=5, pack=tmp_path / place / "mine")[1].content_hash
        for seed, place in ((1, "a"), (1, "b"), (2, "c"))
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(pairs(open_pack(tmp_path / "a" / "mine"))) == 5


def test_contrast_lies_in_the_band_and_in_the_manifest(run: Run, tmp_path: Path) -> None:
    """Each pair carries both numbers, and their sum is what was asked for."""
    files = {f"{n}.milk": preset(n / 100, cx=0.5 + n / 200) for n in range(60)}
    _, pack = run(write(tmp_path / "library", files), "contrast", band=Band(low=0.1, high=0.2))
    diffs = [(pair.warp_diff or 0) + (pair.cx_diff or 0) for pair in pack.manifest.pairs]
    assert diffs
    assert all(0.1 <= diff <= 0.2 for diff in diffs)


def test_distinct_leaves_out_what_looks_the_same(run: Run, tmp_path: Path) -> None:
    """Of presets that differ by a hair one is taken, and the others name it."""
    files = {f"hair{n}.milk": preset(1 + n / 1000) for n in range(10)}
    files |= {f"far {line}.milk": line.encode() for line in ("rot=0.5", "fDecay=0.5", "sx=2")}
    outcome, pack = run(write(tmp_path / "library", files), distinct=True)
    assert len(pack.manifest.pairs) == 2
    assert outcome.left_out.counts == {"It looks the same as one taken before.": 9}
    assert all(Path(left.instead or "").name.startswith("hair") for left in outcome.left_out.files)


def test_the_provenance_explains_the_pack(run: Run, tmp_path: Path) -> None:
    """Inputs by their paths, every parameter, and what was written."""
    library = write(tmp_path / "library", {"a.milk": preset(1), "b.milk": preset(2)})
    _, pack = run(library, seed=3)
    origin = read_provenance(pack.folder)
    assert origin
    assert origin.inputs == {
        str(library / name): disk.digest((library / name).read_bytes()) for name in ("a.milk", "b.milk")
    }
    assert (origin.parameters["pair_by"], origin.parameters["seed"]) == ("shuffle", 3)
    assert origin.outputs[MANIFEST] == pack.manifest_hash


def test_equal_and_impossible_names_find_a_place(run: Run, tmp_path: Path) -> None:
    """Files of one name from two folders stay apart, and one that no web address can hold is renamed."""
    files = {"x/a.milk": preset(1), "y/a.milk": preset(2), "z/A.milk": preset(3), "50% #1?.milk": preset(4)}
    _, pack = run(write(tmp_path / "library", files))
    assert len({file.sha256 for file in pack.presets.values()}) == 4
    assert pack.problems == ()


def test_a_file_that_changed_meanwhile_is_left_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written that was not judged; a preset that vanished is named as well."""
    library = write(tmp_path / "library", {f"{n}.milk": preset(n) for n in range(6)})
    reading = Index.read

    def read_and_meddle(self: Index, *arguments: Any) -> None:
        reading(self, *arguments)
        (library / "1.milk").write_bytes(preset(77))
        (library / "2.milk").unlink()

    monkeypatch.setattr(Index, "read", read_and_meddle)
    outcome, pack = run(library)
    assert len(pack.manifest.pairs) == 2
    assert reasons(outcome) == {
        "1.milk": "It has changed since it was read.",
        "2.milk": "It cannot be read: No such file or directory.",
    }


def test_what_cannot_become_a_pack_is_said(run: Run, tmp_path: Path) -> None:
    """A single preset, a place that is taken, a name that cannot be served."""
    library = write(tmp_path / "library", {"a.milk": preset(1), "empty.milk": b""})
    with pytest.raises(
        PackError, match=r"^Of 2 presets, no two make a pair\. 1 left out: The file is empty\.$"
    ):
        run(library)
    write(library, {"b.milk": preset(2)})
    run(library)
    with pytest.raises(PackError, match=r"There is a pack in .* already"):
        run(library)
    with pytest.raises(PackError, match=r'"a\?b" is no name for a pack'):
        run(library, pack=tmp_path / "a?b")


def test_a_place_where_no_pack_can_lie_is_refused_before_reading(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below a file, or where nothing can be written."""
    monkeypatch.delattr(Index, "read")
    library = write(tmp_path / "library", {"a.milk": preset(1), "b.milk": preset(2)})
    with pytest.raises(PackError, match=r"No pack can lie in .*pack: .*a\.milk is not a folder\."):
        run(library, pack=library / "a.milk" / "pack")

    def closed(place: Path, _mode: int) -> bool:
        return place != tmp_path

    monkeypatch.setattr(os, "access", closed)
    with pytest.raises(PackError, match=r"No pack can lie in .*pack: nothing can be written to"):
        run(library, pack=tmp_path / "new" / "pack")


def test_a_full_disk_leaves_no_pack(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a manifest nor a preset stands in its place, and the next import works."""
    library = write(tmp_path / "library", {f"{n}.milk": preset(n) for n in range(6)})
    writes = disk.write_draft

    def write_until_full(path: Path, data: bytes) -> None:
        if path.name.endswith(".milk") and len(list(path.parent.glob("*"))) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        writes(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(disk, "write_draft", write_until_full)
        with pytest.raises(OSError, match="No space left"):
            run(library)
    assert not list((tmp_path / "packs").rglob("*.milk"))
    assert not list((tmp_path / "packs").rglob("*.json"))
    assert len(run(library)[1].manifest.pairs) == 3
