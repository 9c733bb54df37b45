"""`harvest packs import`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from harvest.packs import index_file
from harvest.packs.importing import Outcome, PairBy, Request, import_pack
from harvest.packs.listing import shown
from harvest.packs.pairing import Band
from harvest.packs.source import local
from harvest.packs.traits import WORDS, Trait, name_of
from orchestrate import show
from orchestrate.endings import refusing
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import CORES, Name, Out, Processes, new_pack, typed
from orchestrate.progress import counting_phases

EXAMPLES = examples(
    (
        "harvest packs import D:\\milk --out public\\presets\\mine --pairs 500",
        "500 pairs drawn from a folder",
    ),
    ("harvest packs import fg bg --out public/presets/mine --pair-by name", "fg/x.milk with bg/x.milk"),
    (
        "harvest packs import list.txt --out packs --name mine --seed 7",
        "presets listed in a file, one path a line",
    ),
    (
        "harvest packs import D:\\milk --out packs --name bold --pair-by contrast --band 0.03 0.3",
        "pairs whose warp and cx lie that far apart",
    ),
)


def import_(  # noqa: PLR0913 - each is a flag
    *,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Folders, lists of paths, or single .milk files.")
    ],
    out: Out,
    name: Name = None,
    pair_by: Annotated[
        PairBy, typer.Option(help="What makes a foreground and a background a pair.")
    ] = "shuffle",
    seed: Annotated[int, typer.Option(help="Which shuffle.")] = 0,
    pairs: Annotated[int | None, typer.Option(min=1, help="At most so many. Default: all there are.")] = None,
    band: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="By contrast: the wanted range. Default: the greatest."),
    ] = None,
    distinct: Annotated[
        bool, typer.Option("--distinct", help="Leave out what looks the same as a preset taken before.")
    ] = False,
    index: Annotated[
        Path | None,
        typer.Option(help="File that remembers what was read. Default: one for all, in your cache."),
    ] = None,
    processes: Processes = CORES,
    json: AsJson = False,
) -> None:
    """Make a pack of presets that lie anywhere; what is broken or there twice is left out."""
    if band and pair_by != "contrast":
        raise typer.BadParameter("It only means something with --pair-by contrast.", param_hint="--band")
    if distinct and pair_by == "name":
        raise typer.BadParameter("Names decide; --pair-by shuffle or contrast can.", param_hint="--distinct")
    request = Request(
        sources=[local(source) for source in sources],
        pack=new_pack(out, name),
        pair_by=pair_by,
        seed=seed,
        pairs=pairs,
        band=Band(low=band[0], high=band[1]) if band else None,
        index=index or index_file.default_path(),
        distinct=distinct,
        processes=processes,
        command=typed(),
        at=datetime.now(UTC),
    )
    interrupted = "what was read is kept, and no pack was written"
    with refusing(interrupted), counting_phases(["listing", "reading", "pairing"]) as told:
        outcome = import_pack(request, progress=told, wait=_wait)
    if json:
        show.as_json(_as_record(request, outcome))
    else:
        show.rows(("what", "found"), _facts(request, outcome))
        show.rows(("left out", "why"), [(f"{n}", why) for why, n in outcome.left_out.counts.most_common()])
    if outcome.rebuilt:
        show.talk.print(f"The index was made anew: {outcome.rebuilt}.")


def _wait() -> None:
    show.talk.print("Another import uses the index; waiting for its end.")


def _facts(request: Request, outcome: Outcome) -> Sequence[tuple[str, str]]:
    found = outcome.found
    return [
        ("pack", request.pack.name),
        ("folder", str(request.pack)),
        ("pairs", str(outcome.pairs)),
        ("presets found", str(found.presets)),
        ("read now", str(found.read)),
        ("left out", str(outcome.left_out.counts.total())),
        ("distinct presets", str(found.distinct)),
        *((f"of which {WORDS[trait]}", str(found.traits.get(name_of(trait), 0))) for trait in Trait),
    ]


def _as_record(request: Request, outcome: Outcome) -> dict[str, object]:
    return {
        "pack": request.pack.name,
        "folder": str(request.pack),
        "pairs": outcome.pairs,
        "found": asdict(outcome.found),
        "left_out": dict(outcome.left_out.counts),
        "left_out_files": [
            asdict(file) | {"path": shown(file.path), "instead": file.instead and shown(file.instead)}
            for file in outcome.left_out.files
        ],
        "index_rebuilt": outcome.rebuilt,
    }
