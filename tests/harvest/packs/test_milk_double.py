"""A `.milk2` file opens as two presets and the way they are blended."""

import pytest

from harvest.packs.milk import Blend, MilkError, parse_milk2

DOUBLE = b"""\
Created with MILKDROP 3.33 on some day

sprite=1
blending_pattern=side
blending_progress=0.55
blending_direction=-1
random_1=0.1
random_2=0.2
random_3=0.3
random_4=0.4
random_5=0.5

[PRESET1_BEGIN]
NAME=one
MILKDROP_PRESET_VERSION=201
[preset00]
zoom=1
[PRESET1_END]

[PRESET2_BEGIN]
NAME=two
[preset00]
zoom=2
per_frame_1=rot = 1;
[PRESET2_END]

[SPRITE1_BEGIN]
SpriteName=a.png
code_1=x = 0.5;
[SPRITE1_END]
"""


def test_both_presets_and_their_blend_are_read() -> None:
    """Nothing of one preset reaches the other, and the header says how they share the screen."""
    double = parse_milk2(DOUBLE)
    assert double.blend == Blend(
        pattern="side", progress=0.55, direction=-1, random=(0.1, 0.2, 0.3, 0.4, 0.5), sprites=1
    )
    assert double.first.data == b"NAME=one\nMILKDROP_PRESET_VERSION=201\n[preset00]\nzoom=1\n"
    assert double.first.preset.version == 201
    assert double.first.preset.parameters["zoom"] == 1
    assert double.second.preset.parameters == {"zoom": 2}
    assert double.second.preset.code == {"per_frame": "rot = 1;"}


def test_windows_line_ends_do_not_matter() -> None:
    """A file saved on Windows says the same."""
    windows = parse_milk2(DOUBLE.replace(b"\n", b"\r\n"))
    double = parse_milk2(DOUBLE)
    assert windows.blend == double.blend
    assert (windows.first.preset, windows.second.preset) == (double.first.preset, double.second.preset)


def test_what_the_header_leaves_out_stays_absent() -> None:
    """No default is invented for a missing or unreadable value."""
    bare = b"blending_progress=soon\n" + DOUBLE[DOUBLE.index(b"[PRESET1_BEGIN]") : DOUBLE.index(b"[SPRITE1")]
    assert parse_milk2(bare).blend == Blend(pattern=None, progress=None, direction=None, random=(), sprites=0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"zoom=1\n", r"The file is no double preset: \[PRESET1_BEGIN\] is missing or out of order."),
        (
            DOUBLE.replace(b"[PRESET1_END]", b""),
            r"The file is no double preset: \[PRESET1_END\] is missing or out of order.",
        ),
        (
            DOUBLE.replace(b"[PRESET2_END]", b""),
            r"The file is no double preset: \[PRESET2_END\] is missing or out of order.",
        ),
        (
            DOUBLE.replace(b"zoom=1", b"").replace(b"MILKDROP_PRESET_VERSION=201", b""),
            "The first of two presets is none: No line of the file sets anything that MilkDrop knows.",
        ),
        (DOUBLE + b"\0", "The file is binary"),
    ],
)
def test_what_is_no_double_preset_is_refused(data: bytes, sentence: str) -> None:
    """A file that is not understood gets one sentence."""
    with pytest.raises(MilkError, match=sentence):
        parse_milk2(data)
