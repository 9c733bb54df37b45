"""Our page in a browser of its own, ready to measure: what every benchmark of it needs."""

import random
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from harvest.browser.keeper import Keeper
from harvest.browser.watch import PageFaultError, WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError
from harvest.packs.manifest import examine, locate
from harvest.page.stepped import open_page, patient
from harvest.records import Pair
from harvest.serve import RUNTIME, serving
from orchestrate.starter import STARTER, starter_pack

ThePack = Annotated[str | None, typer.Option("--pack", help="Pairs to draw. Default: generated ones.")]

_OPEN_S = 30.0
_MEASURE_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Material:
    """Pairs to measure, and the folder of packs that they lie in."""

    presets: Path
    pack: str
    pairs: Sequence[Pair]


@contextmanager
def material(pack: str | None, presets: Path, *, pairs: int) -> Generator[Material]:
    """Draw pairs of a pack, the same each time; without a pack generate some."""
    with tempfile.TemporaryDirectory(prefix="harvest-") as folder:
        root = presets if pack else starter_pack(Path(folder), pairs=pairs)
        found = examine(*locate(pack or STARTER, root))
        # The first pairs of a pack may all be by one author.
        drawn = random.Random(1).sample(found.manifest.pairs, min(pairs, len(found.manifest.pairs)))  # noqa: S311
        yield Material(presets=found.folder.absolute().parent, pack=found.name, pairs=drawn)


class Laboratory:
    """A page that measures."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    @property
    def keeper(self) -> Keeper:
        """Owner of the page."""
        return self._keeper

    async def ask(self, hook: str, pair: Pair, **request: object) -> dict[str, Any] | str:
        """Ask a hook of the page about a pair; where the page breaks it is mended, and the fault named."""
        watched = self._keeper.page
        asked = {"fgUrl": pair.fg_url, "bgUrl": pair.bg_url, **request}
        answer = watched.page.evaluate(f"request => window.__nw_harvest.{hook}(request)", asked)
        try:
            return await watched.run(hook, answer, deadline_s=_MEASURE_S)
        except PageFaultError as error:
            await self._keeper.repair(error.fault)
            return error.fault
        except OverdueError:
            await self._keeper.repair("page-stuck")
            return "page-stuck"

    async def renderer(self) -> str:
        """Tell what draws."""
        state = "window.__nw_verify.getVerifyState().evidence.renderer"
        watched = self._keeper.page
        return await watched.run("the renderer", watched.page.evaluate(state), deadline_s=_OPEN_S)


@asynccontextmanager
async def laboratory(
    config: BrowserConfig, presets: Path, *, web: Path | None = None
) -> AsyncGenerator[Laboratory]:
    """Open the page; with a newliveweb checkout its projectM draws, else butterchurn."""
    async with serving(presets=presets, checkout=web) as url:

        async def prepare(watched: WatchedPage) -> None:
            await open_page(watched, url, projectm=RUNTIME if web else None)

        async with Keeper(patient(config), prepare) as keeper:
            yield Laboratory(keeper)


def shown(answer: dict[str, Any] | str) -> dict[str, Any] | None:
    """Give what was measured; None where the pair could not be shown."""
    return answer if isinstance(answer, dict) and answer["kind"] != "refused" else None


def failure(answer: dict[str, Any] | str) -> str:
    """Say why a pair could not be shown."""
    if isinstance(answer, str):
        return answer
    reasons: dict[str, str] = answer["reasons"]
    return " ".join(f"{layer}: {reason}" for layer, reason in reasons.items())
