"""`harvest bench`: how fast it is beside what it could be, how truly it repeats itself, what it misses."""

import typer

from orchestrate.bench import ablation, agreement, page, presets, repeat, soak, train

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Hold harvest against its limits: speed, repeatability, memory, agreement, bad luck.",
)
app.command("page", epilog=page.EXAMPLES)(page.page)
app.command("presets", epilog=presets.EXAMPLES)(presets.presets)
app.command("repeat", epilog=repeat.EXAMPLES)(repeat.repeat)
app.command("soak", epilog=soak.EXAMPLES)(soak.soak)
app.command("agreement", epilog=agreement.EXAMPLES)(agreement.agreement)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("ablation", epilog=ablation.EXAMPLES)(ablation.ablation)
