"""Sync: what it copies, what it refuses, and that nobody ever finds half of it, whenever it is killed."""

import errno
import itertools
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killed_sync import endlessly, killed_at
from packs_on_disk import (
    AT,
    Pairs,
    nobody,
    page_view,
    read_manifest,
    request,
    some_pairs,
    write_manifest,
    write_pack,
    write_source,
)

from harvest.packs import disk
from harvest.packs.generate import Request as Generating
from harvest.packs.generate import generate_pack
from harvest.packs.manifest import examine, open_pack
from harvest.packs.problem import PackError
from harvest.packs.provenance import Provenance, read_provenance, verify
from harvest.packs.publish import drafting, settle
from harvest.packs.source import local, parse_source, to_windows, to_wsl
from harvest.packs.standing import Standing, stranger
from harvest.packs.sync import rehearse, sync


@pytest.fixture(autouse=True)
def _unflushed(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Flush nothing: no test pulls the plug, and what is killed loses nothing that was written."""
    monkeypatch.setattr(os, "fsync", Mock())


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """The folder in which packs lie."""
    folder = tmp_path / "presets"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source of three pairs."""
    return write_source(tmp_path / "aidata" / "demo", some_pairs(3))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# What it copies


def test_a_pack_becomes_what_its_source_says(source: Path, presets: Path) -> None:
    """Pairs, differences and bytes arrive; the source itself, and where all came from, stand beside them."""
    outcome = sync(request(source, presets), progress=nobody)
    pack = open_pack(presets / "demo")
    origin = read_provenance(presets / "demo")
    assert (outcome.state, outcome.pairs, outcome.copied, outcome.problems) == ("new", 3, 6, [])
    assert page_view(pack.folder) == some_pairs(3)
    assert not pack.problems
    assert [(pair.pair, pair.warp_diff, pair.cx_diff) for pair in pack.manifest.pairs] == [
        (0, 0.04, 0.0),
        (1, 0.04, 0.125),
        (2, 0.04, 0.25),
    ]
    assert (pack.folder / "manifest.source.jsonl").read_bytes() == (source / "manifest.jsonl").read_bytes()
    assert origin is not None
    assert origin.inputs[str(source / "manifest.jsonl")] == disk.digest(
        (source / "manifest.jsonl").read_bytes()
    )
    assert len(origin.inputs) == 7
    assert verify(pack.folder).state == "matches"


def test_what_has_not_changed_is_not_touched(source: Path, presets: Path) -> None:
    """A second sync, on another day, leaves every byte and every time as it was."""
    sync(request(source, presets), progress=nobody)
    before = {path: path.stat().st_mtime_ns for path in presets.rglob("*") if path.is_file()}
    outcome = sync(request(source, presets, at=AT + timedelta(days=1)), progress=nobody)
    assert (outcome.state, outcome.copied) == ("unchanged", 0)
    assert {path: path.stat().st_mtime_ns for path in presets.rglob("*") if path.is_file()} == before


def test_a_touched_file_is_not_a_changed_file(source: Path, presets: Path) -> None:
    """A new time on the same bytes copies nothing; new bytes of the same size and time are copied."""
    sync(request(source, presets), progress=nobody)
    same, other = source / "fg" / "00000_fg.milk", source / "fg" / "00001_fg.milk"
    os.utime(same, (0, 0))
    assert sync(request(source, presets), progress=nobody).state == "unchanged"
    times = other.stat()
    other.write_bytes(b"FG 1 ")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert sync(request(source, presets), progress=nobody).copied == 1


def test_an_address_never_means_two_things(source: Path, presets: Path) -> None:
    """Changed bytes come under a new name; the old file stays for one more change, then goes."""
    path, pack = source / "fg" / "00001_fg.milk", presets / "demo"
    sync(request(source, presets), progress=nobody)
    path.write_bytes(b"second")
    sync(request(source, presets), progress=nobody)
    second = read_manifest(pack)["pairs"][1]["fgUrl"]
    assert (pack / "fg" / "00001_fg.milk").read_bytes() == some_pairs(3)[1][0]
    assert second == f"/presets/demo/fg/00001_fg.{disk.digest(b'second')[:8]}.milk"
    sync(request(source, presets), progress=nobody)
    assert (pack / "fg" / "00001_fg.milk").exists()
    (source / "bg" / "00002_bg.milk").write_bytes(b"third")
    sync(request(source, presets), progress=nobody)
    assert not (pack / "fg" / "00001_fg.milk").exists()
    assert read_manifest(pack)["pairs"][1]["fgUrl"] == second
    assert verify(pack).state == "matches"


def test_presets_of_a_filtered_manifest_stay(source: Path, presets: Path) -> None:
    """What a filtered manifest names is not removed, nor anything while one cannot be read."""
    pack = presets / "demo"
    sync(request(source, presets), progress=nobody)
    shutil.copy(pack / "pairs-manifest.v0.json", pack / "pairs-manifest.filtered.v4.json")
    for turn in range(3):
        write_source(source, some_pairs(3, f"turn {turn}"))
        sync(request(source, presets), progress=nobody)
    assert not examine(pack, "pairs-manifest.filtered.v4.json").errors
    (pack / "pairs-manifest.filtered.v4.json").write_text("{", encoding="utf-8")
    write_source(source, some_pairs(3, "last turn"))
    sync(request(source, presets), progress=nobody)
    assert (pack / "fg" / "00001_fg.milk").read_bytes() == some_pairs(3)[1][0]


def test_a_preset_somebody_has_changed_is_not_removed(source: Path, presets: Path) -> None:
    """Superseded or not, what is no longer what we wrote is no longer ours to remove."""
    sync(request(source, presets), progress=nobody)
    for turn in range(2):
        (presets / "demo" / "fg" / "00001_fg.milk").write_bytes(b"by hand")
        write_source(source, some_pairs(3, f"turn {turn}"))
        sync(request(source, presets), progress=nobody)
    assert (presets / "demo" / "fg" / "00001_fg.milk").read_bytes() == b"by hand"
    assert not (presets / "demo" / "fg" / "00002_fg.milk").exists()


def test_files_of_others_stay(source: Path, presets: Path) -> None:
    """Scores, quarantine and whatever else lies in the pack are none of a sync's business."""
    pack = write_pack(presets, "demo", some_pairs(1))
    (pack / "pairs-quality.v0.json").write_bytes(b"scores")
    (pack / "notes.txt").write_bytes(b"mine")
    sync(request(source, presets, force=True), progress=nobody)
    assert page_view(pack) == some_pairs(3)
    assert (pack / "pairs-quality.v0.json").read_bytes() == b"scores"
    assert (pack / "notes.txt").read_bytes() == b"mine"
    assert (pack / "fg" / "0.milk").exists()


def test_a_damaged_copy_is_mended(source: Path, presets: Path) -> None:
    """A preset that was changed or lost in the pack is copied again."""
    pack = presets / "demo"
    sync(request(source, presets), progress=nobody)
    (pack / "fg" / "00000_fg.milk").write_bytes(b"torn")
    (pack / "bg" / "00000_bg.milk").unlink()
    assert sync(request(source, presets), progress=nobody).state == "changed"
    assert page_view(pack) == some_pairs(3)
    assert verify(pack).state == "matches"


def test_names_that_clash_are_kept_apart(tmp_path: Path, presets: Path) -> None:
    """Files of one name, of names that are one on Windows, of a name that cannot be served: all arrive."""
    source = tmp_path / "demo"
    names = ("a/x.milk", "b/x.milk", "b/X.milk", "a/50%#1.milk")
    for number, name in enumerate(names):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(b"%d" % number)
    lines = [{"pair": n, "fg": name, "bg": name.replace("/", "\\")} for n, name in enumerate(names)]
    (source / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    outcome = sync(request(source, presets), progress=nobody)
    assert not outcome.problems
    assert page_view(presets / "demo") == {n: (b"%d" % n, b"%d" % n) for n in range(4)}
    assert not examine(presets / "demo").errors
    folded = [path.name.casefold() for path in (presets / "demo" / "fg").iterdir()]
    assert len(set(folded)) == len(folded) == 4


def test_a_limit_takes_the_first_pairs(source: Path, presets: Path) -> None:
    """`limit` counts pairs of the source, and shrinks a pack as honestly as it grows one."""
    sync(request(source, presets), progress=nobody)
    assert sync(request(source, presets, limit=2), progress=nobody).pairs == 2
    assert page_view(presets / "demo") == some_pairs(2)


def test_a_dry_run_tells_the_same_and_writes_nothing(source: Path, presets: Path) -> None:
    """`rehearse` foretells exactly what `sync` then does."""
    foretold = rehearse(request(source, presets), progress=nobody)
    assert not list(presets.iterdir())
    assert sync(request(source, presets), progress=nobody) == foretold


def test_progress_is_told_after_each_pair(source: Path, presets: Path) -> None:
    """Whoever waits hears of each pair, and of how many there are."""
    told: list[tuple[int, int]] = []
    sync(request(source, presets), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


# Whose pack it replaces


def foreign(presets: Path, _sources: Path) -> str:
    """A pack that says nothing."""
    write_pack(presets, "demo", some_pairs(2, "theirs"))
    return "2 pairs that does not say where it comes from"


def generated(presets: Path, _sources: Path) -> str:
    """A pack of our own pairs."""
    asked = Generating(pack=presets / "demo", pairs=2, seed=1, rates={}, command=["harvest", "it"], at=AT)
    generate_pack(asked, progress=nobody)
    return '2 pairs made by "harvest it"'


def from_elsewhere(presets: Path, sources: Path) -> str:
    """A pack from another source."""
    other = write_source(sources / "other", some_pairs(2, "theirs"))
    sync(request(other, presets), progress=nobody)
    return f'2 pairs from "{other}"'


Making = Callable[[Path, Path], str]


@pytest.mark.parametrize("make", [foreign, generated, from_elsewhere])
def test_a_pack_from_elsewhere_is_replaced_only_by_force_and_kept(
    source: Path, presets: Path, tmp_path: Path, make: Making
) -> None:
    """It is named and stays to the byte; a dry run names it too; by force its manifest is kept."""
    said = make(presets, tmp_path)
    before, theirs = tree(presets), page_view(presets / "demo")
    with pytest.raises(PackError, match="--force replaces it") as refusal:
        sync(request(source, presets), progress=nobody)
    assert said in str(refusal.value)
    assert said in str(rehearse(request(source, presets), progress=nobody).replaces)
    assert tree(presets) == before
    foretold = rehearse(request(source, presets, force=True), progress=nobody)
    assert sync(request(source, presets, force=True), progress=nobody) == foretold
    for turn in range(3):
        write_source(source, some_pairs(3, f"turn {turn}"))
        assert sync(request(source, presets), progress=nobody).replaces is None
    (kept,) = (presets / "demo").glob("pairs-manifest.v0.before-sync.*.json")
    assert kept.read_bytes() == before["demo/pairs-manifest.v0.json"]
    kept.replace(presets / "demo" / "pairs-manifest.v0.json")
    assert page_view(presets / "demo") == theirs


def test_a_manifest_that_cannot_be_read_is_somebodys_too(source: Path, presets: Path) -> None:
    """What it was meant to be, nobody knows: it is kept as it is."""
    (presets / "demo").mkdir()
    (presets / "demo" / "pairs-manifest.v0.json").write_bytes(b"{ half")
    with pytest.raises(PackError, match="pairs that cannot be read"):
        sync(request(source, presets), progress=nobody)
    sync(request(source, presets, force=True), progress=nobody)
    (kept,) = (presets / "demo").glob("pairs-manifest.v0.before-sync.*.json")
    assert kept.read_bytes() == b"{ half"


def test_one_source_in_two_spellings_is_one() -> None:
    """A pack that Windows synced is synced from WSL without force."""
    origin = Provenance(
        pack="demo",
        made_at="",
        command=(),
        parameters={"source": "D:\\aidata\\demo"},
        versions={},
        inputs={},
        outputs={},
    )
    standing = Standing(stands=True, provenance=origin)
    assert stranger(standing, Path("/mnt/d/aidata/demo")) is None
    assert stranger(standing, Path("/mnt/e/aidata/demo")) is not None


# A source that is written while it is read


def while_reading(change: Callable[[], object]) -> Callable[[int, int], None]:
    """Change something after the second of three pairs."""

    def progress(done: int, _total: int) -> None:
        if done == 2:
            change()

    return progress


def rewrite_same_size(path: Path) -> None:
    """Give a file other bytes, as many."""
    path.write_bytes(path.read_bytes().upper())


CHANGES: Sequence[tuple[str, Callable[[Path], object]]] = [
    ("manifest.jsonl", lambda source: (source / "manifest.jsonl").write_bytes(b"{}")),
    ("manifest.jsonl", lambda source: (source / "manifest.jsonl").unlink()),
    ("00000_fg.milk", lambda source: rewrite_same_size(source / "fg" / "00000_fg.milk")),
    ("00001_bg.milk", lambda source: (source / "bg" / "00001_bg.milk").unlink()),
    ("00000_fg.milk", lambda source: write_source(source, some_pairs(3, "next"))),
]


@pytest.mark.parametrize(("name", "change"), CHANGES)
@pytest.mark.parametrize("standing", [False, True])
def test_a_source_that_changes_while_it_is_read_gives_no_pack(
    source: Path, presets: Path, name: str, change: Callable[[Path], object], *, standing: bool
) -> None:
    """Neither mixture nor rubbish: one sentence names what changed, and the pack stays."""
    if standing:
        sync(request(source, presets), progress=nobody)
        write_source(source, some_pairs(3, "second"))
    before = tree(presets)
    with pytest.raises(BlockingIOError, match="The source has changed while it was read: ") as refusal:
        sync(request(source, presets), progress=while_reading(lambda: change(source)))
    assert name in disk.explain(refusal.value)
    assert tree(presets) == before


def test_a_preset_that_comes_late_is_a_change(source: Path, presets: Path) -> None:
    """What was missing when it was looked for, and is there in the end, is of another version."""
    late = source / "fg" / "00000_fg.milk"
    data = late.read_bytes()
    late.unlink()
    with pytest.raises(BlockingIOError, match="00000_fg"):
        rehearse(request(source, presets), progress=while_reading(lambda: late.write_bytes(data)))


def test_a_preset_of_two_pairs_is_read_as_one(source: Path, presets: Path) -> None:
    """Changed between two pairs that name it and changed back, it has still been two things."""
    shared = source / "fg" / "00000_fg.milk"
    data = shared.read_bytes()
    lines = [{"pair": n, "fg": str(shared), "bg": str(source / "bg" / f"{n:05}_bg.milk")} for n in range(3)]
    (source / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    looks = iter([b"other", data, data])

    def change(_done: int, _total: int) -> None:
        shared.write_bytes(next(looks))

    with pytest.raises(BlockingIOError, match="00000_fg"):
        sync(request(source, presets), progress=change)


def test_a_touch_while_it_is_read_is_no_change(source: Path, presets: Path) -> None:
    """A new time on the same bytes stops nothing."""
    touch = (source / "fg" / "00000_fg.milk").touch
    assert sync(request(source, presets), progress=while_reading(touch)).pairs == 3


# What it leaves out


def test_missing_presets_and_bad_lines_are_listed_pair_by_pair(source: Path, presets: Path) -> None:
    """What is whole is synced; each thing that is not is named, with its line or its pair and layer."""
    (source / "bg" / "00001_bg.milk").unlink()
    with (source / "manifest.jsonl").open("a", encoding="utf-8") as file:
        file.write('not json\n\n{"pair": "7", "bg": "x"}\n{"pair": 0, "fg": "fg/00000_fg.milk", "bg": "y"}\n')
    outcome = sync(request(source, presets), progress=nobody)
    said = [str(problem) for problem in outcome.problems]
    assert page_view(presets / "demo") == {n: pair for n, pair in some_pairs(3).items() if n != 1}
    assert [line.partition(": found")[0] for line in said] == [
        "manifest.jsonl:4: $",
        "manifest.jsonl:6: $.pair",
        "manifest.jsonl:6: $.fg",
        "manifest.jsonl:7: pair 0",
        "manifest.jsonl: pair 1: bg",
    ]
    assert "No such file" in said[-1]


@pytest.mark.parametrize(
    ("spelled", "why"),
    [
        ("../secret.milk", "outside the source"),
        ("fg/../../secret.milk", "outside the source"),
        ("/dev/zero", "outside the source"),
        ("link.milk", "outside the source"),
        ("zero.milk", "outside the source"),
        ("pipe.milk", "a pipe, not a file"),
        ("loop.milk", "symbolic links"),
        ("folder.milk", "a folder, not a file"),
        ("fg/notes.txt", "none of .milk"),
        ("fg/big.milk", "more than 1,048,576 bytes"),
        ("fg/nul\\u0000.milk", "a NUL in the path"),
        ("fg/" + "x" * 300 + ".milk", "File name too long"),
        ("C:\\Windows\\x.milk", "No such file"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="makes pipes and links")
def test_paths_that_lead_astray_are_refused_in_one_sentence(
    source: Path, presets: Path, spelled: str, why: str
) -> None:
    """A source can make us read nothing but presets of its own; no device is opened, no pipe waited for."""
    (source.parent / "secret.milk").write_bytes(b"secret")
    (source / "link.milk").symlink_to(source.parent / "secret.milk")
    (source / "zero.milk").symlink_to("/dev/zero")
    (source / "loop.milk").symlink_to(source / "loop.milk")
    os.mkfifo(source / "pipe.milk")
    (source / "folder.milk").mkdir()
    (source / "fg" / "notes.txt").write_bytes(b"")
    (source / "fg" / "big.milk").write_bytes(bytes(1 + (1 << 20)))
    with (source / "manifest.jsonl").open("a", encoding="utf-8") as file:
        quoted = spelled.replace("\\W", "\\\\W").replace("\\x.", "\\\\x.")
        file.write(f'{{"pair": 9, "fg": "{quoted}", "bg": "bg/00000_bg.milk"}}\n')
    outcome = sync(request(source, presets), progress=nobody)
    assert [problem.pair for problem in outcome.problems] == [9]
    assert why in str(outcome.problems[0])
    assert "\n" not in str(outcome.problems[0])
    assert page_view(presets / "demo") == some_pairs(3)


def test_another_folder_can_be_allowed(source: Path, presets: Path, tmp_path: Path) -> None:
    """Presets outside the source are read where a person says so."""
    shared = tmp_path / "shared"
    shutil.move(source / "fg", shared)
    text = (source / "manifest.jsonl").read_text(encoding="utf-8")
    (source / "manifest.jsonl").write_text(text.replace(str(source / "fg"), str(shared)), encoding="utf-8")
    with pytest.raises(PackError, match="outside the source; --within allows another folder"):
        sync(request(source, presets), progress=nobody)
    sync(request(source, presets, within=[shared]), progress=nobody)
    assert page_view(presets / "demo") == some_pairs(3)


def _endless_line(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(disk.JSON_BYTES + 1)


NO_SOURCES: Sequence[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(b""), "found nothing"),
    (lambda path: path.write_bytes(b"\n \n"), "found nothing"),
    (_endless_line, "more than 41,943,040 bytes"),
    (lambda path: path.write_bytes(b'{"pair":\0}'), "UTF-16 or NULs"),
    (lambda path: path.write_text('{"pair": 1}', encoding="utf-16"), "UTF-16 or NULs"),
    (lambda path: path.write_bytes(b"x\n" * 100_000), "more than 1,000 flaws"),
    (lambda path: path.write_bytes(b'{"pair": 5, "fg": "a.milk", "bg": "b.milk"}'), "is whole"),
    (lambda path: path.write_bytes(b'["pair"]'), "expected an object"),
    (lambda path: (path.unlink(), path.mkdir()), "a folder, not a file"),
    (lambda path: path.unlink(), "it has no manifest.jsonl"),
]


@pytest.mark.parametrize(("spoil", "why"), NO_SOURCES)
def test_a_source_that_is_none_is_refused_in_one_sentence(
    source: Path, presets: Path, spoil: Callable[[Path], object], why: str
) -> None:
    """Whatever stands in for the source manifest, the pack stays as it was, to the byte."""
    sync(request(source, presets), progress=nobody)
    before = tree(presets)
    for preset in source.glob("?g/*"):
        preset.rename(preset.with_suffix(".gone"))
    spoil(source / "manifest.jsonl")
    with pytest.raises(PackError, match=why) as refusal:
        sync(request(source, presets), progress=nobody)
    assert "\n" not in str(refusal.value)
    assert tree(presets) == before


@pytest.mark.parametrize("name", ["", "..", "a/b", "../up", "con", "x" * 256, "tail."])
def test_names_that_are_none_for_a_pack_are_refused(source: Path, presets: Path, name: str) -> None:
    """A pack lies in the folder of packs, under a name that every system takes."""
    with pytest.raises(PackError, match="no name for a pack"):
        sync(request(source, presets, name=name), progress=nobody)
    assert not list(presets.iterdir())


def test_a_byte_order_mark_is_no_obstacle(source: Path, presets: Path) -> None:
    """PowerShell's mark before the first line, and CRLF after each, are read over."""
    text = (source / "manifest.jsonl").read_bytes()
    (source / "manifest.jsonl").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert sync(request(source, presets), progress=nobody).problems == []


# Paths of two systems


@pytest.mark.parametrize(
    ("wsl", "windows"),
    [
        ("/mnt/d/aidata/a b/星.milk", "D:\\aidata\\a b\\星.milk"),
        ("/mnt/c/", "C:\\"),
        ("/mnt/data/x", "/mnt/data/x"),
        ("fg/x.milk", "fg/x.milk"),
    ],
)
def test_wsl_paths_are_spelled_as_windows_does(wsl: str, windows: str) -> None:
    """A mounted drive becomes its letter; everything else stays."""
    assert to_windows(wsl) == windows


def test_windows_paths_are_spelled_as_wsl_does() -> None:
    """A drive becomes its mount, whichever separators were typed; everything else stays."""
    assert to_wsl("D:\\aidata\\x.milk") == to_wsl("d:/aidata/x.milk") == "/mnt/d/aidata/x.milk"
    assert to_wsl("/mnt/d/x") == "/mnt/d/x"
    assert local("D:\\a\\b", windows=False) == Path("/mnt/d/a/b")
    assert local("fg\\b", windows=False) == Path("fg/b")


@given(st.lists(st.text(st.characters(exclude_characters="/\\\0"), min_size=1), max_size=5))
def test_there_and_back_is_the_same_path(parts: list[str]) -> None:
    """Both spellings of a path are translations of each other."""
    path = "/mnt/d/" + "/".join(parts)
    assert to_wsl(to_windows(path)) == path


@given(st.binary(max_size=200))
def test_no_text_breaks_the_reader_of_sources(text: bytes) -> None:
    """Any bytes are pairs or problems, never an exception."""
    pairs, problems = parse_source(text)
    assert len(pairs) + len(problems) >= bool(text.strip())


# Nobody finds half of it


def settled_view(pack: Path) -> Pairs | None:
    """See a pack after one of our own commands has opened it; it must be whole and its papers in order."""
    settle(pack)
    if page_view(pack) is None:
        return None
    assert not examine(pack).errors
    assert verify(pack).state in {"matches", "foreign"}, verify(pack)
    return page_view(pack)


def source_text(pack: Path) -> bytes | None:
    """The source that the pack says it was made of."""
    copy = pack / "manifest.source.jsonl"
    return copy.read_bytes() if copy.exists() else None


@pytest.mark.parametrize("start", ["nothing", "the owner's", "ours"])
def test_killed_at_any_touch_of_the_disk_it_leaves_old_or_new(
    tmp_path: Path, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before a rename, flush or removal, or half-way through a write: no mixture, and it mends."""
    template = tmp_path / "template"
    template.mkdir()
    source = tmp_path / "source"
    if start == "the owner's":
        write_pack(template, "demo", some_pairs(2))
    if start == "ours":
        for flavour in ("oldest", "old"):
            sync(request(write_source(source, some_pairs(3, flavour)), template), progress=nobody)
    old, old_source = page_view(template / "demo"), source_text(template / "demo")
    new = {**some_pairs(2, "new"), 5: (b"more", b"more still")}
    write_source(source, new)
    third = write_source(tmp_path / "third", some_pairs(4, "third"))
    new_source = (source / "manifest.jsonl").read_bytes()
    outcomes: list[str] = []
    for step in range(1, 200):
        presets = tmp_path / f"step {step}"
        shutil.copytree(template, presets)
        pack = presets / "demo"
        if not killed_at(step, request(source, presets, force=True)):
            break
        seen = page_view(pack)
        assert seen in (old, new), step
        assert all((pack / path).read_bytes() == data for path, data in named_by(template / "demo"))
        with monkeypatch.context() as full:
            full.setattr(disk, "flush", _no_space)
            with pytest.raises(OSError, match="No space"):
                sync(request(third, presets, force=True), progress=nobody)
        assert page_view(pack) in ((old, new) if seen == old else (new,)), step
        assert settled_view(pack) in ((old, new) if seen == old else (new,)), step
        standing = page_view(pack)
        assert source_text(pack) == (old_source if standing == old else new_source), step
        outcomes.append("old" if standing == old else "new")
        sync(request(source, presets, force=True), progress=nobody)
        assert settled_view(pack) == new
        assert [path.name for path in (pack / ".harvest").iterdir()] == ["lock"]
    else:
        pytest.fail("It never came to its end.")
    assert outcomes == sorted(outcomes, reverse=True)
    assert len(outcomes) > 25
    assert {"old", "new"} == set(outcomes)


def _no_space(path: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def named_by(pack: Path) -> list[tuple[str, bytes]]:
    """The presets of a pack, which a page that loaded its manifest may ask for at any time."""
    if not (pack / "pairs-manifest.v0.json").exists():
        return []
    urls = [pair[key] for pair in read_manifest(pack)["pairs"] for key in ("fgUrl", "bgUrl")]
    paths = [url.removeprefix("/presets/demo/") for url in urls]
    return [(path, (pack / path).read_bytes()) for path in paths]


def test_killed_at_random_moments_it_leaves_old_or_new(tmp_path: Path, presets: Path) -> None:
    """At least thirty processes that sync without end, killed one after the other on each other's ruins."""
    versions = [some_pairs(12, "a"), {**some_pairs(9, "b"), 3: some_pairs(12, "a")[3]}]
    requests = [
        request(write_source(tmp_path / str(number), pairs), presets, force=True)
        for number, pairs in enumerate(versions)
    ]
    sync(requests[0], progress=nobody)
    pack, dice = presets / "demo", random.Random(3)  # noqa: S311 - it chooses moments, not secrets
    seen: list[Pairs | None] = []
    while len(seen) < 30 or not all(version in seen for version in versions):
        with endlessly(requests) as process:
            process.join(dice.uniform(0, 0.1))
            assert process.is_alive()
        seen.append(page_view(pack))
        assert settled_view(pack) in versions
    assert all(look in versions for look in seen)


def test_a_page_that_reads_all_the_while_sees_old_or_new(tmp_path: Path, presets: Path) -> None:
    """While syncs follow each other, every look at the pack finds one version, whole."""
    versions = [some_pairs(6, "a"), some_pairs(8, "b")]
    requests = [
        request(write_source(tmp_path / str(number), pairs), presets, force=True)
        for number, pairs in enumerate(versions)
    ]
    sync(requests[0], progress=nobody)
    looks: list[Pairs | None] = [versions[0]]
    with endlessly(requests):
        changes = 0
        while changes < 20:
            looks.append(page_view(presets / "demo"))
            changes += looks[-1] != looks[-2]
    assert all(look in versions for look in looks)


def test_an_interrupt_leaves_the_old_pack_and_no_rubbish(source: Path, presets: Path) -> None:
    """Ctrl-C before the decision is as if nothing had been asked."""
    sync(request(source, presets), progress=nobody)
    before = tree(presets)
    write_source(source, some_pairs(3, "new"))

    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(request(source, presets), progress=interrupt)
    assert tree(presets) == before


@pytest.mark.parametrize("broken", ["write_draft", "flush", "move"])
def test_a_full_disk_leaves_old_or_new(
    source: Path, tmp_path: Path, presets: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space at the n-th write, flush or rename: the reason is told, no rubbish stays, the next works."""
    sync(request(source, presets), progress=nobody)
    write_source(source, some_pairs(3, "new"))
    working = getattr(disk, broken)
    outcomes: list[Pairs | None] = []
    for nth in range(1, 40):
        copy = shutil.copytree(presets, tmp_path / f"copy {nth}")
        pack, private = copy / "demo", copy / "demo" / ".harvest"
        calls = itertools.count(1)

        def fail(*args: Any, nth: int = nth, calls: Iterator[int] = calls) -> None:
            if next(calls) == nth:
                _no_space(args[0])
            working(*args)

        with monkeypatch.context() as patched:
            patched.setattr(disk, broken, fail)
            try:
                sync(request(source, copy), progress=nobody)
                break
            except OSError as error:
                reason = disk.explain(error)
        assert "No space left on device" in reason
        assert page_view(pack) in (some_pairs(3), some_pairs(3, "new"))
        assert (private / "decided.json").exists() or not (private / "staged").exists()
        outcomes.append(settled_view(pack))
        sync(request(source, copy), progress=nobody)
        assert settled_view(pack) == some_pairs(3, "new")
    assert len(outcomes) > 8
    assert all(outcome in (some_pairs(3), some_pairs(3, "new")) for outcome in outcomes)


def test_a_second_writer_is_refused_in_one_sentence(source: Path, presets: Path) -> None:
    """While one sync is at it another does nothing, and says why."""
    pack = presets / "demo"
    with drafting(pack), pytest.raises(BlockingIOError) as refusal:
        sync(request(source, presets), progress=nobody)
    assert disk.explain(refusal.value) == (
        f"{pack / '.harvest'}: another harvest is writing here; try again when it is done."
    )
    sync(request(source, presets), progress=nobody)
    assert page_view(pack) == some_pairs(3)


def test_a_decision_to_move_files_out_of_the_pack_is_refused(presets: Path) -> None:
    """A pack from a stranger cannot bring moves that lead elsewhere."""
    pack = write_pack(presets, "demo", some_pairs(1))
    staged = pack / ".harvest" / "staged"
    staged.mkdir(parents=True)
    write_manifest(pack / ".harvest", {"moves": ["../../out.milk"]}, "decided.json")
    (presets / "out.milk").write_bytes(b"untouched")
    with pytest.raises(PackError, match="a step out of its folder"):
        examine(pack)
    assert (presets / "out.milk").read_bytes() == b"untouched"


@pytest.mark.skipif(os.name == "nt", reason="makes links")
@pytest.mark.parametrize("link", [".harvest", "fg"])
def test_links_that_lead_out_of_the_pack_are_not_written_through(
    source: Path, presets: Path, tmp_path: Path, link: str
) -> None:
    """A pack from a stranger cannot make us write, or clean up, elsewhere."""
    (tmp_path / "elsewhere" / "staged").mkdir(parents=True)
    (tmp_path / "elsewhere" / "staged" / "precious").write_bytes(b"untouched")
    (presets / "demo").mkdir()
    (presets / "demo" / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="a link that leads out of the pack"):
        sync(request(source, presets), progress=nobody)
    assert tree(tmp_path / "elsewhere") == {"staged/precious": b"untouched"}
    assert not (presets / "demo" / ".harvest" / "decided.json").exists()


def folder_at(place: Path) -> None:
    """Put a folder where a file must be."""
    place.mkdir(parents=True)


def file_at(place: Path) -> None:
    """Put a file where a folder must be."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"theirs")


BLOCKS: Sequence[tuple[str, Callable[[Path], object], str]] = [
    ("fg", file_at, "a file, where a folder must be"),
    ("manifest.source.jsonl", folder_at, "a folder, where a file must be"),
]


@pytest.mark.parametrize(("blocked", "block", "why"), BLOCKS)
def test_a_place_that_is_taken_is_found_before_anything_is_decided(
    source: Path, presets: Path, blocked: str, block: Callable[[Path], object], why: str
) -> None:
    """The refused change is forgotten: the old pack is read, also once the way is free."""
    pack = write_pack(presets, "demo", {0: (b"old", b"old")})
    shutil.rmtree(pack / "fg")
    block(pack / blocked)
    with pytest.raises(OSError, match=why):
        sync(request(source, presets, force=True), progress=nobody)
    assert not (pack / ".harvest" / "decided.json").exists()
    assert len(examine(pack).manifest.pairs) == 1
    shutil.move(pack / blocked, presets / "aside")
    assert len(examine(pack).manifest.pairs) == 1
    sync(request(source, presets, force=True), progress=nobody)
    assert page_view(pack) == some_pairs(3)
