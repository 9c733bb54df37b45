"""`verify.json`: what a real browser made of a pack's scores."""

from collections.abc import Mapping
from typing import Literal

from harvest.records import Record, RendererClass
from harvest.records.record import Amount, Count, Many, Number, Share
from train.gate import Outcome

VERIFICATION = "verify.json"
PICKS = "picks.jsonl"
"""The selection log: what was picked, in which arm, in order."""

GAMMA = 4.0
"""What newliveweb's own verify asks for."""
DRAWS = 8000
"""Of each mode: they decide a std of 0.03, which the gate asks for, about a mean of 0.77, and not 0.0192."""

SHOWN = 24
"""Real picks: a few dozen, half a minute of them."""

Mode = Literal["weighted", "shuffle"]


class Finding(Record):
    """One thing that was looked at."""

    name: str
    verdict: Outcome
    sentence: str
    value: Number | None = None
    threshold: Number | None = None


class Fetched(Record):
    """A file as the page got it, beside the one on the disk."""

    url: str
    status: int | None
    """HTTP status; None: the page never asked for it."""
    from_cache: bool
    served: str | None
    """Hash of the bytes that the page got."""
    on_disk: str | None


class Arm(Record):
    """Picks made in one mode; a pair without a score counts as 0.5, as it does in the page."""

    mode: Mode
    draws: Count
    mean_quality: Number | None
    standard_error: Number | None
    deciles: Many[Share]
    """Share of picks by tenth of the pairs, the lowest quality first: a tenth each where it means nothing."""
    expected: Many[Share]
    """What the page's own formula promises; none: the formula is not known."""


class Chosen(Record):
    """One line of `picks.jsonl`."""

    arm: Mode
    n: Count
    """In this arm, from 1; those that were shown are counted by themselves."""
    pair: Count | None
    """None: nothing came on screen, and the page does not say which pair it was."""
    quality01: Share | None
    """On the disk."""
    shown: bool = False
    """Proven on screen; the others were drawn without a picture or with a quick one."""
    problem: str | None = None


class Verification(Record):
    """`verify.json`."""

    kind: Literal["verify.v0"]
    pack: str
    started_at: str
    finished_at: str
    verdict: Outcome
    findings: Many[Finding]
    next_steps: Many[str]
    page: str
    """Its address."""
    adapter: Literal["stepped", "realtime"]
    generation: str | None = None
    """Of the page's hooks: harvest, documented or public."""
    renderer: str | None
    renderer_class: RendererClass | None
    manifest: Fetched
    quality: Fetched
    merged: Count | None
    """How many pairs the page says it gave a score; None: it does not say."""
    console: Many[str]
    """What the page said of the scores on its console."""
    gamma: Amount
    seed: Count = 0
    """Of the draws, where the page takes one."""
    std: Amount | None
    """Of quality01."""
    draws_needed: Count | None
    """By arm, to tell weighted from shuffle 9,999 times in 10,000 at this std; None: nothing differs."""
    arms: Many[Arm]
    shown: Count = 0
    """Real picks that were asked for."""
    page_errors: Many[str]
    load_failures: Many[str]
    frames_per_second: Amount | None
    before: Mapping[str, Number]
    """The same figures of the verification before: pageErrors, loadFailures, framesPerSecond. Empty: none."""
    npm_exit_code: int | None = None
    """Of newliveweb's own verify; None: it was not run."""
    versions: Mapping[str, str]
