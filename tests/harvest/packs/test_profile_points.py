"""Presets that look alike lie near each other, and how many looks there are follows from that alone."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
import pytest

from harvest.packs.features import COORDINATES, SAME, features
from harvest.packs.milk import Preset, Shape, Wave, parse
from harvest.packs.neighbours import Gathering, Points, neighbourhood, together

REAL = Path(os.environ.get("HARVEST_REAL_PRESETS", "/usr/share/projectM/presets"))
P = TypeVar("P", Wave, Shape)

_NUMBER = re.compile(r"[0-9]+\.[0-9]*|\.[0-9]+")


def place(*presets: Preset) -> Points:
    """Place presets."""
    return np.stack([features(preset) for preset in presets])


def distance(one: Preset, other: Preset) -> float:
    """Measure how far two presets lie apart."""
    return float(np.linalg.norm(features(one) - features(other)))


def nearly(preset: Preset, chance: Random, by: float = 0.05) -> Preset:
    """Change every number with a fraction a little, in code too."""

    def vary(value: float) -> float:
        return value if value.is_integer() else value * (1 + chance.uniform(-by, by))

    def numbers(parameters: Mapping[str, float]) -> dict[str, float]:
        return {name: vary(float(value)) for name, value in parameters.items()}

    def code(blocks: Mapping[str, str]) -> dict[str, str]:
        return {
            name: _NUMBER.sub(lambda found: f"{vary(float(found[0])):.4g}", text)
            for name, text in blocks.items()
        }

    def part(one: P) -> P:
        return replace(one, parameters=numbers(one.parameters), code=code(one.code))

    return replace(
        preset,
        parameters=numbers(preset.parameters),
        code=code(preset.code),
        waves=tuple(map(part, preset.waves)),
        shapes=tuple(map(part, preset.shapes)),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Preset(parameters={"zoom": 1.01}), Preset(parameters={"zoom": 1.012})),
        (Preset(), Preset(parameters={"zoom": 1.0, "warp": 1.0, "fdecay": 0.98, "frating": 5})),
        (Preset(code={"per_frame": "zoom = 1; // hm"}), Preset(code={"per_frame": "zoom=1;"})),
        (Preset(code={"per_frame": "q1 = 0.51;"}), Preset(code={"per_frame": "q1 = 0.52;"})),
        (
            Preset(parameters={"fwavealpha": 0, "wave_r": 1}),
            Preset(parameters={"fwavealpha": 0, "wave_r": 0, "nwavemode": 6}),
        ),
        (Preset(shapes=(Shape(index=0, parameters={"enabled": 0, "x": 0.1}),)), Preset()),
        (Preset(parameters={"ob_r": 1, "ob_a": 0}), Preset()),
    ],
    ids=range(7),
)
def test_what_cannot_be_told_apart_lies_together(one: Preset, other: Preset) -> None:
    """A tiny change, a default spelled out, a comment, or what is not drawn at all."""
    assert distance(one, other) < 0.1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Preset(parameters={"zoom": 0.9}), Preset(parameters={"zoom": 1.1})),
        (Preset(parameters={"nwavemode": 0, "wave_r": 0}), Preset(parameters={"nwavemode": 7, "wave_g": 0})),
        (Preset(), Preset(shapes=(Shape(index=0, parameters={"enabled": 1, "rad": 1, "sides": 50}),))),
        (
            Preset(code={"comp": "shader_body { ret = tex2D(sampler_main, uv).xyz * 2.0 - GetBlur1(uv); }"}),
            Preset(code={"comp": "shader_body { ret = lum(GetPixel(uv_orig)) * roam_sin.xyz; }"}),
        ),
        (
            Preset(),
            Preset(code={"per_frame": "wave_r = 0.5 + 0.5*sin(time); zoom = 1 + 0.1*bass; rot = time*3;"}),
        ),
    ],
    ids=range(5),
)
def test_what_looks_different_lies_apart(one: Preset, other: Preset) -> None:
    """Other motion, another wave, a shape, another shader, or code where there was none."""
    assert distance(one, other) > SAME


@pytest.mark.parametrize("value", [1e300, -1e300, 0.0, -0.0, 1e-300, float(2**70)])
def test_no_number_breaks_a_point(value: float) -> None:
    """Every coordinate stays finite, whatever a file says, and there are always as many."""
    names = ("zoom", "fvideoechoalpha", "nvideoechoorientation", "nwavemode", "fwavealpha", "ob_a", "mv_a")
    part = {"enabled": value, "rad": value, "sides": value, "num_inst": value}
    preset = Preset(
        parameters=dict.fromkeys(names, value),
        code={"per_frame": f"a = {abs(value):f} + . + 1{'0' * 400}.5;"},
        shapes=(Shape(index=0, parameters=part), Shape(index=9, parameters=part)),
    )
    point = features(preset)
    assert np.isfinite(point).all()
    assert point.shape == (COORDINATES,)


@pytest.fixture(scope="module")
def real() -> Sequence[Preset]:
    """Some real presets that all differ."""
    files = sorted(path for path in REAL.rglob("*") if path.suffix.lower() == ".milk")[::20]
    if not files:
        pytest.skip(f"no presets in {REAL}: install projectm-data, or name a folder in HARVEST_REAL_PRESETS")
    presets = [parse(path.read_bytes()).preset for path in files]
    return list({preset.meaning_hash(): preset for preset in presets}.values())


def test_planted_near_duplicates_are_found(real: Sequence[Preset]) -> None:
    """Real presets with all numbers changed by up to 5 % look the same, 95 of 100 at least."""
    chance = Random(5)  # noqa: S311 - nothing here is secret
    near = sum(distance(preset, nearly(preset, chance)) <= SAME for preset in real)
    assert near >= 0.95 * len(real)


def test_real_presets_are_different_looks(real: Sequence[Preset]) -> None:
    """Most of them look like no other: three looks in four presets at least."""
    hood = neighbourhood(place(*real))
    assert hood.looks > 0.75 * len(real)
    assert hood.duplicates < 0.15 * len(real)


def clumps(count: int, size: int) -> Points:
    """Make clumps of equal points, each clump far from every other."""
    return np.repeat(np.eye(count, dtype=np.float32) * 9, size, axis=0)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 700), (600, 1), (7, 90)])
def test_looks_are_counted(count: int, size: int) -> None:
    """Equal points are one look, points far apart are many; all but the first of a clump are duplicates."""
    hood = neighbourhood(clumps(count, size))
    assert hood.looks == pytest.approx(count, rel=1e-3)
    assert hood.duplicates == count * (size - 1)
    assert len(set(hood.leaders)) == count


def test_nothing_has_no_looks() -> None:
    """An empty pack is measured without a fuss."""
    hood = neighbourhood(np.empty((0, 0), np.float32))
    assert (hood.looks, hood.duplicates) == (0.0, 0)


def test_a_pair_is_a_duplicate_only_if_both_layers_are() -> None:
    """The same foreground before another background is another pair."""
    fg, bg = clumps(1, 2), clumps(2, 1)
    assert neighbourhood(together(fg, bg)).duplicates == 0
    assert neighbourhood(together(fg, fg)).duplicates == 1


@pytest.mark.parametrize(("seed", "count"), [(1, 2), (2, 40), (3, 512), (4, 513), (5, 1100)])
def test_blocks_do_not_show(seed: int, count: int) -> None:
    """Cut into blocks, the figures are those of the whole; every point lies near its leader."""
    points = np.random.default_rng(seed).normal(0, 0.3, (count, 6)).astype(np.float32)
    hood = neighbourhood(points)
    far = np.linalg.norm(points[:, None].astype(np.float64) - points, axis=2)
    likeness = np.exp(-(far**2)).mean(axis=1)
    assert hood.looks == pytest.approx(np.exp(-np.log(likeness).mean()), rel=1e-3)
    assert (far[np.arange(count), hood.leaders] <= SAME + 1e-3).all()
    np.fill_diagonal(far, np.inf)
    assert hood.nearest == pytest.approx(far.min(axis=1), abs=2e-3)


def test_a_gathering_admits_no_double() -> None:
    """It grows as it must, and names the one that a point looks like."""
    gathering = Gathering(COORDINATES)
    points = np.eye(COORDINATES, dtype=np.float32) * 3
    more = np.concatenate([points, -points, points * 2])
    assert [gathering.admit(point) for point in more] == [None] * len(more)
    assert gathering.admit(points[5] * np.float32(1.1)) == 5
    assert gathering.admit(-points[5]) == COORDINATES + 5
