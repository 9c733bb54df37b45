"""`harvest bench` as a person or a script types it: a real page, small numbers."""

from pathlib import Path

import orjson
import pytest
from packs_on_disk import write_pack
from typer.testing import CliRunner, Result

from harvest.packs.generate import DEFAULT_RATES, generate_pair
from harvest.packs.milk import build
from orchestrate.bench import app
from orchestrate.bench.figures import as_rows, figure
from orchestrate.exit_codes import ExitCode

SEED = 1


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with the browser's profile in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARVEST_BROWSER_PROFILES", str(tmp_path / "browsers"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def bench(*arguments: object) -> Result:
    """Type a command in a pipe."""
    return CliRunner().invoke(app, [*map(str, arguments), "--gpu-mode", "off"], catch_exceptions=False)


def test_a_figure_comes_with_its_spread() -> None:
    """Median, least, most, and of how many."""
    found = figure([3.0, 1.0, 2.0, 10.0])
    assert (found.median, found.min, found.max, found.n) == (2.5, 1.0, 10.0, 4)
    assert as_rows({"name": found}) == [("name", "2.5", "1 … 10", "4")]


def test_measuring_is_held_against_the_bare_loop() -> None:
    """Every figure is a ratio, over all sizes and for each."""
    done = bench("page", "--pairs", 1, "--frames", 30, "--sizes", "96x54,160x90", "--json")
    told = orjson.loads(done.stdout)
    names = ("page.share_of_bare_loop", "page.share_with_loading_and_transfer")
    assert set(told["figures"]) == {f"{name}{size}" for name in names for size in ("", ".96x54", ".160x90")}
    assert told["figures"]["page.share_of_bare_loop"]["n"] == 2
    assert all(0 < each["median"] < 3 for each in told["figures"].values())
    assert told["renderer"]


def test_a_size_that_is_none_is_refused() -> None:
    """Before any browser is started."""
    done = bench("page", "--sizes", "large")
    assert done.exit_code == ExitCode.USAGE
    assert "'large' is no size" in done.stderr


def test_pairs_repeat_themselves_to_the_bit() -> None:
    """In another order, in fresh browsers, two of them at once."""
    done = bench("repeat", "--pairs", 3, "--frames", 8, "--json")
    told = orjson.loads(done.stdout)
    assert (told["pairs"], told["failed"]) == (3, {})
    assert list(told["differing"].values()) == [[], [], []]
    assert done.exit_code == ExitCode.OK


def test_what_is_not_shown_is_named_with_its_reason(place: Path) -> None:
    """Good, black and refused presets are each counted once; a refused one's partner is shown anyway."""
    good = generate_pair(0, seed=SEED, rates=dict.fromkeys(DEFAULT_RATES, 0.0))
    black = generate_pair(1, seed=SEED, rates={"black": 1.0})
    broken = (
        b"MILKDROP_PRESET_VERSION=201\nPSVERSION_COMP=2\n[preset00]\n"
        b"comp_1=`shader_body {\ncomp_2=`ret = nothing_known;\ncomp_3=`}\n"
    )
    write_pack(
        place / "public" / "presets",
        "demo",
        {
            1: (build(good.fg).data, build(good.bg).data),
            2: (build(black.fg).data, build(black.bg).data),
            3: (broken, build(good.fg).data),
        },
    )
    told = orjson.loads(bench("presets", "--pack", "demo", "--frames", 20, "--json").stdout)
    tally = told["MilkDrop 2"]
    assert tally["outcomes"] == {"shown": 3, "black": 2, "refused": 1}
    assert "'nothing_known' is not declared" in tally["reasons"]["/presets/demo/fg/3.milk"]


def test_a_soak_tells_how_memory_goes() -> None:
    """First, last and most, and the slope."""
    told = orjson.loads(bench("soak", "--visits", 100, "--frames", 1, "--json").stdout)
    assert told["visits"] == 100
    assert 0 < told["mib_first"] <= told["mib_most"]
