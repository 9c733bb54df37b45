"""Whatever the file or the preset: nothing is lost, nothing is invented, and only MilkError is raised."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from hypothesis import assume, example, given
from hypothesis import strategies as st

from harvest.packs.milk import Milk, MilkError, Preset, Shape, Wave, build, names, parse, parse_milk2

T = TypeVar("T")
P = TypeVar("P", Wave, Shape)

MARK = b"\xef\xbb\xbf"
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LINES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20)
CODE = st.lists(LINES, min_size=1, max_size=4).map("\n".join).filter(bool)


def some(keys: Sequence[str], values: st.SearchStrategy[T]) -> st.SearchStrategy[Mapping[str, T]]:
    """Draw values for some of the keys."""
    return st.dictionaries(st.sampled_from([key.lower() for key in keys]), values, max_size=5)


def parts(
    part: type[P], parameters: Sequence[str], blocks: Sequence[str]
) -> st.SearchStrategy[tuple[P, ...]]:
    """Draw a few waves or shapes, in order, each with something in it."""
    bodies = st.tuples(some(parameters, NUMBERS), some(blocks, CODE)).filter(any)
    chosen = st.dictionaries(st.sampled_from(names.INDICES), bodies, max_size=3)
    return chosen.map(
        lambda found: tuple(
            part(index=index, parameters=numbers, code=code)
            for index, (numbers, code) in sorted(found.items())
        )
    )


PRESETS = st.builds(
    Preset,
    parameters=some(names.HEADER + names.GENERAL, NUMBERS),
    code=some(names.CODE, CODE),
    waves=parts(Wave, names.WAVE, names.WAVE_CODE),
    shapes=parts(Shape, names.SHAPE, names.SHAPE_CODE),
).filter(lambda preset: preset != Preset())

NAMES = st.sampled_from(
    [*names.PARAMETERS, "zoom", "fDecay", "NONSENSE", "//", "[preset00]", "[preset01]", "Created"]
) | st.builds(
    "{}{}".format, st.sampled_from([place.spelled for place in names.BLOCKS.values()]), st.integers(0, 4)
)
SETTINGS = st.builds(
    "{}{}{}".format,
    NAMES,
    st.sampled_from(["=", " ", " = ", ""]),
    LINES | NUMBERS.map(str) | st.just("`x = 1;"),
)
TEXTS = st.lists(st.tuples(SETTINGS | LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=30).map(
    lambda lines: "".join(line + end for line, end in lines)
)


def encoded(mark: bytes, text: str, encoding: str, tail: bytes) -> bytes:
    """Make a file of a text, with bytes around it that may be no text at all."""
    return mark + text.encode(encoding, errors="ignore") + tail


FILES = st.builds(
    encoded,
    st.sampled_from([b"", MARK]),
    TEXTS,
    st.sampled_from(["utf-8", "cp1252", "latin-1"]),
    st.sampled_from([b"", b"zoom=1", b"\x81\xff"]),
)


def parsed(data: bytes) -> Milk:
    """Read a file, or pass on to the next example."""
    try:
        return parse(data)
    except MilkError:
        assume(condition=False)
        raise


def lines(data: bytes) -> list[bytes]:
    """Take a file apart, its byte order mark aside."""
    return data.removeprefix(MARK).splitlines()


@given(PRESETS)
def test_a_written_preset_reads_as_the_same_preset(preset: Preset) -> None:
    """Whatever can be said in a preset survives the way into a file and back, without a problem."""
    milk = build(preset)
    assert milk.preset == preset
    assert {problem.kind for problem in milk.problems} <= {"not-drawn"}
    assert build(milk.preset).data == milk.data
    assert milk.meaning_hash() == preset.meaning_hash()


@given(FILES | st.binary())
@example(b"zoom=1\r")
def test_a_file_is_kept_to_the_byte_or_refused(data: bytes) -> None:
    """Reading raises nothing but MilkError, says the same thing twice, and gives back every byte."""
    try:
        milk = parse(data)
    except MilkError:
        return
    assert milk.data == data
    assert parse(data) == milk
    assert all(1 <= problem.line <= len(data.splitlines()) for problem in milk.problems)


@given(FILES)
def test_whatever_is_read_can_be_written_anew(data: bytes) -> None:
    """What any file says can be said by a new one, and means the same."""
    milk = parsed(data)
    anew = build(milk.preset)
    assert anew.preset == milk.preset
    assert anew.meaning_hash() == milk.meaning_hash()


@given(FILES, st.sampled_from(sorted(names.PARAMETERS)), NUMBERS)
def test_setting_a_parameter_touches_one_line(data: bytes, name: str, number: float) -> None:
    """Afterwards the file says the new number, and all lines but one are as they were."""
    milk = parsed(data)
    edited = milk.with_parameter(name, number)
    assert all_numbers(edited.preset) == all_numbers(milk.preset) | {name: number}
    assert edited.preset.all_code() == milk.preset.all_code()
    before, after = lines(data), lines(edited.data)
    assert any(
        before[:place] == after[:place] and after[place + 1 :] in (before[place:], before[place + 1 :])
        for place in range(len(after))
    )


@given(FILES, st.sampled_from(sorted(names.BLOCKS)), CODE | st.just(""))
def test_setting_code_touches_only_that_code(data: bytes, block: str, code: str) -> None:
    """Afterwards the file says the new code, or refuses, and all other lines are as they were."""
    milk = parsed(data)
    try:
        edited = milk.with_code(block, code)
    except MilkError:
        assert not code.isascii() or not code
        return
    assert all_numbers(edited.preset) == all_numbers(milk.preset)
    blocks = {**milk.preset.all_code(), block: code}
    assert edited.preset.all_code() == {name: text for name, text in blocks.items() if text}
    own = re.compile(re.escape(names.BLOCKS[block].spelled.encode()) + rb"[0-9]+[ =]", re.IGNORECASE)
    others = [[line for line in lines(file) if not own.match(line)] for file in (data, edited.data)]
    assert others[0] == others[1]


@given(FILES, FILES, st.binary())
def test_two_files_make_a_double_or_are_refused(first: bytes, second: bytes, header: bytes) -> None:
    """What is read from a double preset is what either file says alone."""
    frame = (
        header,
        b"\n[PRESET1_BEGIN]\n",
        first,
        b"\n[PRESET1_END]\n[PRESET2_BEGIN]\n",
        second,
        b"\n[PRESET2_END]",
    )
    try:
        double = parse_milk2(b"".join(frame))
    except MilkError:
        return
    assert double.first.preset == parsed(first).preset
    assert double.second.preset == parsed(second).preset


def all_numbers(preset: Preset) -> dict[str, float]:
    """Every parameter by the name it has in a file."""
    owners = [*(("wave", wave) for wave in preset.waves), *(("shape", shape) for shape in preset.shapes)]
    return dict(preset.parameters) | {
        f"{kind}code_{part.index}_{name}": number
        for kind, part in owners
        for name, number in part.parameters.items()
    }
