"""What a run has come to, as a person wants to read it: counted line by line, spelled without a clock."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harvest.plan import Coverage
from harvest.records import Fault, RendererClass, Sample, Visit

_RATE_OVER_S = 180.0
_LAST = 6
_LONGEST_S = 1e9
"""Longer than anything lasts; a damaged record may say so all the same."""


@dataclass
class Standing:
    """The state of one run; times are seconds since it began."""

    targets: Mapping[str, int] = field(default_factory=dict[str, int])
    visits: int = 0
    """To be made from the beginning on."""
    phase: str = "start"
    drawn_by: str | None = None
    visit: Visit | None = None
    covered: Mapping[str, Coverage] = field(default_factory=dict[str, Coverage])
    samples: int = 0
    ok: int = 0
    flawed: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By flaw: the pairs that have it."""
    faults: Counter[str] = field(default_factory=Counter[str])
    seconds_lost: float = 0.0
    last: Sample | None = None
    said: str | None = None
    _moments: deque[float] = field(default_factory=deque[float])
    _verdicts: deque[str] = field(default_factory=lambda: deque[str](maxlen=_LAST))

    def add(self, line: Sample | Fault, covered: Mapping[str, Coverage], *, at: float) -> None:
        """Take one line of the journal into account."""
        self.covered = covered
        if isinstance(line, Fault):
            self.faults[line.name] += 1
            self.seconds_lost += line.seconds_lost or 0.0
            return
        self.said = None
        self.last = line
        self.samples += 1
        self.ok += line.ok_heuristic
        for flaw in line.flaws or ():
            self.flawed.setdefault(flaw, []).append(f"{line.pack} {line.pair}")
        self._verdicts.appendleft(f"{line.pair} {', '.join(line.flaws or ()) or 'ok'}")
        self._moments.append(at)
        while at - self._moments[0] > _RATE_OVER_S:
            self._moments.popleft()

    def per_minute(self, now: float) -> float | None:
        """Tell how many pairs a minute were measured lately; None: too few to say."""
        if len(self._moments) < 2:  # noqa: PLR2004 - one moment has no length
            return None
        span = max(now, self._moments[-1]) - self._moments[0]
        return 60 * (len(self._moments) - 1) / span if span else None

    def seconds_left(self, now: float) -> float | None:
        """Tell how long the rest takes at this rate."""
        rate = self.per_minute(now)
        return 60 * max(0, self.visits - self.samples) / rate if rate else None

    def rows(self, now: float) -> list[tuple[str, str]]:
        """Spell what is worth a look, each under its name."""
        found = [("now", self._now()), ("rate", self._rate(now)), ("heard", self._heard())]
        if self.drawn_by:
            found.append(("drawn by", self.drawn_by))
        if self.faults:
            lost = f", {self.seconds_lost:.0f} s lost"
            found.append(("faults", _counted(self.faults) + lost))
        if self._verdicts:
            found.append(("last", " · ".join(self._verdicts)))
        if self.said:
            found.append(("note", self.said))
        return [(name, text) for name, text in found if text]

    def sentence(self, now: float) -> str:
        """Spell it in one line."""
        packs = ", ".join(
            f"{name} {self._count(name):,} of {target:,}" for name, target in self.targets.items()
        )
        parts = [packs, self._rate(now), f"faults: {self.faults.total()}", self.said or ""]
        return "; ".join(part for part in parts if part)

    def notes(self, now: float) -> Sequence[str]:
        """Spell what to write over the page, in the words that the owner watches for."""
        visited, target = sum(map(self._count, self.targets)), sum(self.targets.values())
        if self.last is None:
            return (self.phase,)
        return (
            f"{self.last.pack} pair={self.last.pair} visited={visited}/{target} iter={self.samples}",
            f"{self._rate(now)} · {self._heard()} · faults {self.faults.total()}",
            *((self.drawn_by,) if self.drawn_by else ()),
        )

    def _count(self, name: str) -> int:
        return self.covered[name].covered if name in self.covered else 0

    def _now(self) -> str:
        if self.visit is None or self.phase != "measuring":
            return self.phase
        again = f", pass {self.visit.repeat + 1}" if self.visit.repeat else ""
        return f"{self.visit.pack}, pair {self.visit.pair}{again}"

    def _rate(self, now: float) -> str:
        rate, left = self.per_minute(now), self.seconds_left(now)
        if rate is None or left is None:
            return ""
        return f"{rate:.1f} pairs a minute" + (f", {clock(left)} left" if left else "")

    def _heard(self) -> str:
        sound = self.last and self.last.evidence and self.last.evidence.audio
        return f"{sound.source}, rms {sound.rms:.3f}" if sound else ""


def drawn_by(kind: RendererClass | Literal["unknown"], name: str | None) -> str:
    """Name what draws; software is shouted."""
    return f"{'SOFTWARE' if kind == 'software' else kind}: {name or 'nobody says what'}"


def clock(seconds: float) -> str:
    """Spell a duration as hours, minutes and seconds."""
    minutes, rest = divmod(round(min(seconds, _LONGEST_S)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _counted(names: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in names.most_common())
