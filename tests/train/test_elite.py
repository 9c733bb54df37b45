"""Hand scores: whatever the file looks like, each entry is used or told."""

import json
from pathlib import Path
from typing import Any

import pytest

from train.elite import ELITE_MANIFEST, EliteError, read_elite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of elite files: a.milk and b.milk below fg and bg, each different."""
    for layer in ("fg", "bg"):
        (tmp_path / layer).mkdir()
        for name in "ab":
            (tmp_path / layer / f"{name}.milk").write_text(f"zoom=1\nwarp={layer}{name}", encoding="utf-8")
    return tmp_path


def write(folder: Path, document: Any, *, bom: bool = False) -> Path:
    """Write a manifest."""
    path = folder / ELITE_MANIFEST
    path.write_text(json.dumps(document), encoding="utf-8-sig" if bom else "utf-8")
    return path


@pytest.mark.parametrize(
    "entry",
    [
        {"fg": "a.milk", "bg": "b.milk"},
        {"fg": "a", "bg": "b"},
        {"fgPath": "fg/a.milk", "bgPath": "bg/b.milk"},
        {"fg_url": "./fg/a.milk", "bg_url": "bg\\b.milk"},
        {"fgUrl": "/presets/elite/fg/a.milk", "bgUrl": "/presets/elite/bg/b.milk"},
        {"foreground": {"path": "a.milk"}, "background": {"file": "b.milk"}},
        {"FG_FILE": "D:\\aidata\\AIVJ_FINAL_ELITE\\fg\\a.milk", "bg-file": "/mnt/d/aidata/bg/b.milk"},
    ],
)
def test_layers_are_found_however_they_are_named(folder: Path, entry: dict[str, Any]) -> None:
    """Every spelling of key and path leads to the same two files."""
    reading = read_elite([write(folder, [entry | {"score": 4}])])
    assert not reading.refused
    (one,) = reading.scored
    assert [reading.files[one.fg], reading.files[one.bg]] == [
        folder / "fg" / "a.milk",
        folder / "bg" / "b.milk",
    ]
    assert one.score == pytest.approx(0.8)


def test_addresses_of_the_page_lie_in_its_folder(folder: Path, tmp_path: Path) -> None:
    """An address that begins with /presets/ is looked for among the packs first."""
    there = tmp_path / "public" / "elite" / "fg" / "a.milk"
    there.parent.mkdir(parents=True)
    there.write_text("zoom=3", encoding="utf-8")
    entry = {"fgUrl": "/presets/elite/fg/a.milk", "bg": "b.milk", "score": 1}
    reading = read_elite([write(folder, [entry])], presets=tmp_path / "public")
    assert reading.files[reading.scored[0].fg] == there


@pytest.mark.parametrize("shape", ["list", "object", "two lists"])
def test_the_list_is_found_wherever_it_is(folder: Path, shape: str) -> None:
    """A bare list, one below some key, or several are read, with a byte-order mark or without."""
    one, two = ({"fg": name, "bg": name, "score": "4.5", "rank": 1} for name in ("a.milk", "b.milk"))
    shapes = {"list": [one, two], "object": {"n": 2, "x": [one, two]}, "two lists": {"p": [one], "q": [two]}}
    reading = read_elite([write(folder, shapes[shape], bom=True).parent])
    assert [score.score for score in reading.scored] == [0.9, 0.9]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": 5.01}, "score: found 5.01, expected a number from 0 to 5"),
        ({"score": -1}, "found -1"),
        ({"score": float("nan")}, "found NaN"),
        ({"score": True}, "found true"),
        ({"score": "high"}, 'found "high"'),
        ({"score": None}, "score: found nothing"),
        ({"bg": None}, "bg: found nothing"),
        ({"fg": "missing.milk"}, "no file 'missing.milk' for fg"),
        ({"fg": "..\0"}, "no file"),
        ({"fg": "."}, "no file"),
    ],
)
def test_what_cannot_be_used_is_told(folder: Path, change: dict[str, Any], said: str) -> None:
    """Each entry that is left out is told with its place and reason; the others stay."""
    entry = {"fg": "a.milk", "bg": "a.milk", "score": 3}
    reading = read_elite([write(folder, [entry | {"bg": "b.milk"}, entry | change])])
    assert len(reading.scored) == 1
    (refused,) = reading.refused
    assert said in refused
    assert "$[1]" in refused


def test_the_same_files_are_one_pair(folder: Path) -> None:
    """Repeated entries are merged by their files' bytes; different scores are told, their mean counts."""
    (folder / "fg" / "copy.milk").write_bytes((folder / "fg" / "a.milk").read_bytes())
    entries = [
        {"fg": "a.milk", "bg": "b.milk", "score": 4},
        {"fg": "copy.milk", "bg": "b.milk", "score": 4},
        {"fg": "b.milk", "bg": "b.milk", "score": 1},
        {"fg": "b.milk", "bg": "b.milk", "score": 3},
    ]
    reading = read_elite([write(folder, entries)])
    assert sorted(one.score for one in reading.scored) == [0.4, 0.8]
    assert reading.repeated == 2
    (told,) = reading.contradictions
    assert "1 (" in told
    assert "3 (" in told


@pytest.mark.parametrize("text", [b"", b"{", b"3", b"{}", b"[" * 100_000, b"\xff\xfe[\0]\0"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: bytes) -> None:
    """A file without a list of scored pairs is one clear error that names it."""
    path = tmp_path / "m.json"
    path.write_bytes(text)
    with pytest.raises(EliteError, match=r"m\.json: found no"):
        read_elite([path])


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    """A folder without a manifest says which file is not there."""
    with pytest.raises(EliteError, match=ELITE_MANIFEST):
        read_elite([tmp_path])
