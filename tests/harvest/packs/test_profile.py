"""The report that tells in ten seconds what a night would find out in ten hours."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import numpy as np
import orjson
import pytest
from packs_on_disk import read_manifest, write_manifest, write_pack
from typer.testing import CliRunner, Result

from harvest.packs import charts
from harvest.packs.checking import Checked, check_pack, shared
from harvest.packs.fitness import Demands
from harvest.packs.gaps import gaps
from harvest.packs.manifest import MANIFEST
from harvest.packs.milk import Preset, Shape, Wave, build
from harvest.packs.profile_page import page
from harvest.packs.traits import Trait, traits
from orchestrate.exit_codes import ExitCode
from orchestrate.packs import app

WORDS = ("bass", "treb", "sin", "cos", "time", "q1", "q2", "rot", "zoom", "wave_r", "wave_x", "ob_size", "dx")


def dull(chance: Random) -> bytes:
    """Make a preset like those of the owner's bad pack: a dark shape, a black wave, no code."""
    drawn = chance.uniform
    return build(
        Preset(
            parameters={
                "fdecay": drawn(0.94, 0.98),
                "fgammaadj": drawn(1.6, 2),
                "fwavealpha": drawn(0.5, 0.9),
                "zoom": drawn(0.99, 1.02),
                "rot": drawn(-0.02, 0.02),
                "cx": drawn(0.45, 0.55),
                "warp": drawn(0, 0.08),
                **dict.fromkeys(("wave_r", "wave_g", "wave_b"), 0.0),
            },
            shapes=(
                Shape(
                    index=0,
                    parameters={"enabled": 1, "sides": chance.choice([4, 5, 6]), "rad": drawn(0.08, 0.14)}
                    | {colour: drawn(0, 0.12) for colour in "rgb"},
                ),
            ),
        )
    ).data


def varied(chance: Random) -> bytes:
    """Make a preset that has little in common with any other."""
    drawn = chance.uniform
    lines = [
        f"{chance.choice(WORDS)} = {drawn(0.1, 9):.3f}*{chance.choice(WORDS)} + {chance.choice(WORDS)};"
        for _ in range(12)
    ]
    return build(
        Preset(
            parameters={
                "nwavemode": chance.randrange(8),
                "zoom": drawn(0.8, 1.2),
                "rot": drawn(-0.5, 0.5),
                "warp": drawn(0, 3),
                "fdecay": drawn(0.7, 1),
            },
            code={"per_frame": "\n".join(lines[:6]), "per_pixel": "\n".join(lines[6:])},
        )
    ).data


@pytest.fixture
def dark(tmp_path: Path) -> Path:
    """A pack of 120 times the same dark look."""
    chance = Random(3)  # noqa: S311 - nothing here is secret
    return write_pack(tmp_path, "dark", {n: (dull(chance), dull(chance)) for n in range(120)})


@pytest.fixture
def lively(tmp_path: Path) -> Path:
    """A pack of 60 pairs that all differ."""
    chance = Random(4)  # noqa: S311 - nothing here is secret
    return write_pack(tmp_path, "lively", {n: (varied(chance), varied(chance)) for n in range(60)})


def look(pack: Path, **demands: float | bool) -> Checked:
    """Check a pack."""
    asked = Demands(**{"foreign": True} | demands)  # pyright: ignore[reportArgumentType] - two kinds of flags
    return check_pack(pack, MANIFEST, asked, processes=1, progress=lambda _done, _of: None)


def test_a_dull_pack_is_told_in_plain_sentences(dark: Path) -> None:
    """A look or two in 120 pairs, and the reason beside it."""
    checked = look(dark)
    assert checked.profile.looks < 1.5
    assert checked.profile.duplicates == 119
    assert checked.warnings[:4] == [
        "119 of 120 pairs look the same as an earlier one: the pack shows about 1.1 different looks.",
        "120 of 120 foregrounds draw nothing but shapes and run no code: they look much the same.",
        "The wave of 120 of 120 foregrounds is black, and cannot be seen.",
        "120 of 120 foregrounds cannot follow the music: they show no wave, and no code of theirs reads it.",
    ]
    assert checked.profile.fg.owners_style == {
        "perFrameCount": 0,
        "perPixelCount": 0,
        "shape0Enabled1Count": 120,
        "waveAnyNonZeroCount": 0,
    }


def test_a_lively_pack_has_nothing_to_warn_of(lively: Path) -> None:
    """As many looks as pairs, nearly."""
    checked = look(lively)
    assert checked.profile.looks > 55
    assert (checked.profile.duplicates, checked.warnings, checked.failures) == (0, [], [])


def test_planted_duplicates_are_listed_by_pair(lively: Path) -> None:
    """Pairs that look the same stand in one group, the largest first."""
    for number in (5, 9, 30):
        for layer in ("fg", "bg"):
            copied = (lively / layer / "2.milk").read_bytes()
            (lively / layer / f"{number}.milk").write_bytes(copied + b"// a copy\n")
    (lively / "fg" / "50.milk").write_bytes((lively / "fg" / "51.milk").read_bytes())
    (lively / "bg" / "50.milk").write_bytes((lively / "bg" / "51.milk").read_bytes())
    profile = look(lively).profile
    assert profile.duplicate_groups == [[2, 5, 9, 30], [50, 51]]
    assert (profile.duplicates, profile.fg.distinct_bytes, profile.fg.distinct_meanings) == (4, 57, 56)


def test_missing_and_broken_presets_fail(lively: Path) -> None:
    """Each pair that lost a preset is named with the reason, and counts nowhere else."""
    (lively / "fg" / "7.milk").unlink()
    (lively / "bg" / "8.milk").write_bytes(b"<html>")
    checked = look(lively)
    assert (checked.profile.pairs, checked.profile.whole_pairs) == (60, 58)
    assert checked.failures == ["It breaks the contract in 2 places."]
    assert [(problem.pair, problem.field) for problem in checked.problems] == [(7, "fgUrl"), (8, "bgUrl")]
    assert "bg/8.milk (The file is an HTML page or other markup)" in checked.problems[1].found


def test_a_pack_of_nothing_but_ruins_is_still_described(dark: Path) -> None:
    """No preset is whole: no look, no warning without ground, no crash, and a page all the same."""
    for path in dark.rglob("*.milk"):
        path.write_bytes(b"")
    checked = look(dark)
    assert (checked.profile.whole_pairs, checked.profile.looks, checked.warnings) == (0, 0.0, [])
    assert "120 pairs, about 0.0 different looks" in page(checked)


def test_the_page_praises_nothing_that_it_warns_of(dark: Path, lively: Path) -> None:
    """Who asks for nothing gets a pass, but not a green one for one look 120 times."""
    assert '<span class="verdict warn">passes, with warnings</span>' in page(look(dark))
    assert '<span class="verdict good">passes</span>' in page(replace(look(lively), warnings=[]))
    assert '<span class="verdict bad">does not pass</span>' in page(look(dark, min_looks=2))


@pytest.mark.parametrize(
    ("demands", "failure"),
    [
        ({"min_looks": 50}, "It has 1.1 looks, and 50 are asked for."),
        ({"max_duplicates": 0.1}, "99% of its pairs look like an earlier one, and 10% are allowed."),
        ({"foreign": False}, "Nobody says where it comes from; with --foreign it may pass."),
    ],
)
def test_a_gate_says_what_it_wants(dark: Path, demands: dict[str, float], failure: str) -> None:
    """One demand, one sentence."""
    assert look(dark, **demands).failures == [failure]


def test_packs_share_presets(lively: Path, tmp_path: Path) -> None:
    """Counted to the byte and by meaning."""
    chance = Random(9)  # noqa: S311 - nothing here is secret
    ours = (lively / "fg" / "1.milk").read_bytes()
    other = write_pack(tmp_path, "other", {1: (ours + b"// same\n", varied(chance)), 2: (ours, dull(chance))})
    common = shared(look(lively).survey, look(other).survey)
    assert (common.presets, common.same_bytes, common.same_meaning) == (120, 1, 1)


@pytest.mark.parametrize(
    ("preset", "found"),
    [
        (Preset(), Trait.COLOURED_WAVE | Trait.WAVE | Trait.HEARS),
        (Preset(parameters=dict.fromkeys(("wave_r", "wave_g", "wave_b"), 1e-7)), Trait(0)),
        (Preset(parameters={"fwavealpha": 0}), Trait.COLOURED_WAVE),
        (
            Preset(parameters={"fwavealpha": 0}, code={"per_frame": "zoom = 1 + bass;"}),
            Trait.COLOURED_WAVE | Trait.PER_FRAME | Trait.HEARS,
        ),
        (
            Preset(parameters={"fwavealpha": 0}, code={"per_pixel": "// bass\n", "warp": "shader_body { }"}),
            Trait.COLOURED_WAVE | Trait.WARP_SHADER,
        ),
        (
            Preset(
                parameters={"fwavealpha": 0, "milkdrop_preset_version": 201, "ob_a": 0.5, "mv_a": 1},
                shapes=(Shape(index=1, parameters={"enabled": 1}), Shape(index=0)),
                waves=(Wave(index=2, parameters={"enabled": 1}),),
            ),
            Trait.COLOURED_WAVE
            | Trait.MILKDROP_2
            | Trait.BORDERS
            | Trait.MOTION_VECTORS
            | Trait.SHAPES
            | Trait.CUSTOM_WAVES
            | Trait.HEARS,
        ),
    ],
    ids=range(6),
)
def test_traits(preset: Preset, found: Trait) -> None:
    """What is transparent, black, switched off or commented out does not count."""
    assert traits(preset) == found


@pytest.mark.parametrize(
    ("preset", "found"),
    [
        (
            Preset(code={"per_frame": "q1 = MemCpy(1,2,3) + sin(time);"}),
            {"unknown-equation-function": ("memcpy",)},
        ),
        (Preset(code={"per_frame": "// memcpy(1)\nq1 = if(above(bass,1),megabuf(2),loop(3,rand(4)));"}), {}),
        (
            Preset(
                code={"comp": "float3 f(float2 p){return p.xyx;} shader_body { ret = f(uv)*get_fft(0.5); }"}
            ),
            {"unknown-shader-function": ("get_fft",)},
        ),
        (
            Preset(
                code={
                    "warp": "#define G(x) GetPixel(x)\nshader_body { ret = G(uv)+tex2D(sampler_fw_main,uv); }"
                }
            ),
            {},
        ),
        (
            Preset(
                code={"warp": "sampler sampler_pw_worms; shader_body { ret = tex2D(sampler_pw_worms,uv); }"}
            ),
            {"missing-picture": ("worms",)},
        ),
        (
            Preset(
                shapes=(
                    Shape(index=4, parameters={"enabled": 1}),
                    Shape(index=5),
                    Shape(index=3, parameters={"enabled": 1}),
                ),
                waves=(Wave(index=15, parameters={"enabled": 1}),),
            ),
            {"beyond-four-parts": ("shape 4", "wave 15")},
        ),
    ],
    ids=range(6),
)
def test_gaps(preset: Preset, found: dict[str, Sequence[str]]) -> None:
    """What the engine lacks is named, what a shader brings along or the engine has is not."""
    assert gaps(preset) == found


def test_gaps_are_warned_of(lively: Path) -> None:
    """With their number and what was asked for."""
    for number in (1, 2):
        path = lively / "fg" / f"{number}.milk"
        path.write_bytes(path.read_bytes() + b"warp_1=`shader_body { ret = tex2D(sampler_worms, uv).xyz; }\n")
    checked = look(lively)
    assert checked.warnings == [
        "In 2 presets, shaders draw with pictures that the page does not have, and find black: worms."
    ]
    assert checked.profile.gaps["missing-picture"].pairs == [1, 2]


class Outline(HTMLParser):
    """What a page loads and shows."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data"}]


def test_the_page_needs_nothing_else(dark: Path, lively: Path) -> None:
    """One file, no script, nothing to load, every drawing sound XML with a name of its own."""
    text = page(look(dark), look(lively))
    outline = Outline()
    outline.feed(text)
    assert outline.loads == []
    assert "script" not in outline.tags
    assert "url(" not in text
    drawings = [f"<svg{rest.partition('</svg>')[0]}</svg>" for rest in text.split("<svg")[1:]]
    assert len({ET.fromstring(drawing).attrib["aria-label"] for drawing in drawings}) == 6  # noqa: S314 - ours
    assert not re.search(r"\b(nan|inf)\b", text)


def test_nothing_from_a_pack_becomes_markup(tmp_path: Path) -> None:
    """A name or an address with a tag in it is shown as it is."""
    chance = Random(1)  # noqa: S311 - nothing here is secret
    pack = write_pack(
        tmp_path, "mine", {1: (varied(chance), varied(chance)), 2: (varied(chance), dull(chance))}
    )
    manifest = read_manifest(pack)
    manifest["pairs"][1]["fgUrl"] = "/presets/<script>alert(1)</script>"
    write_manifest(pack, manifest)
    text = page(look(pack))
    assert "&lt;script&gt;" in text
    assert "<script" not in text


def test_a_chart_of_equal_or_missing_values_is_drawn() -> None:
    """No division by nothing."""
    empty = np.array([])
    flat = charts.Strip(
        name="zoom", spreads=[dict.fromkeys(("p05", "p25", "p50", "p75", "p95"), 1.0), {}], low=1, high=1
    )
    for drawing in (
        charts.histogram("one", {"fg": empty, "bg": np.array([np.inf])}, [0, 1, 2], mark=1, axis="d"),
        charts.strips("two", [flat]),
        charts.scatter("three", {"fg": np.zeros((5000, 2))}, centre=(0, 0), reach=1, ring=1),
    ):
        ET.fromstring(drawing)  # noqa: S314 - our own drawing
        assert "nan" not in drawing
        assert "inf" not in drawing


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Type a command in a pipe, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


@pytest.mark.usefixtures("dark", "lively")
def test_the_command_is_a_gate(packs: Callable[..., Result]) -> None:
    """It ends well or not as the pack does, says why first, and gives the same to machines."""
    good = packs("check", "lively", "--foreign", "--min-looks", "50", "--processes", "1")
    bad = packs("check", "dark", "--foreign", "--min-looks", "50", "--processes", "1")
    told = orjson.loads(packs("check", "dark", "--json", "--against", "lively", "--processes", "1").stdout)
    assert (good.exit_code, bad.exit_code) == (ExitCode.OK, ExitCode.NOT_PASSED)
    assert bad.stdout.splitlines()[:2] == [
        "dark: 120 pairs, one look.",
        "failure\tIt has 1.1 looks, and 50 are asked for.",
    ]
    assert told["looks"] < 1.5
    assert told["against"]["looks"] > 55
    assert told["shared"] == {"presets": 240, "same_bytes": 0, "same_meaning": 0}


@pytest.mark.usefixtures("dark")
def test_the_command_writes_the_page(packs: Callable[..., Result], tmp_path: Path) -> None:
    """Where it was asked to; a place that is not there is one sentence."""
    assert (
        packs("check", "dark", "--foreign", "--html", "report.html", "--processes", "1").exit_code
        == ExitCode.OK
    )
    assert "120 pairs, one look" in (tmp_path / "report.html").read_text(encoding="utf-8")
    missing = packs("check", "nothing")
    assert missing.exit_code == ExitCode.USAGE
    assert missing.stderr.startswith("There is no pack nothing")


@pytest.mark.usefixtures("lively")
def test_an_import_is_typed_and_then_checked(packs: Callable[..., Result], tmp_path: Path) -> None:
    """What import writes, check accepts as ours."""
    done = packs(
        "import", "lively", "--out", "mine", "--pairs", "10", "--index", "i.sqlite", "--processes", "1"
    )
    told = packs("import", "lively", "--out", "all", "--name", "ours", "--json", "--index", "i.sqlite")
    assert done.exit_code == told.exit_code == ExitCode.OK
    assert dict(line.split("\t") for line in done.stdout.splitlines()[:4])["pairs"] == "10"
    assert orjson.loads(told.stdout)["found"]["read"] == 0
    assert packs("check", "mine", "--processes", "1").exit_code == ExitCode.OK
    assert (tmp_path / "all" / "ours" / MANIFEST).is_file()
    again = packs("import", "lively", "--out", "mine", "--index", "i.sqlite")
    assert again.exit_code == ExitCode.USAGE
    assert "There is a pack in" in again.stderr


@pytest.mark.parametrize(
    "arguments", [("--band", "0.1", "0.2"), ("--pair-by", "name", "--distinct"), ("--pairs", "0")]
)
def test_flags_that_contradict_each_other_are_refused(
    packs: Callable[..., Result], arguments: Sequence[str]
) -> None:
    """Before anything is read."""
    assert packs("import", ".", "--out", "mine", *arguments).exit_code == ExitCode.USAGE
