"""What was seen, turned into findings, a verdict and what to do: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from orchestrate.verify import odds
from orchestrate.verify.answers import Seen
from orchestrate.verify.on_disk import OnDisk
from orchestrate.verify.reading import judge_files, judge_merge, judge_rules
from orchestrate.verify.record import Arm, Finding, Mode, Outcome, Verification
from orchestrate.verify.soundness import failures, judge_errors, judge_failures, judge_rate
from orchestrate.verify.using import BY_PICKS, judge_picks

ADVICE: Mapping[str, str] = {
    "manifest fetched": "Let the page be served from the folder of packs that was scored, and load it anew.",
    "scores on the disk": "Score the pack: harvest train writes pairs-quality.v0.json if its gate is passed.",
    "scores fetched": "Let the page be served from the folder that the scores were written to; start its "
    "server again, empty the caches between it and the page, and verify again.",
    "scores merged": "Look at browser-console.log for what the page says of the scores, then score the pack "
    "again under the name that its manifest bears.",
    "rules": "Build the page again: python3 bootstrap.py setup.",
    "enough picks": "The scores are too alike to change what is picked. In this order: measure more of the "
    "pairs, add negatives, train longer. A larger --gamma makes more of them, --draws looks longer.",
    **dict.fromkeys(
        BY_PICKS,
        "The page does not pick by these scores as it should: do not rely on them. Compare the versions in "
        "verify.json with those of the last verification that passed.",
    ),
    "pairs shown": "Look at the failures listed in verify.json; harvest packs quarantine holds pairs back.",
    "page errors": "Look at browser-console.log for where the errors come from.",
    "frame rate": "Close other programs and verify again.",
    "newliveweb's own verify": "Look at npm-verify.log.",
}
"""What to do about each finding that is not passed."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What speaks for a verdict."""

    findings: Sequence[Finding]
    arms: Sequence[Arm]
    load_failures: Sequence[str]
    frames_per_second: float | None
    draws_needed: int | None
    next_steps: Sequence[str]

    @property
    def verdict(self) -> Outcome:
        """The worst of all findings."""
        verdicts = {finding.verdict for finding in self.findings}
        if "failed" in verdicts:
            return "failed"
        return "undecided" if "undecided" in verdicts else "passed"


def judge(
    disk: OnDisk, seen: Seen, *, gamma: float, before: Verification | None, own: Sequence[Finding] = ()
) -> Judged:
    """Judge all; `own` is what newliveweb's own verify came to."""
    promised = disk.promise(gamma, seen.opened.generation)
    needed = odds.draws_needed(promised)
    weighted, shuffle = (disk.places(picks) for picks in (seen.weighted, seen.shuffle))
    failed = failures(disk, seen.shown)
    rates = [pick.frames_per_second for pick in seen.shown if pick.frames_per_second is not None]
    rate = round(median(rates), 2) if rates else None
    findings = (
        *judge_files(disk, seen),
        judge_merge(disk, seen),
        *judge_rules(seen, gamma),
        *judge_picks(seen, promised, needed, weighted, shuffle),
        judge_failures(failed, len(seen.shown), before),
        judge_errors(seen, before),
        *judge_rate(rate, before),
        *own,
    )
    is_known = seen.opened.generation != "documented"
    return Judged(
        findings=findings,
        arms=(
            _arm("weighted", promised, weighted, promised.by_tenth if is_known else None),
            _arm("shuffle", promised, shuffle, promised.even_by_tenth),
        ),
        load_failures=failed,
        frames_per_second=rate,
        draws_needed=needed,
        next_steps=_next_steps(findings, seen, gamma),
    )


def _arm(mode: Mode, promised: odds.Promise, picks: odds.Places, expected: odds.Values | None) -> Arm:
    quality = promised.quality[picks]
    counts = np.bincount(promised.tenths[picks], minlength=odds.TENTHS)
    return Arm(
        mode=mode,
        draws=len(picks),
        mean_quality=float(quality.mean()) if len(picks) else None,
        standard_error=float(quality.std(ddof=1)) / len(picks) ** 0.5 if len(picks) > 1 else None,
        deciles=tuple((counts / len(picks)).tolist()) if len(picks) else (),
        expected=() if expected is None else tuple(expected.clip(0, 1).tolist()),
    )


def _next_steps(findings: Sequence[Finding], seen: Seen, gamma: float) -> Sequence[str]:
    """Advise on each finding; of picks too few to tell anything the only advice is how to get more."""
    steps = [
        ADVICE[finding.name]
        for finding in findings
        if finding.verdict == "failed" or (finding.verdict == "undecided" and finding.name not in BY_PICKS)
    ]
    if not steps and seen.opened.generation == "public":
        asked = f"coupledPick=weighted&coupledGamma={gamma:g}"
        return [f"Show with {asked}: without coupledGamma newliveweb picks every pair as often as any other."]
    return list(dict.fromkeys(steps))
