"""What a measurement of the owner's page proves: pure."""

import io
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from packs_on_disk import some_pairs, write_pack

from harvest.measure.footage import Pictures
from harvest.packs.manifest import Pack, open_pack
from harvest.page.realtime.answers import Taken
from harvest.page.realtime.click import click_track
from harvest.page.realtime.deliveries import path_of
from harvest.page.realtime.verdicts import address_of, is_switch, mixture, refusal
from harvest.records import FaultName, Pair

PAIR = Pair(pair=7, fg_url="/presets/demo/fg/7.milk", bg_url="/presets/demo/bg/7.milk")


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """A pack with a name that addresses must not be confused by."""
    return open_pack(write_pack(tmp_path, "deep & dark", some_pairs(2)))


def seen(**changes: Any) -> dict[str, Any]:
    """What the page tells while pair 7 is on screen."""
    told = {"fg": PAIR.fg_url, "bg": PAIR.bg_url, "pair": 7, "pickedAt": 5.0, "loads": "3 x", "status": None}
    return told | {"framesRendered": 9, "aborts": 0, "abortReason": None} | changes


def taken(before: Mapping[str, Any], after: Mapping[str, Any], **changes: Any) -> Taken:
    """Two frames, with what the page told before and after them."""
    whole = {
        "before": before,
        "after": after,
        "aborted": False,
        "areToldApart": True,
        "figureAges": (100.0, 100.0),
        "width": 32,
        "height": 18,
        "times": [0.0, 20.0],
        "rms": [0.1, 0.1],
        "peak": [0.2, 0.2],
        "pictures": bytes(2 * 3 * 18 * 32 * 3),
        "thumbnail": None,
    }
    return Taken.model_validate(whole | changes)


def flat(level: float) -> Pictures:
    """One picture of one level."""
    return np.full((2, 18, 32, 3), level, np.uint8)


def test_an_address_keeps_what_the_owner_put_into_it(pack: Pack) -> None:
    """And names the pack as the owner's sampler does."""
    assert address_of("http://127.0.0.1:5174/?coupling3d=on", None) == "http://127.0.0.1:5174/?coupling3d=on"
    address = address_of("http://127.0.0.1:5174/?coupling3d=on&coupledPick=weighted", pack)
    query = "coupling3d=on&coupledPick=shuffle&coupled=1&coupledPack=deep+%26+dark"
    assert address == f"http://127.0.0.1:5174/?{query}"


def test_an_address_leads_to_the_name_in_a_manifest() -> None:
    """However it is spelled."""
    assert path_of("http://127.0.0.1:1/presets/a%20b/fg/1.milk?t=1") == "/presets/a b/fg/1.milk"
    assert path_of("\\presets\\a\\1.milk") == "/presets/a/1.milk"


def test_frames_of_the_pair_are_a_measurement() -> None:
    """Nothing else was told, asked for or loaded."""
    found = taken(seen(), seen())
    assert refusal(found, PAIR, []) is None
    assert found.footage().frames_per_second == pytest.approx(50)
    assert found.footage().bg.shape == (2, 18, 32, 3)


OTHER = "/presets/demo/fg/8.milk"


@pytest.mark.parametrize(
    ("found", "strangers", "fault"),
    [
        (taken(seen(fg=OTHER), seen()), [], "wrong-pair"),
        (taken(seen(), seen(bg=OTHER)), [], "wrong-pair"),
        (taken(seen(), seen(pair=8)), [], "wrong-pair"),
        (taken(seen(), seen(loads="4 y")), [], "wrong-pair"),
        (taken(seen(), seen(pickedAt=6.0)), [], "wrong-pair"),
        (taken(seen(), seen()), [OTHER], "wrong-pair"),
        (taken(seen(), seen(abortReason="OOM"), aborted=True), [], "preset-abort"),
        (taken(seen(), seen(), figureAges=(1500.0, 100.0)), [], "preset-abort"),
    ],
)
def test_whatever_else_was_on_screen_is_none(found: Taken, strangers: list[str], fault: FaultName) -> None:
    """Before, after, or in between."""
    refused = refusal(found, PAIR, strangers)
    assert refused is not None
    assert refused.fault == fault


def test_a_mixture_is_what_a_second_load_changes() -> None:
    """Unless a third one changes as much: such a pair moves by chance."""
    assert mixture(flat(200), flat(180), flat(20), flat(22)) == "mixed"
    assert mixture(flat(200), flat(21), flat(20), flat(22)) == "clean"
    assert mixture(flat(200), flat(20), flat(60), flat(30)) == "unknown"
    assert mixture(flat(20), flat(20), flat(20), flat(20)) == "unknown"


def test_a_switch_is_more_than_chance() -> None:
    """However dark both pairs are."""
    assert is_switch(flat(10), flat(14), flat(14))
    assert not is_switch(flat(10), flat(11), flat(11))
    assert not is_switch(flat(10), flat(20), flat(16))


def test_the_click_track_is_never_silent() -> None:
    """In no window that an analyser looks at, and the same in every run."""
    with wave.open(io.BytesIO(click_track())) as track:
        samples = np.frombuffer(track.readframes(track.getnframes()), "<i2") / 32768
        assert track.getframerate() == 44100
    windows = samples[: samples.size // 2048 * 2048].reshape(-1, 2048)
    assert np.sqrt((windows**2).mean(axis=1)).min() > 0.02
    assert click_track() == click_track()
