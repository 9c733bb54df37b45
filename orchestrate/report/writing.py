"""The report made and written: what `harvest report` and a night both call."""

import locale
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harvest.packs import disk
from orchestrate.night.record import REPORT
from orchestrate.report import against as beside
from orchestrate.report.facts import Facts
from orchestrate.report.findings import Answer, answers
from orchestrate.report.page import page
from orchestrate.report.read import read_facts
from orchestrate.report.sections import sections
from orchestrate.report.words import Language


@dataclass(frozen=True, kw_only=True)
class Report:
    """A folder read and judged."""

    facts: Facts
    answers: Sequence[Answer]
    other: Facts | None = None
    """What it is put beside."""

    def html(self, language: Language = "en") -> str:
        """Write it as a page."""
        compared = [beside.section(self.facts, self.other)] if self.other else []
        return page(self.facts, self.answers, [*compared, *sections(self.facts)], language=language)


def report_of(folder: Path, *, against: Path | None = None) -> Report:
    """Read a folder, whatever of it is there, and judge it."""
    facts = read_facts(folder)
    other = None if against is None else read_facts(against)
    return Report(facts=facts, answers=answers(facts), other=other)


def write_report(folder: Path, *, against: Path | None = None, language: Language | None = None) -> Path:
    """Write the report of a folder into it; unless a language is named, in that of the machine."""
    path = folder / REPORT
    made = report_of(folder, against=against)
    disk.replace_file(path, made.html(language or spoken()).encode())
    return path


def spoken() -> Language:
    """Tell which of our languages this machine speaks."""
    name = (locale.getlocale()[0] or "").lower()
    return "zh" if name.startswith(("zh", "chinese")) else "en"
