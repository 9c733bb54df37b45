"""What the page demands of a manifest, whatever lies on the disk: pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from harvest.packs import urls
from harvest.packs.problem import PackError, PackProblem
from harvest.records import Pair, PairsManifest, Problem, RecordError, parse

_PAIR_IN_PATH = re.compile(r"\$\.pairs\[(\d+)\]\.?")
_TEXT_CHARS = 100


def parse_manifest(text: bytes, name: str, file: str) -> tuple[PairsManifest, list[PackProblem]]:
    """Read a manifest; of one with flaws what is sound, so that it can be judged in the same breath."""
    try:
        return parse(text, PairsManifest, source=file), []
    except RecordError as error:
        raw = _raw(text)
        misfits = [_of_pair(problem, file, raw["pairs"]) for problem in error.problems]
        pairs = tuple(pair for item in raw["pairs"] if (pair := _sound(item)))
        if not pairs:
            raise PackError(*misfits) from error
        head: dict[str, Any] = {"version": "v0", "pack": name}
        head |= {key: raw[key] for key in head if isinstance(raw.get(key), str)}
        return PairsManifest(**head, pairs=pairs), misfits


def judge(listed: PairsManifest, name: str, file: str) -> tuple[dict[str, str], list[PackProblem]]:
    """Find the file that each address means, and everything that is wrong with a manifest as such."""
    files, misled = _follow(listed, name, file)
    return files, [*_judge_head(listed, name, file), *_judge_numbers(listed, file), *misled]


def layers(pair: Pair) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both addresses of a pair, each with the name of its field."""
    return ("fgUrl", pair.fg_url), ("bgUrl", pair.bg_url)


def quoted(text: str) -> str:
    """Show a text of any length in a sentence."""
    shown = text if len(text) <= _TEXT_CHARS else text[: _TEXT_CHARS - 1] + "…"
    return json.dumps(shown, ensure_ascii=False)


def _judge_head(listed: PairsManifest, name: str, file: str) -> Iterator[PackProblem]:
    error, warning = partial(PackProblem, file=file), partial(PackProblem, file=file, severity="warning")
    if complaint := urls.name_complaint(name):
        yield error(field="pack", found=f"a folder with {complaint}", expected="a name that can be served")
    if listed.pack != name:
        yield error(field="pack", found=quoted(listed.pack), expected=f"its folder's name, {quoted(name)}")
    if not listed.pairs:
        yield error(field="pairs", found="an empty list", expected="at least one pair")
    if listed.version != "v0":
        yield warning(field="version", found=json.dumps(listed.version), expected='"v0"')
    if listed.kept_pairs not in {None, len(listed.pairs)}:
        found, expected = f"{listed.kept_pairs:,}", f"{len(listed.pairs):,}, the number of its pairs"
        yield warning(field="keptPairs", found=found, expected=expected)


def _judge_numbers(listed: PairsManifest, file: str) -> Iterator[PackProblem]:
    for number, times in Counter(pair.pair for pair in listed.pairs).items():
        if times > 1:
            found = f"{times} pairs of this number"
            yield PackProblem(file=file, pair=number, field="pair", found=found, expected="one")


def _follow(listed: PairsManifest, name: str, file: str) -> tuple[dict[str, str], list[PackProblem]]:
    files: dict[str, str] = {}
    problems: list[PackProblem] = []
    for pair in listed.pairs:
        for field, url in layers(pair):
            report = partial(PackProblem, file=file, pair=pair.pair, field=field)
            try:
                files[url] = urls.relative(url, name)
            except urls.UrlError as error:
                expected = f"the address of a preset below {urls.of(name, '')}"
                problems.append(report(found=f"{quoted(url)} ({error})", expected=expected))
                continue
            if "\\" in url:
                problems.append(report(severity="warning", found=quoted(url), expected="slashes only"))
    return files, problems


def _raw(text: bytes) -> dict[str, Any]:
    try:
        match json.loads(text.decode("utf-8-sig")):
            case {"pairs": [*_]} as raw:
                return raw
            case _:
                return {"pairs": []}
    except (ValueError, RecursionError):
        return {"pairs": []}


def _sound(item: Any) -> Pair | None:
    try:
        return parse(json.dumps(item).encode(), Pair)
    except RecordError:
        return None


def _of_pair(problem: Problem, file: str, items: Sequence[Any]) -> PackProblem:
    """Name the pair that a problem somewhere in the text is about, where it is about one."""
    report = partial(PackProblem, file=file, found=problem.found, expected=problem.expected)
    at = _PAIR_IN_PATH.match(problem.path)
    item = items[int(at[1])] if at and int(at[1]) < len(items) else None
    match item:
        case {"pair": int(number)} if at:
            return report(pair=number, field=problem.path[at.end() :])
        case _:
            return report(field=problem.path.removeprefix("$").removeprefix("."))
