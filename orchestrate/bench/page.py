"""`harvest bench page`: measured frames a second beside the engine's bare loop, pair by pair, in turn."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import typer

from harvest.config import BrowserConfig
from harvest.records import Pair
from orchestrate import show
from orchestrate.bench.figures import Figure, as_record, as_rows, figure
from orchestrate.bench.laboratory import Laboratory, Material, ThePack, laboratory, material, shown
from orchestrate.config import Resolved
from orchestrate.endings import refusing, run
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest bench page", "with generated pairs, at three sizes"),
    ("harvest bench page --pack my_pack --pairs 20 --sizes 160x90", "with 20 pairs of your own"),
    ("harvest bench page --json | jq .figures", "for scripts"),
)

_SIZES = "96x54,160x90,320x180"

Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class _Timing:
    """One pair at one size, in milliseconds for the same frames."""

    size: Size
    bare: float
    """The engines alone."""
    measured: float
    """With small pictures, and reading them."""
    whole: float
    """From the request to its answer in Python: fetching, converting, compiling and transfer too."""


@configurable("presets", *BROWSER)
def page(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    pack: ThePack = None,
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs.")] = 8,
    frames: Annotated[int, typer.Option(min=30, help="Frames a pair.")] = 180,
    sizes: Annotated[str, typer.Option(help="Sizes in pixels.")] = _SIZES,
    json: AsJson = False,
) -> ExitCode:
    """Hold the page's measurement against the engine's bare loop."""
    wanted = [_size(text) for text in sizes.split(",")]
    config = resolved.config
    with refusing("nothing was kept"), material(pack, config.presets, pairs=pairs) as chosen:
        renderer, timings = run(_time_all(config.browser, chosen, wanted, frames))
    if not timings:
        show.complain("None of the pairs could be shown.")
        return ExitCode.FAILED
    figures = _figures(timings)
    if json:
        show.as_json(as_record(figures, renderer=renderer, frames=frames))
    else:
        show.sentence(f"{len(chosen.pairs)} pairs, {frames} frames each, on {renderer}", "bold")
        show.rows(("figure", "median", "spread", "n"), as_rows(figures))
    return ExitCode.OK


def _size(text: str) -> Size:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise typer.BadParameter(f"{text!r} is no size, such as 160x90.", param_hint="--sizes")
    return int(width), int(height)


async def _time_all(
    config: BrowserConfig, chosen: Material, sizes: Sequence[Size], frames: int
) -> tuple[str, list[_Timing]]:
    timings: list[_Timing] = []
    async with laboratory(config, chosen.presets) as lab:
        with counting("pairs") as told:
            for size in sizes:
                # Opens the screen of this size, which is no part of any pair's time.
                await lab.ask("bareLoop", chosen.pairs[0], **_request(size, frames))
                for pair in chosen.pairs:
                    timings += await _time(lab, pair, size, frames)
                    told(len(timings), len(sizes) * len(chosen.pairs))
        return await lab.renderer(), timings


async def _time(lab: Laboratory, pair: Pair, size: Size, frames: int) -> list[_Timing]:
    """Time one pair both ways; nothing where it cannot be shown."""
    bare = shown(await lab.ask("bareLoop", pair, **_request(size, frames)))
    began = time.perf_counter()
    measured = shown(await lab.ask("measureEncoded", pair, **_request(size, frames)))
    whole = 1000 * (time.perf_counter() - began)
    if bare is None or measured is None:
        return []
    spent = measured["ms"]
    return [_Timing(size=size, bare=bare["ms"], measured=spent["render"] + spent["read"], whole=whole)]


def _request(size: Size, frames: int) -> dict[str, object]:
    return {
        "size": {"width": size[0], "height": size[1]},
        "warmupFrames": 0,
        "frames": frames,
        "thumbnailFrame": None,
    }


def _figures(timings: Sequence[_Timing]) -> dict[str, Figure]:
    """Name them, over all sizes first."""
    groups = {"": timings} | {
        f".{width}x{height}": [each for each in timings if each.size == (width, height)]
        for width, height in dict.fromkeys(each.size for each in timings)
    }
    figures: dict[str, Figure] = {}
    for suffix, group in groups.items():
        figures[f"page.share_of_bare_loop{suffix}"] = figure([t.bare / t.measured for t in group])
        figures[f"page.share_with_loading_and_transfer{suffix}"] = figure([t.bare / t.whole for t in group])
    return figures
