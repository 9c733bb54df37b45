"""`harvest packs sync`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from harvest.packs import sync as syncing
from harvest.packs.source import local
from harvest.packs.sync import Outcome, Request
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import Name, typed
from orchestrate.packs.problems import show_problems
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest packs sync --source D:\\aidata\\my_pack --dry-run", "what would change, and what is missing"),
    (
        "harvest packs sync --source /mnt/d/aidata/my_pack",
        "the same folder, seen from WSL; copies what changed",
    ),
    (
        "harvest packs sync --source D:\\aidata\\my_pack --name trial --limit 50",
        "its first 50 pairs, as another pack",
    ),
)


@configurable("presets")
def sync(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    source: Annotated[str, typer.Option(help="Folder of manifest.jsonl, as Windows or WSL spells it.")],
    name: Name = None,
    within: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, file_okay=False, help="Another folder in which presets may lie; repeatable."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pairs.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, write nothing.")] = False,
    json: AsJson = False,
) -> ExitCode:
    """Bring a pack from its source to the page: old or new at any moment, never a mixture."""
    folder = local(source).absolute()
    request = Request(
        source=folder,
        presets=resolved.config.presets,
        name=folder.name if name is None else name,
        within=within or (),
        limit=limit,
        command=typed(),
        at=datetime.now(UTC),
    )
    interrupted = "the pack is as it was before, or as it should be after, never between"
    with refusing(interrupted), counting("pairs") as told:
        outcome = (syncing.rehearse if dry_run else syncing.sync)(request, progress=told)
    if json:
        show.as_json({"pack": request.name, "dry_run": dry_run, **asdict(outcome)})
    else:
        show.rows(("what", "found"), _facts(request, outcome, dry_run=dry_run))
        show_problems(outcome.problems)
    return ExitCode.INCOMPLETE if outcome.problems else ExitCode.OK


def _facts(request: Request, outcome: Outcome, *, dry_run: bool) -> Sequence[tuple[str, str]]:
    return [
        ("pack", request.name),
        ("folder", str(request.pack)),
        ("state", f"{outcome.state} (dry run: nothing was written)" if dry_run else outcome.state),
        ("pairs", str(outcome.pairs)),
        ("presets copied", str(outcome.copied)),
        ("bytes copied", str(outcome.copied_bytes)),
    ]
