"""`harvest report` and `harvest runs`, as a person types them."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from harvest.account import META
from harvest.journal import JOURNAL
from orchestrate import show
from orchestrate.exit_codes import ExitCode
from orchestrate.report.command import report
from orchestrate.report.runs import runs
from orchestrate.report.terminal import tell
from orchestrate.report.writing import report_of
from tests.orchestrate.report import nights

Typed = Callable[..., Result]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in a folder whose artifacts are a night and two runs."""
    app = typer.Typer()
    app.command("report")(report)
    app.command("runs")(runs)
    artifacts = tmp_path / "artifacts"
    nights.whole(artifacts / "runs" / "2026-11-21_220000", pairs=20)
    for name, finished in (("2026-11-20_210000", nights.moment(20)), ("2026-11-22_210000", None)):
        folder = artifacts / "coupled-eval" / name
        nights.put(folder / META, nights.meta(20, finishedAt=finished))
        nights.put(folder / JOURNAL, b"".join(nights.lines(20)))
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


def read(result: Result) -> Any:
    """Read what was printed for machines."""
    assert result.exit_code == ExitCode.OK, result.output
    return json.loads(result.stdout)


def test_the_latest_night_is_reported(typed: Typed, tmp_path: Path) -> None:
    """Without a word more: on the terminal, and as a page beside its record."""
    done = typed("report", "--lang", "zh")
    assert done.exit_code == ExitCode.OK, done.output
    page = tmp_path / "artifacts" / "runs" / "2026-11-21_220000" / "report.html"
    assert '<html lang="zh">' in page.read_text(encoding="utf-8")
    assert "finished\tgood" in done.stdout
    assert done.stdout.rstrip().endswith("report.html")


def test_a_machine_reads_the_same(typed: Typed, tmp_path: Path) -> None:
    """One document, and the page where it was wanted."""
    told = read(typed("report", "--json", "--lang", "en", "--out", str(tmp_path / "morning.html")))
    assert [answer["level"] for answer in told["answers"]] == ["good"] * 5
    assert told["gate"] == "passed"
    assert told["packs"] == {"starter": {"covered": 20, "pairs": 20, "target": 20}}
    assert (tmp_path / "morning.html").stat().st_size > 20_000


def test_a_folder_without_anything_is_refused_in_words(typed: Typed, tmp_path: Path) -> None:
    """With the code of a wrong input."""
    done = typed("report", str(tmp_path))
    assert done.exit_code == ExitCode.USAGE
    assert "no night and no run" in done.output


def test_what_cannot_be_written_is_still_told(typed: Typed, tmp_path: Path) -> None:
    """A full disk, or a file in the way: the answers come first."""
    done = typed("report", "--lang", "en", "--out", str(tmp_path / "artifacts" / "runs"))
    assert done.exit_code == ExitCode.NOT_READY
    assert "finished\tgood\tFinished" in done.stdout


def test_all_nights_and_runs_are_listed(typed: Typed) -> None:
    """The latest first; one that did not close its books was killed."""
    told = read(typed("runs", "--json"))
    assert [(each["name"][:10], each["kind"], each["state"]) for each in told] == [
        ("2026-11-22", "run", "killed"),
        ("2026-11-21", "night", "finished"),
        ("2026-11-20", "run", "finished"),
    ]
    assert told[1]["gate"] == "passed"
    assert told[1]["verified"] == {"starter": "passed"}
    assert told[2]["packs"]["starter"] == {"covered": 20, "pairs": 20, "target": 20}
    plain = typed("runs").stdout.splitlines()
    assert len(plain) == 3
    assert "starter 100 %" in plain[0]


def test_two_nights_are_compared(typed: Typed, tmp_path: Path) -> None:
    """The page bears what both have in common."""
    other = tmp_path / "artifacts" / "coupled-eval" / "2026-11-20_210000"
    done = typed("report", "--against", str(other), "--out", str(tmp_path / "both.html"))
    assert done.exit_code == ExitCode.OK, done.output
    assert "20 pairs were measured in both." in (tmp_path / "both.html").read_text(encoding="utf-8")


def test_a_person_sees_what_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal: question, verdict, what is wrong and what to type; what is well stays on the page."""
    folder = nights.whole(tmp_path / "night")
    nights.software(folder)
    shown = StringIO()
    monkeypatch.setattr(show, "console", Console(file=shown, force_terminal=True, width=100, no_color=True))
    tell(report_of(folder), "en")
    text = shown.getvalue()
    assert "SOFTWARE rendering although a GPU was required" in text
    assert "harvest doctor --headed --require-gpu" in text
    assert "a virtual clock" not in text
