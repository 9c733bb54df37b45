"""Whether the page uses the scores: what its picks prove. Pure."""

from orchestrate.verify import odds
from orchestrate.verify.answers import Seen
from orchestrate.verify.record import Finding, Outcome

BY_PICKS = frozenset({"gain", "rank", "formula"})
"""Findings that are undecided where there are too few picks."""


def judge_picks(
    seen: Seen, promised: odds.Promise, needed: int | None, weighted: odds.Places, shuffle: odds.Places
) -> list[Finding]:
    """Tell whether there are enough picks, and what they prove; the last two are of pairs by place."""
    strangers = len(seen.weighted) + len(seen.shuffle) - len(weighted) - len(shuffle)
    draws = min(len(weighted), len(shuffle))
    enough = _judge_draws(draws, needed)
    if strangers:
        said = f"{strangers:,} picks are of pairs that the manifest on the disk does not list."
        return [enough, Finding(name="gain", verdict="failed", sentence=said)]
    if needed is None or not draws:
        return [enough]
    is_enough = enough.verdict == "passed"
    found = [
        enough,
        _judge_gain(odds.gain(promised, weighted, shuffle), is_enough=is_enough),
        _judge_standing(odds.standing(promised, weighted), is_enough=is_enough),
    ]
    if seen.opened.generation != "documented":
        found.append(_judge_formula(odds.misfit(promised, weighted), is_enough=is_enough))
    return found


def _judge_draws(draws: int, needed: int | None) -> Finding:
    name = "enough picks"
    if needed is None:
        said = "All pairs have the same chance: no number of picks could show a difference."
        return Finding(name=name, verdict="undecided", sentence=said, value=draws)
    verdict: Outcome = "passed" if draws >= needed else "undecided"
    said = f"{draws:,} picks of each mode were made; {needed:,} tell weighted from shuffle at these scores."
    return Finding(name=name, verdict=verdict, sentence=said, value=draws, threshold=needed)


def _judge_gain(gain: odds.Measure, *, is_enough: bool) -> Finding:
    said = f"Mean quality of weighted less shuffle picks: {gain.value:+.4f}; chance gives {gain.limit:.4f}."
    return Finding(
        name="gain",
        verdict=_above(gain, is_enough=is_enough),
        sentence=said,
        value=gain.value,
        threshold=gain.limit,
    )


def _judge_standing(standing: odds.Measure, *, is_enough: bool) -> Finding:
    share, limit = 0.5 + standing.value, 0.5 + standing.limit
    said = f"A weighted pick stands above {share:.1%} of the pairs; chance gives up to {limit:.1%}."
    if standing.value < -standing.limit:
        said = f"A weighted pick stands above only {share:.1%} of pairs: the worse, the more often picked."
    return Finding(
        name="rank",
        verdict=_above(standing, is_enough=is_enough),
        sentence=said,
        value=share,
        threshold=limit,
    )


def _above(found: odds.Measure, *, is_enough: bool) -> Outcome:
    if found.value > found.limit and is_enough:
        return "passed"
    return "failed" if is_enough or found.value < -found.limit else "undecided"


def _judge_formula(chance: float, *, is_enough: bool) -> Finding:
    verdict: Outcome = "failed" if chance < odds.RISK else "passed" if is_enough else "undecided"
    fits = "do not fit" if verdict == "failed" else "fit"
    said = f"The tenths {fits} what the formula promises: by chance so badly in {chance:.2%} of cases."
    return Finding(name="formula", verdict=verdict, sentence=said, value=chance, threshold=odds.RISK)
