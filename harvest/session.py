"""The loop: visit, show, measure, record; on a fault the remedy, recorded too, and a new plan."""

import asyncio
import errno
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harvest.browser.keeper import Keeper, Repair
from harvest.browser.watch import PageFaultError
from harvest.deadline import OverdueError, to_the_end
from harvest.faults import BrowserFault
from harvest.history import History
from harvest.journal import Journal
from harvest.packs.manifest import Pack
from harvest.page.stepped import Measurement, PageError, Refused, Request, measure
from harvest.plan import PackPairs, Walk, plan
from harvest.records import Fault, FaultName, Pair, Sample, Visit
from harvest.sampling import RunFacts, Stop, to_line

VISIT_S = 60.0
"""Longer than any pair takes: a pair of 210 frames has 1 to 3 s of drawing on two cores without a GPU."""
_FULL_DISK_S = 5.0
_LOOKED_AT_EVERY = 50

Line = Sample | Fault
Told = Callable[[Line], None]


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a session is to do."""

    packs: Mapping[str, Pack]
    pairs: Mapping[str, PackPairs]
    walk: Walk
    request: Request
    facts: RunFacts
    thumbnails: Path
    """A folder; each pair's picture lies in `<pack>/<pair>.webp`."""
    ends_at: float | None = None
    """On the monotonic clock; visits that have begun by then are finished."""


class Session:
    """One browser going through a plan."""

    def __init__(self, work: Work, keeper: Keeper, journal: Journal, history: History, told: Told) -> None:
        self._work = work
        self._keeper = keeper
        self._journal = journal
        self._history = history
        self._told = told
        self._contexts = 0
        self._lines = 0
        self._pairs = {
            name: {pair.pair: pair for pair in pack.manifest.pairs} for name, pack in work.packs.items()
        }

    async def run(self) -> None:
        """Visit all that is due, or until the time is over."""
        while visits := plan(self._work.pairs.values(), self._history, self._work.walk):
            for visit in visits:
                if self._work.ends_at is not None and time.monotonic() >= self._work.ends_at:
                    return
                line = await self._visit(visit)
                await self._keep(line)
                await self._retire()
                if isinstance(line, Fault):
                    break  # what is due has changed

    async def _visit(self, visit: Visit) -> Line:
        pack = self._work.packs[visit.pack]
        stop = Stop(visit=visit, pack=pack, pair=self._pairs[visit.pack][visit.pair])
        try:
            answer = await self._measure(stop.pair)
        except PageFaultError as error:
            return await self._mend(visit, error.fault, f"The page broke: {error.fault}.")
        except OverdueError as error:
            return await self._mend(visit, "page-stuck", str(error))
        except PageError as error:
            # The page lives, and a script in it has failed: nobody knows what state that left behind.
            return await self._mend(visit, "gpu-lost", str(error), name="preset-abort")
        line = to_line(stop, answer, self._work.facts, contexts=self._contexts, t_ms=_unix_ms())
        if isinstance(line, Sample) and isinstance(answer, Measurement) and answer.thumbnail:
            await asyncio.to_thread(self._keep_thumbnail, visit, answer.thumbnail)
        return line

    async def _retire(self) -> None:
        """Give an old or heavy browser a successor, now and then: looking takes 10 ms."""
        self._lines += 1
        if self._lines % _LOOKED_AT_EVERY == 0 and await self._keeper.retire_if_due() is not None:
            self._contexts += 1

    async def _measure(self, pair: Pair) -> Measurement | Refused:
        request = self._work.request
        return await measure(self._keeper.page, pair.fg_url, pair.bg_url, request, deadline_s=VISIT_S)

    async def _mend(
        self, visit: Visit, fault: BrowserFault, evidence: str, *, name: FaultName | None = None
    ) -> Fault:
        """Bring a working page back; the visit is planned again."""
        repair: Repair = await self._keeper.repair(fault)
        self._contexts += 1
        return Fault(
            kind="fault",
            name=name or fault,
            t_ms=_unix_ms(),
            run=self._work.facts.run,
            pack=visit.pack,
            pair=visit.pair,
            evidence=evidence,
            remedy=", ".join(repair.tried),
            seconds_lost=round(repair.seconds, 3),
        )

    async def _keep(self, line: Line) -> None:
        """Write through to the disk; where that is full, wait until there is room."""
        while True:
            try:
                await to_the_end(asyncio.to_thread(self._journal.append, line))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                await asyncio.sleep(_FULL_DISK_S)  # nothing tells when a disk has room again
            else:
                break
        self._history.note(line)
        self._told(line)

    def _keep_thumbnail(self, visit: Visit, picture: bytes) -> None:
        place = self._work.thumbnails / visit.pack / f"{visit.pair}.webp"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture)


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000
