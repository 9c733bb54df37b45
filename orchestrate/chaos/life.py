"""One life of a run that is being broken: from its start or resumption to its end or its death.

A process of its own, since it must be possible to kill it: `python -m orchestrate.chaos.life FILE`.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psutil
from playwright.async_api import Error
from pydantic import BaseModel

from harvest.browser.renderer import RendererVerdict
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError
from harvest.journal import open_journal, read_journal
from harvest.packs.manifest import Pack
from harvest.page.driven import DrivenPage, Measurement, PageFacts, Refused
from harvest.page.stepped import Request
from harvest.plan import Coverage, Walk
from harvest.records import Adapter, Pair, Sample, Visit
from harvest.records.meta import RunAudio
from harvest.run import Goal, RunRequest, holds_run, open_packs, run
from harvest.server import OwnServer, Server
from harvest.session import Line
from harvest.venue import Venue, ours
from orchestrate.chaos import breakage
from orchestrate.chaos.schedule import Kind, Stroke, schedule
from orchestrate.endings import run as run_to_end
from orchestrate.exit_codes import ExitCode

_AWAY = ".away"


class Fate(BaseModel):
    """What a life is given."""

    folder: Path
    presets: Path
    pack: str
    strokes: int
    pairs: int
    seed: int
    request: Request
    browser: BrowserConfig


class ChaoticPage:
    """A page beneath which things break while it measures."""

    adapter: Adapter

    def __init__(self, page: DrivenPage, strike: "Striker") -> None:
        self._page = page
        self._strike = strike
        self.adapter = page.adapter

    async def open(self, watched: WatchedPage) -> None:
        """Open it."""
        await self._page.open(watched)

    async def self_test(self, watched: WatchedPage, packs: Mapping[str, Pack]) -> PageFacts:
        """Test it."""
        return await self._page.self_test(watched, packs)

    async def measure(self, watched: WatchedPage, pack: Pack, pair: Pair) -> Measurement | Refused:
        """Measure, and break something meanwhile if it is due."""
        async with self._strike.striking(watched, pack, pair):
            return await self._page.measure(watched, pack, pair)

    async def mend_sound(self, watched: WatchedPage, attempt: int) -> str | None:
        """Mend it."""
        return await self._page.mend_sound(watched, attempt)

    async def note(self, watched: WatchedPage, lines: Sequence[str]) -> None:
        """Write on it."""
        await self._page.note(watched, lines)


class Striker:
    """Breaks what is due."""

    def __init__(self, fate: Fate, strokes: Sequence[Stroke], samples: int) -> None:
        self._folder = fate.folder
        self._presets = fate.presets
        self._left = [stroke for stroke in strokes if stroke.after > samples]
        self.samples = samples
        self.server: OwnServer | None = None

    @asynccontextmanager
    async def striking(self, watched: WatchedPage, pack: Pack, pair: Pair) -> AsyncGenerator[None]:
        """Strike during what is done within, if it is time."""
        if not self._left or self._left[0].after > self.samples:
            yield
            return
        kind = self._left.pop(0).kind
        blow = asyncio.create_task(self._strike(kind, watched, pack.presets[pair.fg_url].path))
        try:
            yield
        finally:
            await _settle(blow)
            _bring_back(self._presets)

    async def _strike(self, kind: Kind, watched: WatchedPage, file: Path) -> None:
        blows: dict[Kind, Callable[[WatchedPage], Awaitable[None]]] = {
            "page crash": breakage.crash_page,
            "browser killed": breakage.crash_browser,
            "GPU process killed": breakage.kill_gpu_process,
            "context lost": breakage.lose_context,
            "page spins": breakage.spin_page,
            "page left": breakage.leave_page,
            "browser stopped": breakage.stop_browser,
            "driver killed": breakage.kill_driver,
            "driver stopped": breakage.stop_driver,
        }
        match kind:
            case "server gone":
                assert self.server is not None
                await self.server.close()
            case "preset gone":
                _take_away(file)
            case "second harvest":
                self._intrude()
            case "interrupted":
                signal.raise_signal(signal.SIGINT)
            case "killed":
                psutil.Process().kill()
            case _:
                await blows[kind](watched)

    def _intrude(self) -> None:
        """Try to write where somebody else does."""
        try:
            with open_journal(self._folder, run="a second harvest"):
                raise AssertionError("Two harvests can write in one folder.")
        except BlockingIOError:
            return


class Reporter:
    """Counts samples, and says when the first one came."""

    def __init__(self, striker: Striker) -> None:
        self._striker = striker
        self._is_first = True

    def phase(self, what: str) -> None:
        """Nobody looks."""

    def aims(self, goal: Goal) -> None:
        """Nobody looks."""

    def draws(self, verdict: RendererVerdict) -> None:
        """Nobody looks."""

    def begins(self, visit: Visit) -> None:
        """Nobody looks."""

    def writes(self, line: Line, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:  # noqa: ARG002
        """Count."""
        if isinstance(line, Sample):
            self._striker.samples += 1
        if self._is_first:
            self._is_first = False
            seconds = time.time() - psutil.Process().create_time()
            print(orjson.dumps({"first_line_s": round(seconds, 2)}).decode(), flush=True)  # noqa: T201

    def says(self, what: str) -> None:
        """Say it where the parent's log is."""
        print(what, file=sys.stderr, flush=True)  # noqa: T201

    def notes(self) -> Sequence[str]:
        """Nobody looks."""
        return ()


async def _settle(blow: asyncio.Task[None]) -> None:
    """A blow may break what it strikes with."""
    await asyncio.wait({blow}, timeout=5)
    blow.cancel()
    await asyncio.wait({blow})
    if not blow.cancelled() and (error := blow.exception()) and not isinstance(error, Error | OverdueError):
        raise error


def _take_away(file: Path) -> None:
    file.rename(file.with_name(f"{file.name}{_AWAY}"))


def _bring_back(presets: Path) -> None:
    for file in presets.rglob(f"*{_AWAY}"):
        file.rename(file.with_suffix(""))


def live(fate: Fate) -> ExitCode:
    """Live it; whatever ends it but what was done to it is an error of ours, and shown as one."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    samples = _samples(fate.folder)
    strokes = schedule(strokes=fate.strokes, pairs=fate.pairs, seed=fate.seed) if fate.strokes else []
    striker = Striker(fate, strokes, samples)
    _bring_back(fate.presets)
    venue = ours(fate.request, presets=fate.presets, track=None, browser=fate.browser)
    request = RunRequest(
        packs=open_packs([fate.pack], fate.presets),
        folder=fate.folder,
        walk=Walk(seed=fate.seed),
        venue=_chaotic(venue, striker),
        audio=RunAudio(require_audio=True, mode="click"),
        versions={},
        at=datetime.now(UTC),
    )
    try:
        reached = run_to_end(run(request, Reporter(striker), lambda _outcome: None))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.INCOMPLETE if any(reached.left.values()) else ExitCode.OK


def _chaotic(venue: Venue, striker: Striker) -> Venue:
    @asynccontextmanager
    async def serve(folder: Path) -> AsyncGenerator[Server]:
        async with venue.serve(folder) as server:
            assert isinstance(server, OwnServer)
            striker.server = server
            yield server

    def drive(url: str) -> DrivenPage:
        return ChaoticPage(venue.drive(url), striker)

    return replace(venue, serve=serve, drive=drive)


def _samples(folder: Path) -> int:
    if not holds_run(folder):
        return 0
    return sum(isinstance(line, Sample) for line in read_journal(folder))


if __name__ == "__main__":
    sys.exit(live(Fate.model_validate_json(Path(sys.argv[1]).read_bytes())))
