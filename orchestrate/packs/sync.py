"""`harvest packs sync`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from harvest.packs import sync as syncing
from harvest.packs.source import SOURCE, local
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
    source: Annotated[str, typer.Option(help="manifest.jsonl or its folder, as Windows or WSL spells it.")],
    name: Name = None,
    within: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, file_okay=False, help="Another folder in which presets may lie; repeatable."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pairs.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a pack that is not from this source; keep its manifest.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, write nothing.")] = False,
    json: AsJson = False,
) -> ExitCode:
    """Bring a pack from its source to the page: old or new at any moment, never a mixture."""
    place = local(source).absolute()
    folder = place.parent if place.name == SOURCE and place.is_file() else place
    request = Request(
        source=folder,
        presets=resolved.config.presets,
        name=folder.name if name is None else name,
        within=within or (),
        limit=limit,
        force=force,
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
        *([(_replacing(request, dry_run=dry_run), outcome.replaces)] if outcome.replaces else []),
        ("pairs", str(outcome.pairs)),
        ("presets copied", str(outcome.copied)),
        ("bytes copied", str(outcome.copied_bytes)),
    ]


def _replacing(request: Request, *, dry_run: bool) -> str:
    if not dry_run:
        return "replaced"
    return "would replace" if request.force else "would replace, with --force"
