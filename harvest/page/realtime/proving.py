"""The self-test: what this page shows and hears is proven on pairs of the packs themselves."""

from collections.abc import Mapping
from itertools import count, cycle, islice
from typing import TYPE_CHECKING

from harvest.browser.watch import WatchedPage
from harvest.measure.footage import Pictures
from harvest.packs.manifest import Pack
from harvest.page.driven import SILENT, PageError, Refused, SelfTestError
from harvest.page.realtime import tap, verdicts
from harvest.page.realtime.verdicts import Mixture
from harvest.records import Pair

if TYPE_CHECKING:
    from harvest.page.realtime.page import RealtimePage

_LOOKS = 16
"""At pairs, at most, until some looked different from the one before; a small pack is gone round again."""
_SWITCHES = 2
_HEARD_S = 1.0


async def prove(driven: "RealtimePage", watched: WatchedPage, packs: Mapping[str, Pack]) -> None:
    """Prove it, or raise."""
    try:
        for pack in reversed(list(packs.values())):
            await driven.turn_to(watched, pack)
        await _prove_hooks(watched)
        await _prove_sound(driven, watched)
        await _prove_switches(driven, watched, next(iter(packs.values())))
        # Some of what a page tells it tells of a pick.
        facts = await tap.facts(watched)
        driven.found |= {"generation": verdicts.generation(facts), **facts.model_dump(by_alias=True)}
    except PageError as error:
        known = error.fault in {"manifest-mismatch", "server-gone", "page-left"}
        raise SelfTestError(str(error), error.fault if known else "self-test-failed") from error


async def _prove_hooks(watched: WatchedPage) -> None:
    facts = await tap.facts(watched)
    if not facts.tells_presets:
        raise SelfTestError("The page does not tell which presets it shows: no row could be proven.")
    if not (facts.coupled_show or (facts.coupled_next and facts.pick_mode == "shuffle")):
        raise SelfTestError(f"No pair can be asked for: the page picks by {facts.pick_mode}.")


async def _prove_sound(driven: "RealtimePage", watched: WatchedPage) -> None:
    """Be heard, if need be by mending."""
    for attempt in count(1):
        heard = await tap.play(watched, audible=SILENT, limit_s=_HEARD_S)
        if heard.rms >= SILENT and heard.reaches is not False:
            return
        if await driven.mend_sound(watched, attempt) is None:
            where = "in its engines" if heard.reaches is False else f"({heard.toggle}, {heard.status})"
            reason = f"The page hears nothing {where}: rms {heard.rms:.6f}."
            raise SelfTestError(reason, "audio-silent")


async def _prove_switches(driven: "RealtimePage", watched: WatchedPage, pack: Pack) -> None:
    """Load pairs three times each: switches must change the picture, and a second load must not."""
    before: Pictures | None = None
    switches = 0
    mixtures: list[Mixture] = []
    refused: Refused | None = None
    pairs = pack.manifest.pairs
    some = pairs[:: max(1, len(pairs) // _LOOKS)]
    for pair in islice(cycle(some), _LOOKS):
        seen = await _look_thrice(driven, watched, pack, pair)
        if isinstance(seen, Refused):
            refused = refused or seen
            continue
        once, twice, thrice = seen
        if before is not None:
            switches += verdicts.is_switch(before, twice, thrice)
            mixtures.append(verdicts.mixture(before, once, twice, thrice))
        before = thrice
        if switches >= _SWITCHES and _is_decided(mixtures):
            break
    if switches < _SWITCHES:
        if refused and before is None:
            raise SelfTestError(f"No pair can be shown: {refused.evidence}", refused.fault)
        seen = f"{_LOOKS} pairs after each other changed the picture {switches} times, not {_SWITCHES}"
        raise SelfTestError(f"{seen}: they look alike, or the page does not switch.")
    is_mixed = "mixed" in mixtures
    is_clean = not is_mixed and mixtures.count("clean") >= _SWITCHES
    driven.found["mixesPairs"] = True if is_mixed else False if is_clean else None
    driven.loads_per_pair = 1 if is_clean else 2


def _is_decided(mixtures: list[Mixture]) -> bool:
    return "mixed" in mixtures or mixtures.count("clean") >= _SWITCHES


async def _look_thrice(
    driven: "RealtimePage", watched: WatchedPage, pack: Pack, pair: Pair
) -> tuple[Pictures, Pictures, Pictures] | Refused:
    if refused := await driven.check_presets(watched, pair):
        return refused
    await driven.turn_to(watched, pack)
    driven.deliveries.asked_for.clear()
    glances: list[Pictures] = []
    for _ in range(3):
        if refused := await driven.show(watched, pack, pair, times=1):
            return refused
        taken = await driven.take(watched, dwell_s=driven.settings.glance_s)
        if refused := verdicts.refusal(taken, pair, driven.strangers(pair)):
            driven.is_spoilt = True
            return refused
        glances.append(verdicts.picture_of(taken))
    once, twice, thrice = glances
    return once, twice, thrice
