"""What a night needs, looked at before it begins: it fails in seconds, not at four in the morning."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from harvest.browser import ownership
from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.packs.problem import PackError
from harvest.packs.publish import PRIVATE
from harvest.packs.quarantine import allowed, read_quarantine
from harvest.server import ServerError
from orchestrate import doctor, show
from orchestrate.endings import run
from orchestrate.exit_codes import ExitCode
from orchestrate.judges import Check, ready
from orchestrate.night.books import Came
from orchestrate.night.steps import Scene, elite_lists
from orchestrate.venues import venue_of
from train.elite import read_elite
from train.problem import TrainError

_A_PAIR = 8 << 10
"""Measured: 1.6 kB of journal and 1.5 kB of picture a pair, and room to spare."""
_BESIDES = 600 << 20
"""Models, checkpoints, a browser's profile, the report."""
_MOST_SHOWN = 3
_LOOKS = 3
_PATIENCE = 5.0
"""A night can wait for a busy machine longer than a person who asks the doctor."""


def examined(scene: Scene) -> Came:
    """Look at machine, packs, lists and room, and end what earlier runs left behind."""
    checks = list(_of_files(scene))
    if ready(checks):
        checks += run(_of_machine(scene))
    for check in checks:
        if check.state in ("warning", "missing"):
            show.finding(check.state, check.name, check.found, check.mend)
    missing = [f"{check.name}: {check.found}" for check in checks if check.state == "missing"]
    if not ready(checks):
        return Came(code=ExitCode.NOT_READY, reason=f"Not ready for a night: {'; '.join(missing)}.")
    warnings = [check.name for check in checks if check.state == "warning"]
    looked_at = f"Ready, but look at: {', '.join(warnings)}." if warnings else "Ready for a night."
    return Came(code=ExitCode.OK, reason=looked_at)


async def _of_machine(scene: Scene) -> list[Check]:
    await asyncio.to_thread(ownership.sweep, scene.config.browser.profiles)
    checks: list[Check] = []
    for _ in range(_LOOKS):
        checks = [check async for check in doctor.examine(scene.config, patience=_PATIENCE)]
        if ready(checks):
            break
    return checks


def _of_files(scene: Scene) -> Iterator[Check]:
    yield _page(scene)
    for pack in scene.packs.values():
        yield _pack(pack)
        yield _may_be_written(pack.folder)
    if not scene.asked.eval_only:
        yield _elite(scene)
        yield from _runs(scene)
    if not scene.asked.train_only:
        pairs = sum(len(pack.manifest.pairs) for pack in scene.packs.values())
        yield judge_room(shutil.disk_usage(scene.folder).free, pairs=pairs)


def _runs(scene: Scene) -> Iterator[Check]:
    for place in scene.asked.eval:
        if not place.exists():
            yield Check(name="eval", state="missing", found=f"there is no {place}")


def _page(scene: Scene) -> Check:
    try:
        venue_of(scene.config, scene.packs.values(), scene.stepping, url=scene.asked.url)
    except (PackError, ServerError) as error:
        return Check(name="page", state="missing", found=str(error))
    return Check(name="page", state="ok", found="there")


def judge_room(free: int, *, pairs: int) -> Check:
    """Tell whether a night of so many pairs has room."""
    needed = _BESIDES + pairs * _A_PAIR
    found = f"{free >> 20:,} MiB free, {pairs:,} pairs take {needed >> 20:,}"
    if free >= needed:
        return Check(name="room", state="ok", found=found)
    return Check(
        name="room", state="missing", found=found, mend="Make room, or set artifacts to another disk."
    )


def _pack(pack: Pack) -> Check:
    pairs = pack.manifest.pairs
    held = len(pairs) - len(list(allowed(pack, read_quarantine(pack.folder))))
    found = f"{len(pairs):,} pairs, {held:,} in quarantine"
    if held == len(pairs):
        mend = "Release some: `harvest packs quarantine`."
        return Check(name=pack.name, state="missing", found=found, mend=mend)
    return Check(name=pack.name, state="ok", found=found)


def _may_be_written(pack: Path) -> Check:
    """Scores are to be written beside the manifest, after hours of work."""
    places = (place for place in (pack, pack / PRIVATE) if place.exists())
    is_open = all(os.access(place, os.W_OK) for place in places)
    found = f"scores may {'' if is_open else 'not '}be written in {pack}"
    return Check(name="scores", state="ok" if is_open else "missing", found=found)


def _elite(scene: Scene) -> Check:
    places = elite_lists(scene)
    if not places:
        found = "no pair is scored by hand: what is good is told from measured figures alone"
        mend = "Set `elite` in harvest.toml, or name --elite."
        return Check(name="elite", state="warning", found=found, mend=mend)
    presets = next(iter(scene.packs.values())).folder.absolute().parent
    try:
        reading = read_elite(places, presets=presets)
    except (TrainError, OSError) as error:
        found = disk.explain(error) if isinstance(error, OSError) else str(error)
        return Check(name="elite", state="missing", found=found)
    return judge_elite(len(reading.scored), reading.refused)


def judge_elite(scored: int, refused: Sequence[str]) -> Check:
    """Tell what lists of scored pairs are good for."""
    found = f"{scored:,} pairs scored by hand"
    if refused:
        more = f" … ({len(refused):,} in all)" if len(refused) > _MOST_SHOWN else ""
        found += f"; refused: {' '.join(refused[:_MOST_SHOWN])}{more}"
    state = "missing" if not scored else "warning" if refused else "ok"
    return Check(name="elite", state=state, found=found)
