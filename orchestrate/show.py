"""What a person sees: tables on a terminal, plain lines in a pipe, JSON for machines."""

from collections.abc import Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

STYLES = {
    "ok": "green",
    "warning": "bold yellow",
    "missing": "bold red",
    "error": "bold red",
    "skipped": "dim",
    "passed": "green",
    "undecided": "bold yellow",
    "failed": "bold red",
    "running": "green",
    "finished": "green",
    "ended": "bold yellow",
    "killed": "bold red",
}

console = Console(highlight=False)
talk = Console(stderr=True, highlight=False)
"""Results go to stdout, talk goes to stderr."""


def working(what: str) -> Status:
    """Show that work goes on: beside the results on a terminal, else on stderr."""
    return (console if console.is_terminal else talk).status(what)


def as_json(value: Any) -> None:
    """Print one JSON document."""
    console.file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def rows(columns: Sequence[str], lines: Sequence[Sequence[str]], *, styled: int | None = None) -> None:
    """Print a table on a terminal, tab-separated lines in a pipe; `styled` names the column of states."""
    if not console.is_terminal:
        for line in lines:
            console.file.write("\t".join(line) + "\n")
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        # The first column is what a person copies: it is never cut.
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for line in lines:
        style = STYLES.get(line[styled], "") if styled is not None else ""
        table.add_row(*(Text(cell, style if i == styled else "") for i, cell in enumerate(line)))
    console.print(table)


def finding(state: str, name: str, found: str, mend: str) -> None:
    """Print one finding: on a terminal with its remedy beneath, in a pipe as one tab-separated line."""
    if not console.is_terminal:
        console.file.write(f"{state}\t{name}\t{found}\t{mend}".rstrip("\t") + "\n")
        console.file.flush()
        return
    line = Table.grid(padding=(0, 1))
    line.add_column(width=8, no_wrap=True)
    line.add_column(width=14, no_wrap=True)
    line.add_column()
    text = Text(found)
    if mend:
        text.append(f"\n→ {mend}", STYLES.get(state, ""))
    line.add_row(Text(state, STYLES.get(state, "")), Text(name, "bold"), text)
    console.print(line)


def sentence(text: str, style: str = "") -> None:
    """Print one sentence, as it is."""
    console.print(Text(text, style), soft_wrap=True)


def complain(text: str) -> None:
    """Say on stderr what went wrong and what to do."""
    talk.print(Text(text, "bold red"), soft_wrap=True)
