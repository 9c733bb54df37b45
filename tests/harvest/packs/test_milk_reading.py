"""A preset says what projectM and MilkDrop make of it, and every trap in its text is named."""

import pytest

from harvest.packs.milk import MilkProblem, ProblemKind, Shape, Wave, parse

WHOLE = b"""\
MILKDROP_PRESET_VERSION=201
PSVERSION=3
PSVERSION_WARP=2
PSVERSION_COMP=3
[preset00]
fRating=4.000
fDecay=0.96
zoom=1.01000
wavecode_0_enabled=1
wavecode_0_bSpectrum=1
wave_0_init1=t1 = 0;
wave_0_per_frame1=t1 = t1 + bass;
wave_0_per_point1=x = sample;
wave_0_per_point2=y = value1;
shapecode_2_enabled=1
shapecode_2_num_inst=3
shape_2_init1=t1 = 1;
shape_2_per_frame1=ang = time;
per_frame_init_1=q1 = 0;
per_frame_1=q1 = q1 + bass;
per_frame_2=  zoom = 1 + 0.01*q1; // breathe
per_pixel_1=rot = rad;
warp_1=`shader_body {
warp_2=`  ret = tex2D(sampler_main, uv).xyz; }
comp_1=`shader_body { ret = 1; }
"""


def kinds(data: bytes) -> list[ProblemKind]:
    """Name the problems of a file."""
    return [problem.kind for problem in parse(data).problems]


def test_a_whole_preset_is_understood() -> None:
    """Numbers, code, waves, shapes, shaders and versions all reach the preset, and nothing is amiss."""
    milk = parse(WHOLE)
    assert milk.problems == ()
    assert milk.preset.version == 201
    assert milk.preset.parameters == {
        "milkdrop_preset_version": 201,
        "psversion": 3,
        "psversion_warp": 2,
        "psversion_comp": 3,
        "frating": 4,
        "fdecay": 0.96,
        "zoom": 1.01,
    }
    assert milk.preset.code == {
        "per_frame_init": "q1 = 0;",
        "per_frame": "q1 = q1 + bass;\n  zoom = 1 + 0.01*q1; // breathe",
        "per_pixel": "rot = rad;",
        "warp": "shader_body {\n  ret = tex2D(sampler_main, uv).xyz; }",
        "comp": "shader_body { ret = 1; }",
    }
    assert milk.preset.waves == (
        Wave(
            index=0,
            parameters={"enabled": 1, "bspectrum": 1},
            code={"init": "t1 = 0;", "per_frame": "t1 = t1 + bass;", "per_point": "x = sample;\ny = value1;"},
        ),
    )
    assert milk.preset.shapes == (
        Shape(
            index=2,
            parameters={"enabled": 1, "num_inst": 3},
            code={"init": "t1 = 1;", "per_frame": "ang = time;"},
        ),
    )
    assert milk.preset.all_code()["shape_2_per_frame"] == "ang = time;"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_do_not_matter(end: bytes) -> None:
    """Windows, Unix and old Mac files of the same lines say the same."""
    assert parse(WHOLE.replace(b"\n", end)).preset == parse(WHOLE).preset


def test_mixed_line_ends_do_not_matter() -> None:
    """Each line may end in its own way."""
    assert parse(b"zoom=1\r\nrot=2\rcx=3\ncy=4").preset.parameters == {"zoom": 1, "rot": 2, "cx": 3, "cy": 4}


def test_only_line_ends_end_a_line() -> None:
    """What Python takes for a line break elsewhere stays inside a line of code."""
    code = "a = 1;\x0b\x0c\x1cb = 2;\x85\u2028c = 3;"
    assert parse(f"per_frame_1={code}".encode()).preset.code == {"per_frame": code}


def test_version_100_is_what_no_version_means() -> None:
    """A preset of MilkDrop 1 names no version, and none is put into its parameters."""
    preset = parse(b"zoom=1").preset
    assert preset.version == 100
    assert "milkdrop_preset_version" not in preset.parameters


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.01", 1.01),
        ("1", 1),
        ("-.5", -0.5),
        ("5.", 5),
        ("+2", 2),
        ("1e3", 1000),
        ("1E-2", 0.01),
        (" \t7 ", 7),
        ("2.000000 ", 2),
        ("1e", 1),
        ("3.000000.500000", 3),
        ("0.5abc", 0.5),
        ("1_0", 1),
        ("-1.#IND00", -1),
        ("0x10", 0),
        ("1,5", 1),
    ],
)
def test_a_number_is_read_as_far_as_it_goes(text: str, number: float) -> None:
    """Like C's atof, in every locale: leading blanks skipped, what follows the number left out."""
    assert parse(f"zoom={text}".encode()).preset.parameters == {"zoom": number}


@pytest.mark.parametrize("text", ["", "-", "nan", "inf", "-infinity", "=1", "abc", "1e999", "\u0661"])
def test_what_is_no_number_leaves_the_parameter_absent(text: str) -> None:
    """Where nothing finite can be read there is no parameter, never a zero, and the file says why."""
    milk = parse(f"rot=1\nzoom={text}\n[preset00]".encode())
    assert milk.preset.parameters == {"rot": 1}
    assert milk.problems == (MilkProblem(2, "no-number", "zoom"),)


def test_the_first_of_equal_names_counts() -> None:
    """Later ones are left out, in whatever section or case they stand, and named."""
    milk = parse(b"[preset00]\nzoom=1\nZoom=2\n[preset01]\nzoom=3\nper_frame_1=a=1;\nper_frame_1=a=2;")
    assert milk.preset.parameters == {"zoom": 1}
    assert milk.preset.code == {"per_frame": "a=1;"}
    assert [(problem.line, problem.kind) for problem in milk.problems] == [
        (3, "repeated-name"),
        (4, "more-sections"),
        (5, "repeated-name"),
        (7, "repeated-name"),
    ]


def test_code_ends_at_the_first_missing_number() -> None:
    """Lines beyond a gap are not read, and the first of them in each block is named."""
    milk = parse(b"[preset00]\nper_frame_1=a;\nper_frame_3=c;\nper_frame_4=d;\nwarp_2=`x\ncomp_01=`y")
    assert milk.preset.code == {"per_frame": "a;"}
    assert milk.problems == (
        MilkProblem(3, "code-gap", "per_frame_3"),
        MilkProblem(5, "code-gap", "warp_2"),
        MilkProblem(6, "code-gap", "comp_01"),
    )


def test_code_is_joined_in_the_order_of_its_numbers() -> None:
    """Where the lines stand in the file does not matter, and empty lines keep their place."""
    preset = parse(b"per_frame_3=c;\nper_frame_2=\nzoom=1\nper_frame_1=a;").preset
    assert preset.code == {"per_frame": "a;\n\nc;"}


def test_a_name_ends_at_the_first_blank_too() -> None:
    """`per_frame_2 ` is an empty line of code, as 17 real files have it; it leaves no gap."""
    milk = parse(b"[preset00]\nper_frame_1=a;\nper_frame_2 \nper_frame_3=c;\nrot 0.5\nzoom = 2")
    assert milk.preset.code == {"per_frame": "a;\n\nc;"}
    assert milk.preset.parameters == {"rot": 0.5}
    assert milk.problems == (MilkProblem(6, "no-number", "zoom"),)


def test_prose_above_the_section_can_hide_a_parameter() -> None:
    """As in six real files: projectM takes `Warp code from …` for the parameter, and the file says so."""
    milk = parse(b"Warp code from : another\n[preset00]\nwarp=1\nzoom=1")
    assert milk.preset.parameters == {"zoom": 1}
    assert [problem.kind for problem in milk.problems] == ["no-number", "other-case", "repeated-name"]


def test_one_backtick_is_taken_off_a_line_of_code() -> None:
    """The backtick that guards a shader's indentation is not part of it; a second one is."""
    preset = parse(b"warp_1=`  a\nwarp_2=b\nwarp_3=``c\nper_frame_1=`d").preset
    assert preset.code == {"warp": "  a\nb\n`c", "per_frame": "d"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfzoom=1\n[preset00]", ["byte-order-mark"]),
        (b"zoom=1", ["no-section"]),
        (b" [preset00]\nzoom=1", []),
        (b"[preset00] \nzoom=1", []),
        (b"[preset00]\nZOOM=1", ["other-case"]),
        (b"[preset00]\nPer_Frame_1=a=1;", ["other-case"]),
        (b"[preset00]\nzoom=1;", ["number-cut"]),
        (b"[preset00]\nzoom=1\nnonsense=2\nnonsense=3", ["unknown-name", "repeated-name"]),
        (b"[preset00]\nzoom=1\nwavecode_0_tex_capture=1\nwavecode_16_enabled=1", ["unknown-name"] * 2),
        (b"[preset00]\nzoom=1\n zoom=2\n=3\n----------\n", ["unread-line"] * 3),
        (b"[preset00]\nzoom=1\n\n  \n// zoom=2\n// zoom=2\n;a=1\n# a\n", []),
        (
            b"[preset00]\nshapecode_4_enabled=1\nwavecode_15_enabled=1\nwavecode_5_enabled=0",
            ["not-drawn"] * 2,
        ),
    ],
)
def test_each_trap_is_named(data: bytes, expected: list[ProblemKind]) -> None:
    """What an engine may read otherwise is named; comments and blank lines are nobody's problem."""
    assert kinds(data) == expected


def test_a_problem_is_a_readable_sentence() -> None:
    """A person sees line and name, and no control character reaches the terminal."""
    problems = parse(b"[preset00]\nzoom=1\nzoom=2\n\x1b[31mred=1").problems
    assert [str(problem) for problem in problems] == [
        "Line 3: 'zoom' was set before, and the first counts.",
        "Line 4: '\\x1b[31mred' means nothing to MilkDrop 2.",
    ]


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("// é 漢".encode(), "utf-8", "// é 漢"),
        ("// é “quoted”".encode("cp1252"), "cp1252", "// é “quoted”"),
        (b"// \x81 \xe9", "latin-1", "// \x81 é"),
    ],
)
def test_any_encoding_is_read(data: bytes, encoding: str, text: str) -> None:
    """UTF-8, else Windows' cp1252, else Latin-1, which no byte contradicts."""
    milk = parse(b"per_frame_1=" + data)
    assert milk.encoding == encoding
    assert milk.preset.code == {"per_frame": text}
