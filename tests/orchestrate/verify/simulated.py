"""Pages that pick by the contract, or by something else: what a browser would bring of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harvest.records import Pair
from orchestrate.verify.answers import Delivery, LayerSeen, Opened, Pick, Seen
from orchestrate.verify.on_disk import OnDisk

Scores = NDArray[np.float64]
Weigh = Callable[[Scores], Scores]

RULES = '{"weighting":"power","gamma":4,"explore":0,"dedupN":0,"dedupPenalty":0}'


def power(gamma: float) -> Weigh:
    """Weigh as newliveweb does."""
    return lambda quality: (quality + 1e-6) ** gamma


def reversed_power(quality: Scores) -> Scores:
    """Take the worst for the best."""
    return power(4)(1 - quality)


def even(quality: Scores) -> Scores:
    """Take no notice of quality, as newliveweb without a gamma."""
    return np.ones(len(quality))


def a_pack(quality: Scores) -> OnDisk:
    """A pack with a score for each pair; its pairs are not numbered by their places."""
    numbers = [7 * n + 3 for n in range(len(quality))]
    return OnDisk(
        name="demo",
        pairs=[
            Pair(pair=n, fg_url=f"/presets/demo/fg/{n}.milk", bg_url="/presets/demo/b.milk") for n in numbers
        ],
        manifest_hash="manifest",
        is_whole=True,
        quality_hash="scores",
        scores=dict(zip(numbers, quality.tolist(), strict=True)),
        problem=None,
        presets={f"/presets/demo/fg/{n}.milk": f"fg {n}" for n in numbers} | {"/presets/demo/b.milk": "bg"},
    )


def picked(pack: OnDisk, weigh: Weigh, draws: int, rng: np.random.Generator) -> list[int]:
    """Numbers of pairs by roulette."""
    numbers = np.array([pair.pair for pair in pack.pairs])
    weights = weigh(np.array([pack.quality(pair) or 0.0 for pair in pack.pairs]))
    return rng.choice(numbers, draws, p=weights / weights.sum()).tolist()


def shuffled(pack: OnDisk, draws: int, rng: np.random.Generator) -> list[int]:
    """Numbers of pairs by walks through all of them."""
    walks = -(-draws // len(pack.pairs))
    numbers = [pair.pair for pair in pack.pairs]
    return np.concatenate([rng.permutation(numbers) for _ in range(walks)])[:draws].tolist()


def shown(pack: OnDisk, numbers: Sequence[int]) -> list[Pick]:
    """Real picks, each with what proves it."""
    by_number = {pair.pair: pair for pair in pack.pairs}
    return [
        Pick(
            outcome="shown",
            pair=number,
            reason=None,
            quality01=pack.quality(by_number[number]),
            layers={
                "fg": LayerSeen(url=by_number[number].fg_url, hash=f"fg {number}"),
                "bg": LayerSeen(url=by_number[number].bg_url, hash="bg"),
            },
            frames_drawn=30,
            frames_per_second=60.0,
        )
        for number in numbers
    ]


def a_visit(pack: OnDisk, weigh: Weigh, *, draws: int = 8000, seed: int = 0) -> Seen:
    """What a browser brings of a page that weighs so, and is right in all else."""
    rng = np.random.default_rng(seed)
    return Seen(
        opened=Opened(
            is_open=True,
            generation="harvest",
            pick_mode="weighted",
            problem=None,
            rules=RULES,
            manifest_hash="manifest",
            quality_hash="scores",
            merged=len(pack.scores),
            without_quality=None,
        ),
        manifest=Delivery(status=200, from_cache=False, hash="manifest"),
        quality=Delivery(status=200, from_cache=False, hash="scores"),
        console=['[coupled-pairs] loaded pairs-quality {"pack":"demo"}'],
        page_errors=(),
        shown=shown(pack, picked(pack, weigh, 24, rng)),
        weighted=picked(pack, weigh, draws, rng),
        shuffle=shuffled(pack, draws, rng),
    )


def told(seen: Seen, **changes: object) -> Seen:
    """Have the page say something else of the pack."""
    return replace(seen, opened=seen.opened.model_copy(update=changes))
