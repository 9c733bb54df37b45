"""Features: every preset has them all, bounded and finite, and they are kept by content."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvest.packs.contrast import contrast
from harvest.packs.features import COORDINATES
from harvest.packs.features import features as look_of
from harvest.packs.milk import Preset, Shape, Wave, names, parse
from tests.train.material import generated
from train.described import FeaturesError, describe_files
from train.features import COLUMNS, LAYER_COLUMNS, Described, describe, describe_pairs

ABSURD = st.sampled_from([0.0, -1.0, 1e30, -1e30, 1e-30, 1.7e308, 3.0])
CODE = st.sampled_from(["", "a = 1e308*1e308;", "q1 = bass*.5 + sin(time);\n// 99 bass", "1" * 400, "é§\t$$"])


@given(st.dictionaries(st.sampled_from([name.lower() for name in names.GENERAL]), ABSURD), ABSURD, CODE)
@settings(max_examples=60, deadline=None)
def test_nothing_absurd_leaves(parameters: dict[str, float], value: float, code: str) -> None:
    """Whatever a preset says, its features are finite and within their range."""
    preset = Preset(
        parameters=parameters,
        code=dict.fromkeys(names.CODE, code),
        waves=(Wave(index=0, parameters={"enabled": 1, "scaling": value}, code={"per_point": code}),),
        shapes=(Shape(index=0, parameters={"enabled": value, "rad": value}),),
    )
    described = describe(preset)
    assert np.isfinite(described.numbers).all()
    assert np.abs(described.numbers).max() <= 1
    pair = describe_pairs(
        *(Described(*(array[None] for array in one)) for one in (described, describe(Preset())))
    )
    assert pair.shape == (1, len(COLUMNS))
    assert np.isfinite(pair).all()
    assert np.abs(pair).max() <= 2


def test_columns_are_named_once_and_by_their_part() -> None:
    """Every column has one name, of a layer or of the pair, and there are as many as a small model takes."""
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert {name.partition(".")[0] for name in COLUMNS} == {"fg", "bg", "pair"}
    assert 60 <= len(COLUMNS) <= 130


def values(text: str) -> dict[str, float]:
    """The features of one layer."""
    numbers = describe(parse(text.encode()).preset).numbers
    return dict(zip(LAYER_COLUMNS, map(float, numbers), strict=True))


@pytest.mark.parametrize(
    ("column", "less", "more"),
    [
        ("zoom", "zoom=0.99", "zoom=1.02"),
        ("decay", "fDecay=0.9", "fDecay=0.95"),
        ("shapes", "shapecode_0_enabled=0", "shapecode_0_enabled=1"),
        ("waves_spectrum", "wavecode_1_enabled=1", "wavecode_1_enabled=1\nwavecode_1_bSpectrum=1"),
        ("music", "per_frame_1=// bass", "per_frame_1=zoom = bass;"),
        ("smooth_music", "per_frame_1=zoom = bass;", "per_frame_1=zoom = bass_att;"),
        ("samples", "comp_1=`ret = 0;", "comp_1=`ret = tex2D(sampler_main, uv).xyz;"),
        ("wave_light", "wave_r=0", "wave_r=1"),
        ("frame_numbers", "per_frame_1=zoom = 0.01;", "per_frame_1=zoom = 5;"),
    ],
)
def test_a_column_says_what_its_name_says(column: str, less: str, more: str) -> None:
    """It rises with what it is named after, and MilkDrop's defaults fill what is left out."""
    assert values(f"rot=0\n{less}")[column] < values(f"rot=0\n{more}")[column]
    assert values("rot=0")["zoom"] == 0
    assert values("rot=0")["wave_alpha"] == pytest.approx(0.8)


def test_a_pair_has_the_differences_that_its_manifest_has(tmp_path: Path) -> None:
    """warp_diff and cx_diff rank pairs as the manifest does; equal looks have no distance."""
    pack = generated(tmp_path / "demo", 12)
    presets = describe_files({file.sha256: file.path for file in pack.presets.values()})
    for one, other in product(range(4), repeat=2):
        table = presets.pairs(np.array([one]), np.array([other]))
        found = dict(zip(COLUMNS, map(float, table[0]), strict=True))
        layers = [
            parse(pack_file.path.read_bytes()).preset
            for sha256 in (presets.hashes[one], presets.hashes[other])
            for pack_file in pack.presets.values()
            if pack_file.sha256 == sha256
        ]
        expected = contrast(layers[0], layers[1])
        assert found["pair.warp_diff"] == pytest.approx(np.tanh(expected.warp_diff), abs=1e-4)
        assert found["pair.cx_diff"] == pytest.approx(np.tanh(expected.cx_diff / 0.25), abs=1e-4)
        apart = np.linalg.norm(look_of(layers[0]) - look_of(layers[1]))
        assert found["pair.look_distance"] == pytest.approx(2 * apart / (apart + 4), abs=1e-4)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The presets of a small pack by their hashes."""
    return {file.sha256: file.path for file in generated(tmp_path / "demo", 3).presets.values()}


def test_what_is_kept_is_not_read_again(tmp_path: Path, files: dict[str, Path]) -> None:
    """The kept file gives the same features when the presets are gone, and takes new ones in."""
    kept = tmp_path / "features.npz"
    some = dict(list(files.items())[:2])
    describe_files(some, kept=kept)
    for path in some.values():
        path.unlink()
    again = describe_files(files, kept=kept)
    assert again.hashes == tuple(sorted(files))
    assert not again.refused
    assert again.described.look.shape == (6, COORDINATES)


def test_what_is_no_preset_is_told(tmp_path: Path, files: dict[str, Path]) -> None:
    """A file that is gone, has changed or is none is refused with its reason, and the others stay."""
    gone, changed, broken = list(files)[:3]
    files[gone].unlink()
    files[changed].write_text("zoom=2", encoding="utf-8")
    files[broken].write_text("<html>", encoding="utf-8")
    presets = describe_files(files)
    assert set(presets.refused) == {gone, changed, broken}
    assert "changed" in presets.refused[changed]
    assert len(presets.hashes) == len(files) - 3
    assert tmp_path.exists()


@pytest.mark.parametrize("harm", ["text", "half", "version", "columns", "nan", "missing", "shape"])
def test_a_broken_features_file_is_refused(tmp_path: Path, files: dict[str, Path], harm: str) -> None:
    """Nothing is learned from features that cannot be read, are of another make, or are no numbers."""
    kept = tmp_path / "features.npz"
    describe_files(files, kept=kept)
    data = kept.read_bytes()
    with np.load(kept) as file:
        arrays = dict(file)
    if harm in {"text", "half"}:
        kept.write_bytes(b"no features" if harm == "text" else data[: len(data) // 2])
    else:
        if harm == "missing":
            del arrays["looks"]
        elif harm == "nan":
            arrays["numbers"][0, 0] = np.nan
        elif harm == "shape":
            arrays["numbers"] = arrays["numbers"][:, 1:]
        else:
            arrays[harm] = arrays["columns"][::-1] if harm == "columns" else np.array("text.v0")
        np.savez(kept, **arrays)
    with pytest.raises(FeaturesError, match=r"features\.npz cannot be used: it"):
        describe_files(files, kept=kept)
