"""What dies, how we tell, and what mends it: pure tables.

    fault            seen as                                              first remedy
    driver-gone      its process ended; Playwright's events say nothing   restart-driver
    driver-stuck     process there, but it does not answer                restart-driver
    browser-gone     its process ended                                    relaunch
    browser-stuck    process there, but even CDP gets no answer           relaunch (killed by pid)
    page-crash       `crash` event; every call fails; is_closed() lies    new-page
    gpu-lost         GPU process ended, or a WebGL context was lost;      reload
                     requestAnimationFrame goes on over a dead picture
    page-stuck       the browser answers, the page does not               new-page

A remedy that fails is followed by the next heavier one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BrowserFault = Literal[
    "driver-gone", "driver-stuck", "browser-gone", "browser-stuck", "page-crash", "gpu-lost", "page-stuck"
]
BrowserReply = Literal["answered", "silent", "closed"]
Remedy = Literal["reload", "new-page", "relaunch", "restart-driver"]

_LADDER: Sequence[Remedy] = ("reload", "new-page", "relaunch", "restart-driver")

_FIRST_REMEDY: dict[BrowserFault, Remedy] = {
    "driver-gone": "restart-driver",
    "driver-stuck": "restart-driver",
    "browser-gone": "relaunch",
    "browser-stuck": "relaunch",
    "page-crash": "new-page",
    "gpu-lost": "reload",
    "page-stuck": "new-page",
}


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """One look at a page and all it stands on; None: not asked."""

    driver_alive: bool = True
    driver_answers: bool | None = None
    browser_alive: bool = True
    browser: BrowserReply | None = None
    page_crashed: bool = False
    page_answers: bool | None = None
    gpu_alive: bool = True
    contexts_lost: int = 0


def diagnose(vitals: Vitals) -> BrowserFault | None:
    """Name the deepest thing that is broken: what it carries cannot be well either."""
    deepest_first: Sequence[tuple[bool, BrowserFault]] = (
        (not vitals.driver_alive, "driver-gone"),
        (vitals.driver_answers is False, "driver-stuck"),
        (not vitals.browser_alive or vitals.browser == "closed", "browser-gone"),
        (vitals.browser == "silent", "browser-stuck"),
        (vitals.page_crashed, "page-crash"),
        (not vitals.gpu_alive or vitals.contexts_lost > 0, "gpu-lost"),
        (vitals.page_answers is False, "page-stuck"),
    )
    return next((fault for broken, fault in deepest_first if broken), None)


def remedies(fault: BrowserFault) -> Sequence[Remedy]:
    """List what to try, in order; the heaviest twice, since the machine may just have been busy."""
    first = _LADDER.index(_FIRST_REMEDY[fault])
    return (*_LADDER[first:], _LADDER[-1])
