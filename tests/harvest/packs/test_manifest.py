"""Manifests: what is read with patience, what is refused, and what the hashes promise."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packs_on_disk import read_manifest, some_pairs, write_manifest, write_pack

from harvest.packs import disk, urls
from harvest.packs.library import files, read_library
from harvest.packs.manifest import content_hash, examine, locate, open_pack
from harvest.packs.problem import PROBLEMS_SHOWN, PackError
from harvest.packs.shelf import Shelf

RECORDS = Path(__file__).parents[1] / "data" / "records"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of two pairs, as the owner's tools write it."""
    return write_pack(tmp_path / "presets", "demo", some_pairs(2))


def problems(folder: Path, manifest: str = "pairs-manifest.v0.json") -> list[str]:
    """Everything that is wrong with a pack, in sentences."""
    try:
        return [str(problem) for problem in examine(folder, manifest).problems]
    except PackError as error:
        return [str(reason) for reason in error.reasons]


def with_address(pack: Path, url: str) -> Path:
    """Give the second pair another foreground."""
    manifest = read_manifest(pack)
    manifest["pairs"][1]["fgUrl"] = url
    write_manifest(pack, manifest)
    return pack


# What is read


def test_a_pack_is_all_that_its_manifest_names(pack: Path) -> None:
    """Name, pairs, and of each preset the file, its size and its hash."""
    opened = open_pack(pack)
    fg, bg = opened.presets_of(opened.manifest.pairs[1]) or (None, None)
    assert fg
    assert bg
    assert (opened.name, len(opened.manifest.pairs), opened.problems, opened.quality) == ("demo", 2, (), None)
    assert fg.path.read_bytes() == some_pairs(2)[1][0]
    assert (bg.relative, bg.size, bg.sha256) == ("bg/1.milk", 5, disk.digest(some_pairs(2)[1][1]))


@pytest.mark.parametrize("spelled", ["demo", "presets/demo", "presets/demo/pairs-manifest.v0.json"])
def test_a_pack_is_found_by_name_folder_or_manifest(
    pack: Path, spelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a person names it, it is the same pack."""
    monkeypatch.chdir(pack.parents[1])
    assert examine(*locate(spelled, Path("presets"))).content_hash == examine(pack).content_hash


def test_a_pack_that_is_nowhere_is_told_with_the_places_looked_at(tmp_path: Path) -> None:
    """Neither under the presets nor by itself: both places are named."""
    with pytest.raises(PackError, match=r"no pack nowhere: neither .*presets.nowhere nor nowhere exists"):
        locate("nowhere", tmp_path / "presets")


def test_a_byte_order_mark_backslashes_and_unknown_keys_are_read(pack: Path) -> None:
    """What a person's tools do to a manifest costs a warning at most, and nothing of it is lost."""
    manifest = read_manifest(pack)
    manifest["pairs"][0] |= {"bgUrl": "/presets\\demo\\bg\\0.milk", "mood": "calm"}
    (pack / "pairs-manifest.v0.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(manifest).encode())
    opened = open_pack(pack)
    assert opened.manifest.pairs[0].model_extra == {"mood": "calm"}
    assert [(problem.severity, problem.pair, problem.field) for problem in opened.problems] == [
        ("warning", 0, "bgUrl")
    ]


def test_scores_lie_beside_every_manifest(pack: Path) -> None:
    """A filtered manifest has the scores too, though the owner's page finds them only beside the whole."""
    scores = {"pack": "demo", "pairs": [{"pair": 1, "quality01": 0.5}]}
    write_manifest(pack, scores, "pairs-quality.v0.json")
    filtered = read_manifest(pack) | {"keptPairs": 1, "totalPairs": 2, "generatedFrom": "by hand"}
    filtered["pairs"] = filtered["pairs"][1:]
    write_manifest(pack, filtered, "pairs-manifest.filtered.current.json")
    opened = open_pack(pack, "pairs-manifest.filtered.current.json")
    assert opened.quality is not None
    assert [(pair.pair, pair.quality01) for pair in opened.quality.pairs] == [(1, 0.5)]
    assert len(opened.presets) == 2
    assert not opened.problems


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ({"pack": "other", "pairs": []}, 'found "other", expected its folder\'s name, "demo"'),
        ({"pack": "demo", "pairs": [{"pair": 1, "quality01": 2}]}, "expected a number from 0 to 1"),
        ([], "expected an object"),
    ],
)
def test_scores_that_are_none_are_a_warning(pack: Path, scores: Any, why: str) -> None:
    """Without usable scores a pack can still be shown, and whoever needs them is told."""
    write_manifest(pack, scores, "pairs-quality.v0.json")
    opened = open_pack(pack)
    assert opened.quality is None
    assert [why in str(problem) for problem in opened.problems] == [True]


@pytest.mark.parametrize("name", ["pairs-manifest.v0.json", "pairs-manifest.filtered.current.json"])
def test_the_owners_own_files_are_judged_by_what_is_missing_only(tmp_path: Path, name: str) -> None:
    """His real manifests have no flaw but that their presets do not lie here."""
    folder = tmp_path / "ai_generated_coupled_final"
    folder.mkdir()
    shutil.copy(RECORDS / name, folder)
    assert all("(No such file or directory)" in problem for problem in problems(folder, name))


def test_a_library_lists_its_presets(tmp_path: Path) -> None:
    """Single presets are found by their path, never outside their folder."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.milk").write_bytes(b"x")
    presets = [
        {"id": "1", "relPath": "a\\x.milk", "url": "/presets/l/a/x.milk"},
        {"id": "2", "relPath": "../y"},
    ]
    write_manifest(tmp_path, {"version": "v2", "presets": presets}, "library-manifest.json")
    found = {preset.id: path for preset, path in files(tmp_path, read_library(tmp_path))}
    assert found == {"1": tmp_path / "a" / "x.milk", "2": None}


def test_a_library_of_an_unknown_version_is_refused(tmp_path: Path) -> None:
    """The page refuses it too."""
    write_manifest(tmp_path, {"version": "v9", "presets": []}, "library-manifest.json")
    with pytest.raises(PackError, match="version: found"):
        read_library(tmp_path)


# What is refused


def test_every_problem_is_told_at_once(pack: Path) -> None:
    """Flaws of form, of sense and of the disk come together, each with its file, pair and field."""
    manifest = read_manifest(pack) | {"pack": "renamed"}
    manifest["pairs"] += [
        {"pair": 5, "fgUrl": "/presets/demo/fg/0.milk"},
        {"pair": "six", "fgUrl": "/presets/demo/fg/0.milk", "bgUrl": "/presets/demo/bg/0.milk"},
        {"pair": 1, "fgUrl": "/presets/demo/../x", "bgUrl": "/presets/demo/bg/gone.milk"},
        {"pair": 7, "fgUrl": "/presets/demo/fg/0.milk", "bgUrl": "/presets/demo/fg/0.milk"},
    ]
    write_manifest(pack, manifest)
    found = [problem.removeprefix("pairs-manifest.v0.json: ") for problem in problems(pack)]
    an_address = "the address of a preset below /presets/demo/"
    assert found == [
        "pair 5: bgUrl: found nothing, expected this key.",
        'pairs[3].pair: found "six", expected a whole number.',
        'pack: found "renamed", expected its folder\'s name, "demo".',
        "pair 1: pair: found 2 pairs of this number, expected one.",
        f'pair 1: fgUrl: found "/presets/demo/../x" (a step out of its folder), expected {an_address}.',
        "pair 1: bgUrl: found bg/gone.milk (No such file or directory), expected a file that can be read.",
        "pair 7: found the same preset twice, expected two different ones.",
    ]
    with pytest.raises(PackError) as refusal:
        open_pack(pack)
    assert len(refusal.value.reasons) == 6


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/presets/demo/../other/fg/0.milk", "a step out of its folder"),
        ("/presets/demo/fg/../../../x.milk", "a step out of its folder"),
        ("/presets/demo\\..\\..\\x.milk", "a step out of its folder"),
        ("/presets/demo/%2e%2e/x.milk", "one of <"),
        ("/presets/demo/fg/a%20b.milk", "one of <"),
        ("/presets/demo/fg/x.milk?raw", "one of <"),
        ("/presets/demo/fg/x.milk#1", "one of <"),
        ("/presets/demo/C:/x.milk", "one of <"),
        ("C:\\presets\\demo\\fg\\0.milk", "another place"),
        ("D:/presets/demo/fg/0.milk", "another place"),
        ("file:///presets/demo/fg/0.milk", "another place"),
        ("//evil.example/presets/demo/fg/0.milk", "another place"),
        ("https://evil.example/0.milk", "another place"),
        ("fg/0.milk", "another place"),
        ("/presets/other/fg/0.milk", "another place"),
        ("/presets/demo2/fg/0.milk", "another place"),
        ("/presets/demo", "another place"),
        ("", "another place"),
        ("/presets/demo/", "an empty step"),
        ("/presets/demo/fg//0.milk", "an empty step"),
        ("/presets/demo/./fg/0.milk", "an empty step"),
        ("/presets/demo/fg/0.milk\0.png", "a control character"),
        ("/presets/demo/fg/\n.milk", "a control character"),
        ("/presets/demo/fg/nul", "a name that Windows keeps for a device"),
        ("/presets/demo/fg/Com1.milk", "a name that Windows keeps for a device"),
        ("/presets/demo/lpt9 .x/a.milk", "a name that Windows keeps for a device"),
        ("/presets/demo/fg/0.milk.", "a blank or a dot at the end"),
        ("/presets/demo/fg /0.milk", "a blank or a dot at the end"),
        ("/presets/demo/fg/" + "星" * 86, "a name of 258 bytes"),
    ],
)
def test_addresses_that_lead_astray_are_refused(pack: Path, url: str, why: str) -> None:
    """Only an address below the pack's own, of names that every system takes, is looked up at all."""
    (problem,) = problems(with_address(pack, url))
    assert problem.startswith("pairs-manifest.v0.json: pair 1: fgUrl: found ")
    assert why in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "name", ["星 空_fg.milk", "a+b & c's (1) [2] {3} ~!@$^=;,`.milk", ".hidden", "é.milk"]
)
def test_names_that_work_everywhere_are_served(pack: Path, name: str) -> None:
    """Blanks, other scripts and most signs are no reason to refuse a preset."""
    (pack / "fg" / name).write_bytes(b"x")
    assert problems(with_address(pack, f"/presets/demo/fg/{name}")) == []


def _link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


NO_PRESETS: Sequence[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.unlink(), "No such file or directory"),
    (lambda path: (path.unlink(), path.mkdir()), "a folder, not a file"),
    (lambda path: _link(path, path), "Too many levels of symbolic links"),
    (lambda path: _link(path, path.parents[2] / "secret"), "a link that leads out of the pack"),
    (lambda path: _link(path, Path("/dev/zero")), "a link that leads out of the pack"),
    (lambda path: (path.unlink(), os.mkfifo(path)), "a pipe, not a file"),
    (lambda path: path.write_bytes(bytes((1 << 20) + 1)), "more than 1,048,576 bytes"),
]


@pytest.mark.skipif(os.name == "nt", reason="makes links, pipes and devices")
@pytest.mark.parametrize(("spoil", "why"), NO_PRESETS)
def test_presets_that_are_none_are_told(pack: Path, spoil: Callable[[Path], object], why: str) -> None:
    """Whatever lies where a preset should, it is named and neither opened nor waited for."""
    (pack.parent / "secret").write_bytes(b"secret")
    spoil(pack / "fg" / "1.milk")
    assert problems(pack) == [
        f"pairs-manifest.v0.json: pair 1: fgUrl: found fg/1.milk ({why}), expected a file that can be read."
    ]


def test_a_preset_that_may_not_be_read_is_told(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission denied is one problem of one pair, not the end of the list."""
    reading = disk.read_file

    def refuse(path: Path, *, at_most: int) -> bytes:
        if path.name == "1.milk":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return reading(path, at_most=at_most)

    monkeypatch.setattr(disk, "read_file", refuse)
    assert [problem.partition("found ")[2] for problem in problems(pack)] == [
        "fg/1.milk (Permission denied), expected a file that can be read.",
        "bg/1.milk (Permission denied), expected a file that can be read.",
    ]


def _big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000)


NO_MANIFESTS: Sequence[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(b""), "found no JSON"),
    (_big, "more than 41,943,040 bytes"),
    (lambda path: path.write_bytes(bytes(1000)), "found no JSON"),
    (lambda path: path.write_bytes(b"[1, 2]"), "expected an object"),
    (lambda path: path.write_bytes(b'{"pack": "demo"'), "found no JSON"),
    (lambda path: path.write_bytes(b"[" * 100_000), "deeper nesting"),
    (lambda path: path.write_text('{"pack": "demo"}', encoding="utf-16"), "expected UTF-8"),
    (lambda path: path.write_bytes(b'{"pack": "demo"}'), "pairs: found nothing, expected this key"),
    (
        lambda path: path.write_bytes(b'{"pack": "demo", "version": "v0", "pairs": []}'),
        "found an empty list",
    ),
    (lambda path: (path.unlink(), path.mkdir()), "a folder, not a file"),
    (lambda path: path.unlink(), "it has no pairs-manifest.v0.json"),
]


@pytest.mark.parametrize(("spoil", "why"), NO_MANIFESTS)
def test_a_manifest_that_is_none_is_refused_in_one_sentence(
    pack: Path, spoil: Callable[[Path], object], why: str
) -> None:
    """Whatever stands in its place, one sentence says what it is."""
    spoil(pack / "pairs-manifest.v0.json")
    (problem,) = problems(pack)
    assert why in problem
    assert "\n" not in problem


def test_a_thousand_problems_are_counted_not_shouted(pack: Path) -> None:
    """An error shows the first and says how many it does not show."""
    write_manifest(pack, {"version": "v0", "pack": "demo", "pairs": [{"pair": n} for n in range(1000)]})
    with pytest.raises(PackError) as refusal:
        open_pack(pack)
    lines = str(refusal.value).splitlines()
    assert len(lines) == PROBLEMS_SHOWN + 1
    assert lines[-1] == "1,950 more problems are not shown."


def test_oddities_the_page_bears_are_warnings(pack: Path) -> None:
    """Another version, a wrong count, one preset on both layers: said, not refused."""
    manifest = read_manifest(pack) | {"version": "v1", "keptPairs": 7}
    manifest["pairs"][0]["bgUrl"] = manifest["pairs"][0]["fgUrl"]
    write_manifest(pack, manifest)
    assert [problem.severity for problem in open_pack(pack).problems] == ["warning"] * 3


# What the hashes promise


@pytest.mark.skipif(shutil.which("sha256sum") is None or os.name == "nt", reason="needs a shell")
def test_the_content_hash_is_what_a_shell_says(pack: Path) -> None:
    """Nobody needs our code to check a pack."""
    command = (
        "find pairs-manifest.v0.json fg bg -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"
    )
    said = subprocess.run(command, shell=True, cwd=pack, capture_output=True, check=True, encoding="ascii")  # noqa: S602 - the documented line, pipes and all
    assert examine(pack).content_hash == said.stdout.split()[0]


CHANGES: Sequence[tuple[Callable[[Path], object], bool]] = [
    (lambda pack: (pack / "fg" / "0.milk").write_bytes(b"other"), False),
    (lambda pack: (pack / "fg" / "0.milk").unlink(), False),
    (lambda pack: write_manifest(pack, read_manifest(pack) | {"note": ""}), True),
]


@pytest.mark.parametrize(("change", "manifest_differs"), CHANGES)
def test_any_change_of_the_pack_changes_its_hash(
    pack: Path, change: Callable[[Path], object], *, manifest_differs: bool
) -> None:
    """A byte of a preset, its absence, a blank in the manifest: each is another pack."""
    before = examine(pack)
    change(pack)
    after = examine(pack)
    assert after.content_hash != before.content_hash
    assert (after.manifest_hash != before.manifest_hash) == manifest_differs


def test_what_no_manifest_names_does_not_change_the_hash(pack: Path) -> None:
    """Scores, quarantine and strangers' files come and go; the pack is the same."""
    before = examine(pack).content_hash
    (pack / "fg" / "stray.milk").write_bytes(b"stray")
    (pack / "pairs-quality.v0.json").write_bytes(b"{}")
    assert examine(pack).content_hash == before


def test_the_content_hash_does_not_depend_on_order() -> None:
    """It is a hash of a set."""
    hashes = {"fg/b": "1" * 64, "fg/a": "2" * 64, "bg/星": "3" * 64}
    assert content_hash(hashes) == content_hash(dict(reversed(hashes.items())))


# Names


@given(st.text(max_size=300), st.binary())
@example("..", b"")
@example("con.milk", b"")
@example("x" * 300 + ".milk", b"")
@example("a." + "y" * 300, b"")
@example("trailing. ", b"")
@example("\ud800", b"")
def test_every_file_finds_a_name_that_works_everywhere(wanted: str, data: bytes) -> None:
    """Whatever a file is called, each choice of a name can be served, and its own comes first if it can."""
    choices = list(urls.name_choices(wanted, disk.digest(data)))
    assert all(urls.name_complaint(choice) is None for choice in choices), choices
    assert (choices[0] == wanted) == (urls.name_complaint(wanted) is None)


def test_a_shelf_keeps_names_and_bytes_together() -> None:
    """The same bytes keep their name, other bytes never get it, case notwithstanding."""
    shelf = Shelf(["A.milk"], {"A.milk": "a" * 64}.get)
    assert shelf.place("a.milk", "a" * 64) == ("A.milk", False)
    assert shelf.place("a.milk", "b" * 64) == (f"a.{'b' * 8}.milk", True)
    assert shelf.place("A.milk", "b" * 64) == (f"a.{'b' * 8}.milk", False)
    assert shelf.place("a.milk", "b" * 8 + "c" * 56) == (f"a.{'b' * 8}{'c' * 56}.milk", True)
