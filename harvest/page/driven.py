"""What the loop asks of a page. Two adapters answer: `stepped` ours, `realtime` the owner's.

A visit ends in a measurement, which carries the proof of what it shows, or in the reason why there is none.
Anything else is an exception: `PageFaultError` and `OverdueError` of the watchman, and `PageError`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from harvest.browser.watch import WatchedPage
from harvest.measure import Footage
from harvest.packs.manifest import Pack
from harvest.records import Adapter, FaultName, Pair

Layer = Literal["fg", "bg"]
Sound = Literal["track", "click"]

SILENT = 1e-3
"""Mean RMS of the true signal below which nothing was heard: a tenth of the owner's quietest good runs."""


class PageError(Exception):
    """The page does not do what it should: another version, another page, or a script in it that failed."""

    def __init__(self, message: str, fault: FaultName = "gpu-lost") -> None:
        super().__init__(message)
        self.fault: FaultName = fault


class SelfTestError(Exception):
    """What this page shows or hears cannot be trusted; no sample may be taken from it."""

    def __init__(self, message: str, fault: FaultName = "self-test-failed") -> None:
        super().__init__(message)
        self.fault: FaultName = fault


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerShown:
    """What a layer drew."""

    url: str
    hash: str | None
    """SHA-256 of the preset's bytes as the page received them; None where only its address is known."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measurement:
    """What a page drew of one pair, and the proof of it."""

    footage: Footage
    frames: int
    """Drawn of this pair, those before the measurement too."""
    before: Mapping[Layer, LayerShown]
    after: Mapping[Layer, LayerShown]
    sound: Sound
    thumbnail: bytes | None
    """WebP."""
    picture_hash: str | None = None
    """Of all pictures, where the same request gives the same ones."""
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Where the time went, by phase."""

    @property
    def is_heard(self) -> bool:
        """Whether there was anything for the presets to move to."""
        return float(self.footage.rms.mean()) >= SILENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Why a visit gave no measurement, although the page lives."""

    fault: FaultName
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFacts:
    """What a page was found to be; recorded in the run's meta."""

    found: Mapping[str, str | float | bool | None]
    """What it offers, and the defects it has."""
    remedies: Sequence[str] = ()
    """What is done about those defects."""


class DrivenPage(Protocol):
    """A page that can be driven; it outlives the browsers that show it."""

    adapter: Adapter

    async def open(self, watched: WatchedPage) -> None:
        """Turn a blank or broken page into one that can measure; after every load."""
        ...

    async def self_test(self, watched: WatchedPage, packs: Mapping[str, Pack]) -> PageFacts:
        """Prove that switching, hearing and drawing work and that manifests are the disk's, or raise."""
        ...

    async def measure(self, watched: WatchedPage, pack: Pack, pair: Pair) -> Measurement | Refused:
        """Show one pair and measure it."""
        ...

    async def mend_sound(self, watched: WatchedPage, attempt: int) -> str | None:
        """After so many silent visits in a row, counted from 1, do the next heavier thing about it.

        Tell what was done; None: this page knows no further remedy, a new browser is due.
        """
        ...

    async def note(self, watched: WatchedPage, lines: Sequence[str]) -> None:
        """Write these lines over the page, for a person who looks on."""
        ...


def other_manifest(pack: Pack, seen: str | None) -> str | None:
    """Say what is wrong if a page got another manifest than we read; `seen` is the hash of the page's."""
    if seen == pack.manifest_hash:
        return None
    return (
        f"The page got another {pack.manifest_url} than lies on the disk: {seen}, not {pack.manifest_hash}."
    )
