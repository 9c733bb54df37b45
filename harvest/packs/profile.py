"""What a pack looks like as a whole: its style, its duplicates, and how many looks there are in it.

Every pair counts once in each layer. A pair with a preset that is missing or broken counts nowhere else than
among the problems.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harvest.packs.contract import layers
from harvest.packs.gaps import Gap
from harvest.packs.manifest import Pack
from harvest.packs.neighbours import Neighbourhood, Points, neighbourhood, together
from harvest.packs.portrait import SHOWN, Portrait, portray_all
from harvest.packs.problem import PackProblem
from harvest.packs.traits import Trait, name_of

_PERCENTILES = (5, 25, 50, 75, 95)
_GROUPS_LISTED = 20
_GAP_EXAMPLES = 5
_MARKS = (
    Trait.WAVE | Trait.CUSTOM_WAVES | Trait.SHAPES | Trait.BORDERS | Trait.MOTION_VECTORS
    | Trait.PER_FRAME | Trait.PER_PIXEL | Trait.WARP_SHADER | Trait.COMP_SHADER
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The presets of a pack, pair by pair, and how they lie to each other."""

    pack: Pack
    numbers: Sequence[int]
    """Of the pairs both of whose presets are whole; everything else is in their order."""
    fg: Sequence[Portrait]
    bg: Sequence[Portrait]
    fg_hood: Neighbourhood
    bg_hood: Neighbourhood
    pair_hood: Neighbourhood
    broken: Sequence[PackProblem]


@dataclass(frozen=True, kw_only=True)
class Style:
    """What the presets of one layer have in common most often."""

    traits: Sequence[str]
    presets: int


@dataclass(frozen=True, kw_only=True)
class LayerProfile:
    """One layer of a pack."""

    presets: int
    distinct_bytes: int
    distinct_meanings: int
    """Presets that differ in more than layout, comments and rating."""
    looks: float
    """The effective number of different looks."""
    duplicates: int
    """Presets that look the same as an earlier one."""
    nearest: Mapping[str, float]
    """Percentiles of the distance to the nearest other preset; 1 and less look the same."""
    traits: Mapping[str, int]
    """How many presets have each."""
    owners_style: Mapping[str, int]
    """The same counts by the names of the owner's own style report, as far as it has them."""
    versions: Mapping[str, int]
    commonest_style: Style | None
    numbers: Mapping[str, Mapping[str, float]]
    """Percentiles of the parameters that shape a look most."""


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """What the engine lacks for a pack."""

    presets: int
    asked_for: Sequence[str]
    pairs: Sequence[int]
    """The first of them."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A pack in numbers."""

    pack: str
    folder: str
    pairs: int
    whole_pairs: int
    looks: float
    """The effective number of pairs that look different."""
    duplicates: int
    """Pairs that look the same as an earlier one."""
    duplicate_groups: Sequence[Sequence[int]]
    """The largest groups of pairs that look the same, by number."""
    fg: LayerProfile
    bg: LayerProfile
    gaps: Mapping[Gap, Gaps]

    @property
    def layers(self) -> Mapping[str, LayerProfile]:
        """Both, by the word for one of their presets."""
        return {"foreground": self.fg, "background": self.bg}

    @property
    def duplicate_share(self) -> float:
        """Of all whole pairs."""
        return self.duplicates / self.whole_pairs if self.whole_pairs else 0.0


def survey(pack: Pack, *, processes: int, progress: Callable[[int, int], None]) -> Survey:
    """Read the presets of a pack, and compare each with each."""
    files = {file.relative: file.path for file in pack.presets.values()}
    taken = portray_all(list(files.values()), processes=processes, progress=progress)
    portraits = dict(zip(files, taken, strict=True))
    whole: dict[int, tuple[Portrait, Portrait]] = {}
    for pair in pack.manifest.pairs:
        if both := pack.presets_of(pair):
            fg, bg = (portraits[file.relative] for file in both)
            if isinstance(fg, Portrait) and isinstance(bg, Portrait):
                whole[pair.pair] = fg, bg
    fg_points, bg_points = (_points([pair[layer] for pair in whole.values()]) for layer in (0, 1))
    return Survey(
        pack=pack,
        numbers=tuple(whole),
        fg=tuple(fg for fg, _ in whole.values()),
        bg=tuple(bg for _, bg in whole.values()),
        fg_hood=neighbourhood(fg_points),
        bg_hood=neighbourhood(bg_points),
        pair_hood=neighbourhood(together(fg_points, bg_points)),
        broken=tuple(_broken(pack, portraits)),
    )


def profile(surveyed: Survey) -> Profile:
    """Put a pack into numbers."""
    hood = surveyed.pair_hood
    return Profile(
        pack=surveyed.pack.name,
        folder=str(surveyed.pack.folder),
        pairs=len(surveyed.pack.manifest.pairs),
        whole_pairs=len(surveyed.numbers),
        looks=hood.looks,
        duplicates=hood.duplicates,
        duplicate_groups=_groups(surveyed),
        fg=_layer_profile(surveyed.fg, surveyed.fg_hood),
        bg=_layer_profile(surveyed.bg, surveyed.bg_hood),
        gaps=_gaps(surveyed),
    )


def _broken(pack: Pack, portraits: Mapping[str, Portrait | str]) -> Iterator[PackProblem]:
    for pair in pack.manifest.pairs:
        for field, url in layers(pair):
            file = pack.presets.get(url)
            why = portraits[file.relative] if file else None
            if file and isinstance(why, str):
                yield PackProblem(
                    file=pack.manifest_file,
                    pair=pair.pair,
                    field=field,
                    found=f"{file.relative} ({why.rstrip('.')})",
                    expected="a preset",
                )


def _points(portraits: Sequence[Portrait]) -> Points:
    return np.stack([portrait.point for portrait in portraits]) if portraits else np.empty((0, 0), np.float32)


def _layer_profile(portraits: Sequence[Portrait], hood: Neighbourhood) -> LayerProfile:
    have = Counter(trait for portrait in portraits for trait in portrait.traits)
    return LayerProfile(
        presets=len(portraits),
        distinct_bytes=len({portrait.content for portrait in portraits}),
        distinct_meanings=len({portrait.meaning for portrait in portraits}),
        looks=hood.looks,
        duplicates=hood.duplicates,
        nearest=_percentiles(hood.nearest),
        traits={name_of(trait): have[trait] for trait in Trait},
        owners_style={
            "perFrameCount": have[Trait.PER_FRAME],
            "perPixelCount": have[Trait.PER_PIXEL],
            "shape0Enabled1Count": have[Trait.SHAPE_0],
            "waveAnyNonZeroCount": have[Trait.COLOURED_WAVE],
        },
        versions={str(version): n for version, n in Counter(p.version for p in portraits).most_common()},
        commonest_style=_commonest_style(portraits),
        numbers={
            name: _percentiles(np.array([portrait.numbers[place] for portrait in portraits]))
            for place, name in enumerate(SHOWN)
        },
    )


def _commonest_style(portraits: Sequence[Portrait]) -> Style | None:
    styles = Counter(portrait.traits & _MARKS for portrait in portraits)
    if not styles:
        return None
    ((marks, presets),) = styles.most_common(1)
    return Style(traits=[name_of(trait) for trait in marks], presets=presets)


def _percentiles(values: NDArray[np.float64]) -> dict[str, float]:
    """Give what can be said of finite values; of none, nothing."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return {}
    found = np.percentile(finite, _PERCENTILES)
    return {f"p{rank:02}": float(value) for rank, value in zip(_PERCENTILES, found, strict=True)}


def _groups(surveyed: Survey) -> Sequence[Sequence[int]]:
    groups: dict[int, list[int]] = {}
    for number, leader in zip(surveyed.numbers, surveyed.pair_hood.leaders, strict=True):
        groups.setdefault(int(leader), []).append(number)
    repeated = [members for members in groups.values() if len(members) > 1]
    return sorted(repeated, key=len, reverse=True)[:_GROUPS_LISTED]


def _gaps(surveyed: Survey) -> Mapping[Gap, Gaps]:
    presets: Counter[Gap] = Counter()
    asked_for: dict[Gap, Counter[str]] = {}
    pairs: dict[Gap, list[int]] = {}
    for number, *both in zip(surveyed.numbers, surveyed.fg, surveyed.bg, strict=True):
        for portrait in both:
            for gap, what in portrait.gaps.items():
                presets[gap] += 1
                asked_for.setdefault(gap, Counter()).update(what)
                pairs.setdefault(gap, []).append(number)
    return {
        gap: Gaps(
            presets=count,
            asked_for=[what for what, _ in asked_for[gap].most_common(_GAP_EXAMPLES)],
            pairs=list(dict.fromkeys(pairs[gap]))[:_GROUPS_LISTED],
        )
        for gap, count in presets.most_common()
    }
