"""The loop: visit, measure, record; on a fault the remedy, recorded too, and a new plan.

Nothing here ends the night but the end of the plan, the end of the time, and somebody's wish. What cannot be
mended at once is tried again after a while.
"""

import asyncio
import errno
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ParamSpec, Protocol, get_args

from playwright.async_api import Error

from harvest.browser.keeper import Keeper, UnrepairableError
from harvest.browser.renderer import RendererError
from harvest.browser.watch import PageFaultError
from harvest.console import Console
from harvest.deadline import OverdueError, to_the_end
from harvest.faults import BrowserFault
from harvest.history import NOT_THE_PAIRS_DOING, History
from harvest.journal import Journal
from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.page.driven import DrivenPage, Measurement, PageError, Refused
from harvest.plan import PackPairs, Walk, given_up, plan
from harvest.records import Fault, FaultName, RendererClass, Sample, Visit
from harvest.records.moment import unix_ms
from harvest.sampling import Stop, Surroundings, Witness, to_fault, to_line
from harvest.server import Server, ServerError

_LOOKED_AT_EVERY = 50
_FULL_DISK_S = 5.0
_UNREPAIRABLE_S = (5.0, 30.0, 120.0)
_FAULTS_IN_A_ROW = 5
"""So many that are no pair's doing are met at once; before each further one we wait, twice as long each.

Presets that are not there count as well: a drive may have been unplugged.
"""
_LONGEST_WAIT_S = 60.0
_RELOADED: BrowserFault = "gpu-lost"
"""Mended by loading the page anew, where that does it."""

_UNIDENTIFIED = (RendererError, PageFaultError, OverdueError, Error)
"""Why it is not known what draws."""

Line = Sample | Fault
P = ParamSpec("P")


class Onlooker(Protocol):
    """Whoever follows a run."""

    def begins(self, visit: Visit) -> None:
        """A visit begins."""
        ...

    def writes(self, line: Line, shot: Measurement | None) -> None:
        """A line is in the journal; a sample's measurement comes with it."""
        ...

    def waits(self, why: str) -> None:
        """Nothing goes on for a while."""
        ...

    def gives_up(self, visit: Visit, fault: Fault) -> None:
        """A pair has failed so often that it is visited no more."""
        ...

    def notes(self) -> Sequence[str]:
        """Tell what to write over the page, line by line; nothing where nobody looks at it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a session is to do."""

    packs: Mapping[str, Pack]
    pairs: Mapping[str, PackPairs]
    walk: Walk
    witness: Witness
    """As the run begins; another browser may draw otherwise."""
    thumbnails: Path
    """A folder; each pair's picture lies in `<pack>/<pair>.webp`."""
    ends_at: float | None = None
    """On the monotonic clock; visits that have begun by then are finished."""
    reload_every: int = 0
    """Pairs after which the page is loaded anew; 0: only where it is needed."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a session works with."""

    identify: Callable[[], Awaitable[RendererClass]]
    """Find out what draws; raises RendererError where that may not be."""
    page: DrivenPage
    keeper: Keeper
    server: Server
    console: Console
    journal: Journal


class Session:
    """One browser going through a plan."""

    def __init__(self, work: Work, tools: Tools, history: History, onlooker: Onlooker) -> None:
        self._work = work
        self._tools = tools
        self._witness = work.witness
        self._history = history
        self._onlooker = onlooker
        self._contexts = 0
        self._lines = 0
        self._silent = 0
        self._in_a_row = 0
        self._notices: deque[tuple[FaultName, str]] = deque()
        self._pairs = {
            name: {pair.pair: pair for pair in pack.manifest.pairs} for name, pack in work.packs.items()
        }

    def notice(self, fault: FaultName, evidence: str) -> None:
        """Take note of what befell the whole machine: a visit that it fell into is repeated."""
        self._notices.append((fault, evidence))

    async def run(self) -> None:
        """Visit all that is due, or until the time is over."""
        while visits := plan(self._work.pairs.values(), self._history, self._work.walk):
            for visit in visits:
                if self._work.ends_at is not None and time.monotonic() >= self._work.ends_at:
                    return
                line = await self._visit(visit)
                if isinstance(line, Fault):
                    await self._look_after(visit, line)
                    break  # what is due has changed
                await self._retire()

    async def _visit(self, visit: Visit) -> Line:
        pack = self._work.packs[visit.pack]
        stop = Stop(visit=visit, pack=pack, pair=self._pairs[visit.pack][visit.pair])
        self._onlooker.begins(visit)
        answer = await self._measure(stop)
        line = await self._judge(stop, answer)
        shot = answer if isinstance(line, Sample) and isinstance(answer, Measurement) else None
        if shot and shot.thumbnail:
            await self._with_room(self._keep_thumbnail, visit, shot.thumbnail)
        await self._keep(line, shot)
        return line

    async def _measure(self, stop: Stop) -> Measurement | Refused | Fault:
        """Measure one pair; if something breaks meanwhile, mend it, and give the fault."""
        page, watched = self._tools.page, self._tools.keeper.page
        self._tools.console.take()  # what was complained of during a repair is no fault of this pair
        try:
            answer = await page.measure(watched, stop.pack, stop.pair)
        except PageFaultError as error:
            return await self._mend(stop.visit, error.fault, f"The page broke: {error.fault}.")
        except OverdueError as error:
            return await self._mend(stop.visit, "page-stuck", str(error))
        except PageError as error:
            fault = error.fault if self._is_home() else "page-left"
            return await self._mend(stop.visit, fault, str(error))
        if isinstance(answer, Refused) and not await self._tools.server.answers():
            return await self._mend(stop.visit, "server-gone", answer.evidence)
        return answer

    def _is_home(self) -> bool:
        return self._tools.keeper.page.page.url.startswith(self._tools.server.url)

    async def _judge(self, stop: Stop, answer: Measurement | Refused | Fault) -> Line:
        befell = [self._fault(*notice, stop.visit) for notice in self._notices]
        self._notices.clear()
        if isinstance(answer, Fault):
            befell.append(answer)
        for earlier in befell[:-1]:
            await self._keep(earlier, None)
        if befell:
            return befell[-1]
        assert not isinstance(answer, Fault)
        page_errors, console_errors = self._tools.console.take()
        around = Surroundings(
            t_ms=unix_ms(), contexts=self._contexts, page_errors=page_errors, console_errors=console_errors
        )
        line = to_line(stop, answer, self._witness, around)
        if isinstance(line, Fault) and line.name == "audio-silent":
            return await self._mend_sound(stop.visit, line)
        self._silent = 0
        return line

    async def _mend_sound(self, visit: Visit, line: Fault) -> Fault:
        """Do the next heavier thing about silence; a new browser ends the ladder, and it begins anew."""
        self._silent += 1
        began = time.monotonic()
        try:
            remedy = await self._tools.page.mend_sound(self._tools.keeper.page, self._silent)
        except (PageFaultError, OverdueError, PageError) as error:
            return await self._mend(visit, "page-stuck", f"{line.evidence} Mending that failed: {error}")
        if remedy is None:
            self._silent = 0
            return await self._mend(visit, "browser-gone", line.evidence, name="audio-silent")
        return line.model_copy(update={"remedy": remedy, "seconds_lost": _since(began)})

    async def _mend(
        self, visit: Visit | None, fault: FaultName, evidence: str, *, name: FaultName | None = None
    ) -> Fault:
        """Bring a working page back; the visit is planned again."""
        began = time.monotonic()
        name = name or fault
        tried: list[str] = []
        for wait_s in (*_UNREPAIRABLE_S, None):
            try:
                if not await self._tools.server.answers():
                    name = "server-gone"
                    tried.append(await self._tools.server.revive())
                repair = await self._tools.keeper.repair(_to_repair(fault))
                await self._identify()
            except (ServerError, UnrepairableError, *_UNIDENTIFIED) as error:
                if wait_s is None:
                    raise
                fault = "browser-gone"
                tried.append(f"waited {wait_s:g} s")
                self._onlooker.waits(f"{error} Trying again in {wait_s:g} s.")
                await asyncio.sleep(wait_s)  # nothing tells when a machine can open a browser again
            else:
                tried.extend(repair.tried)
                break
        self._contexts += 1
        found = self._fault(name, evidence, visit)
        return found.model_copy(update={"remedy": ", ".join(tried), "seconds_lost": _since(began)})

    async def _identify(self) -> None:
        """Another browser, or one that lost its GPU, may draw with something else than before."""
        self._witness = replace(self._witness, renderer_class=await self._tools.identify())

    def _fault(self, name: FaultName, evidence: str, visit: Visit | None) -> Fault:
        return to_fault(name, evidence, visit, run=self._witness.run, t_ms=unix_ms())

    async def _look_after(self, visit: Visit, fault: Fault) -> None:
        """Give up a pair that fails again and again; where it is not the pairs that fail, do not rush."""
        if fault.name not in NOT_THE_PAIRS_DOING:
            lost = given_up(self._work.pairs[visit.pack], self._history, self._work.walk)
            if visit.pair in lost:
                self._onlooker.gives_up(visit, fault)
            if fault.name != "preset-missing":
                return
        self._in_a_row += 1
        if self._in_a_row > _FAULTS_IN_A_ROW:
            wait_s = min(_LONGEST_WAIT_S, 2.0 ** (self._in_a_row - _FAULTS_IN_A_ROW - 1))
            self._onlooker.waits(f"{self._in_a_row} faults in a row, the last {fault.name}.")
            await asyncio.sleep(wait_s)  # what failed so often fails again at once

    async def _retire(self) -> None:
        """Load the page anew, or give an old or heavy browser a successor, where that is due."""
        self._in_a_row = 0
        self._lines += 1
        try:
            if await self._renewed():
                self._contexts += 1
                await self._identify()
        except UnrepairableError as error:
            await self._keep(await self._mend(None, "browser-gone", str(error)), None)
        except _UNIDENTIFIED as error:
            await self._keep(await self._mend(None, "software-rendering", str(error)), None)

    async def _renewed(self) -> bool:
        """Look at the browser now and then only: it takes 10 ms."""
        keeper, every = self._tools.keeper, self._work.reload_every
        if self._lines % _LOOKED_AT_EVERY == 0 and await keeper.retire_if_due() is not None:
            return True
        if not every or self._lines % every:
            return False
        await keeper.repair(_RELOADED)
        return True

    async def _keep(self, line: Line, shot: Measurement | None) -> None:
        """Write a line through to the disk."""
        await self._with_room(self._tools.journal.append, line)
        self._history.note(line)
        self._onlooker.writes(line, shot)
        if lines := self._onlooker.notes():
            await self._note(lines)

    async def _with_room(self, write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Write, begun things to their end; where the disk is full, wait until there is room."""
        full_since: float | None = None
        while True:
            try:
                await to_the_end(asyncio.to_thread(write, *args, **kwargs))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                full_since = full_since or time.monotonic()
                self._onlooker.waits(f"The disk is full: {error.filename}.")
                await asyncio.sleep(_FULL_DISK_S)  # nothing tells when a disk has room again
            else:
                break
        if full_since is not None:
            waited = f"Waited {_since(full_since):g} s until there was room."
            await self._keep(self._fault("disk-full", waited, None), None)

    def _keep_thumbnail(self, visit: Visit, picture: bytes) -> None:
        disk.write_draft(self._work.thumbnails / visit.pack / f"{visit.pair}.webp", picture)

    async def _note(self, lines: Sequence[str]) -> None:
        """Say in the page how far we are; where the page breaks over it, the next visit will find out."""
        with suppress(PageFaultError, OverdueError, PageError):
            await self._tools.page.note(self._tools.keeper.page, lines)


def _to_repair(fault: FaultName) -> BrowserFault:
    """Faults that are not the browser's are mended by loading the page anew."""
    return fault if fault in get_args(BrowserFault) else _RELOADED  # pyright: ignore[reportReturnType]


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
