"""What a run has come to, as `meta.json` tells it: counted as it happens."""

import errno
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harvest.browser.renderer import RendererVerdict
from harvest.config import BrowserConfig
from harvest.measure.owner import LUMA_MIN, MOTION_MIN
from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.page.driven import Measurement, PageFacts
from harvest.plan import Coverage, Walk
from harvest.records import (
    Adapter,
    Fault,
    FaultName,
    JournalLine,
    RecordError,
    RunFacts,
    RunMeta,
    Sample,
    parse,
    to_json,
)
from harvest.records.meta import (
    Budget,
    Heuristic,
    Limits,
    PackTarget,
    Progress,
    RunAudio,
    RunBrowser,
    RunError,
    Runtime,
    Viewport,
    WebGl,
)
from harvest.records.moment import timestamp
from harvest.records.record import FreeForm

META = "meta.json"
SUMMARY = "run-summary.json"

_DAMAGED = "meta.damaged.json"
_WRITTEN_EVERY_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Commission:
    """What a run was told; it stays the same from its first minute to its last resumption."""

    run: str
    at: datetime
    adapter: Adapter
    packs: Mapping[str, Pack]
    targets: Mapping[str, int]
    """By pack: how many pairs are wanted."""
    walk: Walk
    max_hours: float | None
    reload_every: int
    browser: BrowserConfig
    audio: RunAudio
    versions: Mapping[str, str]
    config: Mapping[str, FreeForm]
    """Whatever else shaped the run, for whoever reads its meta."""


class Account:
    """The books of one run; writes them down every few seconds and at every turn."""

    def __init__(self, folder: Path, commission: Commission) -> None:
        self._path = folder / META
        self._told = commission
        self._state = _State()
        self._earlier = self._take_up()
        self._written_at = -_WRITTEN_EVERY_S

    @property
    def phase(self) -> str:
        """What is being done."""
        return self._state.phase

    def turns_to(self, phase: str) -> None:
        """Name what is done from now on, and time what was done until now."""
        self._clock()
        self._state.phase = phase
        self.write()

    def aims(self, pairs: Mapping[str, int]) -> None:
        """So many pairs are to have a sample."""
        self._state.goal = pairs

    def serves(self, url: str) -> None:
        """The page is here."""
        self._state.url = url

    def draws(self, verdict: RendererVerdict) -> None:
        """This is what draws."""
        self._state.renderer = verdict

    def shows(self, facts: PageFacts) -> None:
        """This is what the page was found to be."""
        self._state.facts = facts

    def recalls(self, lines: Iterable[JournalLine], covered: Mapping[str, Coverage]) -> None:
        """So much had happened before this process began."""
        self._state.covered = covered
        for line in lines:
            self._count(line)

    def warns(self, warning: str) -> None:
        """Say once what the owner should know."""
        if warning not in self._state.warnings:
            self._state.warnings.append(warning)

    def enter(self, line: Sample | Fault, shot: Measurement | None, covered: Mapping[str, Coverage]) -> None:
        """Take one line of the journal into account."""
        state = self._state
        state.covered = covered
        self._count(line)
        if isinstance(line, Fault):
            state.visit_seconds["repair"] += line.seconds_lost or 0.0
        if shot:
            for phase, seconds in shot.seconds.items():
                state.visit_seconds[phase] += seconds
        if time.monotonic() - self._written_at >= _WRITTEN_EVERY_S:
            self.write()

    def ends(self, error: RunError | None) -> None:
        """Close the books."""
        self._clock()
        self._state.error = error
        self._state.phase = "ended"
        self._state.finished_at = datetime.now(UTC)
        self.write()

    def write(self) -> None:
        """Replace `meta.json` by what is known now; a full disk ends nothing, the journal tells of it."""
        self._written_at = time.monotonic()
        try:
            disk.replace_file(self._path, to_json(self.meta(datetime.now(UTC))))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self.warns("The disk was full: meta.json was not written every time.")

    def _take_up(self) -> RunMeta | None:
        """Read what an earlier part of the run wrote; what is no meta is put aside: the journal counts."""
        try:
            return read_meta(self._path)
        except FileNotFoundError:
            return None
        except RecordError:
            disk.move(self._path, self._path.with_name(_DAMAGED))
            self.warns(f"meta.json was damaged, and is kept as {_DAMAGED}: when the run began is not known.")
            return None

    @property
    def warnings(self) -> Sequence[str]:
        """What the owner should know, so far."""
        return self._state.warnings

    def _clock(self) -> None:
        now = time.monotonic()
        self._state.seconds[self._state.phase] += now - self._state.phase_began
        self._state.phase_began = now

    def _count(self, line: JournalLine) -> None:
        if isinstance(line, Fault):
            self._state.faults[line.name] += 1
        if line.pack is not None:
            self._state.visits[line.pack] += 1

    def meta(self, now: datetime) -> RunMeta:
        """Spell it out."""
        told, state, earlier = self._told, self._state, self._earlier
        started_at = earlier.started_at if earlier else timestamp(told.at)
        meta = RunMeta(
            kind="coupled_eval.v0",
            started_at=started_at,
            finished_at=timestamp(state.finished_at) if state.finished_at else None,
            url_base=state.url,
            coupled_pick="shuffle",
            target_samples=None,
            packs=tuple(_target(told, name) for name in told.packs),
            heuristic=Heuristic(motion_min=MOTION_MIN, luma_min=LUMA_MIN),
            warnings=tuple(state.warnings),
            progress=self._progress(now),
            audio=_heard(told.audio, state.facts),
            browser=_browser(told.browser),
            errors=_errors(earlier),
            harvest=self._facts(),
        )
        there = {
            "resumed_at": timestamp(told.at) if earlier else None,
            "limits": _limits(told),
            "budget": _budget(told),
            "runtime": (earlier and not state.renderer and earlier.runtime)
            or _runtime(told.browser, state.renderer),
            "error": state.error,
        }
        return meta.model_copy(update={name: one for name, one in there.items() if one is not None})

    def _progress(self, now: datetime) -> dict[str, Progress]:
        minutes = round((now - self._told.at).total_seconds() / 60, 3)
        return {
            name: Progress(
                iter=self._state.visits[name],
                visited=each.covered,
                target=self._goal(name),
                elapsed_min=minutes,
                target_mode="coverage",
                done=each.covered >= self._goal(name),
            )
            for name, each in self._state.covered.items()
        }

    def _goal(self, name: str) -> int:
        return self._state.goal.get(name, self._told.targets[name])

    def _facts(self) -> RunFacts:
        told, state = self._told, self._state
        before = self._earlier.harvest if self._earlier else None
        draws = state.renderer.renderer_class if state.renderer else "unknown"
        browser = state.renderer and state.renderer.signals.browser
        return RunFacts(
            run=told.run,
            seed=told.walk.seed,
            adapter=told.adapter,
            renderer_class=None if draws == "unknown" else draws,
            versions={**told.versions, **({"browser": browser} if browser else {})},
            config=told.config,
            manifest_hashes={name: pack.manifest_hash for name, pack in told.packs.items()},
            page=dict(state.facts.found),
            remedies=tuple(state.facts.remedies),
            faults=dict(state.faults),
            phase=state.phase,
            phase_seconds=_added(before.phase_seconds if before else {}, state.seconds),
            visit_seconds=_added(before.visit_seconds if before else {}, state.visit_seconds),
        )


@dataclass
class _State:
    """What changes while a run goes on."""

    phase: str = "start"
    phase_began: float = field(default_factory=time.monotonic)
    url: str | None = None
    renderer: RendererVerdict | None = None
    facts: PageFacts = field(default_factory=lambda: PageFacts(found={}))
    goal: Mapping[str, int] = field(default_factory=dict[str, int])
    covered: Mapping[str, Coverage] = field(default_factory=dict[str, Coverage])
    visits: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[FaultName] = field(default_factory=Counter[FaultName])
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    visit_seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    warnings: list[str] = field(default_factory=list[str])
    error: RunError | None = None
    finished_at: datetime | None = None


def read_meta(path: Path) -> RunMeta:
    """Read what a run wrote."""
    return parse(disk.read_file(path, at_most=disk.JSON_BYTES), RunMeta, source=str(path))


def _errors(earlier: RunMeta | None) -> tuple[RunError, ...]:
    """What ended earlier parts of the run."""
    if earlier is None:
        return ()
    return (*(earlier.errors or ()), *((earlier.error,) if earlier.error else ()))


def _added(before: Mapping[str, float], since: Mapping[str, float]) -> dict[str, float]:
    """Seconds of earlier parts of the run and of this one, by name."""
    return {name: round(before.get(name, 0) + since.get(name, 0), 3) for name in {**before, **since}}


def _budget(told: Commission) -> Budget | None:
    if told.max_hours is None:
        return None
    return Budget(
        input_max_hours=told.max_hours,
        effective_max_hours=told.max_hours,
        was_clamped=False,
        start_time_iso=timestamp(told.at),
        deadline_time_iso=timestamp(told.at + timedelta(hours=told.max_hours)),
    )


def _heard(asked: RunAudio, facts: PageFacts) -> RunAudio:
    """Tell the truth about a track that gave way to the click track."""
    if asked.mode == "click" or facts.found.get("sound") != "click":
        return asked
    return asked.model_copy(update={"mode": "click", "picked_from": "click"})


def _limits(told: Commission) -> Limits | None:
    if told.max_hours is None:
        return None
    return Limits(max_hours=told.max_hours, reload_every=told.reload_every)


def _target(told: Commission, name: str) -> PackTarget:
    pack = told.packs[name]
    pairs = pack.manifest.pairs
    return PackTarget(
        pack=name,
        manifest_file=pack.manifest_file,
        manifest_path=str(pack.folder / pack.manifest_file),
        pair_count=len(pairs),
        unique_pair_ids=len({pair.pair for pair in pairs}),
        target_coverage=told.walk.target_coverage,
        target_unique_pairs=told.targets[name],
    )


def _browser(config: BrowserConfig) -> RunBrowser:
    viewport = Viewport(
        mode="fixed",
        width=config.width,
        height=config.height,
        device_scale_factor=config.device_scale,
    )
    return RunBrowser(mute_audio=True, start_maximized=False, viewport=viewport)


def _runtime(config: BrowserConfig, verdict: RendererVerdict | None) -> Runtime:
    asked = Runtime(gpu_mode=config.gpu_mode, headed=config.headed, require_gpu=config.gpu_required)
    if verdict is None:
        return asked
    webgl = verdict.signals.webgl
    return asked.model_copy(update={"webgl": WebGl(ok=webgl is not None, renderer=webgl)})
