"""The dataset: what was read becomes three tables that share no file, and everything left out is counted."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harvest.packs.manifest import Pack, examine
from tests.train.material import elite_manifest, generated, measured_run, sample, truths, write_run
from train.data_list import DataListError, read_data_list
from train.dataset import DataError, DataRequest, Dataset, build, to_score
from train.features import COLUMNS
from train.leak import LeakError, refuse_broken, refuse_leak
from train.negatives import NegativesError
from train.rows import joined
from train.table import SOURCES, Table

PAIRS = 120


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack of known quality."""
    return generated(tmp_path_factory.mktemp("presets") / "demo", PAIRS)


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> DataRequest:
    """Hand scores of 40 pairs, samples of 100, features kept."""
    folder = tmp_path_factory.mktemp("labels")
    quality = truths(pack)
    elite = elite_manifest(folder, pack, range(40), score=lambda pair: 5 * quality[pair])
    run = measured_run(folder / "run", pack, range(20, PAIRS))
    kept = folder / "features.npz"
    return DataRequest(
        elite=[elite], evals=[run], packs=[pack], negatives=600, min_pair_distance=5, features=kept
    )


@pytest.fixture(scope="module")
def dataset(request_: DataRequest) -> Dataset:
    """The dataset of that request."""
    return build(request_)


def parts(dataset: Dataset) -> Iterator[Table]:
    """Its tables."""
    yield from (dataset.train, dataset.validation, dataset.test)


def of(table: Table, source: str) -> Table:
    """The rows of one source."""
    names: tuple[str, ...] = SOURCES
    return table[table.source == names.index(source)]


def same(one: Table, other: Table) -> bool:
    """Whether two tables are equal to the bit."""
    arrays = [field.name for field in fields(Table) if field.name != "columns"]
    return one.columns == other.columns and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays
    )


def test_no_file_stands_in_two_parts(dataset: Dataset) -> None:
    """By content, in either layer, negatives included."""
    files = [set(table.fg.tolist()) | set(table.bg.tolist()) for table in parts(dataset)]
    assert sum(map(len, files)) == len(files[0] | files[1] | files[2])


def test_everything_read_is_there(dataset: Dataset) -> None:
    """Sizes are as asked for, counted by part, source and class; shares are met."""
    assert [sum(len(of(table, name)) for table in parts(dataset)) for name in SOURCES] == [40, 100, 600]
    counted = {(count.part, count.source): count for count in dataset.counts}
    assert counted["train", "eval"].rows == len(of(dataset.train, "eval"))
    assert counted["train", "elite"].rows == pytest.approx(28, abs=3)
    for count in dataset.counts:
        assert count.good + count.between + count.bad == count.rows
    assert not dataset.refused
    (agreement,) = dataset.told
    assert agreement.startswith("20 pairs are scored by hand and measured: their orders agree by 1.00;")


def test_labels_weights_and_couplings_are_those_of_their_source(dataset: Dataset) -> None:
    """Hands count more than runs, runs more than negatives; S and T stand where a run measured them.

    Only among the rows learned from: pairs are scored without them, so they are chosen and judged without.
    """
    for table in parts(dataset):
        assert {float(weight) for weight in of(table, "elite").weight} == {1.0}
        assert set(of(table, "eval").weight) == {np.float32(0.35)}
        assert set(of(table, "neg").weight) == {np.float32(0.2)}
        assert np.isnan(of(table, "neg").temporal).all()
        assert np.isnan(of(table, "eval").spatial).all() == (table is not dataset.train)
        assert ((table.score >= 0) & (table.score <= 1)).all()
    assert 0 < np.count_nonzero(~np.isnan(of(dataset.train, "elite").spatial)) < 20


def test_negatives_are_no_true_pairs_and_worth_less(dataset: Dataset, pack: Pack) -> None:
    """They are no pair of the pack, and worth less than either of their files' own pairs."""
    everything = {
        tuple(int(file.sha256[:15], 16) for file in files)
        for pair in pack.manifest.pairs
        if (files := pack.presets_of(pair))
    }
    for table in parts(dataset):
        negatives, real = of(table, "neg"), table[table.source != SOURCES.index("neg")]
        assert not everything & set(zip(negatives.fg.tolist(), negatives.bg.tolist(), strict=True))
        own = {fg: real.score[real.fg == fg].mean() for fg in set(real.fg.tolist())}
        assert all(
            score <= 0.7 * own[fg] + 1e-6
            for fg, score in zip(negatives.fg.tolist(), negatives.score.tolist(), strict=True)
        )


def test_order_changes_nothing(dataset: Dataset, request_: DataRequest, tmp_path: Path) -> None:
    """Lines, entries and files in another order give the same tables, to the bit; another seed does not."""
    entries = json.loads(request_.elite[0].read_bytes())
    entries["pairs"].reverse()
    turned = request_.elite[0].with_name("turned.json")
    turned.write_text(json.dumps(entries), encoding="utf-8")
    lines = [json.loads(line) for line in (request_.evals[0] / "eval.jsonl").read_bytes().splitlines()]
    runs = [write_run(tmp_path / name, lines[at::2][::-1]) for at, name in enumerate("ab")]
    again = build(replace(request_, elite=[turned], evals=runs[::-1]))
    assert all(map(same, parts(again), parts(dataset)))
    assert again.content_hash == dataset.content_hash
    assert build(replace(request_, seed=1)).content_hash != dataset.content_hash


def test_what_cannot_be_used_is_counted(request_: DataRequest, pack: Pack, tmp_path: Path) -> None:
    """Refused entries and samples are told by source and reason."""
    silent = sample(pack, 3, 0.5, audio={"source": "click", "rms": 0.0, "peak": 0.0})
    extra = write_run(tmp_path / "extra", [silent])
    (tmp_path / "m.json").write_text('[{"fg": "x", "bg": "y", "score": 9}]', encoding="utf-8")
    found = build(
        replace(request_, elite=[*request_.elite, tmp_path / "m.json"], evals=[*request_.evals, extra])
    )
    assert found.refused == {"elite: an entry that cannot be used": 1, "eval: silent": 1}
    assert any("found 9" in sentence for sentence in found.told)


def test_too_many_negatives_are_an_error_only_if_asked_for(request_: DataRequest) -> None:
    """Without a number there are as many as possible, and that is told."""
    with pytest.raises(NegativesError, match="combinations"):
        build(replace(request_, negatives=50_000))
    found = build(replace(request_, negatives=None))
    assert any("negatives are possible" in sentence for sentence in found.told)
    assert len(of(found.train, "neg")) > 1_000


def test_too_little_is_an_error(request_: DataRequest) -> None:
    """Nothing can be learned from nothing."""
    with pytest.raises(DataError, match="Only 0 labelled pairs"):
        build(replace(request_, elite=[], evals=[]))


def test_shares_that_are_none_are_refused(request_: DataRequest) -> None:
    """Three parts, each with something, and together everything."""
    with pytest.raises(DataError, match="together 1"):
        build(replace(request_, shares=(0.7, 0.2, 0.2)))


def test_a_copied_label_is_refused(dataset: Dataset) -> None:
    """A feature that is the label, its negative or any rising function of it is found in any source."""
    real = joined(list(parts(dataset)))
    refuse_leak(real)
    for copied, source in ((real.score, "eval"), (-real.score, "elite"), (np.exp(real.score), "eval")):
        values = real.values.copy()
        rows = real.source == [*SOURCES].index(source)
        values[rows, 7] = copied[rows]
        with pytest.raises(LeakError, match=real.columns[7]):
            refuse_leak(replace(real, values=values))


def test_broken_features_are_refused(dataset: Dataset) -> None:
    """Missing columns, another order, another shape and what is no number."""
    table = dataset.test
    refuse_broken(table, COLUMNS)
    values = table.values.copy()
    values[0, 3] = np.nan
    harmed = [
        replace(table, values=values),
        replace(table, columns=table.columns[1:]),
        replace(table, columns=table.columns[::-1]),
        replace(table, values=table.values[:, 1:]),
    ]
    for one in harmed:
        with pytest.raises(LeakError):
            refuse_broken(one, COLUMNS)


def test_every_pair_of_a_pack_can_be_scored(tmp_path: Path, dataset: Dataset, pack: Pack) -> None:
    """All pairs whose files are there have the features they are learned by; the others are named."""
    small = generated(tmp_path / "small", 3)
    pair = small.manifest.pairs[1]
    files = small.presets_of(pair)
    assert files is not None
    files[0].path.unlink()
    found = to_score([pack, examine(small.folder)])
    assert found["small"].left_out == (pair.pair,)
    scorable = found[pack.name]
    assert scorable.pairs.tolist() == [*range(PAIRS)]
    assert np.isnan(scorable.table.score).all()
    rows = {
        (fg, bg): row for row, (fg, bg) in enumerate(zip(scorable.table.fg, scorable.table.bg, strict=True))
    }
    learned = of(dataset.test, "eval")
    for at, files in enumerate(zip(learned.fg, learned.bg, strict=True)):
        assert (scorable.table.values[rows[files]] == learned.values[at]).all()


def test_a_list_names_what_to_learn_from(tmp_path: Path) -> None:
    """Each line is told apart by what lies there; one that leads nowhere is named."""
    (tmp_path / "elite").mkdir()
    (tmp_path / "elite" / "AIVJ_FINAL_ELITE_MANIFEST.json").write_text("[]", encoding="utf-8")
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    lines: list[dict[str, Any]] = []
    write_run(tmp_path / "run", lines)
    path = tmp_path / "list.txt"
    path.write_text("# mine\nelite\n\nother.json\r\nrun\nrun/eval.jsonl\n", encoding="utf-8-sig")
    found = read_data_list(path)
    assert found.elite == (tmp_path / "elite", tmp_path / "other.json")
    assert found.evals == (tmp_path / "run", tmp_path / "run" / "eval.jsonl")
    path.write_text("elite\nnowhere\n", encoding="utf-8")
    with pytest.raises(DataListError, match=r"list\.txt:2: found nowhere"):
        read_data_list(path)
