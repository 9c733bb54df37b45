"""All that a folder tells, whatever of it is there: read once, then frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harvest.packs.quarantine import Entry
from harvest.records import Ending, QualityFile, Record, RunMeta, RunSummary
from harvest.records.meta import PackTarget
from harvest.records.record import Count, Many, Number
from orchestrate.night.record import NightRecord
from orchestrate.report.tally import Tally
from orchestrate.verify.record import Verification
from train.report import TrainingReport

Kind = Literal["night", "run"]
State = Literal["running", "finished", "ended", "killed"]
"""Ended: it closed its books itself, but over an error."""


class Epoch(Record):
    """What one time through the rows came to."""

    epoch: Count
    losses: Mapping[str, Number]
    validation: Mapping[str, Number | None]


class History(Record):
    """`training_history.json`, as far as it is drawn."""

    epochs: Many[Epoch]


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A file that is there and cannot be read, or not to its end."""

    file: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a pack was given, and what it had."""

    now: QualityFile
    before: QualityFile | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """A pair in quarantine."""

    pack: str
    entry: Entry
    is_new: bool
    """It was this run that put it there."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far one pack has come."""

    pack: str
    covered: int
    pairs: int | None
    """None: nothing tells how many there are."""
    target: int | None

    @property
    def is_reached(self) -> bool:
        """Whether it is as far as it was meant to come."""
        return self.target is not None and self.covered >= self.target

    @property
    def share(self) -> float | None:
        """Of its pairs."""
        return self.covered / self.pairs if self.pairs else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """What a folder tells; None: it does not."""

    folder: Path
    eval_folder: Path
    name: str
    kind: Kind
    state: State
    night: NightRecord | None
    summary: RunSummary | None
    """Of the night; of a plain run, its own."""
    meta: RunMeta | None
    tally: Tally
    training: TrainingReport | None
    epochs: Sequence[Epoch]
    scores: Mapping[str, Scores]
    """By pack."""
    verified: Mapping[str, Verification]
    """By pack."""
    held: Sequence[Held]
    unread: Sequence[Unread]

    @property
    def ending(self) -> Ending | None:
        """Why it is over, in its own words."""
        own = self.night and self.night.ending
        return own or (self.summary.ending if self.summary else None)

    @property
    def started_at(self) -> str | None:
        """When its first life began."""
        known = self.night or self.meta
        return known.started_at if known else None

    @property
    def packs(self) -> Sequence[str]:
        """All that it was about."""
        asked = self.night.packs if self.night else tuple(each.pack for each in self._targets)
        return tuple(dict.fromkeys((*asked, *self.tally.moments, *self.verified)))

    @property
    def coverage(self) -> Sequence[Coverage]:
        """How far each pack has come: the journal counts, its meta where there is no journal."""
        targets = {each.pack: each for each in self._targets}
        progress = (self.meta.progress if self.meta else None) or {}
        found: list[Coverage] = []
        for pack in dict.fromkeys((*targets, *progress, *self.tally.moments)):
            told = targets.get(pack)
            counted = len(self.tally.moments.get(pack, ()))
            if not self.tally.is_there and pack in progress:
                counted = progress[pack].visited
            target = told.target_unique_pairs if told else progress[pack].target if pack in progress else None
            pairs = told.pair_count if told else None
            found.append(Coverage(pack=pack, covered=counted, pairs=pairs, target=target))
        return found

    @property
    def _targets(self) -> Sequence[PackTarget]:
        return (self.meta.packs if self.meta else None) or ()
