"""The page: one file, both languages, nothing of a stranger's text taken for markup."""

import re
import shutil
import time
from pathlib import Path

import pytest

from harvest.account import META
from harvest.journal import JOURNAL
from harvest.packs.manifest import QUALITY
from orchestrate.night.record import EVAL, SCORES
from orchestrate.report.dictionary import SENTENCES
from orchestrate.report.sections.pictures import SHOWN, choose
from orchestrate.report.writing import report_of, write_report
from tests.orchestrate.report import nights

MOST_BYTES = 3_000_000
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    """No script, no address of anything outside itself; all sections are there."""
    html = report_of(nights.whole(tmp_path / "night")).html()
    assert "<script" not in html
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert "http" not in re.sub(r"http-equiv", "", html.split("</style>")[1])
    for part in ("coverage", "rate", "faults", "figures", "quality", "gate", "learning", "picks", "pictures"):
        assert f'<section class="part" id="{part}">' in html


def test_both_languages_are_in_the_page(tmp_path: Path) -> None:
    """It opens in the one that was asked for; the other is a click away, without a script."""
    report = report_of(nights.whole(tmp_path / "night"))
    for language in ("en", "zh"):
        html = report.html(language)
        assert f'<html lang="{language}">' in html
        assert re.search(rf'id="{language}"[^>]* checked>', html)
        assert all(said in html for said in SENTENCES["question.trust"])


def test_names_of_strangers_are_text(tmp_path: Path) -> None:
    """A pack's name, a fault's evidence, a reason: none of them becomes markup."""
    folder = tmp_path / "run"
    told = nights.meta(20, pack=HOSTILE)
    told["runtime"]["webgl"]["renderer"] = HOSTILE
    told["error"] = {"code": HOSTILE, "message": HOSTILE}
    nights.put(folder / META, told)
    lines = [nights.line(pair, at_s=pair, pack=HOSTILE) for pair in range(20)]
    crash = nights.fault("page-crash", at_s=30, evidence=HOSTILE, remedy=HOSTILE)
    nights.put(folder / JOURNAL, b"".join([*lines, crash]))
    html = report_of(folder).html()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{7*7}}" in html


def test_a_picture_lies_within_the_folder_of_pictures(tmp_path: Path) -> None:
    """A pack whose name climbs out of it shows nothing."""
    folder = tmp_path / "run"
    nights.put(folder / META, nights.meta(4, pack="../.."))
    nights.put(folder / JOURNAL, b"".join(nights.line(pair, at_s=pair, pack="../..") for pair in range(4)))
    nights.put(folder / "thumbnails" / "x", b"")
    nights.put(tmp_path / "1.webp", nights.WEBP)
    assert "data:image" not in report_of(folder).html()


def test_three_thousand_pairs_take_seconds_and_little_room(tmp_path: Path) -> None:
    """The journal is read once; pictures of the best, the worst and the most uncertain are inside."""
    folder = nights.whole(tmp_path / "night")
    picture = nights.WEBP + bytes(38_000)
    lines, scores = b"".join(nights.lines(3000)), nights.quality(3000)
    nights.put(folder / EVAL / META, nights.meta(3000))
    nights.put(folder / EVAL / JOURNAL, lines)
    nights.put(folder / SCORES / "starter" / QUALITY, scores)
    shutil.rmtree(folder / EVAL / "thumbnails")
    for pair in range(3000):
        nights.put(folder / EVAL / "thumbnails" / "starter" / f"{pair}.webp", picture)
    began = time.monotonic()
    path = write_report(folder)
    assert time.monotonic() - began < 10
    assert 36 * len(picture) < path.stat().st_size <= MOST_BYTES
    assert path.read_text(encoding="utf-8").count("data:image/webp") == 3 * SHOWN


def test_the_sheet_shows_both_ends_and_the_doubtful(tmp_path: Path) -> None:
    """By the new scores; where a score and what was measured disagree most, doubt is greatest."""
    report = report_of(nights.whole(tmp_path / "night"))
    chosen = choose(report.facts)
    scores = {pair.pair: pair.quality01 for pair in report.facts.scores["starter"].now.pairs}
    best, worst = ([scores[number] for _, number in pairs] for pairs in (chosen.best, chosen.worst))
    assert best == sorted(scores.values(), reverse=True)[:SHOWN]
    assert worst == sorted(scores.values())[:SHOWN]
    assert (chosen.by, chosen.doubted_by) == ("score", "gap")
    assert len(chosen.doubtful) == SHOWN


def test_without_scores_what_was_measured_decides(tmp_path: Path) -> None:
    """A plain run has a sheet, too; one visit each leaves no doubt to be shown."""
    folder = tmp_path / "run"
    nights.put(folder / META, nights.meta(60))
    nights.put(folder / JOURNAL, b"".join(nights.lines(60)))
    chosen = choose(report_of(folder).facts)
    assert (chosen.by, len(chosen.best), len(chosen.doubtful)) == ("label", SHOWN, 0)


@pytest.mark.parametrize("is_same", [True, False], ids=["the same pairs", "other pairs"])
def test_two_runs_side_by_side(tmp_path: Path, *, is_same: bool) -> None:
    """Figures agree over the pairs that both have seen; where there are none, that is said."""
    one, other = nights.whole(tmp_path / "one"), nights.whole(tmp_path / "other")
    if not is_same:
        lines = [nights.line(pair + 500, at_s=pair) for pair in range(30)]
        nights.put(other / EVAL / JOURNAL, b"".join(lines))
    html = report_of(one, against=other).html()
    assert "Beside other" in html
    assert ("120 pairs were measured in both." in html) == is_same
    assert ("No pair was measured in both." in html) != is_same
    assert (html.count("<td>1.000</td>") > 3) == is_same
