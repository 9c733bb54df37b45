"""The commands a person types. Thin: parse, resolve the configuration, run, show, exit code."""

import sys
from collections.abc import Coroutine
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any

import typer

from harvest.packs.generate import Truth
from harvest.packs.provenance import Provenance
from harvest.packs.quarantine import Quarantine
from harvest.records import RECORDS, Record, schema
from orchestrate import bench, cleanup, config, doctor, evaluate, packs, serve, show, status, train
from orchestrate.chaos import command as chaos
from orchestrate.config import Resolved
from orchestrate.endings import run
from orchestrate.exit_codes import MEANING, ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.night import command as overnight
from orchestrate.night import smoke
from orchestrate.night.record import NightRecord
from orchestrate.report import command as report
from orchestrate.report import runs
from orchestrate.verify import command as verify
from orchestrate.verify.record import Verification

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("overnight", epilog=overnight.EXAMPLES)(overnight.overnight)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("runs", epilog=runs.EXAMPLES)(runs.runs)
app.command("smoke", epilog=smoke.EXAMPLES)(smoke.smoke)
app.command("eval", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("status", epilog=status.EXAMPLES)(status.status)
app.add_typer(packs.app, name="packs")
app.add_typer(bench.app, name="bench")
bench.app.command("chaos", epilog=chaos.EXAMPLES)(chaos.chaos)

_SCHEMAS: dict[str, type[Record]] = RECORDS | {
    model.__name__: model for model in (Provenance, Quarantine, Truth, NightRecord, Verification)
}


def _endings() -> str:
    return "[bold]Exit codes[/]\n\n" + "\n\n".join(
        f"  {code.value} {code.name}: {MEANING[code]}" for code in ExitCode
    )


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"harvest {version('harvest')}")
        raise typer.Exit


@app.callback(epilog=_endings())
def _harvest(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Measure every coupled MilkDrop pair overnight, train a score, prove it in the page."""


@app.command(
    "doctor",
    epilog=examples(
        ("harvest doctor", "what this machine has, and what a night would miss"),
        ("harvest doctor --require-gpu --headed", "as the night will run; fails on software rendering"),
        ("harvest doctor --json | jq .ready", "for scripts"),
    ),
)
@configurable(*BROWSER)
def _doctor(*, resolved: Resolved, json: AsJson = False) -> ExitCode:
    """Tell the truth about this machine in at most 10 seconds."""
    return _run(doctor.run(resolved.config, as_json=json))


@app.command(
    "cleanup",
    epilog=examples(
        ("harvest cleanup --dry-run", "only show what is left, and why it is ours"),
        ("harvest cleanup", "end it and remove its folders"),
    ),
)
@configurable("browser.profiles")
def _cleanup(
    *,
    resolved: Resolved,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, end nothing.")] = False,
    json: AsJson = False,
) -> ExitCode:
    """End browsers that earlier runs of ours left behind; never any other program."""
    return cleanup.run(resolved.config.browser.profiles, dry_run=dry_run, as_json=json)


@app.command(
    "config",
    epilog=examples(
        ("harvest config", "every setting, its value and where it came from"),
        ("harvest config --gpu-mode force", "what a flag would change"),
        ("HARVEST_BROWSER_GPU_MODE=off harvest config", "what the environment would change"),
    ),
)
@configurable(*BROWSER)
def _config(*, resolved: Resolved, json: AsJson = False) -> ExitCode:
    """Show the resolved configuration: defaults < harvest.toml < environment < flags."""
    table = config.explain(resolved)
    if json:
        show.as_json([asdict(row) for row in table])
    else:
        show.rows(
            ("setting", "value", "from", "meaning"),
            [(row.key, config.spell(row.value), row.origin, row.meaning) for row in table],
        )
    return ExitCode.OK


@app.command(
    "schema",
    epilog=examples(
        ("harvest schema", "the records' names"), ("harvest schema Sample", "one record's schema")
    ),
)
def _schema(
    record: Annotated[str | None, typer.Argument(help="Record name; none lists them all.")] = None,
) -> None:
    """Print the JSON Schema of a record that harvest writes or reads."""
    if record is None:
        show.rows(("record", "meaning"), [(name, _first_line(model)) for name, model in _SCHEMAS.items()])
    elif record in _SCHEMAS:
        show.as_json(schema(_SCHEMAS[record]))
    else:
        show.complain(f"There is no record {record}; there are {', '.join(_SCHEMAS)}.")
        raise typer.Exit(ExitCode.USAGE)


@app.command(
    "serve",
    epilog=examples(
        ("harvest serve", "then open the address it prints"),
        ("harvest serve --port 8123", "on a port of your choice"),
        ("harvest serve --web D:\\newliveweb", "with your own projectM as a second engine"),
    ),
)
@configurable("presets", "web")
def _serve(
    *,
    resolved: Resolved,
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 0,
) -> ExitCode:
    """Serve the built-in page, and the packs it plays, on this machine until Ctrl-C."""
    config, named = resolved.config, resolved.origins["presets"] != "default"
    return _run(serve.run(config.presets, config.web, port=port, named=named))


def _run(work: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    try:
        return run(work)
    except KeyboardInterrupt:
        show.complain("Interrupted: everything that was started has been closed.")
        return ExitCode.INTERRUPTED


def _first_line(model: type[object]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="harvest")
    except KeyboardInterrupt:
        show.complain("Interrupted.")
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
