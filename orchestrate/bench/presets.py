"""`harvest bench presets`: tells which presets of a pack the page shows, and why not the others."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import typer

from harvest.config import BrowserConfig
from harvest.packs import milk, urls
from harvest.packs.traits import Trait, traits
from harvest.records import Pair
from orchestrate import show
from orchestrate.bench.laboratory import Laboratory, Material, ThePack, laboratory, material, shown
from orchestrate.config import Resolved
from orchestrate.endings import refusing, run
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest bench presets --pack my_pack", "all presets of a pack, one after the other"),
    ("harvest bench presets --pack my_pack --pairs 100", "those of 100 pairs"),
    ("harvest bench presets --pack my_pack --web D:\\newliveweb", "the same, drawn by your own projectM"),
)

Outcome: TypeAlias = Literal["shown", "black", "refused", "broke the page"]

_PICTURE = {"width": 16, "height": 9}
_ABORTED = "has aborted"
_BLACK = 0.01
"""No frame is brighter than this, of 1."""


@dataclass(kw_only=True)
class _Tally:
    """What became of the presets of one MilkDrop version."""

    outcomes: Counter[Outcome] = field(default_factory=Counter[Outcome])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    """Of each preset that was refused, is black, or broke the page, by its address."""


@configurable("presets", "web", *BROWSER)
def presets(
    *,
    resolved: Resolved,
    pack: ThePack = None,
    pairs: Annotated[int, typer.Option(min=1, help="At most so many pairs.")] = 100_000,
    frames: Annotated[int, typer.Option(min=1, help="Frames a pair.")] = 60,
    json: AsJson = False,
) -> ExitCode:
    """Tell which presets the page shows, by MilkDrop version, and why not the rest."""
    config = resolved.config
    with refusing("nothing was kept"), material(pack, config.presets, pairs=pairs) as chosen:
        tallies = run(_draw_all(config.browser, chosen, config.web, frames))
    if json:
        show.as_json(
            {version: {"outcomes": dict(t.outcomes), "reasons": t.reasons} for version, t in tallies.items()}
        )
        return ExitCode.OK
    kinds: Sequence[Outcome] = ("shown", "black", "refused", "broke the page")
    lines = [(name, *(str(tally.outcomes[kind]) for kind in kinds)) for name, tally in tallies.items()]
    show.rows(("presets of", *kinds), lines)
    reasons = [(url, why) for tally in tallies.values() for url, why in tally.reasons.items()]
    show.rows(("not shown", "why"), reasons)
    return ExitCode.OK


async def _draw_all(
    config: BrowserConfig, chosen: Material, web: Path | None, frames: int
) -> dict[str, _Tally]:
    tallies = {"MilkDrop 1": _Tally(), "MilkDrop 2": _Tally()}
    seen: set[str] = set()
    async with laboratory(config, chosen.presets, web=web) as lab:
        with counting("pairs") as told:
            for done, pair in enumerate(chosen.pairs, 1):
                for url, (outcome, why) in (await _draw(lab, pair, frames)).items():
                    if url not in seen:
                        seen.add(url)
                        tally = tallies[_version(chosen.presets, url)]
                        tally.outcomes[outcome] += 1
                        tally.reasons |= {url: why} if why else {}
                told(done, len(chosen.pairs))
    return tallies


async def _draw(lab: Laboratory, pair: Pair, frames: int) -> Mapping[str, tuple[Outcome, str]]:
    """Draw a pair; a layer whose partner is refused is drawn beside itself."""
    layers = {"fg": pair.fg_url, "bg": pair.bg_url}
    answer = await _ask(lab, layers, frames)
    if isinstance(answer, str):
        alone = {url: await _ask(lab, dict.fromkeys(layers, url), frames) for url in layers.values()}
        return {url: _judge(found, "fg") for url, found in alone.items()}
    reasons: Mapping[str, str] = answer.get("reasons", {})
    if not reasons:
        return {url: _judge(answer, layer) for layer, url in layers.items()}
    found: dict[str, tuple[Outcome, str]] = {}
    for layer, url in layers.items():
        if layer in reasons:
            found[url] = "refused", reasons[layer]
        else:
            found[url] = _judge(await _ask(lab, dict.fromkeys(layers, url), frames), layer)
    return found


async def _ask(lab: Laboratory, layers: Mapping[str, str], frames: int) -> dict[str, Any] | str:
    pair = Pair(pair=0, fg_url=layers["fg"], bg_url=layers["bg"])
    size = {"width": 96, "height": 54}
    answer = await lab.ask(
        "measureEncoded", pair, frames=frames, size=size, picture=_PICTURE, thumbnailFrame=None
    )
    if isinstance(answer, dict) and (why := _abort(answer)):
        await lab.keeper.repair("gpu-lost")  # an aborted engine draws nothing any more
        return why
    return answer


def _abort(answer: Mapping[str, Any]) -> str | None:
    reasons: Mapping[str, str] = answer.get("reasons", {})
    return next((why for why in reasons.values() if _ABORTED in why), None)


def _judge(answer: dict[str, Any] | str, layer: str) -> tuple[Outcome, str]:
    if isinstance(answer, str):
        return "broke the page", answer
    measured = shown(answer)
    if measured is None:
        return "refused", str(answer["reasons"].get(layer))
    values = np.frombuffer(base64.b64decode(measured["pictures"][layer]), np.uint8)
    brightest = values.reshape(-1, 3 * _PICTURE["width"] * _PICTURE["height"]).mean(axis=1).max() / 255
    return ("black", f"no frame is brighter than {brightest:.4f}") if brightest < _BLACK else ("shown", "")


def _version(folder: Path, url: str) -> str:
    path = folder / url.removeprefix(urls.ROOT)
    is_second = Trait.MILKDROP_2 in traits(milk.parse(path.read_bytes()).preset)
    return "MilkDrop 2" if is_second else "MilkDrop 1"
