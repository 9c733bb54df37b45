"""The proof: a pack's scores in a real browser, from opening the page to `verify.json`."""

import glob
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from harvest.browser.renderer import RendererError, RendererVerdict
from harvest.browser.watch import PageFaultError, WatchedPage
from harvest.console import Console
from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.page.driven import PageError
from harvest.page.stepped import Request
from harvest.records import RecordError, parse, to_json, to_line
from harvest.records.moment import timestamp
from harvest.venue import Venue
from orchestrate.config import Config
from orchestrate.endings import run
from orchestrate.venues import venue_of
from orchestrate.verify import odds
from orchestrate.verify.answers import Delivery, Generation, Seen
from orchestrate.verify.driving import Driver, Told, Wanted, address
from orchestrate.verify.judging import judge
from orchestrate.verify.on_disk import OnDisk, look
from orchestrate.verify.own_verify import OwnVerify, run_own_verify
from orchestrate.verify.record import (
    DRAWS,
    GAMMA,
    PICKS,
    SHOWN,
    VERIFICATION,
    Chosen,
    Fetched,
    Mode,
    Verification,
)
from orchestrate.verify.soundness import failure
from orchestrate.versions import at_work

_LEAST_LIVE = 100
"""Where each pick must be shown: twice what newliveweb's own comparison asks for."""
_TRIES = 2


def _nobody(_phase: str, _done: int, _of: int | None) -> None:
    """Take no notice."""


@dataclass(frozen=True, kw_only=True)
class VerifyRequest:
    """What to prove, and where it goes."""

    pack: Pack
    folder: Path
    """Of this proof alone: `verify.json`, `picks.jsonl`, `browser-console.log`."""
    config: Config
    url: str | None = None
    """Of a page that is served already; else newliveweb's checkout if one is set, else our own page."""
    gamma: float = GAMMA
    draws: int = DRAWS
    """Of each mode, at most; a page that must show each makes as many as are needed."""
    shown: int = SHOWN
    """Real pairs to show."""
    venue: Venue | None = None
    """In place of the page that `url` and `config` name."""


def verify_pack(request: VerifyRequest, told: Told = _nobody) -> Verification:
    """Prove a pack's scores in the page, and write down what came of it."""
    return run(prove(request, told))


async def prove(request: VerifyRequest, told: Told = _nobody) -> Verification:
    """Do the same within other work."""
    began, at = datetime.now(UTC), look(request.pack)
    venue = request.venue or venue_of(request.config, [request.pack], Request(), url=request.url)
    request.folder.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(
        pack=request.pack,
        gamma=request.gamma,
        seed=time.time_ns() % 2**31,
        shown=request.shown,
        draws=_draws(request, at),
    )
    async with venue.serve(request.folder) as server:
        seen, drawn_by = await _see(request.folder, venue, Driver(server.url, wanted, told))
        place = address(server.url, request.pack, "weighted", request.gamma)
        own = await _own(request, venue, place)
    before = _before(request, seen, drawn_by)
    judged = judge(at, seen, gamma=request.gamma, before=before, own=[own.finding] if own else [])
    found = Verification(
        kind="verify.v0",
        pack=request.pack.name,
        started_at=timestamp(began),
        finished_at=timestamp(datetime.now(UTC)),
        verdict=judged.verdict,
        findings=tuple(judged.findings),
        next_steps=tuple(judged.next_steps),
        page=place,
        adapter=venue.adapter,
        gamma=request.gamma,
        seed=wanted.seed,
        draws_needed=judged.draws_needed,
        arms=tuple(judged.arms),
        load_failures=tuple(judged.load_failures),
        frames_per_second=judged.frames_per_second,
        before=_figures(before),
        npm_exit_code=own and own.exit_code,
        versions=at_work(request.config.web),
        **_what_was_seen(request.pack, at, seen, drawn_by),
    )
    disk.replace_file(request.folder / PICKS, b"".join(to_line(line) for line in _log(at, seen)))
    disk.replace_file(request.folder / VERIFICATION, to_json(found))
    return found


def _what_was_seen(pack: Pack, at: OnDisk, seen: Seen, drawn_by: RendererVerdict) -> dict[str, Any]:
    """The part of the record that nothing was made of."""
    opened, known = seen.opened, drawn_by.renderer_class
    return {
        "generation": opened.generation,
        "renderer": drawn_by.signals.webgl,
        "renderer_class": None if known == "unknown" else known,
        "manifest": _fetched(pack.manifest_url, seen.manifest, at.manifest_hash, opened.manifest_hash),
        "quality": _fetched(at.quality_url, seen.quality, at.quality_hash, opened.quality_hash),
        "merged": opened.merged,
        "console": tuple(seen.console),
        "std": float(np.std(list(at.scores.values()))) if at.scores else None,
        "shown": len(seen.shown),
        "page_errors": tuple(seen.page_errors),
    }


def _before(request: VerifyRequest, seen: Seen, drawn_by: RendererVerdict) -> Verification | None:
    """Find the pack's newest verification that passed, of such a page and renderer, here or in a night."""
    name = glob.escape(request.pack.name)
    artifacts, beside = request.config.artifacts, request.folder.absolute().parent.parent
    places = {
        *beside.glob(f"*/{name}/{VERIFICATION}"),
        *artifacts.glob(f"verify/*/{name}/{VERIFICATION}"),
        *artifacts.glob(f"*/*/verify/{name}/{VERIFICATION}"),
    }
    alike = [
        found
        for place in places
        if (found := _read(place)) is not None
        and found.verdict == "passed"
        and (found.generation, found.renderer) == (seen.opened.generation, drawn_by.signals.webgl)
    ]
    return max(alike, key=lambda found: found.finished_at, default=None)


def _read(path: Path) -> Verification | None:
    """Read one; what cannot be read is nothing to compare with."""
    try:
        return parse(disk.read_file(path, at_most=disk.JSON_BYTES), Verification, source=str(path))
    except (OSError, RecordError):
        return None


def _draws(request: VerifyRequest, at: OnDisk) -> Callable[[Generation], int]:
    """Make as many picks as are allowed where they cost nothing, and as many as are needed where they do."""

    def draws(generation: Generation) -> int:
        if generation == "harvest":
            return request.draws
        needed = odds.draws_needed(at.promise(request.gamma, generation)) or 0
        return min(request.draws, max(_LEAST_LIVE, needed if needed <= request.draws else 0))

    return draws


async def _see(folder: Path, venue: Venue, driver: Driver) -> tuple[Seen, RendererVerdict]:
    """Open the page and ask; a page that breaks is opened once more, and that is told among its errors."""
    with Console(folder) as console:

        async def prepare(watched: WatchedPage) -> None:
            console.attach(watched.page)
            await driver.prepare(watched)

        for tries_left in reversed(range(_TRIES)):
            try:
                async with venue.keep(venue.browser, prepare) as keeper:
                    drawn_by = await venue.judge(keeper)
                    if drawn_by.renderer_class != "hardware" and venue.browser.gpu_required:
                        raise RendererError(f"A GPU was asked for: {drawn_by.reason}.")
                    return await driver.see(keeper.page), drawn_by
            except (PageFaultError, PageError) as error:
                if not tries_left:
                    raise PageError(f"The page broke twice. {error}", error.fault) from error
                # Vite loads a page anew when it has bundled its libraries for the first time.
                if error.fault != "page-left":
                    driver.ear.errors.append(f"The page broke. {error}")
    raise AssertionError("the last try returns or raises")


async def _own(request: VerifyRequest, venue: Venue, place: str) -> OwnVerify | None:
    """Run newliveweb's own verify, where a checkout of it is served."""
    web = request.config.web
    if web is None or request.url is not None or request.venue is not None:
        return None
    return await run_own_verify(web, place, request.folder, venue.browser)


def _fetched(url: str, got: Delivery, on_disk: str | None, page_says: str | None) -> Fetched:
    served = got.hash or page_says
    return Fetched(url=url, status=got.status, from_cache=got.from_cache, served=served, on_disk=on_disk)


def _figures(before: Verification | None) -> dict[str, float]:
    if before is None:
        return {}
    rate = before.frames_per_second
    counts = {"pageErrors": len(before.page_errors), "loadFailures": len(before.load_failures)}
    return counts | ({} if rate is None else {"framesPerSecond": rate})


def _log(at: OnDisk, seen: Seen) -> Iterator[Chosen]:
    """Every pick in order: the real ones first, then both modes."""
    scores: dict[int | None, float | None] = {pair.pair: at.quality(pair) for pair in at.pairs}
    for n, pick in enumerate(seen.shown, 1):
        line = Chosen(arm="weighted", n=n, pair=pick.pair, quality01=scores.get(pick.pair))
        problem = failure(at, pick)
        yield line.model_copy(update={"shown": True} if problem is None else {"problem": problem})
    arms: list[tuple[Mode, Sequence[int]]] = [("weighted", seen.weighted), ("shuffle", seen.shuffle)]
    for arm, picks in arms:
        for n, pair in enumerate(picks, 1):
            yield Chosen(arm=arm, n=n, pair=pair, quality01=scores.get(pair))
