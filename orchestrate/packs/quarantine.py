"""`harvest packs quarantine`: list, add, release."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from harvest.packs.manifest import examine, locate
from harvest.packs.quarantine import (
    Entry,
    Reason,
    Release,
    active,
    add,
    hashes,
    holding,
    read_quarantine,
    release,
    update,
)
from harvest.records.moment import timestamp
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import ThePack
from orchestrate.packs.spelling import spelled

ThePair = Annotated[int, typer.Argument(metavar="PAIR", help="The pair's number in the manifest.", min=0)]


def _said(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise typer.BadParameter("It is blank; say it in words.")
    return text


By = Annotated[str | None, typer.Option(callback=_said, help="Who decides. Default: you.")]

_INTERRUPTED = "the quarantine is as it was before, or as it should be after"

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@app.command(
    "list",
    epilog=examples(
        ("harvest packs quarantine list my_pack", "what plans leave out, and why"),
        ("harvest packs quarantine list my_pack --all", "with what has been released"),
    ),
)
@configurable("presets")
def _list(
    *,
    resolved: Resolved,
    pack: ThePack,
    everything: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    json: AsJson = False,
) -> ExitCode:
    """List the pairs held back."""
    with refusing(_INTERRUPTED):
        place = locate(pack, resolved.config.presets)
        held = read_quarantine(place[0])
        holds = holding(examine(*place), held) if active(held) else []
    entries = held.entries if everything else active(held)
    if json:
        show.as_json([entry.model_dump(exclude_unset=True) | {"holds": entry in holds} for entry in entries])
    elif entries or not show.console.is_terminal:
        columns = ("pair", "reason", "since", "by", "evidence", "released")
        show.rows(columns, [_row(entry, holds=entry in holds) for entry in entries])
    else:
        show.sentence(f"No pair of {held.pack} is in quarantine.")
    return ExitCode.OK


@app.command(
    "add",
    epilog=examples(
        (
            'harvest packs quarantine add my_pack 65 --reason preset-stuck --evidence "froze three times"',
            "leave pair 65 out of every plan",
        ),
    ),
)
@configurable("presets")
def _add(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    pack: ThePack,
    pair: ThePair,
    reason: Annotated[Reason, typer.Option(help="What it does.")] = "by-hand",
    evidence: Annotated[str, typer.Option(callback=_said, help="What was seen, in words.")],
    run: Annotated[str | None, typer.Option(callback=_said, help="Token of the run that saw it.")] = None,
    by: By = None,
) -> ExitCode:
    """Hold a pair back from now on."""
    with refusing(_INTERRUPTED):
        found = examine(*locate(pack, resolved.config.presets))
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
    return ExitCode.OK


@app.command(
    "release",
    epilog=examples(
        ('harvest packs quarantine release my_pack 65 --why "new engine"', "plans may visit it again"),
    ),
)
@configurable("presets")
def _release(
    *,
    resolved: Resolved,
    pack: ThePack,
    pair: ThePair,
    why: Annotated[str, typer.Option(callback=_said, help="Why it may be shown again.")],
    by: By = None,
) -> ExitCode:
    """Let a pair be visited again; its entry stays as history."""
    with refusing(_INTERRUPTED):
        folder, _ = locate(pack, resolved.config.presets)
        ending = Release(at=timestamp(datetime.now(UTC)), by=by or _user(), why=why)
        held = update(folder, lambda held: release(held, pair, ending))
    show.sentence(f"Pair {pair} of {held.pack} is released.")
    return ExitCode.OK


def _row(entry: Entry, *, holds: bool) -> tuple[str, ...]:
    evidence = f"{entry.evidence} (run {entry.run})" if entry.run else entry.evidence
    ending = entry.released
    standing = "no" if holds else "no, but its presets changed: it holds nothing back"
    released = f"{_minute(ending.at)} by {ending.by}: {ending.why}" if ending else standing
    cells = str(entry.pair), entry.reason, _minute(entry.at), entry.by, evidence, released
    return tuple(map(spelled, cells))


def _minute(at: str) -> str:
    return at[: len("2026-01-01T00:00")].replace("T", " ")


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return "unknown"
