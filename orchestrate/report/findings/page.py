"""What changes in the page? What a real browser made of the scores, by pack."""

from collections.abc import Iterator

from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Answer, Level, Point, worst, worst_first
from orchestrate.report.words import Text, as_is, label, say, share
from orchestrate.verify.record import Arm, Fetched, Outcome, Verification

_LEVELS: dict[Outcome, Level] = {"passed": "good", "undecided": "care", "failed": "bad"}


def answer(facts: Facts) -> Answer:
    """Say whether the page has the scores, and whether its picks follow them."""
    if not facts.verified:
        return _unproven(facts)
    level = worst(_LEVELS[each.verdict] for each in facts.verified.values())
    is_only = len(facts.verified) == 1
    found = facts.verified.items()
    points = [point for pack, each in found for point in _points(pack, each, is_only=is_only)]
    words = {"good": "word.proven", "care": "word.undecided", "bad": "word.failed"}
    return Answer(
        question="page",
        level=level,
        word=say(words.get(level, "word.unseen")),
        headline=_headline(facts),
        points=worst_first(points),
    )


def arm(found: Verification, mode: str) -> Arm | None:
    """Give the picks of one mode."""
    return next((each for each in found.arms if each.mode == mode), None)


def is_other(file: Fetched) -> bool:
    """Whether the page got other bytes than lie on the disk."""
    return file.served is not None and file.served != file.on_disk


def _unproven(facts: Facts) -> Answer:
    step = facts.night.step("verify") if facts.night else None
    why = as_is(step.reason) if step and step.reason else say("page.none" if step else "page.not_asked")
    level: Level = "bad" if step and step.state == "failed" else "none"
    return Answer(question="page", level=level, word=say("word.unseen"), headline=why)


def _headline(facts: Facts) -> Text:
    found = sorted(
        facts.verified.values(), key=lambda each: -["passed", "undecided", "failed"].index(each.verdict)
    )
    first = found[0]
    if is_other(first.manifest):
        return say("page.other_manifest", pack=first.pack)
    if is_other(first.quality):
        return say(
            "page.scores_cached" if first.quality.from_cache else "page.scores_differ", pack=first.pack
        )
    weighted, shuffle = arm(first, "weighted"), arm(first, "shuffle")
    needed = first.draws_needed
    if first.verdict == "undecided" and weighted and needed is not None and weighted.draws < needed:
        return say("page.too_few", pack=first.pack, draws=f"{weighted.draws:,}", needed=f"{needed:,}")
    if weighted and shuffle and weighted.mean_quality is not None and shuffle.mean_quality is not None:
        return say(
            "page.means",
            pack=first.pack,
            weighted=f"{weighted.mean_quality:.3f}",
            shuffle=f"{shuffle.mean_quality:.3f}",
            draws=f"{weighted.draws:,}",
        )
    return say(f"page.{first.verdict}", pack=first.pack)


def _points(pack: str, found: Verification, *, is_only: bool) -> Iterator[Point]:
    for each in found.findings:
        said = say("page.finding", name=label("finding", each.name), sentence=each.sentence)
        text = said if is_only else say("page.of_pack", pack=pack, said=said)
        yield Point(level=_LEVELS[each.verdict], text=text)
    weighted = arm(found, "weighted")
    if weighted and len(weighted.deciles) > 1:
        low, high = share(weighted.deciles[0]), share(weighted.deciles[-1])
        yield Point(level="none", text=say("page.deciles", pack=pack, low=low, high=high), is_key=True)
