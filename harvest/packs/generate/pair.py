"""Pair k of seed S: the same in a pack of any size, for it is drawn from k and S and nothing else."""

from dataclasses import dataclass, replace

from harvest.packs.generate.compose import compose
from harvest.packs.generate.dice import Dice
from harvest.packs.generate.planted import NEAR_DUPLICATE, PLANTED, Rates
from harvest.packs.generate.scene import draw_scene
from harvest.packs.generate.truth import Truth, truth_of
from harvest.packs.milk import Preset


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedPair:
    """Two presets, and the truth about them."""

    fg: Preset
    bg: Preset
    truth: Truth


def generate_pair(number: int, *, seed: int, rates: Rates) -> GeneratedPair:
    """Generate one pair."""
    case, origin = _cast(number, seed, rates)
    model = number if origin is None else origin
    scene = draw_scene(Dice(seed, model, "scene"))
    if case is not None:
        fg, bg = PLANTED[case](scene.fg, scene.bg, Dice(seed, number, case))
        scene = replace(scene, fg=fg, bg=bg)
    return GeneratedPair(
        fg=compose(scene.fg, Dice(seed, model, "fg")),
        bg=compose(scene.bg, Dice(seed, model, "bg")),
        truth=truth_of(number, scene, case=case, origin=origin),
    )


def _cast(number: int, seed: int, rates: Rates) -> tuple[str | None, int | None]:
    """Decide what a pair is planted with, if at all, and which pair a near-duplicate is taken from."""
    case = _draw_case(number, seed, rates)
    if case != NEAR_DUPLICATE:
        return case, None
    origin = _draw_origin(number, seed, rates)
    return (None, None) if origin is None else (case, origin)


def _draw_case(number: int, seed: int, rates: Rates) -> str | None:
    left = Dice(seed, number, "case").between(0, 1)
    for case in PLANTED:
        left -= rates.get(case, 0)
        if left < 0:
            return case
    return None


def _draw_origin(number: int, seed: int, rates: Rates) -> int | None:
    """Find a pair before this one that is not planted, from a random one downwards."""
    if number == 0:
        return None
    start = Dice(seed, number, "origin").whole(0, number - 1)
    candidates = range(start, -1, -1)
    return next((other for other in candidates if _draw_case(other, seed, rates) is None), None)
