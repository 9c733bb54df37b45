"""What should I do now? What the records themselves advise, and what was found to be wrong."""

import shlex
from collections.abc import Iterator, Sequence

from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Answer, Level, Point, worst, worst_first
from orchestrate.report.findings.finished import disk_was_full
from orchestrate.report.findings.trust import gpu_was_required, is_software, was_silent
from orchestrate.report.words import as_is, counted, say

_MANY_FAULTS = 0.05
"""Of visits: more of them than that, and the machine deserves a look."""


def answer(facts: Facts, others: Sequence[Answer]) -> Answer:
    """List what is to be done, the most pressing first; where all is well, nothing."""
    every = [*_machine(facts), *_go_on(facts), *_records(facts), *_pairs(facts)]
    things = worst_first(dict.fromkeys(every))
    found = worst(each.level for each in others)
    level: Level = "good" if not things else "bad" if found == "bad" else "care"
    if not things and found in {"care", "bad"}:
        return Answer(question="now", level="care", word=say("word.look"), headline=say("now.look"))
    word = (
        say("word.nothing_to_do") if not things else say("word.things", things=counted(len(things), "thing"))
    )
    key = "now.nothing" if not things else "now.thing" if len(things) == 1 else "now.things"
    return Answer(question="now", level=level, word=word, headline=say(key), points=things)


def _machine(facts: Facts) -> Iterator[Point]:
    if disk_was_full(facts):
        yield Point(level="bad", text=say("now.room"))
    if is_software(facts) and (gpu_was_required(facts) or _wanted_gpu(facts)):
        command = "harvest doctor --headed --require-gpu"
        yield Point(level="bad", text=say("now.gpu"), command=command)
    if was_silent(facts):
        yield Point(level="bad", text=say("now.sound"))
    if facts.tally.fault_count["manifest-mismatch"]:
        yield Point(level="bad", text=say("now.manifest"))
    for name in ("clock-change", "machine-slept"):
        if facts.tally.fault_count[name]:
            yield Point(level="care", text=say(f"now.{name}"))


def _wanted_gpu(facts: Facts) -> bool:
    runtime = facts.meta.runtime if facts.meta else None
    return bool(runtime and runtime.gpu_mode != "off" and runtime.headed)


def _go_on(facts: Facts) -> Iterator[Point]:
    if facts.state == "running":
        yield Point(level="care", text=say("now.wait"), command="harvest status --watch")
        return
    steps = facts.night.steps if facts.night else ()
    is_broken = any(step.state == "failed" and step.code != "NOT_PASSED" for step in steps)
    is_short = any(not each.is_reached for each in facts.coverage)
    if not (facts.state == "killed" or is_broken or is_short):
        return
    packs = ["--packs", ",".join(facts.packs) or "…"]
    asked = ["overnight"] if facts.kind == "night" else ["eval", *packs]
    command = shlex.join(["harvest", *asked, "--out", str(facts.folder), "--resume"])
    is_smoke = facts.night is not None and facts.night.command == "smoke"
    level: Level = "bad" if facts.state == "killed" or is_broken else "care"
    yield Point(level=level, text=say("now.resume"), command="harvest smoke" if is_smoke else command)


def _records(facts: Facts) -> Iterator[Point]:
    advised = [(facts.training.verdict.verdict, facts.training.next_steps)] if facts.training else []
    advised += [(found.verdict, found.next_steps) for found in facts.verified.values()]
    for outcome, steps in advised:
        for step in steps:
            yield Point(level="bad" if outcome == "failed" else "care", text=as_is(step))


def _pairs(facts: Facts) -> Iterator[Point]:
    new = [held for held in facts.held if held.is_new]
    for pack in dict.fromkeys(held.pack for held in new):
        pairs = counted(sum(held.pack == pack for held in new), "pair")
        command = shlex.join(["harvest", "packs", "quarantine", "list", pack])
        yield Point(level="care", text=say("now.quarantine", pack=pack, pairs=pairs), command=command)
    missing = facts.tally.fault_count["preset-missing"]
    if missing:
        yield Point(level="care", text=say("now.missing", times=missing))
    visits = facts.tally.samples + sum(facts.tally.fault_count.values())
    repaired = sum(facts.tally.fault_count.values()) - missing
    if visits and repaired / visits > _MANY_FAULTS:
        yield Point(level="care", text=say("now.faults"), command="harvest doctor")
