"""Every broken state has one name and a ladder of remedies."""

from dataclasses import replace
from typing import get_args

import pytest

from harvest.faults import BrowserFault, Vitals, diagnose, remedies

ALL_BROKEN = Vitals(
    driver_alive=False,
    driver_answers=False,
    browser_alive=False,
    browser="silent",
    page_crashed=True,
    gpu_alive=False,
    contexts_lost=2,
    page_answers=False,
)


def test_a_healthy_page_has_no_fault() -> None:
    """Nothing is diagnosed where nothing is broken, whether or not everybody was asked."""
    assert diagnose(Vitals()) is None
    assert diagnose(Vitals(browser="answered", page_answers=True)) is None


def test_the_deepest_fault_is_named() -> None:
    """With everything broken, mending from below names what is broken next, down to nothing."""
    seen = [diagnose(vitals := ALL_BROKEN)]
    for mended in (
        {"driver_alive": True},
        {"driver_answers": True},
        {"browser_alive": True},
        {"browser": "answered"},
        {"page_crashed": False},
        {"gpu_alive": True},
        {"contexts_lost": 0},
        {"page_answers": True},
    ):
        vitals = replace(vitals, **mended)  # pyright: ignore[reportArgumentType]
        seen.append(diagnose(vitals))
    assert seen == [
        "driver-gone",
        "driver-stuck",
        "browser-gone",
        "browser-stuck",
        "page-crash",
        "gpu-lost",
        "gpu-lost",
        "page-stuck",
        None,
    ]


def test_a_broken_connection_is_a_browser_that_is_gone() -> None:
    """A main process that still exits while its connection is closed cannot be used again."""
    assert diagnose(Vitals(browser="closed")) == "browser-gone"


@pytest.mark.parametrize("fault", get_args(BrowserFault))
def test_every_fault_ends_at_the_heaviest_remedy(fault: BrowserFault) -> None:
    """Each ladder is bounded, grows heavier, and tries the heaviest remedy twice."""
    ladder = remedies(fault)
    assert ladder[-2:] == ("restart-driver", "restart-driver")
    assert len(ladder) <= 5
    assert len(set(ladder)) == len(ladder) - 1
