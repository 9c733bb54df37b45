"""What a pack's profile means for a night: warnings in plain sentences, and what fails a gate. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harvest.packs.gaps import MEANING
from harvest.packs.profile import LayerProfile, Profile
from harvest.packs.provenance import Verdict
from harvest.packs.traits import Trait, name_of

_DRAWS: Mapping[Trait, str] = {
    Trait.WAVE: "the wave",
    Trait.CUSTOM_WAVES: "custom waves",
    Trait.SHAPES: "shapes",
    Trait.BORDERS: "borders",
    Trait.MOTION_VECTORS: "motion vectors",
}
_RUNS: Mapping[Trait, str] = {
    Trait.PER_FRAME: "frame code",
    Trait.PER_PIXEL: "pixel code",
    Trait.WARP_SHADER: "a warp shader",
    Trait.COMP_SHADER: "a comp shader",
}
_MANY = 0.5
_SOME = 0.1
_FEW_LOOKS = 0.25


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What a pack must meet."""

    min_looks: float | None = None
    """At least so many different looks among the pairs."""
    max_duplicates: float | None = None
    """At most this share of pairs that look like an earlier one."""
    foreign: bool = False
    """Whether a pack without provenance will do."""


def failures(profile: Profile, errors: int, origin: Verdict, demands: Demands) -> Sequence[str]:
    """Why a pack does not pass; none, and it does."""
    return list(_failures(profile, errors, origin, demands))


def warnings(profile: Profile) -> Sequence[str]:
    """What a person should know before a night is spent on a pack."""
    return [
        *_of_pairs(profile),
        *(warning for name, layer in profile.layers.items() for warning in _of_layer(layer, name)),
        *(
            f"In {_presets(gap.presets)}, {MEANING[kind]}: {', '.join(gap.asked_for)}."
            for kind, gap in profile.gaps.items()
        ),
    ]


def _failures(profile: Profile, errors: int, origin: Verdict, demands: Demands) -> Iterator[str]:
    if errors:
        yield f"It breaks the contract in {errors:,} place{'' if errors == 1 else 's'}."
    if origin.state == "differs":
        yield f"It is not what its maker wrote: {origin.differences[0]}."
    if origin.state == "foreign" and not demands.foreign:
        yield "Nobody says where it comes from; with --foreign it may pass."
    if demands.min_looks is not None and profile.looks < demands.min_looks:
        yield f"It has {profile.looks:.1f} looks, and {demands.min_looks:g} are asked for."
    if demands.max_duplicates is not None and profile.duplicate_share > demands.max_duplicates:
        yield (
            f"{profile.duplicate_share:.0%} of its pairs look like an earlier one, "
            f"and {demands.max_duplicates:.0%} are allowed."
        )


def _of_pairs(profile: Profile) -> Iterator[str]:
    if profile.duplicate_share >= _SOME:
        yield (
            f"{profile.duplicates:,} of {profile.whole_pairs:,} pairs look the same as an earlier one: "
            f"the pack shows about {profile.looks:.1f} different looks."
        )
    elif 0 < profile.looks <= _FEW_LOOKS * profile.whole_pairs:
        yield f"Its {profile.whole_pairs:,} pairs show about {profile.looks:.1f} different looks."


def _of_layer(layer: LayerProfile, name: str) -> Iterator[str]:
    if not layer.presets:
        return
    style = layer.commonest_style
    if style and style.presets >= _MANY * layer.presets and layer.looks <= _FEW_LOOKS * layer.presets:
        yield f"{_of(style.presets, layer, name)} {_describe(style.traits)}: they look much the same."
    black = layer.presets - layer.traits[name_of(Trait.COLOURED_WAVE)]
    if black >= _MANY * layer.presets:
        yield f"The wave of {_of(black, layer, name)} is black, and cannot be seen."
    deaf = layer.presets - layer.traits[name_of(Trait.HEARS)]
    if deaf >= _SOME * layer.presets:
        why = "they show no wave, and no code of theirs reads it"
        yield f"{_of(deaf, layer, name)} cannot follow the music: {why}."


def _presets(count: int) -> str:
    return f"{count:,} preset{'' if count == 1 else 's'}"


def _of(count: int, layer: LayerProfile, name: str) -> str:
    return f"{count:,} of {layer.presets:,} {name}s"


def _describe(style: Sequence[str]) -> str:
    draws = [words for trait, words in _DRAWS.items() if name_of(trait) in style]
    runs = [words for trait, words in _RUNS.items() if name_of(trait) in style]
    drawing = f"draw nothing but {' and '.join(draws)}" if draws else "draw nothing"
    return f"{drawing} and run {', '.join(runs) if runs else 'no code'}"
