"""`harvest bench agreement`: whether two visits to a pair say the same, beside newliveweb's own sampler."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Annotated

import typer

from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.measure import figures
from harvest.packs.manifest import Pack, open_pack
from harvest.page.driven import Measurement
from harvest.page.stepped import Request, SteppedPage, patient
from harvest.records import Pair
from harvest.serve import serving
from orchestrate import show
from orchestrate.bench.laboratory import Material, ThePack, material
from orchestrate.config import Resolved
from orchestrate.endings import refusing, run
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting
from train.metrics import spearman

EXAMPLES = examples(
    ("harvest bench agreement", "60 generated pairs, each visited twice in three ways"),
    ("harvest bench agreement --pack mine --pairs 300", "300 pairs of your own"),
)

_REQUEST = Request(thumbnail_frame=None)
_OTHER_REQUEST = _REQUEST.model_copy(update={"seed": 2, "from_second": 17.0})
_SAMPLER = files("orchestrate.bench").joinpath("owners_sampler.js").read_text(encoding="utf-8")
_OPEN_S = 30.0
_VISIT_S = 60.0

Figures = Mapping[str, float | None]
Visit = Callable[[Pair], Awaitable[Figures]]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Of two visits to each pair, all in one way."""

    figures: Mapping[str, tuple[float | None, int]]
    """By name: rank correlation, None where nothing differs; and over how many pairs."""
    pairs_a_minute: float


@dataclass
class _Passes:
    first: list[Figures] = field(default_factory=list[Figures])
    second: list[Figures] = field(default_factory=list[Figures])
    seconds: float = 0.0

    def agreement(self) -> Agreement:
        names = sorted({name for found in (*self.first, *self.second) for name in found})
        return Agreement(
            figures={name: self._of(name) for name in names},
            pairs_a_minute=60 * (len(self.first) + len(self.second)) / self.seconds,
        )

    def _of(self, name: str) -> tuple[float | None, int]:
        both = ((one.get(name), two.get(name)) for one, two in zip(self.first, self.second, strict=True))
        known = [(one, two) for one, two in both if one is not None and two is not None]
        return spearman([one for one, _ in known], [two for _, two in known]), len(known)


@configurable("presets", *BROWSER)
def agreement(
    *,
    resolved: Resolved,
    pack: ThePack = None,
    pairs: Annotated[int, typer.Option(min=4, help="How many are visited, twice in each way.")] = 60,
    json: AsJson = False,
) -> ExitCode:
    """Tell how well two visits to the same pairs agree, by figure, and how fast each way of visiting is."""
    config = resolved.config
    with refusing("nothing was kept"), material(pack, config.presets, pairs=pairs) as chosen:
        found = run(_compare(config.browser, chosen))
    if json:
        show.as_json(found)
        return ExitCode.OK
    for way, agreed in found.items():
        show.sentence(f"{way}: {agreed.pairs_a_minute:.1f} visits a minute", "bold")
        rows = [(name, _spelled(rho), str(count)) for name, (rho, count) in agreed.figures.items()]
        show.rows(("figure", "rank correlation", "pairs"), rows)
    return ExitCode.OK


async def _compare(config: BrowserConfig, chosen: Material) -> dict[str, Agreement]:
    pack = open_pack(chosen.presets / chosen.pack)
    found: dict[str, Agreement] = {}

    async def compare(way: str, visiting: AbstractAsyncContextManager[Sequence[Visit]]) -> None:
        async with visiting as (first, second):
            found[way] = await _visit_all(way, chosen.pairs, first, second)

    async with serving(presets=chosen.presets) as url:
        await compare("stepped, the same twice", _stepped(config, url, pack, _REQUEST, _REQUEST))
        another = _stepped(config, url, pack, _REQUEST, _OTHER_REQUEST)
        await compare("stepped, another seed and part of the music", another)
        await compare("newliveweb's sampler", _sampled(config, url, pack))
    return found


async def _visit_all(what: str, pairs: Sequence[Pair], first: Visit, second: Visit) -> Agreement:
    """All pairs once, then all pairs again."""
    passes = _Passes()
    began = time.monotonic()
    with counting(what) as told:
        for done, pair in enumerate(pairs, 1):
            passes.first.append(await first(pair))
            told(done, 2 * len(pairs))
        for done, pair in enumerate(pairs, 1):
            passes.second.append(await second(pair))
            told(len(pairs) + done, 2 * len(pairs))
    passes.seconds = time.monotonic() - began
    return passes.agreement()


@asynccontextmanager
async def _stepped(
    config: BrowserConfig, url: str, pack: Pack, *requests: Request
) -> AsyncGenerator[Sequence[Visit]]:
    pages = [SteppedPage(url, request) for request in requests]
    async with Keeper(patient(config), pages[0].open) as keeper:

        def visiting(page: SteppedPage) -> Visit:
            async def visit(pair: Pair) -> Figures:
                answer = await page.measure(keeper.page, pack, pair)
                found = figures(answer.footage) if isinstance(answer, Measurement) else None
                return found.model_dump(by_alias=False, exclude_unset=True) if found else {}

            return visit

        yield [visiting(page) for page in pages]


@asynccontextmanager
async def _sampled(config: BrowserConfig, url: str, pack: Pack) -> AsyncGenerator[Sequence[Visit]]:
    """The page as a person sees it, playing by the clock."""

    async def prepare(watched: WatchedPage) -> None:
        opening = watched.page.goto(f"{url}?coupledPack={pack.name}&coupledPick=shuffle")
        await watched.run("opening the page", opening, deadline_s=_OPEN_S)
        shown = watched.page.wait_for_function("window.__nw_verify?.getVerifyState().coupled.lastPick")
        await watched.run("the first pair", shown, deadline_s=_OPEN_S)

    async with Keeper(patient(config), prepare) as keeper:

        async def visit(pair: Pair) -> Figures:
            sampling = keeper.page.page.evaluate(_SAMPLER, pair.pair)
            return await keeper.page.run("sampling a pair", sampling, deadline_s=_VISIT_S) or {}

        yield (visit, visit)


def _spelled(correlation: float | None) -> str:
    return "nothing differs" if correlation is None else f"{correlation:.3f}"
