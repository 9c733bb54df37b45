"""`harvest packs`: the material of a night. Each command parses, acts, shows, and ends with a code."""

import typer

from orchestrate.packs import check, generate, importing, quarantine, show, sync

_HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings=_HELP,
    help="Look after packs of pairs.",
)
app.command("sync", epilog=sync.EXAMPLES)(sync.sync)
app.command("import", epilog=importing.EXAMPLES)(importing.import_)
app.command("generate", epilog=generate.EXAMPLES)(generate.generate)
app.command("check", epilog=check.EXAMPLES)(check.check)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.add_typer(
    quarantine.app,
    name="quarantine",
    context_settings=_HELP,
    help="Hold back pairs that abort, hang or never show.",
)
