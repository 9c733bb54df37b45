"""`harvest bench repeat`: tells whether the same pairs, measured again elsewhere, give the same bytes."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from harvest.config import BrowserConfig
from harvest.records import Pair
from orchestrate import show
from orchestrate.bench.laboratory import Material, ThePack, failure, laboratory, material, shown
from orchestrate.config import Resolved
from orchestrate.endings import refusing, run
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest bench repeat", "200 generated pairs: alone, in reverse, and two browsers at once"),
    ("harvest bench repeat --pack my_pack --pairs 50", "50 pairs of your own"),
)

Hashes = Mapping[int, str]
"""What each pair looked like, by its number; a reason where it could not be shown."""


@configurable("presets", *BROWSER)
def repeat(
    *,
    resolved: Resolved,
    pack: ThePack = None,
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs.")] = 200,
    frames: Annotated[int, typer.Option(min=1, help="Frames a pair.")] = 60,
    json: AsJson = False,
) -> ExitCode:
    """Tell whether a measurement can be repeated to the bit on this machine."""
    config = resolved.config
    with refusing("nothing was kept"), material(pack, config.presets, pairs=pairs) as chosen:
        first, *others = run(_measure_all(config.browser, chosen, frames))
    passes = dict(
        zip(("reversed", "beside another, shuffled", "beside another, in order"), others, strict=True)
    )
    differing = {
        name: [pair for pair, seen in first.items() if other[pair] != seen] for name, other in passes.items()
    }
    failed = {pair: seen for pair, seen in first.items() if " " in seen}
    if json:
        show.as_json({"pairs": len(first), "differing": differing, "failed": failed})
    else:
        show.sentence(f"{len(first)} pairs of {frames} frames, each pass in a fresh browser", "bold")
        show.rows(
            ("pass", "equal", "differing"),
            [
                (name, f"{len(first) - len(pairs_)} of {len(first)}", ", ".join(map(str, pairs_)) or "none")
                for name, pairs_ in differing.items()
            ],
        )
        show.rows(("pair", "why it was not shown"), [(str(pair), why) for pair, why in failed.items()])
    return ExitCode.NOT_PASSED if any(differing.values()) else ExitCode.OK


async def _measure_all(config: BrowserConfig, chosen: Material, frames: int) -> list[Hashes]:
    """Alone in order and in reverse; then two browsers at once, one of them in any order."""
    shuffled = random.Random(2).sample(chosen.pairs, len(chosen.pairs))  # noqa: S311 - nothing here is secret
    alone = [
        await _measure(config, chosen, order, frames, name)
        for name, order in (("first", chosen.pairs), ("reversed", chosen.pairs[::-1]))
    ]
    together = (("beside another", shuffled), ("beside one more", chosen.pairs))
    return [
        *alone,
        *await asyncio.gather(*(_measure(config, chosen, order, frames, name) for name, order in together)),
    ]


async def _measure(
    config: BrowserConfig, chosen: Material, order: Sequence[Pair], frames: int, name: str
) -> Hashes:
    hashes: dict[int, str] = {}
    async with laboratory(config, chosen.presets) as lab:
        with counting(name) as told:
            for pair in order:
                request = {"frames": frames, "thumbnailFrame": None}
                answer = await lab.ask("measureEncoded", pair, **request)
                measured = shown(answer)
                hashes[pair.pair] = measured["pictureHash"] if measured else failure(answer)
                told(len(hashes), len(order))
    return hashes
