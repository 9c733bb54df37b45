"""A report comes out of every folder that holds anything, however little of it can be read."""

from pathlib import Path

import pytest

from harvest.account import META
from harvest.journal import JOURNAL
from harvest.packs.manifest import QUALITY
from orchestrate.night.record import EVAL, NIGHT, SCORES, TRAINING, VERIFY
from orchestrate.report.read import HISTORY, holds_any
from orchestrate.report.writing import report_of
from orchestrate.verify.record import VERIFICATION
from tests.orchestrate.report import nights
from train.report import REPORT

FILES = (
    NIGHT,
    f"{EVAL}/{META}",
    f"{EVAL}/{JOURNAL}",
    f"{TRAINING}/{REPORT}",
    f"{TRAINING}/{HISTORY}",
    f"{SCORES}/starter/{QUALITY}",
    f"{VERIFY}/starter/{VERIFICATION}",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night that is put right again after each test."""
    return nights.whole(tmp_path_factory.mktemp("night") / "night", pairs=12)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", ["gone", "empty", "half", "another", "null", "folder", "bytes"])
def test_no_damaged_file_costs_the_report(whole: Path, file: str, damage: str) -> None:
    """What is missing or torn is said, in words; all else is shown."""
    path = whole / file
    kept = path.read_bytes()
    try:
        path.unlink()
        match damage:
            case "gone":
                pass
            case "folder":
                path.mkdir()
            case _:
                told = {"empty": b"", "half": kept[: len(kept) // 2], "another": b'{"a": 1}', "null": b"null"}
                path.write_bytes(told.get(damage, b"\x00\xff\xfe" * 40))
        report = report_of(whole)
        assert len(report.answers) == 5
        assert report.html().endswith("</html>")
        if damage == "another" and file != f"{EVAL}/{JOURNAL}":
            assert [each.file for each in report.facts.unread] == [file]
            assert file in report.html()
    finally:
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(kept)


@pytest.mark.parametrize("file", FILES)
def test_any_one_file_is_enough(tmp_path: Path, whole: Path, file: str) -> None:
    """Whichever it is that a killed night has left."""
    nights.put(tmp_path / "rest" / file, (whole / file).read_bytes())
    assert holds_any(tmp_path / "rest")
    assert report_of(tmp_path / "rest").html()


def test_a_folder_of_nothing_holds_nothing(tmp_path: Path) -> None:
    """Neither does one that is not there."""
    assert not holds_any(tmp_path)
    assert not holds_any(tmp_path / "none")


def test_numbers_that_nobody_measured_break_nothing(tmp_path: Path) -> None:
    """A clock at the end of time, a motion beyond all measure, a pack without pairs."""
    told = nights.meta(3)
    told["packs"][0] |= {"pairCount": 0, "targetUniquePairs": 0}
    nights.put(tmp_path / META, told)
    late = nights.line(1, at_s=0).replace(str(nights.BEGAN_MS).encode(), b"9007199254740993000")
    wild = nights.line(2, at_s=1).replace(b'"motion":', b'"motion":1e308,"was":')
    nights.put(tmp_path / JOURNAL, late + wild + nights.line(3, at_s=2))
    assert report_of(tmp_path).html()


def test_scores_without_pairs_are_shown_as_none(tmp_path: Path) -> None:
    """An empty list is a list."""
    folder = nights.whole(tmp_path / "night", pairs=4)
    nights.put(folder / SCORES / "starter" / QUALITY, {"pack": "starter", "pairs": []})
    told = nights.verification(arms=[], findings=[], drawsNeeded=None, std=None)
    nights.put(folder / VERIFY / "starter" / VERIFICATION, told)
    assert report_of(folder).html()
