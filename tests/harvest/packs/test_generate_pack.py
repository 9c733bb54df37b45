"""A generated pack: what lies on the disk, and that it is whole or not there, whatever happens."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from packs_on_disk import AT, nobody, page_view, read_manifest

from harvest.packs import disk
from harvest.packs.contrast import contrast
from harvest.packs.generate import TRUTH, Request, Truth, generate_pack
from harvest.packs.manifest import open_pack
from harvest.packs.milk import Preset, parse
from harvest.packs.problem import PackError
from harvest.packs.provenance import PROVENANCE, read_provenance, verify
from harvest.records import parse as parse_record


@pytest.fixture(autouse=True)
def _unflushed(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Flush nothing: no test pulls the plug."""
    monkeypatch.setattr(os, "fsync", Mock())


def request(pack: Path, **changes: Any) -> Request:
    """Ask for a pack of 20 pairs."""
    asked = Request(
        pack=pack,
        pairs=20,
        seed=0,
        rates={"black": 0.3, "near-duplicate": 0.3},
        command=["a test"],
        at=AT,
    )
    return replace(asked, **changes)


def contents(pack: Path) -> Mapping[str, bytes]:
    """Read everything in a pack but its provenance and what is nobody's business."""
    found = {path.relative_to(pack).as_posix(): path for path in pack.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if name != PROVENANCE and not name.startswith(".")
    }


def truths(pack: Path) -> list[Truth]:
    """Read the truth about each pair."""
    return [parse_record(line, Truth) for line in (pack / TRUTH).read_bytes().splitlines()]


def test_it_is_a_pack_as_any_other(tmp_path: Path) -> None:
    """The page and every tool of ours take it without a complaint, and it is what its provenance says."""
    made = generate_pack(request(tmp_path / "demo"), progress=nobody)
    pack = open_pack(tmp_path / "demo")
    assert not pack.problems
    assert [pair.pair for pair in pack.manifest.pairs] == [*range(20)]
    assert verify(pack.folder).state == "matches"
    assert made.pairs == 20
    assert sum(made.cases.values()) == 20
    assert made.bytes == sum(map(len, contents(pack.folder).values()))


def test_the_provenance_says_how_to_make_it_again(tmp_path: Path) -> None:
    """Parameters, versions and time stand there, and hashes of everything but itself."""
    generate_pack(request(tmp_path / "demo", seed=7), progress=nobody)
    provenance = read_provenance(tmp_path / "demo")
    assert provenance is not None
    assert provenance.parameters["seed"] == 7
    assert provenance.parameters["rates"] == {"black": 0.3, "near-duplicate": 0.3}
    assert provenance.outputs.keys() == contents(tmp_path / "demo").keys()


def test_the_manifest_tells_how_far_the_layers_are_apart(tmp_path: Path) -> None:
    """Its differences are those of the two presets that it names."""
    generate_pack(request(tmp_path / "demo"), progress=nobody)
    presets = page_view(tmp_path / "demo")
    assert presets is not None
    for pair in read_manifest(tmp_path / "demo")["pairs"]:
        fg, bg = (parse(data).preset for data in presets[pair["pair"]])
        assert (pair["warp_diff"], pair["cx_diff"]) == contrast(fg, bg)


def test_contrast_is_a_difference_of_what_presets_start_with() -> None:
    """It is the same both ways, rounded, and counts MilkDrop's default where a preset names none."""
    fg, bg = Preset(parameters={"warp": 0.1, "cx": 0.25}), Preset(parameters={"warp": 0.1234567})
    assert contrast(fg, bg) == contrast(bg, fg) == (0.02346, 0.25)
    assert contrast(fg, Preset()) == (0.9, 0.25)


def test_each_pair_has_its_truth(tmp_path: Path) -> None:
    """A line for each pair, in order; near-duplicates name a pair of the pack."""
    generate_pack(request(tmp_path / "demo"), progress=nobody)
    told = truths(tmp_path / "demo")
    assert [truth.pair for truth in told] == [*range(20)]
    cases = {truth.case for truth in told}
    assert {"black", "near-duplicate"} <= cases
    for truth in told:
        assert (truth.near_duplicate_of is not None) == (truth.case == "near-duplicate")
        assert (truth.intended is not None) == (truth.case == "black")


def test_the_same_request_writes_the_same_bytes(tmp_path: Path) -> None:
    """Wherever it lies and whenever it is made, only the provenance differs."""
    for place, at in (("a", AT), ("b", AT.replace(year=2030))):
        generate_pack(request(tmp_path / place / "demo", at=at), progress=nobody)
    assert contents(tmp_path / "a" / "demo") == contents(tmp_path / "b" / "demo")


def test_a_smaller_pack_is_the_beginning_of_a_larger(tmp_path: Path) -> None:
    """The first 50 of 200 pairs are the 50 of 50: same files, same manifest entries, same truth."""
    for place, pairs in (("few", 50), ("many", 200)):
        generate_pack(request(tmp_path / place / "demo", pairs=pairs), progress=nobody)
    few, many = tmp_path / "few" / "demo", tmp_path / "many" / "demo"
    assert read_manifest(few)["pairs"] == read_manifest(many)["pairs"][:50]
    assert (many / TRUTH).read_bytes().startswith((few / TRUTH).read_bytes())
    presets = {name: data for name, data in contents(few).items() if "/" in name}
    assert len(presets) == 100
    assert presets.items() <= contents(many).items()


def test_what_stands_is_replaced_only_by_force(tmp_path: Path) -> None:
    """A second pack in the same folder is refused, and with force leaves no trace of the one before last."""
    pack = tmp_path / "demo"
    generate_pack(request(pack, seed=1), progress=nobody)
    first = contents(pack)
    with pytest.raises(PackError, match="already; --force"):
        generate_pack(request(pack, seed=2), progress=nobody)
    assert contents(pack) == first
    generate_pack(request(pack, seed=2, force=True), progress=nobody)
    assert not open_pack(pack).problems
    assert {name for name in first if "/" in name} <= contents(pack).keys(), "a page may still show the old"
    generate_pack(request(pack, seed=3, force=True), progress=nobody)
    assert not {name for name in first if "/" in name} & contents(pack).keys()
    assert verify(pack).state == "matches"


def test_nothing_of_anybody_else_is_touched(tmp_path: Path) -> None:
    """A folder that holds anything else, notes for instance, is refused, by force or not."""
    pack = tmp_path / "demo"
    generate_pack(request(pack), progress=nobody)
    (pack / "notes.txt").write_text("{}", encoding="utf-8")
    with pytest.raises(PackError, match=r"holds notes\.txt"):
        generate_pack(request(pack, force=True), progress=nobody)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pairs": 0}, "from 1 to 100,000 pairs, not 0"),
        ({"pairs": -3}, "not -3"),
        ({"pairs": 10**12}, "not 1,000,000,000,000"),
        ({"rates": {"blue": 0.1}}, "no case blue"),
        ({"rates": {"black": -0.1}}, "shares from 0 to 1"),
        ({"rates": {"black": float("nan")}}, "shares from 0 to 1"),
        ({"rates": {"black": 0.6, "white": 0.6}}, "together at most 1"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    """No folder is made for what cannot be."""
    with pytest.raises(PackError, match=sentence):
        generate_pack(request(tmp_path / "demo", **changes), progress=nobody)
    assert not [*tmp_path.iterdir()]


def test_a_name_that_cannot_be_served_is_refused(tmp_path: Path) -> None:
    """The folder's name becomes part of addresses."""
    with pytest.raises(PackError, match="no name for a pack"):
        generate_pack(request(tmp_path / "50% black"), progress=nobody)


def test_a_place_that_is_no_folder_is_an_os_error(tmp_path: Path) -> None:
    """Neither a file nor what would lie below one can hold a pack."""
    file = tmp_path / "file"
    file.touch()
    for pack in (file, file / "demo"):
        with pytest.raises(OSError, match="file"):
            generate_pack(request(pack), progress=nobody)


def interrupted(done: int, _of: int) -> None:
    """Press Ctrl-C after ten pairs."""
    if done == 10:
        raise KeyboardInterrupt


def full_after(files: int) -> Callable[[Path, bytes], None]:
    """Write so many files, then find the disk full."""
    write = disk.write_draft
    left = [files]

    def write_while_room(path: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, data)

    return write_while_room


def test_an_interrupted_pack_is_not_there(tmp_path: Path) -> None:
    """Ctrl-C leaves nothing that counts, and the same command then succeeds."""
    with pytest.raises(KeyboardInterrupt):
        generate_pack(request(tmp_path / "demo"), progress=interrupted)
    assert not contents(tmp_path / "demo")
    generate_pack(request(tmp_path / "demo"), progress=nobody)
    assert not open_pack(tmp_path / "demo").problems


@pytest.mark.parametrize("files", [0, 1, 25, 40, 41, 42, 43])
def test_a_full_disk_leaves_the_pack_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    """Whichever file finds no room, the old pack stands, to the byte."""
    pack = tmp_path / "demo"
    generate_pack(request(pack, seed=1), progress=nobody)
    before = contents(pack), (pack / PROVENANCE).read_bytes()
    monkeypatch.setattr(disk, "write_draft", full_after(files))
    with pytest.raises(OSError, match="No space left"):
        generate_pack(request(pack, seed=2, force=True), progress=nobody)
    monkeypatch.undo()
    assert (contents(pack), (pack / PROVENANCE).read_bytes()) == before


def test_progress_counts_every_pair(tmp_path: Path) -> None:
    """Each pair is told once, with the whole."""
    told: list[tuple[int, int]] = []
    generate_pack(request(tmp_path / "demo", pairs=5), progress=lambda done, of: told.append((done, of)))
    assert told == [(done, 5) for done in range(1, 6)]


def test_truth_reads_back_as_json(tmp_path: Path) -> None:
    """Other languages read it too: plain JSON, one object a line."""
    generate_pack(request(tmp_path / "demo"), progress=nobody)
    lines = (tmp_path / "demo" / TRUTH).read_text(encoding="utf-8").splitlines()
    assert {"pair", "case", "quality", "coupling", "aspects"} <= json.loads(lines[0]).keys()


def test_what_came_later_is_no_obstacle_and_is_kept(tmp_path: Path) -> None:
    """Scores and a quarantine are of a generated pack too; force leaves them as they are."""
    pack = tmp_path / "demo"
    generate_pack(request(pack, seed=1), progress=nobody)
    for name in ("quarantine.v0.json", "pairs-quality.v0.json"):
        (pack / name).write_bytes(name.encode())
    generate_pack(request(pack, seed=2, force=True), progress=nobody)
    for name in ("quarantine.v0.json", "pairs-quality.v0.json"):
        assert (pack / name).read_bytes() == name.encode()


@pytest.mark.parametrize("seed", [1 << 63, -(1 << 63) - 1])
def test_a_seed_that_no_file_can_hold_is_refused_at_once(tmp_path: Path, seed: int) -> None:
    """Before a pair is made; the largest that fits is taken."""
    with pytest.raises(PackError, match="at most 64 bits"):
        generate_pack(request(tmp_path / "demo", seed=seed), progress=interrupted)
    generate_pack(request(tmp_path / "demo", pairs=1, seed=(1 << 63) - 1), progress=nobody)


def test_a_place_that_is_taken_is_found_before_anything_is_decided(tmp_path: Path) -> None:
    """A file where presets must lie: no decision is left, and with it gone the same command succeeds."""
    pack = tmp_path / "demo"
    pack.mkdir()
    (pack / "fg").write_bytes(b"theirs")
    with pytest.raises(OSError, match="a file, where a folder must be"):
        generate_pack(request(pack), progress=nobody)
    assert not (pack / ".harvest" / "decided.json").exists()
    (pack / "fg").unlink()
    generate_pack(request(pack), progress=nobody)
    assert not open_pack(pack).problems
