"""How well two visits agree: the reckoning, and a short real comparison."""

import subprocess
import sys

import orjson
import pytest

from train.metrics import spearman


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233),  # equal values share their mean rank
        ([1, 1, 1], [1, 2, 3], None),
        ([1, 2], [1, 2], None),
    ],
)
def test_rank_correlation(first: list[float], second: list[float], expected: float | None) -> None:
    """As textbooks reckon it; nothing is said of too few pairs, or of a side without order."""
    assert spearman(first, second) == (expected if expected is None else pytest.approx(expected))


def test_a_measurement_agrees_with_itself() -> None:
    """Stepped, twice the same; and newliveweb's way of sampling works on our page, too."""
    command = [sys.executable, "-m", "orchestrate.cli", "bench", "agreement", "--pairs", "4", "--json"]
    done = subprocess.run([*command, "--gpu-mode", "off"], timeout=170, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    found = orjson.loads(done.stdout)
    same = found["stepped, the same twice"]["figures"]
    assert [rho for rho, _ in same.values() if rho is not None and rho < 1 - 1e-9] == []
    assert same["luma_mean"][1] == 4
    assert found["newliveweb's sampler"]["figures"]["luma_mean"][1] == 4
