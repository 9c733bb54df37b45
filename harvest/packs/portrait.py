"""One preset as a pack's profile sees it, taken in many processes at once."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harvest.packs import disk
from harvest.packs.features import Point, features
from harvest.packs.gaps import Gap, gaps
from harvest.packs.listing import unreadable
from harvest.packs.milk import MAX_BYTES, MilkError, parse
from harvest.packs.traits import Trait, traits
from harvest.packs.workers import workers

T = TypeVar("T")

_BATCH = 64

SHOWN: Mapping[str, float] = {
    "zoom": 1.0,
    "rot": 0.0,
    "warp": 1.0,
    "cx": 0.5,
    "cy": 0.5,
    "dx": 0.0,
    "dy": 0.0,
    "fdecay": 0.98,
    "fgammaadj": 2.0,
    "fvideoechoalpha": 0.0,
    "nwavemode": 0.0,
    "fwavealpha": 0.8,
    "fwavescale": 1.0,
    "wave_r": 1.0,
    "wave_g": 1.0,
    "wave_b": 1.0,
}
"""The numbers whose spread a profile shows, with MilkDrop's defaults."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """What a profile wants to know of one preset."""

    content: str
    meaning: str
    version: int
    traits: Trait
    numbers: tuple[float, ...]
    """In the order of `SHOWN`."""
    gaps: Mapping[Gap, tuple[str, ...]]
    point: Point


def portray_all(
    paths: Sequence[Path], *, processes: int, progress: Callable[[int, int], None]
) -> list[Portrait | str]:
    """Take the portrait of each, or say why it has none."""
    taken: list[Portrait | str] = []
    under_way: deque[Future[list[Portrait | str]]] = deque()
    with workers(processes) as pool:
        for batch in _batches(paths):
            under_way.append(pool.submit(_portray_batch, batch))
        while under_way:
            taken += under_way.popleft().result()
            progress(len(taken), len(paths))
    return taken


def portray(path: Path) -> Portrait | str:
    """Take one portrait."""
    try:
        milk = parse(disk.read_file(path, at_most=MAX_BYTES))
    except OSError as error:
        return unreadable(error)
    except MilkError as error:
        return str(error)
    preset = milk.preset
    return Portrait(
        content=milk.content_hash(),
        meaning=milk.meaning_hash(),
        version=preset.version,
        traits=traits(preset),
        numbers=tuple(preset.parameters.get(name, default) for name, default in SHOWN.items()),
        gaps=gaps(preset),
        point=features(preset),
    )


def _portray_batch(paths: Sequence[Path]) -> list[Portrait | str]:
    return [portray(path) for path in paths]


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
