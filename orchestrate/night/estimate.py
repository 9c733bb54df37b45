"""What a night will do and how long that takes, as far as earlier runs tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harvest.account import META, read_meta
from harvest.packs.manifest import Pack
from harvest.plan import target_pairs
from harvest.records import Adapter, RecordError, RunMeta
from harvest.run import pairs_of
from orchestrate.night.asked import Asked
from orchestrate.night.record import EVAL
from orchestrate.places import runs
from orchestrate.standing import clock


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How fast an earlier run measured."""

    per_minute: float
    run: Path


def visits(packs: Mapping[str, Pack], asked: Asked) -> dict[str, int]:
    """Count the pairs that a night aims at, by pack, if it begins anew."""
    wanted = {
        name: min(target_pairs(pairs, asked.target_coverage), len(pairs.allowed))
        for name, pairs in ((name, pairs_of(pack)) for name, pack in packs.items())
    }
    left = sum(wanted.values()) if asked.max_pairs is None else asked.max_pairs
    for name, count in wanted.items():
        wanted[name] = min(count, left)
        left -= wanted[name]
    return wanted


def rate(artifacts: Path, adapter: Adapter) -> Rate | None:
    """Look up how fast the latest run that measured on such a page was; None: there was none."""
    metas = [folder / META for folder in runs(artifacts)]
    return next(_rates(metas, adapter), None)


def spelled(asked: Asked, pairs: int, known: Rate | None) -> str:
    """Say how long the measuring will take."""
    until = "" if asked.max_hours is None else f"stopped after {asked.max_hours:g} h"
    if known is None:
        return f"how fast it goes here is not known before a first run{until and f'; {until}'}"
    hours = pairs / known.per_minute / 60
    sentence = f"about {clock(3600 * hours)}, at {known.per_minute:.0f} pairs a minute as in {known.run.name}"
    return f"{sentence}; {until}" if asked.max_hours is not None and hours > asked.max_hours else sentence


def _rates(metas: list[Path], adapter: Adapter) -> Iterator[Rate]:
    for path in metas:
        try:
            meta = read_meta(path)
        except (OSError, RecordError):
            continue  # it tells nothing of how fast it was, which is all that is asked here
        if meta.harvest and meta.harvest.adapter == adapter and (speed := _per_minute(meta)):
            run = path.parent.parent if path.parent.name == EVAL else path.parent
            yield Rate(per_minute=speed, run=run)


def _per_minute(meta: RunMeta) -> float | None:
    """Take the pairs that were visited by the time that measuring took, in all lives of a run."""
    seconds = meta.harvest and meta.harvest.phase_seconds.get("measuring")
    visited = sum(each.visited for each in (meta.progress or {}).values())
    return 60 * visited / seconds if seconds and visited else None
