"""Real presets, where they are at hand: every one is read, kept to the byte, and can be written anew."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from harvest.packs.milk import Milk, build, parse

FOLDER = Path(os.environ.get("REAL_PRESETS", "/usr/share/projectM/presets"))


@pytest.fixture(scope="module")
def real() -> Sequence[Milk]:
    """Every preset of the folder."""
    files = sorted(path for path in FOLDER.rglob("*") if path.suffix.lower() == ".milk")
    if not files:
        pytest.skip(f"no presets in {FOLDER}: install projectm-data, or name a folder in REAL_PRESETS")
    return [parse(path.read_bytes()) for path in files]


def test_real_presets_are_written_anew_with_the_same_meaning(real: Sequence[Milk]) -> None:
    """A new file says all that the real one says."""
    for milk in real:
        anew = build(milk.preset)
        assert anew.preset == milk.preset
        assert anew.meaning_hash() == milk.meaning_hash()


def test_real_presets_are_edited_without_a_trace(real: Sequence[Milk]) -> None:
    """A number set and set back leaves the same meaning, and no other line differs meanwhile."""
    for milk in real:
        zoom = milk.preset.parameters.get("zoom", 1.0)
        edited = milk.with_parameter("zoom", zoom + 1)
        assert edited.with_parameter("zoom", zoom).preset.parameters == {
            **milk.preset.parameters,
            "zoom": zoom,
        }
        before, after = milk.data.splitlines(), edited.data.splitlines()
        assert sum((Counter(after) - Counter(before)).values()) == 1


def test_most_real_presets_have_no_problem(real: Sequence[Milk]) -> None:
    """Problems name rarities, not habits: fewer than one preset in twenty has any."""
    assert sum(bool(milk.problems) for milk in real) < len(real) / 20
