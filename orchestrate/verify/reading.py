"""Whether the page reads the scores: fetched, the very file, and merged. Pure."""

import json
from collections.abc import Sequence

from orchestrate.verify.answers import Delivery, Pick, Seen
from orchestrate.verify.on_disk import OnDisk
from orchestrate.verify.record import Finding, Outcome

_OK = (200, 304)
_CACHED = 304
_EXACT = 1e-9
"""Two readers of one decimal number may differ by less."""


def judge_files(disk: OnDisk, seen: Seen) -> list[Finding]:
    """Hold manifest and scores as the page got them against the disk's."""
    opened = seen.opened
    manifest = _fetch(
        "manifest fetched", "the manifest", seen.manifest, disk.manifest_hash, opened.manifest_hash
    )
    if disk.problem is not None:
        return [manifest, Finding(name="scores on the disk", verdict="failed", sentence=disk.problem)]
    count = sum(pair.pair in disk.scores for pair in disk.pairs)
    enough: Outcome = "passed" if count == len(disk.pairs) else "undecided"
    said = f"{count:,} of {len(disk.pairs):,} pairs have a score."
    on_disk = Finding(
        name="scores on the disk", verdict=enough, sentence=said, value=count, threshold=len(disk.pairs)
    )
    if seen.quality.status is None and not disk.is_whole and opened.generation != "harvest":
        said = "Beside a filtered manifest newliveweb reads no scores: it never asked for them."
        return [manifest, on_disk, Finding(name="scores fetched", verdict="failed", sentence=said)]
    scores = _fetch("scores fetched", "the scores", seen.quality, disk.quality_hash, opened.quality_hash)
    return [manifest, on_disk, scores]


def _fetch(name: str, what: str, got: Delivery, on_disk: str | None, page_says: str | None) -> Finding:
    """A file must have come, and be the very one that lies on the disk, by all who took its hash."""
    hashes = [sha256 for sha256 in (got.hash, page_says) if sha256 is not None]
    verdict, said = _compare(what, got, on_disk, hashes)
    return Finding(name=name, verdict=verdict, sentence=said)


def _compare(what: str, got: Delivery, on_disk: str | None, hashes: Sequence[str]) -> tuple[Outcome, str]:
    if got.status is None:
        return "failed", f"The page never asked for {what}."
    if got.status not in _OK:
        return "failed", f"The server answered {got.status} when the page asked for {what}."
    came = f"The page got {what}{' out of a cache' if got.from_cache or got.status == _CACHED else ''}"
    if not hashes:
        return "undecided", f"{came}; which bytes cannot be told."
    for sha256 in hashes:
        if sha256 != on_disk:
            return "failed", f"{came}, other bytes than on the disk: {sha256[:12]}, not {str(on_disk)[:12]}."
    return "passed", f"{came}, byte for byte as on the disk ({hashes[0][:12]})."


def judge_merge(disk: OnDisk, seen: Seen) -> Finding:
    """The page must say so, give as many pairs a score as there are, and show each with its own."""
    opened, name = seen.opened, "scores merged"
    if not opened.is_open:
        why = opened.problem or "it gives no reason"
        return Finding(name=name, verdict="failed", sentence=f"The page does not open the pack: {why}")
    if not any("loaded pairs-quality" in line for line in seen.console):
        said = opened.without_quality or next(iter(seen.console), "its console says nothing of scores")
        return Finding(name=name, verdict="failed", sentence=f"The page uses no scores: {said}")
    listed = sum(pair.pair in disk.scores for pair in disk.pairs)
    if opened.merged is not None and opened.merged != listed:
        said = f"The page gave {opened.merged:,} pairs a score; the file has one for {listed:,}."
        return Finding(name=name, verdict="failed", sentence=said, value=opened.merged, threshold=listed)
    if odd := _other_score(disk, seen.shown):
        return Finding(name=name, verdict="failed", sentence=odd)
    count = listed if opened.merged is None else opened.merged
    said = f"The page says on its console that it loaded them, {count:,} in all."
    return Finding(name=name, verdict="passed", sentence=said, value=opened.merged, threshold=listed)


def _other_score(disk: OnDisk, picks: Sequence[Pick]) -> str | None:
    by_pair = {pair.pair: pair for pair in disk.pairs}
    for pick in picks:
        if pick.quality01 is None or pick.pair not in by_pair:
            continue
        score = disk.quality(by_pair[pick.pair])
        if score is None or abs(score - pick.quality01) > _EXACT:
            return f"The page gives pair {pick.pair} the score {pick.quality01:.4f}, and the disk {score}."
    return None


def judge_rules(seen: Seen, gamma: float) -> list[Finding]:
    """What the page says of its rules must be what its address asks for; newliveweb does not say."""
    opened = seen.opened
    if opened.rules is None or not opened.is_open:
        return []
    rules = json.loads(opened.rules)
    asked = {"weighting": "power", "gamma": gamma, "explore": 0, "dedupPenalty": 0}
    other = {name: rules.get(name) for name, value in asked.items() if rules.get(name) != value}
    if opened.pick_mode != "weighted":
        other["mode"] = opened.pick_mode
    if other:
        said = ", ".join(f"{name} {value}" for name, value in other.items())
        return [Finding(name="rules", verdict="failed", sentence=f"The page picks by other rules: {said}.")]
    said = f"The page picks weighted, by the power of quality with gamma {gamma:g}, and nothing else."
    return [Finding(name="rules", verdict="passed", sentence=said)]
