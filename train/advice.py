"""What to do when the gate does not pass, told from its checks and what the model was made of. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from train.gate import Check, Verdict

_FULL_COVERAGE = 0.99
_LATE = 0.9


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a model was made from, to tell what to do next."""

    pairs: int
    sampled: int
    """Pairs with a valid sample."""
    elite: int
    negatives: int
    epochs: int
    best_epoch: int | None
    """None: no network was trained."""


def next_steps(verdict: Verdict, counts: Counts) -> Sequence[str]:
    """Say what to do about what did not pass: first what no data mend, then what more data may."""
    if verdict.verdict == "passed":
        return ()
    missed = [check for check in verdict.checks if check.verdict != "passed"]
    by_name = {check.name: check for check in missed}
    if not by_name.keys() - _REPAIRS.keys():
        return tuple(_repairs(missed))
    more = tuple(_more_data(by_name, counts)) or (_nothing_is_short(counts),)
    return (*_repairs(missed), *more, *_idle_epochs(counts))


_REPAIRS: Mapping[str, str] = {
    "files apart": "Split the rows by file again",
    "no leak": "Leave out the feature that gives the score away",
    "believable": "Look for features that give the score away together",
    "missing files": "Bring back what is missing, or take it out of the manifest",
}
"""By check."""


def _repairs(missed: Sequence[Check]) -> Iterator[str]:
    for name, repair in _REPAIRS.items():
        yield from (f"{repair}: {check.sentence}" for check in missed if check.name == name)


def _more_data(missed: Mapping[str, Check], counts: Counts) -> Iterator[str]:
    """The owner's order: coverage, negatives, epochs; each only where there is more to have."""
    rows, elite = missed.get("scored rows"), missed.get("elite AUC") or missed.get("elite pass rate")
    if counts.sampled < _FULL_COVERAGE * counts.pairs:
        yield f"More coverage: {_coverage(rows, counts)}"
    elif rows:
        yield f"More pairs: all {counts.pairs:,} have a sample. {rows.sentence}"
    if elite and elite.needed:
        scored = f"there are {counts.elite:,} scored by hand"
        yield f"More elite pairs, of 4 stars and more; {scored}. {elite.sentence}"
    wanted = 2 * (counts.sampled + counts.elite)
    if elite and counts.negatives < wanted:
        yield f"More negatives: {counts.negatives:,} are not two a scored pair; --neg-samples {wanted}."
    if _is_still_learning(counts):
        late = f"More epochs: number {counts.best_epoch} of {counts.epochs} was the best, so it still learned"
        yield f"{late}; --epochs {2 * counts.epochs}."


def _coverage(rows: Check | None, counts: Counts) -> str:
    now = f"{counts.sampled:,} of {counts.pairs:,} pairs have a sample"
    if rows is None or not rows.needed or not rows.value:
        return f"{now}; go on to {_FULL_COVERAGE:.0%}."
    labelled = counts.sampled + counts.elite
    wanted = counts.sampled + math.ceil(labelled * (rows.needed / rows.value - 1))
    return f"{now}; about {min(wanted, counts.pairs):,} are needed to decide."


def _nothing_is_short(counts: Counts) -> str:
    had = f"{counts.sampled:,} samples and {counts.negatives:,} negatives are not short"
    return f"Other features, or more pairs scored by hand (there are {counts.elite:,}): {had}."


def _idle_epochs(counts: Counts) -> Iterator[str]:
    if counts.best_epoch is not None and not _is_still_learning(counts):
        yield f"More epochs will not help: number {counts.best_epoch} of {counts.epochs} was the best."


def _is_still_learning(counts: Counts) -> bool:
    return counts.best_epoch is not None and counts.best_epoch >= _LATE * counts.epochs
