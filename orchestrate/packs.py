"""`harvest packs`: the material of a night. Thin: parse, act, show, exit code."""

import getpass
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as RichProgress

from harvest.packs import disk
from harvest.packs import sync as syncing
from harvest.packs.manifest import Pack, examine, locate
from harvest.packs.problem import PROBLEMS_SHOWN, PackError, PackProblem
from harvest.packs.provenance import Verdict, timestamp, verify
from harvest.packs.quarantine import (
    Entry,
    Quarantine,
    Reason,
    Release,
    active,
    add,
    hashes,
    read_quarantine,
    release,
    update,
)
from harvest.packs.source import local
from harvest.packs.sync import Outcome, Progress, Request
from harvest.records import RecordError
from orchestrate import packs_check, packs_generate, packs_import, show
from orchestrate.exit_codes import ExitCode
from orchestrate.help import AsJson, examples

_CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings=_CONTEXT,
    help="Look after packs of pairs.",
)
quarantine = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings=_CONTEXT,
    help="Hold back pairs that abort, hang or never show.",
)
app.add_typer(quarantine, name="quarantine")
app.command("import", epilog=packs_import.EPILOG)(packs_import.import_)
app.command("check", epilog=packs_check.EPILOG)(packs_check.check)
app.command("generate", epilog=packs_generate.EPILOG)(packs_generate.generate)

ThePack = Annotated[
    str, typer.Argument(metavar="PACK", help="A pack's name, its folder, or one of its manifests.")
]
ThePair = Annotated[int, typer.Argument(metavar="PAIR", help="The pair's number in the manifest.", min=0)]
Presets = Annotated[Path, typer.Option(help="The folder that the page serves as /presets.")]
By = Annotated[str | None, typer.Option(help="Who decides. Default: you.")]

PRESETS = Path("public/presets")


@app.command(
    "sync",
    epilog=examples(
        (
            "harvest packs sync --source D:\\aidata\\my_pack --dry-run",
            "what would change, and what is missing",
        ),
        (
            "harvest packs sync --source /mnt/d/aidata/my_pack",
            "the same folder, seen from WSL; copies what changed",
        ),
        (
            "harvest packs sync --source D:\\aidata\\my_pack --name trial --limit 50",
            "its first 50 pairs, as another pack",
        ),
    ),
)
def _sync(  # noqa: PLR0913 - each is a flag
    *,
    source: Annotated[str, typer.Option(help="Folder of manifest.jsonl, as Windows or WSL spells it.")],
    name: Annotated[str | None, typer.Option(help="Name of the pack. Default: the folder's.")] = None,
    presets: Presets = PRESETS,
    within: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, file_okay=False, help="Another folder in which presets may lie; repeatable."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pairs.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, write nothing.")] = False,
    json: AsJson = False,
) -> None:
    """Bring a pack from its source to the page: old or new at any moment, never a mixture."""
    folder = local(source).absolute()
    request = Request(
        source=folder,
        presets=presets,
        name=folder.name if name is None else name,
        within=within or (),
        limit=limit,
        command=_command(),
        at=datetime.now(UTC),
    )
    with _refusing(), _progress("pairs") as told:
        outcome = (syncing.rehearse if dry_run else syncing.sync)(request, progress=told)
    if json:
        show.as_json({"pack": request.name, "dry_run": dry_run, **asdict(outcome)})
    else:
        _show_facts(_told(request, outcome, dry_run=dry_run), outcome.problems)
    raise typer.Exit(ExitCode.INCOMPLETE if outcome.problems else ExitCode.OK)


@app.command(
    "show",
    epilog=examples(
        ("harvest packs show my_pack", "the pack public/presets/my_pack"),
        ("harvest packs show /data/packs/my_pack", "any folder that is a pack"),
        ("harvest packs show my_pack/pairs-manifest.filtered.current.json", "one of its filtered manifests"),
        ("harvest packs show my_pack --json | jq -r .content_hash", "for scripts"),
    ),
)
def _show(*, pack: ThePack, presets: Presets = PRESETS, json: AsJson = False) -> None:
    """Show what a pack holds, where it comes from, and everything that is wrong with it."""
    with _refusing():
        found = examine(*locate(pack, presets))
        held = read_quarantine(found.folder)
        origin = verify(found.folder, known={file.relative: file.sha256 for file in found.presets.values()})
    if json:
        show.as_json(_as_record(found, held, origin))
    else:
        _show_facts(_described(found, held, origin), found.problems)
    raise typer.Exit(ExitCode.USAGE if found.errors else ExitCode.OK)


@quarantine.command(
    "list",
    epilog=examples(
        ("harvest packs quarantine list my_pack", "what plans leave out, and why"),
        ("harvest packs quarantine list my_pack --all", "with what has been released"),
    ),
)
def _list(
    *,
    pack: ThePack,
    everything: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    presets: Presets = PRESETS,
    json: AsJson = False,
) -> None:
    """List the pairs held back."""
    with _refusing():
        held = read_quarantine(locate(pack, presets)[0])
    entries = held.entries if everything else active(held)
    if json:
        show.as_json([entry.model_dump(exclude_unset=True) for entry in entries])
    elif entries or not show.console.is_terminal:
        show.rows(
            ("pair", "reason", "since", "by", "evidence", "released"),
            [_row(entry) for entry in entries],
        )
    else:
        show.sentence(f"No pair of {held.pack} is in quarantine.")


@quarantine.command(
    "add",
    epilog=examples(
        (
            'harvest packs quarantine add my_pack 65 --reason preset-stuck --evidence "froze three times"',
            "leave pair 65 out of every plan",
        ),
    ),
)
def _add(  # noqa: PLR0913 - each is a flag
    *,
    pack: ThePack,
    pair: ThePair,
    reason: Annotated[Reason, typer.Option(help="What it does.")] = "by-hand",
    evidence: Annotated[str, typer.Option(help="What was seen, in words.")],
    run: Annotated[str | None, typer.Option(help="Token of the run that saw it.")] = None,
    by: By = None,
    presets: Presets = PRESETS,
) -> None:
    """Hold a pair back from now on."""
    with _refusing():
        found = examine(*locate(pack, presets))
        fg_hash, bg_hash = hashes(found, pair)
        entry = Entry(
            pair=pair,
            fg_hash=fg_hash,
            bg_hash=bg_hash,
            reason=reason,
            evidence=evidence,
            run=run,
            at=timestamp(datetime.now(UTC)),
            by=by or _user(),
        )
        update(found.folder, lambda held: add(held, entry))
    show.sentence(f"Pair {pair} of {found.name} is in quarantine.")


@quarantine.command(
    "release",
    epilog=examples(
        ('harvest packs quarantine release my_pack 65 --why "new engine"', "plans may visit it again"),
    ),
)
def _release(
    *,
    pack: ThePack,
    pair: ThePair,
    why: Annotated[str, typer.Option(help="Why it may be shown again.")],
    by: By = None,
    presets: Presets = PRESETS,
) -> None:
    """Let a pair be visited again; its entry stays as history."""
    with _refusing():
        folder, _ = locate(pack, presets)
        ending = Release(at=timestamp(datetime.now(UTC)), by=by or _user(), why=why)
        held = update(folder, lambda held: release(held, pair, ending))
    show.sentence(f"Pair {pair} of {held.pack} is released.")


@contextmanager
def _refusing() -> Generator[None]:
    """Turn what can go wrong into one sentence each and an exit code."""
    try:
        yield
    except (PackError, RecordError) as error:
        show.complain(str(error))
        raise typer.Exit(ExitCode.USAGE) from error
    except OSError as error:
        show.complain(disk.explain(error))
        raise typer.Exit(ExitCode.NOT_READY) from error
    except KeyboardInterrupt:
        show.complain("Interrupted: the pack is as it was before, or as it should be after, never between.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


@contextmanager
def _progress(what: str) -> Generator[Progress]:
    """Tell how far it has come: a bar on a terminal, a line each tenth in a pipe."""
    if not show.talk.is_terminal:
        yield lambda done, total: _tell_tenths(done, total, what)
        return
    with RichProgress(*RichProgress.get_default_columns(), console=show.talk, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell_tenths(done: int, total: int, what: str) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        show.talk.print(f"{done:,} of {total:,} {what}")


def _show_facts(facts: Sequence[tuple[str, str]], problems: Sequence[PackProblem]) -> None:
    show.rows(("what", "found"), facts)
    shown = problems[:PROBLEMS_SHOWN] if show.console.is_terminal else problems
    if shown:
        show.rows(("problem", "where and what"), [(at.severity, str(at)) for at in shown], styled=0)
    if len(shown) < len(problems):
        show.sentence(f"{len(problems) - len(shown):,} more problems are not shown; --json lists all.")


def _told(request: Request, outcome: Outcome, *, dry_run: bool) -> list[tuple[str, str]]:
    return [
        ("pack", request.name),
        ("folder", str(request.pack)),
        ("state", f"{outcome.state} (dry run: nothing was written)" if dry_run else outcome.state),
        ("pairs", str(outcome.pairs)),
        ("presets copied", str(outcome.copied)),
        ("bytes copied", str(outcome.copied_bytes)),
    ]


def _described(pack: Pack, held: Quarantine, origin: Verdict) -> list[tuple[str, str]]:
    quality = pack.quality
    return [
        ("pack", pack.name),
        ("folder", str(pack.folder)),
        ("manifest", pack.manifest_file),
        ("pairs", str(len(pack.manifest.pairs))),
        ("presets", str(len({file.relative for file in pack.presets.values()}))),
        ("manifest hash", pack.manifest_hash),
        ("content hash", pack.content_hash),
        ("quality", f"scores of {len(quality.pairs)} pairs" if quality else "none"),
        ("in quarantine", str(len(active(held)))),
        ("provenance", "; ".join([origin.state, *origin.differences])),
    ]


def _as_record(pack: Pack, held: Quarantine, origin: Verdict) -> dict[str, object]:
    return {
        "pack": pack.name,
        "folder": str(pack.folder),
        "manifest": pack.manifest_file,
        "pairs": len(pack.manifest.pairs),
        "manifest_hash": pack.manifest_hash,
        "content_hash": pack.content_hash,
        "scored_pairs": len(pack.quality.pairs) if pack.quality else None,
        "quarantine": [entry.model_dump(exclude_unset=True) for entry in active(held)],
        "provenance": asdict(origin),
        "problems": [asdict(problem) for problem in pack.problems],
    }


def _row(entry: Entry) -> tuple[str, ...]:
    evidence = f"{entry.evidence} (run {entry.run})" if entry.run else entry.evidence
    ending = entry.released
    released = f"{_minute(ending.at)} by {ending.by}: {ending.why}" if ending else "no"
    return str(entry.pair), entry.reason, _minute(entry.at), entry.by, evidence, released


def _minute(at: str) -> str:
    return at[: len("2026-01-01T00:00")].replace("T", " ")


def _command() -> tuple[str, ...]:
    return ("harvest", *sys.argv[1:])


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "unknown"
