"""`harvest report`: what a night came to, as a page and on the terminal."""

from pathlib import Path
from typing import Annotated

import typer

from harvest.packs import disk
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.night.record import REPORT
from orchestrate.places import EVALS, NIGHTS, SMOKES, named
from orchestrate.report.read import holds_any
from orchestrate.report.terminal import as_record, tell
from orchestrate.report.words import Language
from orchestrate.report.writing import report_of, spoken

EXAMPLES = examples(
    ("harvest report", "the latest night, else the latest run: as a page and here"),
    ("harvest report artifacts/runs/2026-11-21_220000 --lang zh", "a certain one, in Chinese"),
    ("harvest report --against artifacts/runs/2026-11-20_220000", "beside another"),
    ("harvest report --json | jq '.answers[] | {question, level}'", "for scripts"),
)


@configurable("artifacts")
def report(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    folder: Annotated[
        Path | None,
        typer.Argument(help="Of a night or a run. Default: the latest night, else the latest run."),
    ] = None,
    against: Annotated[Path | None, typer.Option(help="Folder of another, to put beside it.")] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language that it opens in. Default: the machine's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=f"File of the page. Default: {REPORT} in the folder.")
    ] = None,
    json: AsJson = False,
) -> ExitCode:
    """Tell what a night came to: done? true? better? what changes, and what is to be done now."""
    artifacts = resolved.config.artifacts
    chosen = _latest(artifacts) if folder is None else _checked(folder, artifacts, "FOLDER")
    other = None if against is None else _checked(against, artifacts, "--against")
    language = lang or spoken()
    with refusing("nothing was changed"):
        with show.working(f"reading {chosen}"):
            made = report_of(chosen, against=other)
        if json:
            show.as_json(as_record(made, language))
        else:
            tell(made, language)
        # Told before it is written: on a full disk that is all there is.
        path = out or chosen / REPORT
        disk.replace_file(path, made.html(language).encode())
        if not json:
            show.sentence(f"\n{path}" if show.console.is_terminal else f"report\t{path}")
    return ExitCode.OK


def _checked(typed: Path, artifacts: Path, hint: str) -> Path:
    folder = named(typed, artifacts)
    if not holds_any(folder):
        raise typer.BadParameter(f"There is no night and no run in {typed}.", param_hint=hint)
    return folder


def _latest(artifacts: Path) -> Path:
    for place in (NIGHTS, EVALS, SMOKES):
        found = [folder for folder in (artifacts / place).glob("*") if holds_any(folder)]
        if found:
            return max(found, key=lambda folder: folder.name)
    raise typer.BadParameter(f"There is no night and no run in {artifacts} yet.", param_hint="FOLDER")
