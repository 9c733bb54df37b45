"""A venue where nothing is drawn: the loop, the journal and the books at full speed."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np

from harvest.browser.keeper import Keeper, Repair
from harvest.browser.renderer import RendererSignals, RendererVerdict
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.faults import BrowserFault
from harvest.measure import Footage
from harvest.packs.manifest import Pack
from harvest.page.driven import Layer, LayerShown, Measurement, PageFacts, Refused
from harvest.records import Adapter, Pair
from harvest.server import Server
from harvest.venue import Venue

URL = "http://127.0.0.1:1/"
Answer = Refused | Exception


def shot(pack: Pack, pair: Pair, *, rms: float) -> Measurement:
    """What a page would have drawn of a pair: grey, of a shade of its own."""
    files = pack.presets_of(pair)
    assert files is not None
    fg, bg = files
    shown: Mapping[Layer, LayerShown] = {
        "fg": LayerShown(url=pair.fg_url, hash=fg.sha256),
        "bg": LayerShown(url=pair.bg_url, hash=bg.sha256),
    }
    pictures = np.full((4, 2, 3, 3), pair.pair % 256, np.uint8)
    sound = np.full(4, rms, np.float32)
    return Measurement(
        footage=Footage(
            fg=pictures, bg=pictures, composed=pictures, rms=sound, peak=sound, frames_per_second=30
        ),
        frames=4,
        before=shown,
        after=shown,
        sound="click",
        thumbnail=b"RIFF....WEBP",
        picture_hash=str(pair.pair),
    )


@dataclass
class SimulatedPage:
    """A page that answers at once."""

    adapter: Adapter = "stepped"
    answers: list[Answer] = field(default_factory=list[Answer])
    """What it answers first, in this order; then it measures."""
    silent: int = 0
    """So many measurements after them hear nothing."""
    mended: list[int] = field(default_factory=list[int])
    """Attempts at its sound."""
    noted: list[Sequence[str]] = field(default_factory=list[Sequence[str]])

    async def open(self, watched: WatchedPage) -> None:
        """Nothing to open."""

    async def self_test(self, watched: WatchedPage, packs: Mapping[str, Pack]) -> PageFacts:  # noqa: ARG002
        """Nothing to prove."""
        return PageFacts(found={"simulated": True})

    async def measure(self, watched: WatchedPage, pack: Pack, pair: Pair) -> Measurement | Refused:  # noqa: ARG002
        """Answer."""
        if not self.answers:
            self.silent -= 1
            return shot(pack, pair, rms=0.0 if self.silent >= 0 else 0.1)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def mend_sound(self, watched: WatchedPage, attempt: int) -> str | None:  # noqa: ARG002
        """Two things can be tried."""
        self.mended.append(attempt)
        return ("resume", "reload", None)[attempt - 1]

    async def note(self, watched: WatchedPage, lines: Sequence[str]) -> None:  # noqa: ARG002
        """Keep it."""
        self.noted.append(lines)


class _Tab:
    def __init__(self) -> None:
        self.url = URL

    def on(self, _event: str, _heard: object) -> None:
        """Nothing happens here."""


class _Watched:
    def __init__(self) -> None:
        self.page = _Tab()


class SimulatedKeeper(Keeper):
    """Keeps nothing, and mends it at once."""

    repaired: list[BrowserFault]
    _tab: WatchedPage

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        self.repaired = []
        self._tab = cast("WatchedPage", _Watched())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    @property
    def page(self) -> WatchedPage:
        """A page that is none."""
        return self._tab

    async def repair(self, fault: BrowserFault) -> Repair:
        """Mend it."""
        self.repaired.append(fault)
        return Repair(fault=fault, tried=("reload",), seconds=0.0)

    async def retire_if_due(self) -> str | None:
        """It does not age."""
        return None


@dataclass
class SimulatedServer:
    """A server that is there, unless it is not."""

    url: str = URL
    is_there: bool = True

    async def answers(self) -> bool:
        """Tell."""
        return self.is_there

    async def revive(self) -> str:
        """Come back."""
        self.is_there = True
        return "started again"


async def _judge(_keeper: Keeper) -> RendererVerdict:
    signals = RendererSignals(webgl="llvmpipe", gpu_process="llvmpipe")
    return RendererVerdict(renderer_class="software", signals=signals, reason="")


def simulated(page: SimulatedPage, server: SimulatedServer | None = None) -> Venue:
    """Make a venue of it."""

    @asynccontextmanager
    async def serve(_folder: Path) -> AsyncGenerator[Server]:
        yield server or SimulatedServer()

    return Venue(
        adapter="stepped",
        serve=serve,
        drive=lambda _url: page,
        browser=BrowserConfig(),
        keep=SimulatedKeeper,
        judge=_judge,
    )
