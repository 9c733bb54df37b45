"""A file keeps its bytes, edits touch only what they name, and what is no preset is turned away."""

import math
import pickle

import pytest

from harvest.packs.milk import MAX_BYTES, MAX_LINE_BYTES, MilkError, Preset, Shape, Wave, build, parse

PRESET = Preset(
    parameters={"milkdrop_preset_version": 201, "psversion": 2, "zoom": 1.01, "bwavethick": 1, "rot": -0.5},
    code={"per_frame": "q1 = bass;\n\n`odd", "comp": "shader_body {\n  ret = 1; }", "warp": "\n"},
    waves=(Wave(index=0, parameters={"enabled": 1, "bspectrum": 1}, code={"per_point": "x = sample;"}),),
    shapes=(
        Shape(index=1, parameters={"enabled": 1, "thickoutline": 1}),
        Shape(index=3, code={"per_frame": "a"}),
    ),
)
WRITTEN = b"""\
MILKDROP_PRESET_VERSION=201
PSVERSION=2
[preset00]
bWaveThick=1
zoom=1.01
rot=-0.5
wavecode_0_enabled=1
wavecode_0_bSpectrum=1
wave_0_per_point1=x = sample;
shapecode_1_enabled=1
shapecode_1_thickOutline=1
shape_3_per_frame1=a
per_frame_1=q1 = bass;
per_frame_2=
per_frame_3=``odd
warp_1=`
warp_2=`
comp_1=`shader_body {
comp_2=`  ret = 1; }
"""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"zoom=1\n" * 200_000, "The file has 1,400,000 bytes; projectM reads no preset above 1,048,576."),
        (b"zoom=1\n\0", "The file is binary: byte 7 is zero."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "The file is binary: byte 8 is zero."),
        ("zoom=1".encode("utf-16"), "The file is UTF-16 text, which no engine reads."),
        (b"zoom=1" + b" " * 40_000, "A line has 40,006 bytes; MilkDrop reads at most 32,768."),
        (b"<!doctype html>\n<script>\nzoom=1\n</script>", "The file is an HTML page or other markup."),
        (b"\xef\xbb\xbf\n <html>\nzoom=1", "The file is an HTML page or other markup."),
        (b"\xef\xbb\xbf", "No line of the file sets anything that MilkDrop knows."),
        (
            b'{"version": 2, "baseVals": {"zoom": 1}}',
            "No line of the file sets anything that MilkDrop knows.",
        ),
        (b"[preset00]\nfoo=1\nzoom=\n", "No line of the file sets anything that MilkDrop knows."),
        (
            b"[PRESET1_BEGIN]\nzoom=1\n[PRESET1_END]\n",
            "The file holds two presets, as MilkDrop 3 writes them with the ending .milk2.",
        ),
    ],
    ids=range(13),
)
def test_what_is_no_preset_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    """Each hostile file gets its own sentence."""
    with pytest.raises(MilkError) as caught:
        parse(data)
    assert str(caught.value) == sentence


def test_the_limits_are_reachable() -> None:
    """A file of exactly the largest size, in lines of exactly the longest length, is read."""
    line = b"zoom=1".ljust(MAX_LINE_BYTES - 1) + b"\n"
    assert parse(line * (MAX_BYTES // MAX_LINE_BYTES)).preset.parameters == {"zoom": 1}


def test_a_new_preset_is_written_as_milkdrop_would() -> None:
    """Names in MilkDrop's order and case, code numbered from one, shaders behind backticks."""
    milk = build(PRESET)
    assert milk.data == WRITTEN
    assert milk.preset == PRESET
    assert milk.problems == ()


@pytest.mark.parametrize(
    ("preset", "part"),
    [
        (Preset(parameters={"zoom": 1, "foo": 1}), "parameters"),
        (Preset(parameters={"zoom": 1, "fDecay": 1}), "parameters"),
        (Preset(parameters={"zoom": 1}, code={"per_vertex": "a"}), "code"),
        (Preset(code={"per_frame": "a\rb"}), "code"),
        (Preset(code={"per_frame": "a\ud800"}), "code"),
        (Preset(code={"per_frame": "a", "warp": ""}), "code"),
        (Preset(parameters={"zoom": 1}, waves=(Wave(index=0),)), "waves"),
        (Preset(parameters={"zoom": 1}, waves=(Wave(index=16, parameters={"enabled": 1}),)), "waves"),
        (Preset(waves=(Wave(index=0, code={"init": "a"}), Wave(index=0, code={"init": "b"}))), "waves"),
        (Preset(shapes=(Shape(index=1, code={"init": "a"}), Shape(index=0, code={"init": "b"}))), "shapes"),
    ],
)
def test_a_preset_that_no_file_can_hold_is_refused(preset: Preset, part: str) -> None:
    """Nothing is silently left out or changed on the way into a file."""
    with pytest.raises(MilkError, match=f"cannot hold the {part} as given"):
        build(preset)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_only_finite_numbers_are_written(value: float) -> None:
    """No engine would read anything else back."""
    for write in (
        lambda: build(Preset(parameters={"zoom": value})),
        lambda: build(PRESET).with_parameter("zoom", value),
    ):
        with pytest.raises(MilkError, match="only finite numbers"):
            write()


def test_a_parameter_changes_in_its_place() -> None:
    """Only the line that counts changes; its own line end and spelling stay."""
    milk = parse(b"\xef\xbb\xbfZOOM=1 // was 2\r[preset00]\r\nzoom=3\nrot=4")
    assert milk.with_parameter("zoom", 1.5).data == b"\xef\xbb\xbfZOOM=1.5\r[preset00]\r\nzoom=3\nrot=4"
    assert milk.with_parameter("Rot", 5).data == b"\xef\xbb\xbfZOOM=1 // was 2\r[preset00]\r\nzoom=3\nrot=5"


@pytest.mark.parametrize(
    ("data", "edited"),
    [
        (b"x\r\n[preset00]\r\nzoom=1\r\n", b"x\r\n[preset00]\r\nfDecay=0.9\r\nzoom=1\r\n"),
        (b"zoom=1\n[preset00]", b"zoom=1\n[preset00]\nfDecay=0.9\n"),
        (b"zoom=1", b"fDecay=0.9\nzoom=1"),
    ],
)
def test_a_new_parameter_opens_the_section(data: bytes, edited: bytes) -> None:
    """It stands below the section's line, spelled as MilkDrop 2 asks, ended as the file's lines end."""
    assert parse(data).with_parameter("fdecay", 0.9).data == edited


def test_a_new_version_stands_above_the_section() -> None:
    """MilkDrop wants the versions on the first lines of a file."""
    edited = parse(b"[preset00]\nzoom=1\n").with_parameter("milkdrop_preset_version", 201)
    assert edited.data == b"MILKDROP_PRESET_VERSION=201\n[preset00]\nzoom=1\n"


def test_code_changes_in_its_place() -> None:
    """All lines of the block go, unread ones too, and the new ones stand where the first was."""
    milk = parse(b"zoom=1\r\nper_frame_2=b\r\nper_frame_init_1=i\r\nper_frame_1=a\r\nper_frame_9=z\r\nrot=1")
    edited = milk.with_code("per_frame", "one\ntwo")
    assert edited.data == b"zoom=1\r\nper_frame_1=one\r\nper_frame_2=two\r\nper_frame_init_1=i\r\nrot=1"
    assert edited.with_code("per_frame", "").data == b"zoom=1\r\nper_frame_init_1=i\r\nrot=1"


def test_new_code_stands_at_the_end() -> None:
    """The last line gets a line end first if it has none."""
    assert parse(b"zoom=1").with_code("warp", "a\n b").data == b"zoom=1\nwarp_1=`a\nwarp_2=` b\n"


def test_an_edit_keeps_the_encoding() -> None:
    """New text is written in the encoding that the rest of the file is in."""
    latin = parse("per_frame_1=a; // é\nzoom=1".encode("cp1252"))
    assert latin.with_code("per_pixel", "// ü").data.endswith(b"per_pixel_1=// \xfc\n")
    assert latin.with_code("per_frame", "// ü").encoding == "utf-8"


def test_an_impossible_edit_is_refused() -> None:
    """Unknown names, and code that the file cannot hold, are refused in one sentence."""
    milk = parse(b"// \xe9\nzoom=1")
    with pytest.raises(MilkError, match="no parameter named 'foo'"):
        milk.with_parameter("foo", 1)
    with pytest.raises(MilkError, match="no block of code named 'per_vertex'"):
        milk.with_code("per_vertex", "a")
    for code in ("漢", "a\rzoom=2"):
        with pytest.raises(MilkError, match="cannot hold this code of per_frame"):
            milk.with_code("per_frame", code)


def test_equal_bytes_have_an_equal_content_hash() -> None:
    """The content hash is the SHA-256 of the file, as any other tool computes it."""
    assert (
        parse(b"zoom=1\n").content_hash()
        == "20353e33f4e26c5aad2bdf7d9307964597acdc0a1a25f3f6f878c3e7b5e6d707"
    )


BASE = b"[preset00]\r\nfRating=3\r\nzoom=1.50\r\nper_frame_1=a = 1; // one\r\nper_frame_2=b = 2;\r\n"


@pytest.mark.parametrize(
    "same",
    [
        BASE.replace(b"\r\n", b"\n"),
        BASE.replace(b"1.50", b"1.5 "),
        BASE.replace(b"fRating=3", b"fRating=5"),
        BASE.replace(b"fRating=3\r\n", b""),
        BASE.replace(b"zoom=1.50\r\n", b"") + b"zoom=1.500000",
        BASE.replace(b"a = 1; // one", b"a=1;"),
        BASE.replace(b"a = 1; // one", b"/* one */ a = 1; \\\\ one"),
        BASE.replace(b"\r\nper_frame_2=", b"\r\nper_frame_2=\r\nper_frame_3="),
        BASE + b"per_pixel_1=// nothing\r\nfoo=1\r\n",
        BASE + b"wavecode_5_enabled=0\r\nwave_5_init1=a\r\nshapecode_0_sides=3\r\n",
    ],
)
def test_what_is_not_shown_has_no_meaning(same: bytes) -> None:
    """Presets that show the same have the same meaning hash, so duplicates are found by content."""
    assert parse(same).meaning_hash() == parse(BASE).meaning_hash()


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace(b"1.50", b"1.51"),
        BASE.replace(b"zoom", b"rot"),
        BASE.replace(b"b = 2", b"b = 3"),
        BASE.replace(b"per_frame_", b"per_pixel_"),
        BASE.replace(b"per_frame_2", b"per_frame_3"),
        BASE + b"MILKDROP_PRESET_VERSION=201",
        BASE + b"wavecode_0_enabled=1",
        BASE + b"shapecode_0_enabled=1\nshape_0_init1=a",
    ],
)
def test_numbers_and_code_have_a_meaning(other: bytes) -> None:
    """Whatever an engine would show otherwise changes the meaning hash."""
    assert parse(other).meaning_hash() != parse(BASE).meaning_hash()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("line", [b"/*", b"//", b"zoom=1", b"per_frame_1=a", b"x", b"x=1"])
def test_the_worst_file_takes_a_second_not_a_minute(line: bytes) -> None:
    """As many lines as fit, whatever they hold, are read and hashed in time that grows with their number."""
    lines = (b"warp_%d=`%s" % (number, line) if line == b"/*" else line for number in range(1, 50_000))
    parse(b"[preset00]\nzoom=1\n" + b"\n".join(lines)).meaning_hash()


def test_a_file_travels_between_processes() -> None:
    """An index read by several processes sends its results through pickle."""
    milk = build(PRESET)
    assert pickle.loads(pickle.dumps(milk)) == milk  # noqa: S301 - our own bytes
