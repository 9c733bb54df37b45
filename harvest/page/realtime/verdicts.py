"""What a measurement proves, and what a page is found to be: pure."""

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import numpy as np

from harvest.measure.footage import STEP, Pictures
from harvest.packs.manifest import MANIFEST, Pack
from harvest.page.driven import Layer, Refused
from harvest.page.realtime.answers import Facts, Seen, Taken
from harvest.records import Pair

_TIMES_CHANCE = 3
"""Pictures differ that differ so many times as much as two pictures of one pair."""
_LEFT = 0.2
"""Share of the pair before above which a picture is a mixture; pairs that move by chance stay far below."""
_FIGURES_DUE_S = 1.0
"""Each engine takes its own figures every half second as long as it draws."""


def address_of(url: str, pack: Pack | None) -> str:
    """Where the page shows a pack, in the words of newliveweb's own sampler."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if pack is not None:
        query |= {"coupled": "1", "coupledPack": pack.name, "coupledPick": "shuffle"}
        if pack.manifest_file != MANIFEST:
            query["coupledManifest"] = pack.manifest_file
    return urlunsplit(parts._replace(query=urlencode(query)))


def generation(facts: Facts) -> str:
    """Tell which of newliveweb's two generations of hooks a page speaks, or ours."""
    if facts.harvest_version is not None:
        return "harvest"
    return "documented" if facts.sample_coupled_picks or facts.picks_are_detailed else "public"


def told(seen: Seen) -> Mapping[Layer, str | None]:
    """Which presets the page says are on screen, by their addresses in manifests where they are ones."""
    return {"fg": _path(seen.fg), "bg": _path(seen.bg)}


def _path(address: str | None) -> str | None:
    if address is None:
        return None
    parts = urlsplit(address)
    return unquote(parts.path) if parts.netloc else address


def refusal(taken: Taken, pair: Pair, strangers: Sequence[str]) -> Refused | None:
    """Why these frames are no measurement of this pair."""
    if why := _replaced(taken, pair, strangers):
        return Refused(fault="wrong-pair", evidence=why)
    if taken.aborted:
        return aborted(taken.after)
    due = max(_FIGURES_DUE_S, 3 * taken.seconds / len(taken.times))
    ages = zip(("fg", "bg"), taken.figure_ages, strict=True)
    still = [layer for layer, age in ages if age is not None and age / 1000 > due]
    if still:
        return Refused(fault="preset-abort", evidence=f"{' and '.join(still)} drew nothing any more.")
    return None


def aborted(seen: Seen) -> Refused:
    """Tell that an engine gave up."""
    return Refused(
        fault="preset-abort", evidence=f"The engine aborted: {seen.abort_reason or 'no reason given'}"
    )


def _replaced(taken: Taken, pair: Pair, strangers: Sequence[str]) -> str | None:
    wanted = {"fg": pair.fg_url, "bg": pair.bg_url}
    for when, seen in (("Before", taken.before), ("After", taken.after)):
        if told(seen) != wanted or seen.pair != pair.pair:
            what = f"pair {seen.pair}, {seen.fg} and {seen.bg}"
            return f"{when} the measurement the page showed {what} ({seen.status})."
    if strangers:
        return f"During the measurement the page loaded {', '.join(strangers)} ({taken.after.status})."
    if (taken.before.loads, taken.before.picked_at) != (taken.after.loads, taken.after.picked_at):
        return f"During the measurement the page loaded {taken.after.loads} ({taken.after.status})."
    return None


def picture_of(taken: Taken) -> Pictures:
    """The mean picture of both layers, one below the other."""
    return taken.views()[:2].mean(axis=1).round().astype(np.uint8)


def difference(one: Pictures, other: Pictures) -> float:
    """Mean difference, from 0 to 1."""
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean()) / 255


def is_switch(before: Pictures, twice: Pictures, thrice: Pictures) -> bool:
    """Tell whether a pair, of which two pictures were taken, looks different from the one before it."""
    return difference(before, thrice) > max(STEP, _TIMES_CHANCE * difference(twice, thrice))


Mixture = Literal["mixed", "clean", "unknown"]


def mixture(before: Pictures, once: Pictures, twice: Pictures, thrice: Pictures) -> Mixture:
    """Tell whether a pair that is loaded once still shows the pair before.

    Loading it again ends what the first load began: if that changes the picture by much of the way from the
    pair before, and loading it a third time does not, then the first picture was a mixture.
    """
    if not is_switch(before, twice, thrice):
        return "unknown"
    way = difference(before, twice)
    if way == 0:
        return "unknown"
    left, by_chance = difference(once, twice) / way, difference(twice, thrice) / way
    if left - by_chance > _LEFT:
        return "mixed"
    return "clean" if left < _LEFT else "unknown"
