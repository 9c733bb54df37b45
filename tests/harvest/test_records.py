"""The shared words: what records keep, what they refuse, and how they say it."""

import json
import math
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

import harvest.records
from harvest.records import (
    RECORDS,
    Audio,
    Evidence,
    Fault,
    Figures,
    OnScreen,
    PairsManifest,
    QualityFile,
    Record,
    RecordError,
    RunMeta,
    RunSummary,
    Sample,
    Shown,
    parse,
    parse_line,
    read,
    schema,
    to_json,
    to_line,
)
from harvest.records.lines import EVIDENCE_CHARS
from harvest.records.problem import PROBLEMS_SHOWN, Value
from harvest.records.text import LINE_BYTES

DATA = Path(__file__).parent / "data" / "records"
ROWS = (DATA / "eval.jsonl").read_bytes().splitlines(keepends=True)
FILES: dict[str, type[Record]] = {
    "meta.json": RunMeta,
    "meta.first.json": RunMeta,
    "pairs-manifest.v0.json": PairsManifest,
    "pairs-manifest.filtered.current.json": PairsManifest,
    "pairs-quality.v0.json": QualityFile,
    "run-summary.json": RunSummary,
}
OWNERS_KEYS = [
    "tMs",
    "pack",
    "pair",
    "warpDiff",
    "cxDiff",
    "quality01",
    "intensity01",
    "presetFgId",
    "presetBgId",
    "vizAvgLuma",
    "vizAvgFrameDelta",
    "pmAvgLumaFg",
    "pmAvgLumaBg",
    "audioRms",
    "audioPeak",
    "pageErrorsSinceLast",
    "consoleErrorsSinceLast",
    "okHeuristic",
    "reasons",
]

SHOWN = Shown(fg_url="/presets/a/fg/1.milk", bg_url="/presets/a/bg/1.milk", fg_hash="f1", bg_hash=None)
SAMPLE = Sample(
    t_ms=1771145148311,
    pack="a",
    pair=65,
    warp_diff=0.0435,
    cx_diff=None,
    quality01=None,
    intensity01=None,
    preset_fg_id="coupled:a:65:fg",
    preset_bg_id="coupled:a:65:bg",
    viz_avg_luma=0.099,
    viz_avg_frame_delta=1.14e-5,
    pm_avg_luma_fg=0.1,
    pm_avg_luma_bg=0.2,
    audio_rms=0.07,
    audio_peak=0.4,
    page_errors_since_last=0,
    console_errors_since_last=0,
    ok_heuristic=False,
    reasons=("low-motion",),
    kind="sample",
    evidence=Evidence(
        run="2026-02-15_163645",
        seed=7,
        repeat=0,
        adapter="stepped",
        renderer_class="hardware",
        context_generation=0,
        frames=180,
        on_screen=OnScreen(before=SHOWN, after=SHOWN),
        audio=Audio(source="track", rms=0.07, peak=0.4),
    ),
    figures=Figures(luma_mean=0.1, frozen_share=0, audio_response=-0.2),
    flaws=("dark",),
)
FAULT = Fault(
    kind="fault",
    name="page-crash",
    t_ms=1771145148400,
    run="2026-02-15_163645",
    pack="a",
    pair=65,
    evidence='Target crashed: {"pack":"a","pair":65}',
    remedy="new-page",
    seconds_lost=3.2,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def all_records(base: type[Record] = Record) -> Iterator[type[Record]]:
    """Every kind of record, the nested ones too."""
    for model in base.__subclasses__():
        yield model
        yield from all_records(model)


def keys(model: type[Record]) -> list[str]:
    """The keys a file has for a record's fields."""
    return [str(field.serialization_alias) for field in model.model_fields.values()]


KNOWN = {name for model in all_records() for name in (*model.model_fields, *keys(model))}
STRANGE = st.sampled_from(["", "model_dump", "model_extra", "__class__", "__dict__", "self", "a b", "PAIR"])
UNKNOWN = (TEXT | STRANGE).filter(lambda key: key not in KNOWN)


def exact(text: bytes) -> bytes:
    """The JSON value, whatever its spelling and order; 1 and 1.0 apart."""
    return orjson.dumps(orjson.loads(text.removeprefix(b"\xef\xbb\xbf")), option=orjson.OPT_SORT_KEYS)


def homes(value: Value, name: str = "") -> Iterator[dict[str, Value]]:
    """Every object of a document that may hold unknown keys: a record does, a map does not."""
    if isinstance(value, dict):
        if name not in {"fields", "progress"}:
            yield value
        for key, item in value.items():
            yield from homes(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from homes(item)


def spoilt(value: Value, path: str = "$") -> Iterator[tuple[str, Value]]:
    """The value once for each of its leaves, with an object in that leaf's place; and the leaf's path."""
    if isinstance(value, dict):
        for key, item in value.items():
            for at, bad in spoilt(item, f"{path}.{key}"):
                yield at, value | {key: bad}
    elif isinstance(value, list):
        for place, item in enumerate(value):
            for at, bad in spoilt(item, f"{path}[{place}]"):
                yield at, [*value[:place], bad, *value[place + 1 :]]
    else:
        yield path, {"not": "this"}


def refusal(text: bytes, model: type[Record] | None = None, source: str = "") -> str:
    """What is said about a text that is not taken; without a model it is a line."""
    with pytest.raises(RecordError) as caught:
        parse(text, model, source=source) if model else parse_line(text, source=source)
    return str(caught.value)


@pytest.mark.parametrize("row", ROWS)
def test_owners_row(row: bytes) -> None:
    """A row of the owner's is a sample, and written again it is the same value in the same order."""
    record = parse_line(row)
    assert isinstance(record, Sample)
    assert exact(to_line(record)) == exact(row)
    assert list(orjson.loads(to_line(record))) == list(orjson.loads(row)) == OWNERS_KEYS


@pytest.mark.parametrize("name", FILES)
def test_owners_file(name: str) -> None:
    """A file of the owner's, read and written again, is the same value."""
    assert exact(to_json(read(DATA / name, FILES[name]))) == exact((DATA / name).read_bytes())


def test_owners_row_has_nothing_of_ours() -> None:
    """What only we record is missing in an owner's row, not zero and not guessed."""
    record = parse_line(ROWS[0])
    assert isinstance(record, Sample)
    assert (record.evidence, record.figures, record.flaws) == (None, None, None)


@pytest.mark.parametrize("record", [SAMPLE, FAULT])
def test_our_line(record: Sample | Fault) -> None:
    """A line of ours reads as the record it was written from."""
    assert parse_line(to_line(record)) == record


def test_zero_null_and_absent_are_three_things() -> None:
    """A figure of 0, a figure of null and no figure come back as they were, and 0 stays an int."""
    text = b'{"darkShare":0,"frozenShare":0.0,"motion":null}'
    assert exact(to_json(parse(text, Figures))) == exact(text)


@pytest.mark.parametrize("name", FILES)
def test_byte_order_mark(name: str) -> None:
    """A file that PowerShell saved, with its byte order mark, reads like any other."""
    text = (DATA / name).read_bytes()
    assert parse(b"\xef\xbb\xbf" + text, FILES[name]) == parse(text, FILES[name])


def test_windows_line_end() -> None:
    """A line that ends as Windows ends it is the same line."""
    assert parse_line(ROWS[0].replace(b"\n", b"\r\n")) == parse_line(ROWS[0])


@given(st.sampled_from(sorted(FILES)), st.data())
def test_unknown_keys_in_files(name: str, data: st.DataObject) -> None:
    """Keys we do not know are kept, at any depth and whatever their names and values."""
    document = orjson.loads((DATA / name).read_bytes())
    places = list(homes(document))
    for _ in range(data.draw(st.integers(1, 4))):
        places[data.draw(st.integers(0, len(places) - 1))][data.draw(UNKNOWN)] = data.draw(JSON)
    text = json.dumps(document).encode()
    assert exact(to_json(parse(text, FILES[name]))) == exact(text)


@given(st.sampled_from([*ROWS, to_line(SAMPLE), to_line(FAULT)]), st.dictionaries(UNKNOWN, JSON, max_size=4))
def test_unknown_keys_in_lines(line: bytes, extra: dict[str, Value]) -> None:
    """Keys we do not know are kept in a line, too."""
    text = json.dumps(orjson.loads(line) | extra).encode()
    assert exact(to_line(parse_line(text))) == exact(text)


@given(st.dictionaries(st.sampled_from(keys(Figures)), st.none() | st.sampled_from([0, 0.0, 1, 1.0, 5e-324])))
def test_any_figures(figures: dict[str, float | None]) -> None:
    """Whichever figures are present, null or absent, they come back so."""
    text = orjson.dumps(orjson.loads(ROWS[0]) | {"figures": figures})
    assert exact(to_line(parse_line(text))) == exact(text)


@given(st.binary(max_size=200) | TEXT.map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(text: bytes) -> None:
    """Bytes are a record that survives, or a RecordError; nothing else ever comes out."""
    try:
        record = parse_line(text)
    except RecordError:
        return
    assert exact(to_line(record)) == exact(text)


"""The owner's tools read our journal; each is imitated here in the one step that matters."""

FAULTS = st.builds(
    Fault.model_copy,
    st.just(FAULT),
    update=st.fixed_dictionaries({"evidence": TEXT | st.just(FAULT.evidence), "pack": TEXT}),
)


@given(FAULTS)
def test_rows_counted_by_overnight_and_smoke(fault: Fault) -> None:
    """They count lines that begin with `{` to get the ok share: a fault's does not, a sample's does."""
    assert not re.match(r"\{", to_line(fault).decode())
    assert re.match(r"\{", to_line(SAMPLE).decode())


@given(FAULTS)
def test_visits_found_by_the_monitor(fault: Fault) -> None:
    """It looks for pack and pair in the raw line: no fault shows it a visit, each sample does."""
    visit = re.compile(r'"pack":"(?P<pack>[^"]+)".*?"pair":(?P<pair>-?\d+)')
    assert not visit.search(to_line(fault).decode())
    found = visit.search(to_line(SAMPLE).decode())
    assert found
    assert found.groupdict() == {"pack": "a", "pair": "65"}


@given(FAULTS)
def test_keys_read_by_summary_sweep_and_resume(fault: Fault) -> None:
    """They take a row for a sample by its keys, upper and lower case alike: a fault has none of them."""
    taken_for_a_sample = {key.lower() for key in OWNERS_KEYS} - {"tms"}
    assert not taken_for_a_sample & {key.lower() for key in orjson.loads(to_line(fault))}


def test_owners_keys_come_first() -> None:
    """A sample of ours begins like one of the owner's."""
    assert list(orjson.loads(to_line(SAMPLE)))[: len(OWNERS_KEYS)] == OWNERS_KEYS


def test_no_two_keys_differ_only_in_case() -> None:
    """PowerShell refuses an object whose keys differ only in case, and with it the whole file."""
    for model in all_records():
        assert len({key.lower() for key in keys(model)}) == len(model.model_fields), model


@given(TEXT, st.sampled_from(["\u2028", "\u2029", "\u0085", "\n", "\r", "\x0b", "\x1c"]))
def test_one_line_is_one_line(text: str, end: str) -> None:
    """No text inside a record ends its line, neither for Node nor for Python."""
    line = to_line(SAMPLE.model_copy(update={"reasons": (text + end + text,)}))
    assert len(re.split(r"\r?\n|\r(?!\n)|\u2028|\u2029", line.decode())) == 2
    assert len(line.decode().splitlines()) == 1
    assert parse_line(line).model_dump()["reasons"] == (text + end + text,)


def test_fault_under_the_owners_keys() -> None:
    """A fault that says `pack` instead of `faultPack` is refused: the owner's tools would count it."""
    assert '"faultPack": "a"' in to_line(FAULT).decode().replace('":"', '": "')
    said = refusal(to_line(FAULT).replace(b'"faultPack"', b'"pack"'))
    assert said == "$: found an object, expected an object with faultPack instead of pack."


def test_every_problem_at_once(tmp_path: Path) -> None:
    """Bad input is answered with each problem in one sentence: file, path, found, expected."""
    path = tmp_path / "pairs-manifest.v0.json"
    path.write_text(
        '{"pack": 7, "pairs": [{"pair": "x", "fgUrl": null}, 3, '
        '{"pair": 1.5, "fgUrl": "", "bgUrl": "", "quality01": 1.01}], "kept": NaN}'
    )
    with pytest.raises(RecordError) as caught:
        read(path, PairsManifest)
    assert str(caught.value).splitlines() == [
        f"{path}: $.pack: found 7, expected text.",
        f'{path}: $.pairs[0].pair: found "x", expected a whole number.',
        f"{path}: $.pairs[0].fgUrl: found null, expected text.",
        f"{path}: $.pairs[0].bgUrl: found nothing, expected this key.",
        f"{path}: $.pairs[1]: found 3, expected an object.",
        f"{path}: $.pairs[2].pair: found 1.5, expected a whole number.",
        f"{path}: $.pairs[2].quality01: found 1.01, expected a number from 0 to 1.",
        f"{path}: $.kept: found NaN, expected a finite number.",
    ]


def test_every_leaf() -> None:
    """A wrong type anywhere in a sample is named by its path."""
    cases = list(spoilt(orjson.loads(to_line(SAMPLE))))
    assert len(cases) > 40
    for path, row in cases:
        assert refusal(orjson.dumps(row)).startswith(f"{path}: found an object, expected ")


def test_source_of_a_line() -> None:
    """The caller's file and line number lead every sentence."""
    assert refusal(b"[]", source="eval.jsonl:17") == "eval.jsonl:17: $: found a list, expected an object."


def test_many_problems() -> None:
    """All problems are kept; a message shows the first and says how many it does not."""
    text = orjson.dumps({"pack": "a", "pairs": [0] * (PROBLEMS_SHOWN + 10)})
    with pytest.raises(RecordError) as caught:
        parse(text, PairsManifest)
    assert len(caught.value.problems) == PROBLEMS_SHOWN + 10
    assert str(caught.value).endswith("\n10 more problems are not shown.")


def test_error_survives_a_process_border() -> None:
    """A worker's RecordError arrives whole."""
    with pytest.raises(RecordError) as caught:
        parse_line(b"{}")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert copy.problems == caught.value.problems
    assert str(copy) == str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "found no JSON (Expecting value at line 1, column 1), expected one JSON object."),
        (b" \r\n", "found no JSON (Expecting value at line 2, column 1), expected one JSON object."),
        (b"null", "$: found null, expected an object."),
        (b'"x"', '$: found "x", expected an object.'),
        (b"NaN", "$: found NaN, expected an object."),
        (ROWS[0][:200], "found no JSON (Unterminated string starting at"),
        (ROWS[0].strip() + ROWS[1], "found no JSON (Extra data at line 1, column"),
        (b'{"a":"\x00"}', "found no JSON (Invalid control character at at line 1, column 7)"),
        (b"\xff\xfe{\x00}\x00", "found byte 0xff at offset 0, expected UTF-8."),
        (b'{"a":"\xc3"}', "found byte 0xc3 at offset 6, expected UTF-8."),
        (b"[" * 100_000, "$: found deeper nesting, expected at most 100 levels."),
        (b'{"a":' * 200 + b"1" + b"}" * 200, ".a.a: found deeper nesting, expected at most 100 levels."),
        (b'{"n":' + b"9" * 5000 + b"}", "found a whole number of thousands of digits, expected at most"),
        (b'{"n":18446744073709551616}', "$.n: found 18446744073709551616, expected at most 64 bits."),
        (b'{"n":[1e999]}', "$.n[0]: found Infinity, expected a finite number."),
        (b'{"n":{"a b":-Infinity}}', '$.n["a b"]: found -Infinity, expected a finite number.'),
        (b'{"vizAvgLuma":NaN}', "$.vizAvgLuma: found NaN, expected a finite number."),
        (b'{"tMs":1,"tMs":1}', "$.tMs: found this key more than once, expected this key once."),
        (b'{"x":[{"y":1,"y":2}]}', "$.x[0].y: found this key more than once, expected this key once."),
        (rb'{"x":"\ud83d"}', r'$.x: found "\ud83d", expected text without half characters.'),
        (rb'{"\ud83d":1}', r'$["\ud83d"]: found "\ud83d", expected text without half characters.'),
        (b'{"kind":"visit"}', "$.kind: found \"visit\", expected 'sample'."),
        (b'{"kind":"fault","name":"bad-luck"}', "$.name: found \"bad-luck\", expected 'driver-gone', "),
        (
            b'{"figures":{"luma_mean":0.5}}',
            "$.figures: found an object, expected an object with lumaMean",
        ),
        (b'{"tMs":-1}', "$.tMs: found -1, expected greater than or equal to 0."),
        (b'{"tMs":true}', "$.tMs: found true, expected a whole number."),
        (b'{"okHeuristic":0}', "$.okHeuristic: found 0, expected true or false."),
        (b'{"reasons":"dark"}', '$.reasons: found "dark", expected a list.'),
        (
            b'{"pack":"' + b"x" * 10_000_000 + b'"}',
            "$: found 10,000,011 bytes, expected at most 1,048,576",
        ),
        (
            b'{"pair":"' + b"x" * 1000 + b'"}',
            '$.pair: found "' + "x" * 58 + "…, expected a whole number.",
        ),
    ],
)
def test_hostile_line(text: bytes, said: str) -> None:
    """Whatever a line holds, the answer is a short readable sentence about it."""
    refused = refusal(text)
    assert said in refused
    assert all(len(sentence) < 500 for sentence in refused.splitlines())
    assert "pydantic" not in refused


def test_stretched_quality() -> None:
    """A score outside 0 to 1 is refused: the page would take it as it is."""
    text = b'{"pack":"a","pairs":[{"pair":1,"quality01":-0.1}]}'
    said = "$.pairs[0].quality01: found -0.1, expected a number from 0 to 1."
    assert refusal(text, QualityFile) == said


def test_one_pack_or_several() -> None:
    """A list of packs is texts, or the one text that PowerShell makes of a list of one."""
    summary = orjson.loads((DATA / "run-summary.json").read_bytes())
    for packs in ("a", ["a"], ["a", "b"]):
        summary["inputs"]["packs"] = packs
        text = orjson.dumps(summary)
        assert exact(to_json(parse(text, RunSummary))) == exact(text)
    summary["inputs"]["packs"] = [1]
    assert (
        refusal(orjson.dumps(summary), RunSummary)
        == "$.inputs.packs: found a list, expected a list of texts."
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_not_taken(number: float) -> None:
    """A figure that is not finite cannot become a record."""
    with pytest.raises(ValidationError):
        Figures(luma_sd=number)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_not_written(number: float) -> None:
    """One that was smuggled past validation is refused by name, not written as null."""
    smuggled = SAMPLE.model_copy(update={"figures": Figures().model_copy(update={"motion": number})})
    with pytest.raises(RecordError, match=r"^Sample: \$\.figures\.motion: found (NaN|-?Infinity), expected"):
        to_line(smuggled)
    free = QualityFile(pack="a", pairs=(), provenance={"loss": [number]})
    with pytest.raises(RecordError, match=r"^QualityFile: \$\.provenance\.loss\[0\]: found"):
        to_json(free)


def test_endless_line_not_written() -> None:
    """No line is written that would be refused when read."""
    endless = SAMPLE.model_copy(update={"reasons": ("x" * LINE_BYTES,)})
    with pytest.raises(RecordError, match="expected at most 1,048,576 in one line"):
        to_line(endless)


def test_frozen() -> None:
    """A record does not change after it was checked."""
    with pytest.raises(ValidationError, match="frozen"):
        SAMPLE.pair = 66  # pyright: ignore[reportAttributeAccessIssue]


def test_numpy() -> None:
    """A figure straight from numpy is stored as the plain number it is."""
    assert type(Figures(luma_mean=np.float64(0.25)).luma_mean) is float


@given(st.text())
@example("x" * EVIDENCE_CHARS)
@example("x" * (EVIDENCE_CHARS + 1))
@example("\ud83d" * 10 * EVIDENCE_CHARS)
def test_evidence_is_bounded(text: str) -> None:
    """Writing a fault down never fails over what a dying program said, and keeps its beginning."""
    fault = Fault(kind="fault", name="killed", t_ms=0, run="r", evidence=text)
    assert len(fault.evidence) <= EVIDENCE_CHARS
    assert parse_line(to_line(fault)) == fault
    if text.isascii() and len(text) <= EVIDENCE_CHARS:
        assert fault.evidence == text


@pytest.mark.parametrize("name", RECORDS)
def test_described(name: str) -> None:
    """Each public record is described in the draft it names, and says what it is."""
    described = schema(RECORDS[name])
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert described["title"] == name
    assert described["description"]
    assert list(described["properties"]) == keys(RECORDS[name])
    assert json.loads(json.dumps(described)) == described


def test_names_are_those_of_the_file() -> None:
    """A schema speaks of keys, bounds and meanings as a file has them."""
    pair = schema(RECORDS["Pair"])
    assert pair["required"] == ["pair", "fgUrl", "bgUrl"]
    assert {"warp_diff", "cx_diff"} < pair["properties"].keys()
    assert pair["additionalProperties"] is True
    luma = schema(Figures)["properties"]["lumaMean"]["anyOf"]
    assert luma == [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]
    assert schema(Sample)["properties"]["tMs"]["description"] == "Unix milliseconds after the measurement."


def test_glossary() -> None:
    """The words of the house stand in the docstring a newcomer reads first."""
    glossary = harvest.records.__doc__ or ""
    words = [
        "pair",
        "pack",
        "plan",
        "visit",
        "sample",
        "fault",
        "journal",
        "model",
        "score",
        "gate",
        "verdict",
        "version",
        "adapter",
        "run",
    ]
    missing = [word for word in words if not re.search(rf"^    {word} ", glossary, re.MULTILINE)]
    assert missing == []
