"""From labels, runs and packs to three tables that share no file: to learn from, to choose by, to judge by.

    read      pairs scored by hand, pairs measured by runs; what cannot be used is told
    describe  the features of every file, each content once
    split     pairs that share a file go to one part together
    mismatch  negatives, made within each part from that part's files

Parts are given pairs in a seeded order within each source and class of score, always the part that is
furthest behind its share; so every part gets its share of each.

A negative is worth `neg_worth` of the lesser of what its two files' own pairs are worth, not nothing: else
the layers of good pairs would be called bad in half of every batch. Measured on 600 generated pairs with
5,000 negatives, half of the weight each, gradient-boosted trees, 4 seeds: how well predictions for held-out
pairs follow the truth (rank correlation, spread 0.03), and how surely one lies above a negative (AUC):

    neg_worth   0      0.25   0.5    0.65   0.75   0.8    1
    truth       0.27   0.45   0.60   0.68   0.71   0.71   0.76
    AUC         0.87   0.85   0.81   0.77   0.73   0.72   0.63

Numbers are as the texts give them: whoever learns standardises by the training part. The order in which
files, lines or entries come changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harvest.packs.manifest import Pack
from train.described import Presets, describe_files
from train.elite import EliteReading, read_elite
from train.evals import EvalReading, read_evals
from train.features import COLUMNS, VERSION
from train.leak import refuse_broken, refuse_leak
from train.metrics import GOOD, spearman
from train.negatives import Negatives, NegativesError, TruePairs, Wish, mismatch
from train.problem import TrainError
from train.rows import Row, joined, labelled, listed, pairs_table, rows_table, true_pairs
from train.split import NOWHERE, PARTS, Labelled, Split, split
from train.table import SOURCES, Source, Table

NEGATIVES = 50_000
"""As many as the owner makes, where there are so many."""
BAD = 0.4
"""2 of 5."""
_ROUNDING = 1e-9
LEAST_PAIRS = 10
_REASONS_SHOWN = 12
"""Fewer cannot be split in three."""


@dataclass(frozen=True, kw_only=True)
class DataRequest:
    """What to learn from, and how it is dealt out."""

    elite: Sequence[Path] = ()
    """Manifests of pairs scored by hand, or their folders."""
    evals: Sequence[Path] = ()
    """Journals of runs, or their folders."""
    packs: Sequence[Pack] = ()
    """The packs that those runs measured."""
    presets: Path | None = None
    """What the page calls `/presets/`."""
    unproven: bool = False
    """Let in measured rows without evidence, as newliveweb writes them."""
    mixed: bool = False
    """Let in samples of every adapter and seed."""
    negatives: int | None = None
    """Missing: 50,000, or as many as there are."""
    min_pair_distance: int = 50
    hard_share: float = 0.5
    eval_weight: float = 0.35
    """How much a measured pair counts in the loss, where one scored by hand counts 1."""
    neg_weight: float = 0.2
    neg_worth: float = 0.7
    """Score of a negative, as a share of the lesser of its files' own pairs."""
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    """Of the labelled pairs, for training, validation and test."""
    seed: int = 0
    features: Path | None = None
    """Where the features of presets are kept."""
    processes: int | None = None


class PartCount(NamedTuple):
    """How many rows a part has of one source."""

    part: str
    source: Source
    rows: int
    good: int
    """Scored at least 4 of 5."""
    between: int
    bad: int
    """Scored at most 2 of 5."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Three tables that share no file, and what became of everything that was read."""

    train: Table
    validation: Table
    test: Table
    counts: tuple[PartCount, ...]
    refused: Mapping[str, int]
    """How many of what was read cannot be used, by source and reason."""
    told: tuple[str, ...]
    """What a person should know, a sentence each."""
    features: str
    """The version of the features."""
    content_hash: str
    """Equal for equal data."""


class DataError(TrainError):
    """There is too little to learn from, or it contradicts itself; says in a sentence why."""


class Scorable(NamedTuple):
    """What a pack gives to be scored."""

    pairs: NDArray[np.int64]
    """The numbers of its pairs."""
    table: Table
    """A row each; scores are NaN."""
    left_out: tuple[int, ...]
    """Numbers of pairs of which a file is missing, or is no preset."""


def build(request: DataRequest) -> Dataset:
    """Read, describe, split and mismatch."""
    if min(request.shares) <= 0 or abs(sum(request.shares) - 1) > _ROUNDING:
        raise DataError(f"Shares of three parts are above 0 and together 1, not {request.shares}.")
    told: list[str] = []
    refused = Counter[str]()
    elite = read_elite(request.elite, presets=request.presets)
    evals = read_evals(request.evals, _by_name(request.packs), unproven=request.unproven, mixed=request.mixed)
    _tell_reading(elite, evals, refused, told)
    files = {**_files(request.packs), **elite.files}
    presets = describe_files(files, kept=request.features, processes=request.processes)
    rows = _described(labelled(elite, evals), presets, refused)
    if len(rows) < LEAST_PAIRS:
        why = "".join(f"\n{reason}" for reason in told[:_REASONS_SHOWN])
        raise DataError(
            f"Only {len(rows)} labelled pairs can be used; at least {LEAST_PAIRS} are needed.{why}"
        )
    dealt = split([_to_split(row) for row in rows], request.shares, seed=request.seed)
    _tell_split(dealt, refused, told)
    made = _Making(
        request=request,
        presets=presets,
        known=true_pairs([*rows, *_listed(request.packs)], presets),
        told=told,
    )
    parts = [made.part(name, own, of=dealt.kept) for name, own in _dealt(rows, dealt)]
    for table in parts:
        refuse_broken(table, COLUMNS)
    refuse_leak(joined(parts))
    validation, test = map(_without_couplings, parts[1:])
    return Dataset(
        train=parts[0],
        validation=validation,
        test=test,
        counts=tuple(_counts(parts)),
        refused=dict(sorted(refused.items())),
        told=tuple(told),
        features=VERSION,
        content_hash=_hash(parts),
    )


def to_score(
    packs: Sequence[Pack], *, features: Path | None = None, processes: int | None = None
) -> dict[str, Scorable]:
    """Describe every pair of each pack whose files are there, by the pack's name."""
    presets = describe_files(_files(packs), kept=features, processes=processes)
    return {pack.name: _scorable(pack, presets) for pack in packs}


def _scorable(pack: Pack, presets: Presets) -> Scorable:
    described = set(presets.hashes)
    rows = [row for row in listed(pack) if {row.fg, row.bg} <= described]
    numbers = [row.number for row in rows]
    left_out = {pair.pair for pair in pack.manifest.pairs} - set(numbers)
    table = rows_table(presets, rows, {"eval": 0.0})
    return Scorable(np.array(numbers, np.int64), table, tuple(sorted(left_out)))


def _by_name(packs: Sequence[Pack]) -> Mapping[str, Pack]:
    named = {pack.name: pack for pack in packs}
    if len(named) < len(packs):
        raise DataError("Two packs have the same name: nobody could tell whose samples are whose.")
    return named


def _files(packs: Iterable[Pack]) -> dict[str, Path]:
    return {file.sha256: file.path for pack in packs for file in pack.presets.values()}


def _described(rows: Sequence[Row], presets: Presets, refused: Counter[str]) -> list[Row]:
    """Leave out pairs of which a file is no preset."""
    described = set(presets.hashes)
    kept = [row for row in rows if row.fg in described and row.bg in described]
    for row in rows:
        if row.fg not in described or row.bg not in described:
            refused[f"{row.source}: a file is no preset"] += 1
    return kept


def _to_split(row: Row) -> Labelled:
    return Labelled(row.fg, row.bg, f"{row.source} {_class_of(row.score)}")


def _class_of(score: float) -> str:
    return "good" if score >= GOOD else "bad" if score <= BAD else "between"


def _listed(packs: Iterable[Pack]) -> Iterator[Row]:
    return chain.from_iterable(map(listed, packs))


def _dealt(rows: Sequence[Row], dealt: Split) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of each part."""
    for at, name in enumerate(PARTS):
        own = [row for row, part in zip(rows, dealt.part, strict=True) if part == at]
        if not own:
            raise DataError(f"No labelled pair is left for {name}: too many share files.")
        yield name, own


@dataclass(frozen=True, kw_only=True, eq=False)
class _Making:
    """What the tables of all parts are made from."""

    request: DataRequest
    presets: Presets
    known: TruePairs
    told: list[str]

    def part(self, name: str, rows: Sequence[Row], *, of: int) -> Table:
        """Make the table of one part: its labelled pairs, and negatives of their files."""
        weights: Mapping[Source, float] = {"elite": 1.0, "eval": self.request.eval_weight}
        own = rows_table(self.presets, rows, weights)
        pool = true_pairs(rows, self.presets)
        negatives = self._negatives(name, pool, share=len(rows) / of)
        return joined([own, self._mismatched(own, pool, negatives)])

    def _negatives(self, name: str, pool: TruePairs, *, share: float) -> Negatives:
        """Draw this part's share of negatives; where nobody asked for so many, as many as there are."""
        asked = self.request.negatives
        wish = Wish(
            count=round((NEGATIVES if asked is None else asked) * share),
            min_pair_distance=self.request.min_pair_distance,
            hard_share=self.request.hard_share,
            seed=self.request.seed,
        )
        looks = self.presets.described.look
        try:
            return mismatch(pool, self.known, looks, wish)
        except NegativesError as error:
            if asked is not None:
                raise
            apart = f"between numbers {wish.min_pair_distance} apart"
            self.told.append(f"{name}: {error.possible:,} negatives are possible {apart}.")
            return mismatch(pool, self.known, looks, replace(wish, count=error.possible))

    def _mismatched(self, own: Table, pool: TruePairs, negatives: Negatives) -> Table:
        """Make the rows of negatives."""
        size = len(self.presets.hashes)
        fg_worth, bg_worth = (_worth(files, own.score, size) for files in (pool.fg, pool.bg))
        lesser = np.minimum(fg_worth[negatives.fg], bg_worth[negatives.bg])
        return replace(
            pairs_table(self.presets, negatives.fg, negatives.bg),
            score=(self.request.neg_worth * lesser).astype(np.float32),
            weight=np.full(len(lesser), self.request.neg_weight, np.float32),
        )


def _worth(files: NDArray[np.int64], score: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Give every file the mean score of the pairs it stands in; the others 0."""
    times = np.bincount(files, minlength=count)
    return np.bincount(files, score, minlength=count) / np.maximum(times, 1)


def _without_couplings(table: Table) -> Table:
    """Hide S and T: pairs are scored without them, and labels of measured pairs were made with them."""
    unknown = np.full(len(table), np.nan, np.float32)
    return replace(table, spatial=unknown, temporal=unknown)


def _counts(parts: Sequence[Table]) -> Iterator[PartCount]:
    for name, table in zip(PARTS, parts, strict=True):
        for at, source in enumerate(SOURCES):
            scores = table.score[table.source == at]
            good = int(np.count_nonzero(scores >= np.float32(GOOD)))
            bad = int(np.count_nonzero(scores <= np.float32(BAD)))
            yield PartCount(name, source, len(scores), good, len(scores) - good - bad, bad)


def _tell_reading(elite: EliteReading, evals: EvalReading, refused: Counter[str], told: list[str]) -> None:
    if elite.refused:
        refused["elite: an entry that cannot be used"] = len(elite.refused)
    refused.update({f"eval: {reason}": times for reason, times in evals.refused.items()})
    told += elite.refused
    told += elite.contradictions
    if elite.repeated:
        told.append(f"{elite.repeated:,} elite entries say again what others say.")
    _tell_agreement(elite, evals, told)


def _tell_agreement(elite: EliteReading, evals: EvalReading, told: list[str]) -> None:
    """Say whether hands and runs mean the same, where both judged the same pairs."""
    measured = {(one.fg, one.bg): one.score for one in evals.measured}
    both = [(one.score, measured[one.fg, one.bg]) for one in elite.scored if (one.fg, one.bg) in measured]
    if len(both) < LEAST_PAIRS:
        return
    hands, runs = zip(*both, strict=True)
    agreed = spearman(hands, runs)
    order = "one puts them in no order" if agreed is None else f"their orders agree by {agreed:.2f}"
    told.append(
        f"{len(both):,} pairs are scored by hand and measured: {order}; hands give them {fmean(hands):.2f} "
        f"of 1, measurements {fmean(runs):.2f}."
    )


def _tell_split(dealt: Split, refused: Counter[str], told: list[str]) -> None:
    apart = int(np.count_nonzero(dealt.part == NOWHERE))
    if apart:
        refused["its files fall into two parts"] = apart
        told.append(
            f"{dealt.largest:,} of {len(dealt.part):,} pairs hang together by shared files, which were "
            f"dealt out one by one; {apart:,} pairs whose files fell into two parts are left out."
        )


def _hash(parts: Sequence[Table]) -> str:
    digest = sha256(VERSION.encode())
    for table in parts:
        for name in ("values", "score", "source", "weight", "fg", "bg", "spatial", "temporal"):
            digest.update(getattr(table, name).tobytes())
    return digest.hexdigest()
