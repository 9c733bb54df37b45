"""May I trust the samples? What drew them, what they heard, how much they vary, and what befell them."""

from collections.abc import Iterator
from statistics import median

from orchestrate.report.facts import Facts
from orchestrate.report.findings.answer import Answer, Level, Point, worst, worst_first
from orchestrate.report.findings.finished import seconds_taken
from orchestrate.report.words import Text, as_is, counted, label, listed, say, share, span

_SILENCE_S, _LONG_SILENCE_S = 60.0, 600.0
"""Shorter than the first it was mended as it should be."""
_QUIET_ENOUGH = 0.9
"""Rank correlation of two visits: newliveweb's own labels, shown twice, reach it (see the contract)."""
_NOISY = 0.6
_SOME_LOST, _MUCH_LOST = 0.05, 0.2
_MOST_NAMED = 4


def answer(facts: Facts) -> Answer:
    """Look at everything that could spoil a sample."""
    points = worst_first(
        [
            *_renderer(facts),
            *_sound(facts),
            *_proof(facts),
            *_noise(facts),
            *_faults(facts),
            *_lines(facts),
            *_clocks(facts),
            *_remedies(facts),
        ]
    )
    level = worst((point.level for point in points if point.level != "none"), otherwise="none")
    if not facts.tally.samples:
        level = "bad" if level == "bad" else "none"
    words = {"good": "word.trust", "care": "word.mind", "bad": "word.distrust", "none": "word.nothing"}
    return Answer(
        question="trust", level=level, word=say(words[level]), headline=_headline(facts), points=points
    )


def is_software(facts: Facts) -> bool:
    """Whether a processor drew, or would have drawn, what a GPU should have."""
    meta, tally = facts.meta, facts.tally
    told = meta.harvest.renderer_class if meta and meta.harvest else None
    ended = meta.error.code if meta and meta.error else ""
    looked_at = facts.night.step("preflight").reason if facts.night else ""
    seen = tally.renderers["software"] or tally.fault_count["software-rendering"]
    is_told = told == "software" or ended == "FATAL_WEBGL_SWIFTSHADER" or "SOFTWARE" in looked_at
    return is_told or bool(seen)


def gpu_was_required(facts: Facts) -> bool:
    """Whether software was to be refused."""
    runtime = facts.meta.runtime if facts.meta else None
    if runtime and (runtime.require_gpu or runtime.gpu_mode == "force"):
        return True
    settings = facts.night.asked.get("settings") if facts.night else None
    if not isinstance(settings, dict):
        return False
    return settings.get("browser.require_gpu") is True or settings.get("browser.gpu_mode") == "force"


def was_silent(facts: Facts) -> bool:
    """Whether nothing was heard for so long that somebody should know why."""
    spells = facts.tally.spells
    return sum(each.seconds for each in spells) >= _SILENCE_S or any(not each.is_over for each in spells)


def _headline(facts: Facts) -> Text:
    tally = facts.tally
    if not tally.samples:
        return say("trust.no_samples")
    ok = share(tally.ok / tally.samples)
    return say(
        "trust.samples",
        samples=f"{tally.samples:,}",
        ok=ok,
        faults=counted(sum(tally.fault_count.values()), "fault"),
    )


def _renderer(facts: Facts) -> Iterator[Point]:
    runtime = facts.meta.runtime if facts.meta else None
    looked_at = facts.night.step("preflight").reason if facts.night else ""
    name = (runtime.webgl.renderer if runtime and runtime.webgl else None) or looked_at or "?"
    renderers = facts.tally.renderers
    if is_software(facts):
        if gpu_was_required(facts):
            yield Point(level="bad", text=say("trust.software_required", name=name))
        elif runtime and runtime.gpu_mode == "off":
            yield Point(level="none", text=say("trust.software_asked", name=name), is_key=True)
        else:
            yield Point(level="care", text=say("trust.software", name=name))
    elif renderers["hardware"] or (facts.meta and facts.meta.harvest and facts.meta.harvest.renderer_class):
        yield Point(level="good", text=say("trust.hardware", name=name), is_key=True)
    elif facts.tally.samples:
        yield Point(level="care", text=say("trust.renderer_unknown"))
    if len(renderers) > 1:
        parts = listed(f"{kind} {times:,}" for kind, times in renderers.most_common())
        yield Point(level="care", text=say("trust.renderers_mixed", parts=parts))


def _sound(facts: Facts) -> Iterator[Point]:
    tally = facts.tally
    if spells := tally.spells:
        total, longest = sum(each.seconds for each in spells), max(each.seconds for each in spells)
        went_on = not spells[-1].is_over
        level: Level = (
            "bad" if longest >= _LONG_SILENCE_S or went_on else "care" if was_silent(facts) else "none"
        )
        told = say(
            "trust.silent_to_the_end" if went_on else "trust.silent",
            total=span(total),
            spells=counted(len(spells), "spell"),
            longest=span(longest),
            visits=counted(sum(each.visits for each in spells), "visit"),
        )
        yield Point(level=level, text=told)
    asked = facts.meta.audio.mode if facts.meta and facts.meta.audio else None
    if tally.sources:
        named = listed(label("sound", source) for source, _ in tally.sources.most_common())
        yield Point(level="good", text=say("trust.heard", sources=named), is_key=True)
    if asked == "file" and tally.sources["click"]:
        part = share(tally.sources["click"] / sum(tally.sources.values()))
        yield Point(level="care", text=say("trust.click_instead", share=part))


def _proof(facts: Facts) -> Iterator[Point]:
    tally = facts.tally
    if tally.unproven:
        part = share(tally.unproven / tally.samples)
        yield Point(level="bad", text=say("trust.unproven", count=f"{tally.unproven:,}", share=part))
    elif tally.samples:
        yield Point(level="good", text=say("trust.proven"))
    if times := tally.fault_count["manifest-mismatch"]:
        yield Point(level="bad", text=say("trust.other_manifest", times=times))


def _noise(facts: Facts) -> Iterator[Point]:
    noise = facts.tally.noise
    adapter = facts.meta.harvest.adapter if facts.meta and facts.meta.harvest else None
    if noise is None:
        if facts.tally.samples:
            key = "trust.noise_stepped" if adapter == "stepped" else "trust.noise_unknown"
            yield Point(level="none", text=say(key))
        return
    known = [value for value in noise.correlations.values() if value is not None]
    parts = listed(
        say("named_value", name=label("figure", name), value=f"{value:.2f}")
        for name, value in noise.correlations.items()
        if value is not None
    )
    if not known:
        return
    typical = median(known)
    level: Level = "good" if typical >= _QUIET_ENOUGH else "care" if typical >= _NOISY else "bad"
    pairs = counted(noise.pairs, "pair")
    yield Point(level=level, text=say("trust.noise", pairs=pairs, parts=parts), is_key=True)


def _faults(facts: Facts) -> Iterator[Point]:
    tally, taken = facts.tally, seconds_taken(facts)
    if not tally.fault_count:
        if tally.samples:
            yield Point(level="good", text=say("trust.no_faults"))
        return
    lost = sum(tally.lost.values())
    part = lost / taken if taken else 0.0
    level: Level = "good" if part < _SOME_LOST else "care" if part < _MUCH_LOST else "bad"
    common = tally.fault_count.most_common(_MOST_NAMED)
    more = [say("trust.others")] if len(tally.fault_count) > _MOST_NAMED else []
    named = listed([*(say("times", name=label("fault", name), times=times) for name, times in common), *more])
    told = say("trust.faults", lost=span(lost), share=share(part), named=named)
    yield Point(level=level, text=told)


def _lines(facts: Facts) -> Iterator[Point]:
    tally = facts.tally
    inside = tally.broken - tally.is_torn
    if inside:
        first = tally.broken_lines[0]
        yield Point(level="care", text=say("trust.broken", lines=counted(inside, "line"), first=first))
    if tally.is_torn:
        yield Point(level="none", text=say("trust.torn"))
    if facts.kind == "night" and not tally.is_there:
        yield Point(level="none", text=say("trust.no_journal"))


def _clocks(facts: Facts) -> Iterator[Point]:
    for name in ("clock-change", "machine-slept"):
        if times := facts.tally.fault_count[name]:
            yield Point(level="care", text=say("trust.clock", name=label("fault", name), times=times))


def _remedies(facts: Facts) -> Iterator[Point]:
    remedies = facts.meta.harvest.remedies if facts.meta and facts.meta.harvest else ()
    if remedies:
        named = as_is("; ".join(remedies))
        yield Point(level="none", text=say("trust.remedies", remedies=named), is_key=True)
