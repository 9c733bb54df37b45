"""The report on a terminal: the five answers, and what each rests on; all else is on the page."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from orchestrate import show
from orchestrate.report.findings.answer import Answer, Level, Point
from orchestrate.report.words import Language, say
from orchestrate.report.writing import Report

_STYLES: dict[Level, str] = {"good": "green", "care": "yellow", "bad": "red", "none": "dim"}
_MARKS: dict[Level, str] = {"good": "✓", "care": "!", "bad": "✕", "none": "-"}


def tell(report: Report, language: Language) -> None:
    """Print it: on a terminal set out to be read, in a pipe one tab-separated line a finding."""
    if not show.console.is_terminal:
        for answer in report.answers:
            show.console.file.write("\n".join(_plain(answer, language)) + "\n")
        return
    title = say(f"title.{report.facts.kind}", name=report.facts.name).in_(language)
    show.console.print(Line(title, "bold"))
    for answer in report.answers:
        _print(answer, language)


def as_record(report: Report, language: Language) -> dict[str, object]:
    """Give it to a machine."""
    facts = report.facts
    return {
        "folder": str(facts.folder),
        "kind": facts.kind,
        "state": facts.state,
        "packs": {
            each.pack: {"covered": each.covered, "pairs": each.pairs, "target": each.target}
            for each in facts.coverage
        },
        "answers": [_answered(answer, language) for answer in report.answers],
        "faults": dict(facts.tally.fault_count),
        "gate": facts.training.verdict.verdict if facts.training else None,
        "verified": {pack: each.verdict for pack, each in facts.verified.items()},
        "unread": {each.file: each.why for each in facts.unread},
    }


def _answered(answer: Answer, language: Language) -> dict[str, object]:
    return {
        "question": answer.question,
        "level": answer.level,
        "word": answer.word.in_(language),
        "headline": answer.headline.in_(language),
        "points": [
            {"level": each.level, "text": each.text.in_(language), "command": each.command or None}
            for each in answer.points
        ],
    }


def _plain(answer: Answer, language: Language) -> list[str]:
    head = "\t".join(
        (answer.question, answer.level, answer.word.in_(language), answer.headline.in_(language))
    )
    return [
        head,
        *("\t".join((answer.question, each.level, _worded(each, language))) for each in answer.points),
    ]


def _print(answer: Answer, language: Language) -> None:
    question = say(f"question.{answer.question}").in_(language)
    style = _STYLES[answer.level]
    head = Line.assemble("\n", (f"{question}  ", "dim"), (answer.word.in_(language), f"bold {style}"))
    show.console.print(head)
    show.console.print(Padding(Line(answer.headline.in_(language)), (0, 0, 0, 2)))
    table = Table.grid(padding=(0, 1))
    shown = (*answer.warnings, *answer.asides)
    for each in shown:
        table.add_row("", Line(_MARKS[each.level], _STYLES[each.level]), _line(each, language))
    if shown:
        show.console.print(table)


def _line(point: Point, language: Language) -> Line:
    line = Line(point.text.in_(language), "dim" if point.level in {"good", "none"} else "")
    if point.command:
        line.append(f"\n{point.command}", "cyan")
    return line


def _worded(point: Point, language: Language) -> str:
    return "\t".join(filter(None, (point.text.in_(language), point.command)))
