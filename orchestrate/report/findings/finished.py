"""Did it finish? Steps, coverage beside what was asked, and why it ended."""

from collections.abc import Iterable, Iterator, Mapping

from orchestrate.night.record import Step
from orchestrate.report.facts import Coverage, Facts
from orchestrate.report.findings.answer import Answer, Level, Point, worst, worst_first
from orchestrate.report.moment import seconds_between
from orchestrate.report.words import Text, as_is, label, listed, say, share, span

_WEIGHTS: Mapping[str, Level] = {"OK": "good", "INCOMPLETE": "care", "NOT_PASSED": "none"}
"""Of endings in which all was done that could be; whether it passed is another question's business."""
_NO_ROOM = ("No space left", "not enough space", "disk is full", "disk was full", "MiB free")
"""How Linux, Windows and harvest itself say it; the last is what a preflight complains of."""


def answer(facts: Facts) -> Answer:
    """Say how far it came, and what ended it."""
    points = worst_first([*_endings(facts), *_room(facts), *_steps(facts), *_packs(facts), *_unread(facts)])
    level = _level(facts, points)
    return Answer(
        question="finished",
        level=level,
        word=_word(facts, level),
        headline=_headline(facts),
        points=points,
    )


def disk_was_full(facts: Facts) -> bool:
    """Whether there was no room at some time."""
    warned = (facts.meta.warnings if facts.meta else None) or ()
    return _ended_over_room(facts) or "disk-full" in facts.tally.fault_count or _tells_of_room(warned)


def _ended_over_room(facts: Facts) -> bool:
    """Whether that is what ended it."""
    said = [step.reason for step in facts.night.steps if step.state == "failed"] if facts.night else []
    said += [facts.ending.reason] if facts.ending else []
    said += [facts.meta.error.message or ""] if facts.meta and facts.meta.error else []
    return _tells_of_room(said)


def _tells_of_room(said: Iterable[str]) -> bool:
    return any(sign.lower() in text.lower() for text in said for sign in _NO_ROOM)


def seconds_taken(facts: Facts) -> float | None:
    """Tell how long it took, from its beginning to its end, or to the last sign of life."""
    known = facts.night or facts.meta
    if known and (taken := seconds_between(known.started_at, known.finished_at)) is not None:
        return taken
    told = facts.meta.harvest if facts.meta else None
    first, last = facts.tally.first_ms, facts.tally.last_ms
    written = 0.0 if first is None or last is None else (last - first) / 1000
    measured = sum(told.phase_seconds.values()) if told else 0.0
    stepped = sum(step.seconds for step in facts.night.steps) if facts.night else 0.0
    return max(written or measured, stepped) or None


def _level(facts: Facts, points: tuple[Point, ...]) -> Level:
    if facts.state == "killed":
        return "bad"
    if facts.state == "running":
        return "care"
    return worst((point.level for point in points if point.level != "none"), otherwise="good")


def _word(facts: Facts, level: Level) -> Text:
    if facts.state in {"killed", "running"}:
        return say(f"word.{facts.state}")
    return say({"good": "word.finished", "care": "word.partly"}.get(level, "word.stopped"))


def _headline(facts: Facts) -> Text:
    known = [each for each in facts.coverage if each.pairs]
    taken = seconds_taken(facts)
    covered, pairs = sum(each.covered for each in known), sum(each.pairs or 0 for each in known)
    if not pairs:
        return say("finished.no_pairs") if taken is None else say("finished.no_pairs_in", taken=span(taken))
    told = {
        "covered": f"{covered:,}",
        "pairs": f"{pairs:,}",
        "share": share(covered / pairs),
        "target": f"{sum(each.target or 0 for each in known):,}",
    }
    return (
        say("finished.pairs", **told)
        if taken is None
        else say("finished.pairs_in", **told, taken=span(taken))
    )


def _endings(facts: Facts) -> Iterator[Point]:
    """Tell what ended it; that all went well needs no words."""
    ending, error = facts.ending, facts.meta.error if facts.meta else None
    if facts.state == "killed":
        yield Point(level="bad", text=_killed(facts))
    if ending and ending.code != "OK":
        phase = label("phase", ending.phase)
        told = say("finished.ending", code=ending.code, phase=phase, reason=ending.reason)
        yield Point(level=_WEIGHTS.get(ending.code, "bad"), text=told)
    if error and (ending is None or (error.message or "") not in ending.reason):
        told = as_is(f"{error.code}: {error.message or ''}")
        yield Point(level="bad", text=told)
    lives = len(facts.night.lives) if facts.night else 1 + len((facts.meta and facts.meta.errors) or ())
    if lives > 1:
        yield Point(level="none", text=say("finished.lives", lives=lives))


def _room(facts: Facts) -> Iterator[Point]:
    if not disk_was_full(facts):
        return
    if _ended_over_room(facts) or facts.state == "killed":
        yield Point(level="bad", text=say("finished.disk_full"))
        return
    times, lost = facts.tally.fault_count["disk-full"], facts.tally.lost["disk-full"]
    waited = say("finished.disk_full_on", times=times, lost=span(lost))
    yield Point(level="care", text=waited if times else say("finished.disk_full"))


def _killed(facts: Facts) -> Text:
    """Tell what it was doing when it was killed."""
    steps = [step.name for step in facts.night.steps if step.state == "running"] if facts.night else []
    told = facts.meta.harvest.phase if facts.meta and facts.meta.harvest else None
    phase = next((name for name in steps if name != "eval"), told)
    return say("finished.killed_while", phase=label("phase", phase)) if phase else say("finished.killed")


def _steps(facts: Facts) -> Iterator[Point]:
    steps = [step for step in (facts.night.steps if facts.night else ()) if step.name != "report"]
    for step in steps:
        if step.state == "failed" and not (facts.ending and facts.ending.phase == step.name):
            yield Point(level=_WEIGHTS.get(step.code or "", "bad"), text=_told(step, "finished.step_failed"))
        elif step.state == "running" and facts.state in {"ended", "finished"}:
            yield Point(level="bad", text=_told(step, "finished.step_broke"))
        elif step.state == "skipped":
            yield Point(level="none", text=_told(step, "finished.step_skipped"))
    waiting = [label("step", step.name) for step in steps if step.state == "waiting"]
    if waiting and facts.state != "running":
        yield Point(level="care", text=say("finished.steps_wait", steps=listed(waiting)))


def _told(step: Step, key: str) -> Text:
    why = f" {step.reason}" if step.reason else ""
    return say(key, step=label("step", step.name), why=why)


def _packs(facts: Facts) -> Iterator[Point]:
    are_many = len(facts.coverage) > 1
    for each in facts.coverage:
        yield Point(level="good" if each.is_reached else "care", text=_spelled(each), is_key=are_many)
    for pack in facts.night.packs if facts.night else ():
        if pack not in {each.pack for each in facts.coverage}:
            yield Point(level="care", text=say("finished.pack_unseen", pack=pack))


def _spelled(each: Coverage) -> Text:
    if each.pairs is None or each.target is None:
        return say("finished.pack_only", pack=each.pack, covered=f"{each.covered:,}")
    key = "finished.pack" if each.is_reached else "finished.pack_short"
    return say(
        key,
        pack=each.pack,
        covered=f"{each.covered:,}",
        pairs=f"{each.pairs:,}",
        share=share(each.share or 0.0),
        target=f"{each.target:,}",
    )


def _unread(facts: Facts) -> Iterator[Point]:
    for each in facts.unread:
        yield Point(level="care", text=say("finished.unread", file=each.file, why=each.why))
