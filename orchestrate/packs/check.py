"""`harvest packs check`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harvest.packs import disk
from harvest.packs.checking import Checked, check_pack, shared
from harvest.packs.fitness import Demands
from harvest.packs.manifest import locate
from harvest.packs.profile import LayerProfile
from harvest.packs.profile_page import lead, page
from harvest.packs.traits import WORDS, Trait, name_of
from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import CORES, Processes, ThePack
from orchestrate.packs.problems import show_problems
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest packs check my_pack", "what is wrong with it, and how many looks there are in it"),
    ("harvest packs check my_pack --html report.html", "the same with plots, in one file"),
    ("harvest packs check my_pack --foreign --min-looks 300 --max-duplicates 0.1", "a gate for scripts"),
    ("harvest packs check my_pack --against other_pack", "two packs side by side"),
)


@configurable("presets")
def check(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    pack: ThePack,
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
    processes: Processes = CORES,
    json: AsJson = False,
) -> ExitCode:
    """Tell whether a pack is fit for a night: contract, broken files, duplicates, style and looks."""
    demands = Demands(min_looks=min_looks, max_duplicates=max_duplicates, foreign=foreign)

    def look(name: str) -> Checked:
        with counting("presets") as told:
            place = locate(name, resolved.config.presets)
            return check_pack(*place, demands, processes=processes, progress=told)

    with refusing("nothing was written"):
        checked = look(pack)
        other = look(against) if against else None
        if html:
            disk.replace_file(html, page(checked, other).encode())
    if json:
        show.as_json(_as_record(checked, other))
    else:
        _show(checked, other)
        if html:
            show.sentence(f"Report: {html.absolute()}")
    return ExitCode.NOT_PASSED if checked.failures else ExitCode.OK


def _show(checked: Checked, other: Checked | None) -> None:
    packs = [checked, other] if other else [checked]
    for each in packs:
        show.sentence(f"{each.profile.pack}: {lead(each.profile)}.", "bold red" if each.failures else "bold")
        found = [
            *(("failure", why) for why in each.failures),
            *(("warning", why) for why in each.warnings),
        ]
        show_problems(each.problems, found)
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
