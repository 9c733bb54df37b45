"""Labelled pairs as rows: from what was read to arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harvest.packs.manifest import Pack
from train.described import Presets
from train.elite import EliteReading
from train.evals import EvalReading
from train.features import COLUMNS
from train.negatives import TruePairs
from train.table import SOURCES, Source, Table


class Row(NamedTuple):
    """One true pair."""

    source: Source
    fg: str
    """The hash of its bytes, like `bg`."""
    bg: str
    pack: str
    number: int
    score: float = np.nan
    spatial: float = np.nan
    temporal: float = np.nan


def labelled(elite: EliteReading, evals: EvalReading) -> list[Row]:
    """List labelled pairs, by source and then by the hashes of their files."""
    measured = {(one.fg, one.bg): one for one in evals.measured}
    rows: list[Row] = []
    for at, one in enumerate(elite.scored):
        seen = measured.get((one.fg, one.bg))
        couplings = (seen.spatial, seen.temporal) if seen else (np.nan, np.nan)
        # An entry without a number is of a list of its own: no distance to any other is known.
        pack, number = ("elite", one.pair) if one.pair is not None else (f"elite {at}", 0)
        rows.append(Row("elite", one.fg, one.bg, pack, number, one.score, *couplings))
    return rows + [
        Row("eval", one.fg, one.bg, one.pack, one.pair, one.score, one.spatial, one.temporal)
        for one in evals.measured
    ]


def listed(pack: Pack) -> Iterator[Row]:
    """List all pairs of a pack whose files are there, whether or not anybody labelled them."""
    for pair in sorted(pack.manifest.pairs, key=lambda pair: pair.pair):
        if files := pack.presets_of(pair):
            yield Row("eval", files[0].sha256, files[1].sha256, pack.name, pair.pair)


def rows_table(presets: Presets, rows: Sequence[Row], weights: Mapping[Source, float]) -> Table:
    """Make rows of labelled pairs."""
    fg, bg = presets.rows([row.fg for row in rows]), presets.rows([row.bg for row in rows])
    said = np.array([(row.score, row.spatial, row.temporal) for row in rows], np.float32).reshape(-1, 3)
    return replace(
        pairs_table(presets, fg, bg),
        score=said[:, 0],
        source=np.array([SOURCES.index(row.source) for row in rows], np.int8),
        weight=np.array([weights[row.source] for row in rows], np.float32),
        spatial=said[:, 1],
        temporal=said[:, 2],
    )


def pairs_table(presets: Presets, fg: NDArray[np.int64], bg: NDArray[np.int64]) -> Table:
    """Make rows of pairs of described presets, without a score, of no weight."""
    values = presets.pairs(fg, bg)
    unknown = np.full(len(fg), np.nan, np.float32)
    # So a file has the same number in every table ever made.
    numbers = np.array([int(sha256[:15], 16) for sha256 in presets.hashes], np.int64)
    return Table(
        columns=COLUMNS,
        values=values,
        known=np.ones(values.shape, np.bool_),
        score=unknown,
        source=np.full(len(fg), SOURCES.index("neg"), np.int8),
        weight=np.zeros(len(fg), np.float32),
        fg=numbers[fg],
        bg=numbers[bg],
        spatial=unknown,
        temporal=unknown,
    )


def joined(tables: Sequence[Table]) -> Table:
    """Put tables of the same columns one below the other."""
    arrays = [name.name for name in fields(Table) if name.name != "columns"]
    return replace(
        tables[0], **{name: np.concatenate([getattr(table, name) for table in tables]) for name in arrays}
    )


def true_pairs(rows: Sequence[Row], presets: Presets) -> TruePairs:
    """Number the files of pairs as they are described; one that is not has no place among negatives."""
    places = {sha256: at for at, sha256 in enumerate(presets.hashes)}
    packs = {name: at for at, name in enumerate(sorted({row.pack for row in rows}))}
    columns = [
        [places.get(row.fg, -1) for row in rows],
        [places.get(row.bg, -1) for row in rows],
        [packs[row.pack] for row in rows],
        [min(row.number, 1 << 62) for row in rows],
    ]
    fg, bg, pack, number = (np.array(column, np.int64) for column in columns)
    return TruePairs(fg=fg, bg=bg, pack=pack, number=number)
