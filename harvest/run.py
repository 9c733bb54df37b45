"""One run: packs opened, page and browser started, journal continued, and gone through to the end."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harvest.browser import probe, renderer
from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.history import History, recall
from harvest.journal import open_journal, read_journal
from harvest.packs.manifest import Pack, locate, open_pack
from harvest.packs.problem import PackError
from harvest.packs.quarantine import allowed, read_quarantine
from harvest.page.stepped import PageError, Request, open_page, patient
from harvest.plan import Coverage, PackPairs, Walk, coverage, plan
from harvest.records import JournalLine, RecordError, RendererClass
from harvest.sampling import RunFacts
from harvest.serve import serving
from harvest.session import Line, Session, Work

THUMBNAILS = "thumbnails"

Told = Callable[[Line, Mapping[str, Coverage]], None]
"""Told each line as it is written, and how far each pack has come."""


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What to run, and where it goes."""

    packs: Mapping[str, Pack]
    """By name, as `open_packs` gives them."""
    folder: Path
    """Of the run; what is there already is continued."""
    walk: Walk
    request: Request
    browser: BrowserConfig
    max_hours: float | None = None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How a run ended."""

    coverage: Mapping[str, Coverage]
    left: Mapping[str, int]
    """By pack: visits that are still due; pairs that were given up are not."""
    broken_lines: Sequence[RecordError]
    """Of the journal that was continued."""
    renderer_class: RendererClass
    renderer: str


def open_packs(names: Sequence[str], presets: Path) -> dict[str, Pack]:
    """Open the packs of a run: all fit to be shown, all in one folder that a page can be served."""
    packs = [open_pack(*locate(name, presets)) for name in names]
    if len({pack.folder.absolute().parent for pack in packs}) > 1:
        raise PackError("The packs lie in different folders, and a page serves one folder of packs.")
    return {pack.name: pack for pack in packs}


def pairs_of(pack: Pack) -> PackPairs:
    """Tell which pairs may be visited, and which are held back."""
    may = {pair.pair for pair in allowed(pack, read_quarantine(pack.folder))}
    every = {pair.pair for pair in pack.manifest.pairs}
    return PackPairs(name=pack.name, allowed=may, quarantined=every - may)


async def run(request: RunRequest, told: Told) -> Reached:
    """Go through the plan; what was written before counts."""
    request.folder.mkdir(parents=True, exist_ok=True)
    token = f"{request.at:%Y%m%dT%H%M%S}-{request.walk.seed}"
    with open_journal(request.folder, run=token) as journal:
        history, broken = _recall(request)
        pairs = {name: pairs_of(pack) for name, pack in request.packs.items()}
        root = next(iter(request.packs.values())).folder.absolute().parent
        async with serving(presets=root) as url:

            async def prepare(watched: WatchedPage) -> None:
                await open_page(watched, url)

            async with Keeper(patient(request.browser), prepare) as keeper:
                verdict = renderer.judge(await probe.renderer_signals(keeper))
                draws = _known(verdict, required=request.browser.gpu_required)
                work = Work(
                    packs=request.packs,
                    pairs=pairs,
                    walk=request.walk,
                    request=request.request,
                    facts=RunFacts(
                        run=token,
                        seed=request.walk.seed,
                        frames_per_second=request.request.frames_per_second,
                        renderer_class=draws,
                    ),
                    thumbnails=request.folder / THUMBNAILS,
                    ends_at=_end(request),
                )

                def tell(line: Line) -> None:
                    told(line, _covered(pairs, history))

                await Session(work, keeper, journal, history, tell).run()
    left = Counter(visit.pack for visit in plan(pairs.values(), history, request.walk))
    return Reached(
        coverage=_covered(pairs, history),
        left={name: left[name] for name in pairs},
        broken_lines=broken,
        renderer_class=draws,
        renderer=verdict.signals.webgl or "unknown",
    )


def _recall(request: RunRequest) -> tuple[History, list[RecordError]]:
    """Read what is there already; broken lines are told, not fatal."""
    broken: list[RecordError] = []
    lines: list[JournalLine] = []
    for line in read_journal(request.folder):
        match line:
            case RecordError():
                broken.append(line)
            case _:
                lines.append(line)
    return recall(lines, seed=request.walk.seed, adapter="stepped"), broken


def _known(verdict: renderer.RendererVerdict, *, required: bool) -> RendererClass:
    """Samples say what drew them: a renderer that nobody knows makes none, and software none of a GPU's."""
    match verdict.renderer_class:
        case "unknown":
            raise PageError(f"Nobody knows what draws: {verdict.reason}.")
        case "software" if required:
            raise PageError(f"A GPU was asked for: {verdict.reason}.")
        case known:
            return known


def _covered(pairs: Mapping[str, PackPairs], history: History) -> dict[str, Coverage]:
    return {name: coverage(each, history) for name, each in pairs.items()}


def _end(request: RunRequest) -> float | None:
    return None if request.max_hours is None else time.monotonic() + 3600 * request.max_hours


def stamp(at: datetime) -> str:
    """Name a run's folder as the owner's tools do."""
    return at.astimezone(UTC).strftime("%Y-%m-%d_%H%M%S")
