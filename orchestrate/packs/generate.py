"""`harvest packs generate`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from harvest.packs.generate import (
    DEFAULT_RATES,
    MOST_PAIRS,
    PLANTED,
    Outcome,
    Rates,
    Request,
    generate_pack,
)
from orchestrate import show
from orchestrate.endings import refusing
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import Name, Out, new_pack, typed
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest packs generate --pairs 500 --out public/presets/starter", "a pack to begin with"),
    ("harvest packs generate --pairs 3000 --seed 7 --out packs --name trial", "another one, in packs/trial"),
    ("harvest packs generate --pairs 500 --out packs/clean --planted 0", "without a planted case"),
    (
        "harvest packs generate --pairs 500 --out packs/hard --planted 0.01 --planted strobe=0.2",
        "1 % of each case, but 20 % that flash",
    ),
)


def generate(  # noqa: PLR0913 - each is a flag
    *,
    pairs: Annotated[int, typer.Option(min=1, max=MOST_PAIRS, help="How many.")],
    out: Out,
    name: Name = None,
    seed: Annotated[int, typer.Option(help="Which pairs: the same seed gives the same, to the byte.")] = 0,
    planted: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[CASE=]SHARE",
            help=f"Share of pairs planted with each case, or with one of {', '.join(PLANTED)}; repeatable. "
            "Default: 0.03.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a generated pack that is there.")] = False,
    json: AsJson = False,
) -> None:
    """Make a pack of our own pairs, with known flaws among them, and the truth about each in truth.jsonl."""
    request = Request(
        pack=new_pack(out, name),
        pairs=pairs,
        seed=seed,
        rates=_rates(planted or ()),
        force=force,
        command=typed(),
        at=datetime.now(UTC),
    )
    with refusing("nothing that was there has been changed"), counting("pairs") as told:
        outcome = generate_pack(request, progress=told)
    if json:
        show.as_json(_as_record(request, outcome))
    else:
        show.rows(("what", "made"), _facts(request, outcome))


def _rates(planted: Sequence[str]) -> Rates:
    rates = dict(DEFAULT_RATES)
    for word in planted:
        case, _, share = word.rpartition("=")
        try:
            rates |= dict.fromkeys([case] if case else rates, float(share))
        except ValueError:
            found = f"{word!r} is neither a share, such as 0.03, nor a case with one, such as strobe=0.03."
            raise typer.BadParameter(found, param_hint="--planted") from None
    return rates


def _facts(request: Request, outcome: Outcome) -> Sequence[tuple[str, str]]:
    return [
        ("pack", request.pack.name),
        ("folder", str(request.pack)),
        ("pairs", str(outcome.pairs)),
        ("bytes", str(outcome.bytes)),
        *((f"of which {case}", str(count)) for case, count in outcome.cases.items()),
    ]


def _as_record(request: Request, outcome: Outcome) -> dict[str, object]:
    return {
        "pack": request.pack.name,
        "folder": str(request.pack),
        "seed": request.seed,
        "pairs": outcome.pairs,
        "bytes": outcome.bytes,
        "cases": outcome.cases,
    }
