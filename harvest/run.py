"""One run: packs opened, page and browser started, journal continued, and gone through to the end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from harvest.account import SUMMARY, Account, Commission
from harvest.browser import ownership
from harvest.browser.keeper import Keeper
from harvest.browser.renderer import RendererError, RendererVerdict
from harvest.browser.watch import WatchedPage
from harvest.clocks import watch_clocks
from harvest.console import Console
from harvest.fatal import INTERRUPTED, to_run_error
from harvest.history import History, recall
from harvest.journal import JOURNAL, Journal, open_journal, read_journal
from harvest.packs import disk
from harvest.packs.manifest import Pack, locate, open_pack
from harvest.packs.problem import PackError
from harvest.packs.quarantine import allowed, hold_back, read_quarantine
from harvest.page.driven import DrivenPage, Measurement
from harvest.plan import Coverage, PackPairs, Walk, coverage, plan, target_pairs
from harvest.records import Fault, FaultName, JournalLine, RecordError, RendererClass, Sample, Visit
from harvest.records.meta import RunAudio
from harvest.records.moment import unix_ms
from harvest.records.record import FreeForm
from harvest.sampling import Witness, to_fault
from harvest.server import Server
from harvest.session import Line, Session, Tools, Work
from harvest.venue import Venue

THUMBNAILS = "thumbnails"
LAST_SCREEN = "last-screen.png"
"""What the page showed when an error ended the run."""
RELOAD_EVERY = 800
"""Pairs after which the page is loaded anew: what newliveweb's own sampler has been run with."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is still to do when a run begins."""

    pairs: Mapping[str, int]
    """By pack: how many pairs are to have a sample, those that have one already among them."""
    visits: int


class View(Protocol):
    """Whoever looks on while a run goes on."""

    def aims(self, goal: Goal) -> None:
        """This is to be done."""
        ...

    def phase(self, what: str) -> None:
        """Something else is being done from now on."""
        ...

    def draws(self, verdict: RendererVerdict) -> None:
        """It is known what draws."""
        ...

    def begins(self, visit: Visit) -> None:
        """A visit begins."""
        ...

    def writes(self, line: Line, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:
        """A line is in the journal, and each pack has come so far."""
        ...

    def says(self, what: str) -> None:
        """Something that the owner should know."""
        ...

    def notes(self) -> Sequence[str]:
        """Tell what to write over the page."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What to run, and where it goes."""

    packs: Mapping[str, Pack]
    """By name, as `open_packs` gives them."""
    folder: Path
    """Of the run; what is there already is continued."""
    walk: Walk
    venue: Venue
    audio: RunAudio
    versions: Mapping[str, str]
    max_hours: float | None = None
    reload_every: int = RELOAD_EVERY
    """0: only where it is needed."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How a run ended."""

    coverage: Mapping[str, Coverage]
    targets: Mapping[str, int]
    """By pack: how many pairs the target coverage asks for."""
    left: Mapping[str, int]
    """By pack: visits that are still due; pairs that were given up are not."""
    broken_lines: Sequence[RecordError]
    """Of the journal that was continued."""


Ended = Callable[[Reached | BaseException], None]
"""Told how a run ended, as long as nobody else may write in its folder."""


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


async def run(request: RunRequest, view: View, ended: Ended) -> Reached:
    """Go through the plan; what was written before counts. `meta.json` tells of every ending but a kill."""
    request.folder.mkdir(parents=True, exist_ok=True)

    def tell(outcome: Reached | BaseException) -> None:
        try:
            ended(outcome)
        except OSError as error:  # how it ended must not be lost over that it cannot be written down
            view.says(f"How the run ended is not written down: {disk.explain(error)}")

    token = f"{request.at:%Y%m%dT%H%M%S}-{request.walk.seed}"
    with open_journal(request.folder, run=token) as journal:
        for earlier in (SUMMARY, LAST_SCREEN):
            (request.folder / earlier).unlink(missing_ok=True)
        night = Night(request, token, journal, view)
        try:
            await night.go()
        except BaseException as error:
            night.ends(error)
            tell(error)
            raise
        night.ends(None)
        reached = night.reached()
        tell(reached)
        return reached


class Night:
    """A run that is under way."""

    def __init__(self, request: RunRequest, token: str, journal: Journal, view: View) -> None:
        self._request = request
        self._token = token
        self._journal = journal
        self._view = view
        self._pairs = {name: pairs_of(pack) for name, pack in request.packs.items()}
        lines, self._broken = _read(request.folder)
        self._targets = {
            name: target_pairs(each, request.walk.target_coverage) for name, each in self._pairs.items()
        }
        self._history = _recall(lines, request)
        self.account = Account(request.folder, self._commission())
        _refuse_another(lines, request)
        self.account.recalls(lines, self._covered())

    async def go(self) -> None:
        """Serve, open, prove, and visit all that is due."""
        self._tell_earlier_end()
        goal = self._goal()
        self.account.aims(goal.pairs)
        self._view.aims(goal)
        venue, folder = self._request.venue, self._request.folder
        if not goal.visits:
            return
        self._phase("starting the server")
        with Console(folder) as console:
            async with venue.serve(folder) as server:
                await self._open(server, console)

    async def _open(self, server: Server, console: Console) -> None:
        page = self._request.venue.drive(server.url)
        self.account.serves(server.url)

        async def prepare(watched: WatchedPage) -> None:
            console.attach(watched.page)
            await page.open(watched)

        self._phase("opening the browser")
        venue = self._request.venue
        for left, cleaned in await asyncio.to_thread(ownership.sweep, venue.browser.profiles):
            done = "could not be ended" if cleaned.survivors else "was ended"
            self._warn(f"A browser that an earlier run had left {done}: {left.claim.token}, {left.reason}.")
        async with venue.keep(venue.browser, prepare) as keeper:
            try:
                await self._visit(page, keeper, server, console)
            except Exception:
                await keeper.photograph(self._request.folder / LAST_SCREEN)
                raise

    async def _visit(self, page: DrivenPage, keeper: Keeper, server: Server, console: Console) -> None:
        async def identify() -> RendererClass:
            return await self._identify(keeper)

        draws = await identify()
        self._phase("self-test")
        facts = await page.self_test(keeper.page, self._request.packs)
        self.account.shows(facts)
        for remedy in facts.remedies:
            self._warn(remedy)
        tools = Tools(
            identify=identify, page=page, keeper=keeper, server=server, console=console, journal=self._journal
        )
        session = Session(self._work(draws), tools, self._history, self)
        self._phase("measuring")
        async with _beside(watch_clocks(session.notice)):
            await session.run()

    def _work(self, draws: RendererClass) -> Work:
        request = self._request
        return Work(
            packs=request.packs,
            pairs=self._pairs,
            walk=request.walk,
            witness=Witness(
                run=self._token,
                seed=request.walk.seed,
                adapter=request.venue.adapter,
                renderer_class=draws,
            ),
            thumbnails=request.folder / THUMBNAILS,
            ends_at=None if request.max_hours is None else time.monotonic() + 3600 * request.max_hours,
            reload_every=request.reload_every,
        )

    async def _identify(self, keeper: Keeper) -> RendererClass:
        """Samples say what drew them: what nobody knows draws none, and software none of a GPU's."""
        verdict = await self._request.venue.judge(keeper)
        self.account.draws(verdict)
        self._view.draws(verdict)
        if verdict.renderer_class == "software":
            self.account.warns(f"SOFTWARE rendering: {verdict.signals.webgl}")
        match verdict.renderer_class:
            case "unknown":
                raise RendererError(f"Nobody knows what draws: {verdict.reason}.")
            case "software" if self._request.venue.browser.gpu_required:
                raise RendererError(f"A GPU was asked for: {verdict.reason}.")
            case known:
                return known

    def begins(self, visit: Visit) -> None:
        """Tell that a visit begins."""
        self._view.begins(visit)

    def writes(self, line: Line, shot: Measurement | None) -> None:
        """Enter a line into the books."""
        covered = self._covered()
        self.account.enter(line, shot, covered)
        self._view.writes(line, shot, covered)

    def waits(self, why: str) -> None:
        """Tell why nothing goes on."""
        self._view.says(why)

    def gives_up(self, visit: Visit, fault: Fault) -> None:
        """Hold back a pair whose every visit failed: no run shall meet it again unless its presets change.

        Presets that were not there did nothing wrong, and may be there the next time.
        """
        if fault.name == "preset-missing":
            self._warn(f"Pair {visit.pair} of {visit.pack} is left out: {fault.evidence}")
            return
        pack = self._request.packs[visit.pack]
        try:
            hold_back(pack, visit.pair, fault, at=datetime.now(UTC))
        except (OSError, PackError, RecordError) as error:
            self._warn(f"Pair {visit.pair} of {pack.name} could not be put into quarantine: {error}")
        else:
            self._warn(f"Pair {visit.pair} of {pack.name} is in quarantine: {fault.name}.")

    def notes(self) -> Sequence[str]:
        """Tell what to write over the page."""
        return self._view.notes() if self._request.venue.browser.headed else ()

    def reached(self) -> Reached:
        """Tell how far the run has come."""
        left = Counter(visit.pack for visit in self._plan())
        return Reached(
            coverage=self._covered(),
            targets=self._targets,
            left={name: left[name] for name in self._pairs},
            broken_lines=self._broken,
        )

    def ends(self, error: BaseException | None) -> None:
        """Close the books; that somebody ended the run belongs into its history, too."""
        told = error and to_run_error(error, self.account.phase)
        if told and told.code == INTERRUPTED:
            with suppress(OSError):  # it is only told for completeness, and the disk may be what is wrong
                self._note("interrupted", f"During {self.account.phase}.")
        self.account.ends(told)

    def _plan(self) -> Sequence[Visit]:
        return plan(self._pairs.values(), self._history, self._request.walk)

    def _goal(self) -> Goal:
        visits = self._plan()
        first = Counter(visit.pack for visit in visits if visit.repeat == 0)
        pairs = {name: each.covered + first[name] for name, each in self._covered().items()}
        return Goal(pairs=pairs, visits=len(visits))

    def _tell_earlier_end(self) -> None:
        """A kill leaves no other trace than the name of whom it met."""
        for warning in self.account.warnings:
            self._view.says(warning)
        if dead := self._journal.left_open_by:
            self._note("killed", f"{dead} did not live to sign off.")
        for error in self._broken:
            self._warn(str(error))

    def _note(self, name: FaultName, evidence: str) -> None:
        """Write down what befell the run as a whole."""
        fault = to_fault(name, evidence, None, run=self._token, t_ms=unix_ms())
        self._journal.append(fault)
        self.account.enter(fault, None, self._covered())

    def _phase(self, what: str) -> None:
        self.account.turns_to(what)
        self._view.phase(what)

    def _warn(self, what: str) -> None:
        self.account.warns(what)
        self._view.says(what)

    def _covered(self) -> dict[str, Coverage]:
        return {name: coverage(each, self._history) for name, each in self._pairs.items()}

    def _commission(self) -> Commission:
        request = self._request
        return Commission(
            run=self._token,
            at=request.at,
            adapter=request.venue.adapter,
            packs=request.packs,
            targets=self._targets,
            walk=request.walk,
            max_hours=request.max_hours,
            reload_every=request.reload_every,
            browser=request.venue.browser,
            audio=request.audio,
            versions=request.versions,
            config=_spelled(request),
        )


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Do this while something else is done; unlike a task group it leaves an error as it is."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def _refuse_another(lines: Sequence[JournalLine], request: RunRequest) -> None:
    """One folder holds one run: samples of different makes cannot be compared."""
    ours = {"seed": request.walk.seed, "adapter": request.venue.adapter}
    for sample in lines:
        if isinstance(sample, Fault) or sample.evidence is None:
            continue
        if sample.pack not in request.packs:
            raise PackError(f"The run in {request.folder} has samples of {sample.pack}: name that pack, too.")
        for what, now in ours.items():
            if (was := getattr(sample.evidence, what)) != now:
                other = f"go on with {was}, or name another folder"
                raise PackError(f"The run in {request.folder} has {what} {was}, not {now}: {other}.")


def _read(folder: Path) -> tuple[list[JournalLine], list[RecordError]]:
    """Read what is there already; broken lines are told, not fatal."""
    broken: list[RecordError] = []
    lines: list[JournalLine] = []
    for line in read_journal(folder):
        if isinstance(line, RecordError):
            broken.append(line)
        else:
            lines.append(line)
    return lines, broken


def _recall(lines: Sequence[JournalLine], request: RunRequest) -> History:
    """Remember what was done to the presets that the packs hold now; what was not there may have come."""
    current = (
        line
        for line in lines
        if (line.name != "preset-missing" if isinstance(line, Fault) else _is_current(line, request.packs))
    )
    return recall(current, seed=request.walk.seed, adapter=request.venue.adapter)


def _is_current(sample: Sample, packs: Mapping[str, Pack]) -> bool:
    """Whether a sample shows the presets that its pair names today: a pack may have been made anew since."""
    shown = sample.evidence and sample.evidence.on_screen.after
    pack = packs.get(sample.pack)
    if shown is None or pack is None:
        return True
    return all(
        url in pack.presets and seen in (pack.presets[url].sha256, None)
        for url, seen in ((shown.fg_url, shown.fg_hash), (shown.bg_url, shown.bg_hash))
    )


def _spelled(request: RunRequest) -> dict[str, FreeForm]:
    walk = request.walk
    return {
        "seed": walk.seed,
        "repeats": walk.repeats,
        "targetCoverage": walk.target_coverage,
        "maxPairs": walk.max_pairs,
        "interleaved": walk.interleaved,
        "page": dict(request.venue.described),
    }


def stamp(at: datetime) -> str:
    """Name a run's folder as the owner's tools do."""
    return at.astimezone(UTC).strftime("%Y-%m-%d_%H%M%S")


def holds_run(folder: Path) -> bool:
    """Whether a run has been here, and left more than its name."""
    journal = folder / JOURNAL
    return journal.exists() and (not journal.is_file() or journal.stat().st_size > 0)
