"""`harvest packs check`: thin: parse, look, show, exit code."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as RichProgress

from harvest.packs import disk
from harvest.packs.checking import Checked, check_pack, shared
from harvest.packs.fitness import Demands
from harvest.packs.manifest import locate
from harvest.packs.problem import PROBLEMS_SHOWN
from harvest.packs.profile import LayerProfile
from harvest.packs.profile_page import lead, page
from harvest.packs.traits import WORDS, Trait, name_of
from orchestrate import show
from orchestrate.exit_codes import ExitCode
from orchestrate.help import AsJson, examples
from orchestrate.packs_import import CORES, Processes, refusing

EPILOG = examples(
    ("harvest packs check my_pack", "what is wrong with it, and how many looks there are in it"),
    ("harvest packs check my_pack --html report.html", "the same with plots, in one file"),
    ("harvest packs check my_pack --foreign --min-looks 300 --max-duplicates 0.1", "a gate for scripts"),
    ("harvest packs check my_pack --against other_pack", "two packs side by side"),
)

PRESETS = Path("public/presets")
UNFIT = ExitCode.NOT_READY


def check(  # noqa: PLR0913 - each is a flag
    *,
    pack: Annotated[str, typer.Argument(metavar="PACK", help="A pack's name, its folder, or a manifest.")],
    against: Annotated[str | None, typer.Option(help="Another pack to hold it against.")] = None,
    foreign: Annotated[
        bool, typer.Option("--foreign", help="Accept one that does not say its origin.")
    ] = False,
    min_looks: Annotated[
        float | None, typer.Option(min=0, help="Fail below so many different looks.")
    ] = None,
    max_duplicates: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail above this share of pairs that look like an earlier one."),
    ] = None,
    html: Annotated[Path | None, typer.Option(dir_okay=False, help="Write a report with plots here.")] = None,
    presets: Annotated[Path, typer.Option(help="The folder that the page serves as /presets.")] = PRESETS,
    processes: Processes = CORES,
    json: AsJson = False,
) -> None:
    """Tell whether a pack is fit for a night: contract, broken files, duplicates, style and looks."""
    demands = Demands(min_looks=min_looks, max_duplicates=max_duplicates, foreign=foreign)

    def look(name: str) -> Checked:
        with _progress() as told:
            return check_pack(*locate(name, presets), demands, processes=processes, progress=told)

    with refusing("nothing was written"):
        checked = look(pack)
        other = look(against) if against else None
        if html:
            disk.replace_file(html, page(checked, other).encode())
    if json:
        show.as_json(_as_record(checked, other))
    else:
        _show(checked, other)
    raise typer.Exit(UNFIT if checked.failures else ExitCode.OK)


@contextmanager
def _progress() -> Generator[Callable[[int, int], None]]:
    """Show a bar on a terminal; in a pipe it is over before a line could be read."""
    if not show.talk.is_terminal:
        yield lambda _done, _of: None
        return
    with RichProgress(*RichProgress.get_default_columns(), console=show.talk, transient=True) as bar:
        task = bar.add_task("presets", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _show(checked: Checked, other: Checked | None) -> None:
    packs = [checked, other] if other else [checked]
    for each in packs:
        show.sentence(f"{each.profile.pack}: {lead(each.profile)}.", "bold red" if each.failures else "bold")
        found = [
            *(("failure", why) for why in each.failures),
            *(("warning", why) for why in each.warnings),
            *((problem.severity, str(problem)) for problem in each.problems[:PROBLEMS_SHOWN]),
        ]
        show.rows(("what", "why"), found, styled=0)
        if (hidden := len(each.problems) - PROBLEMS_SHOWN) > 0:
            show.sentence(f"{hidden:,} more problems are not shown; --json lists all.")
    layers = [
        (each.profile.pack, name, layer) for each in packs for name, layer in each.profile.layers.items()
    ]
    show.rows(("", *(f"{pack} {name}" for pack, name, _ in layers)), _table([layer for *_, layer in layers]))
    if other:
        common = shared(checked.survey, other.survey)
        show.sentence(
            f"Of {common.presets:,} presets of {checked.profile.pack}, {other.profile.pack} has "
            f"{common.same_bytes:,} to the byte and {common.same_meaning:,} in meaning."
        )


def _table(layers: Sequence[LayerProfile]) -> list[tuple[str, ...]]:
    counts = {
        "presets": [layer.presets for layer in layers],
        "differ in a byte": [layer.distinct_bytes for layer in layers],
        "differ in meaning": [layer.distinct_meanings for layer in layers],
        "looks": [round(layer.looks, 1) for layer in layers],
        "look like an earlier one": [layer.duplicates for layer in layers],
    }
    traits = {WORDS[trait]: [layer.traits[name_of(trait)] for layer in layers] for trait in Trait}
    return [(what, *map(str, found)) for what, found in (counts | traits).items()]


def _as_record(checked: Checked, other: Checked | None) -> dict[str, object]:
    record = _pack_record(checked)
    if other:
        record |= {"against": _pack_record(other), "shared": asdict(shared(checked.survey, other.survey))}
    return record


def _pack_record(checked: Checked) -> dict[str, object]:
    pack = checked.survey.pack
    return {
        **asdict(checked.profile),
        "manifest": pack.manifest_file,
        "manifest_hash": pack.manifest_hash,
        "content_hash": pack.content_hash,
        "provenance": asdict(checked.origin),
        "problems": [asdict(problem) for problem in checked.problems],
        "warnings": checked.warnings,
        "failures": checked.failures,
    }
