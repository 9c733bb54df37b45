"""Whether anything is worse than before: pairs that do not come on screen, errors, frame rate. Pure."""

from collections.abc import Sequence

from harvest.page.driven import Layer
from harvest.page.realtime.deliveries import path_of
from orchestrate.verify import odds
from orchestrate.verify.answers import Pick, Seen
from orchestrate.verify.on_disk import OnDisk
from orchestrate.verify.record import Finding, Outcome, Verification

_SLOWEST = 0.6
"""Of the frame rate before: a GPU draws as many as the screen shows, whichever pairs come."""
_SLOWEST_SOFTWARE = 0.25
"""The same without a GPU, where other programs alone halve it: 13.6 to 27.6 in six proofs of the same."""
_FAILURES = 0.05
"""Share of the owner's pairs that abort his engine (4 %), rounded up: the least that is called normal."""


def failures(disk: OnDisk, picks: Sequence[Pick]) -> list[str]:
    """Say of each real pick that is not proven to be on screen why; what quarantine knows is nothing new."""
    found = [(pick.pair, failure(disk, pick)) for pick in picks]
    return [why for pair, why in found if why and pair not in disk.quarantined]


def failure(disk: OnDisk, pick: Pick) -> str | None:
    """Say why a real pick is not proven to be on screen; None: it is."""
    if pick.outcome != "shown" or pick.layers is None:
        return f"Pair {pick.pair}: {pick.reason}" if pick.pair is not None else f"No pair: {pick.reason}"
    pair = next((pair for pair in disk.pairs if pair.pair == pick.pair), None)
    if pair is None:
        return f"Pair {pick.pair} is not in the manifest on the disk."
    wanted: dict[Layer, str] = {"fg": pair.fg_url, "bg": pair.bg_url}
    for layer, url in wanted.items():
        seen = pick.layers[layer]
        if seen.url is None or path_of(seen.url) != path_of(url):
            return f"Pair {pick.pair}: {layer} shows {seen.url}, not {url}."
        if seen.hash is not None and seen.hash != disk.presets.get(url):
            return f"Pair {pick.pair}: {layer} shows other bytes than {url} has on the disk."
    return None if pick.frames_drawn else f"Pair {pick.pair}: nothing was drawn of it."


def judge_failures(failed: Sequence[str], shown: int, before: Verification | None) -> Finding:
    """Allow as many as chance brings where the usual share of pairs fails."""
    name = "pairs shown"
    if not shown:
        return Finding(name=name, verdict="undecided", sentence="No pair was shown.")
    usual = _FAILURES if before is None else max(_FAILURES, len(before.load_failures) / max(1, before.shown))
    allowed = odds.most_by_chance(shown, min(1.0, usual))
    verdict: Outcome = "passed" if len(failed) <= allowed else "failed"
    said = f"{shown - len(failed)} of {shown} real picks are proven to have been on screen."
    if failed:
        said += f" The first that is not: {failed[0]}"
    return Finding(name=name, verdict=verdict, sentence=said, value=len(failed), threshold=allowed)


def judge_errors(seen: Seen, before: Verification | None) -> Finding:
    """Allow no error that was not there before; how often one comes is a matter of time.

    What newliveweb does the first time that it is looked at is told and cannot be called worse.
    """
    is_first = before is None and seen.opened.generation != "harvest"
    known = seen.page_errors if is_first else before.page_errors if before else ()
    new = [error for error in dict.fromkeys(seen.page_errors) if error not in known]
    said = f"{len(seen.page_errors)} errors that nobody caught, {len(new)} of a kind not seen before."
    if first := next(iter(new or seen.page_errors), None):
        said += f" {first}"
    verdict: Outcome = "failed" if new else "passed"
    return Finding(name="page errors", verdict=verdict, sentence=said, value=len(new), threshold=0)


def judge_rate(rate: float | None, before: Verification | None) -> list[Finding]:
    """Hold it against the rate before, which `before` must have from the same renderer."""
    if rate is None:
        return []
    if before is None or before.frames_per_second is None:
        said = f"{rate:.1f} frames a second; there is no earlier verification to compare with."
        return [Finding(name="frame rate", verdict="passed", sentence=said, value=rate)]
    share = _SLOWEST_SOFTWARE if before.renderer_class == "software" else _SLOWEST
    least = share * before.frames_per_second
    verdict: Outcome = "passed" if rate >= least else "failed"
    said = f"{rate:.1f} frames a second; before there were {before.frames_per_second:.1f}."
    return [Finding(name="frame rate", verdict=verdict, sentence=said, value=rate, threshold=least)]
