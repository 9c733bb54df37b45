"""`harvest bench soak`: tells whether a page grows while thousands of pairs pass through it."""

import asyncio
from collections.abc import Sequence
from itertools import cycle, islice
from statistics import linear_regression
from typing import Annotated

import psutil
import typer

from harvest.browser import ownership, processes
from harvest.config import BrowserConfig
from orchestrate import show
from orchestrate.bench.laboratory import Material, ThePack, laboratory, material
from orchestrate.config import Resolved
from orchestrate.endings import refusing, run
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting

EXAMPLES = examples(
    ("harvest bench soak", "2,000 visits to 200 generated pairs"),
)

_MATERIAL = 200
_EVERY = 20
_MIB = 1 << 20
_HELPER = "--type=utility"


@configurable("presets", *BROWSER)
def soak(
    *,
    resolved: Resolved,
    pack: ThePack = None,
    visits: Annotated[int, typer.Option(min=100, help="How many measurements.")] = 2000,
    frames: Annotated[int, typer.Option(min=1, help="Frames a visit.")] = 10,
    json: AsJson = False,
) -> ExitCode:
    """Tell how much memory the browser takes after many pairs, and how much more with each."""
    config = resolved.config
    with refusing("nothing was kept"), material(pack, config.presets, pairs=_MATERIAL) as chosen:
        mib = run(_visit_all(config.browser, chosen, visits, frames))
    settled = mib[len(mib) // 4 :]
    slope = linear_regression(range(len(settled)), settled).slope / _EVERY
    found = {
        "visits": visits,
        "mib_first": round(mib[0], 1),
        "mib_last": round(mib[-1], 1),
        "mib_most": round(max(mib), 1),
        "kib_a_visit_after_the_first_quarter": round(1024 * slope, 2),
    }
    if json:
        show.as_json(found)
    else:
        show.rows(("what", "found"), [(name.replace("_", " "), str(value)) for name, value in found.items()])
    return ExitCode.OK


async def _visit_all(config: BrowserConfig, chosen: Material, visits: int, frames: int) -> Sequence[float]:
    """Visit pair after pair; tell the private memory of the whole browser after each twenty."""
    mib: list[float] = []
    async with laboratory(config, chosen.presets) as lab:
        with counting("visits") as told:
            for done, pair in enumerate(islice(cycle(chosen.pairs), visits), 1):
                await lab.ask("measureEncoded", pair, frames=frames, warmupFrames=0, thumbnailFrame=None)
                if done % _EVERY == 0:
                    mib.append(await asyncio.to_thread(_private_bytes, lab.keeper.browser.claim) / _MIB)
                told(done, visits)
    return mib


def _private_bytes(claim: ownership.Claim) -> int:
    """Tell what memory of its own a browser has where a page can make it grow.

    That leaves out Chromium's helpers: after three minutes it starts one more, which is no growth.
    """
    record = ownership.read(claim.folder)
    ours = ownership.users(claim, record).ours if record else ()
    return sum(_own_bytes(each) for each in ours if _HELPER not in processes.command_line(each))


def _own_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()._asdict()
    except (psutil.Error, OSError):
        return 0  # it has just ended
    return memory["private"] if psutil.WINDOWS else memory["rss"] - memory.get("shared", 0)
