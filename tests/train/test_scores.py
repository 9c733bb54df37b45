"""Scores stand beside the manifest only when they passed, whole, and the last ones can be had back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from packs_on_disk import some_pairs, write_pack

from harvest.packs.manifest import QUALITY, Pack, open_pack
from harvest.records import QualityFile, read
from train.calibration import calibrate
from train.gate import Outcome, Verdict
from train.scores import PREVIOUS, Scored, ScoresError, keep_scores, quality_file, write_scores

PASSED = Verdict(verdict="passed", checks=(), packs={"a": "passed"})


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Five pairs on disk."""
    return open_pack(write_pack(tmp_path, "a", some_pairs(5)))


def _file(pack: Pack, *, shift: float = 0.0) -> QualityFile:
    score = np.linspace(0, 1, 300)
    predicted = np.array([0.1, 0.3, 0.5, 0.7, 0.9]) + shift
    pairs = [pair.pair for pair in pack.manifest.pairs]
    scored = Scored(pack=pack.name, pairs=pairs, predicted=predicted, missing=())
    return quality_file(scored, calibrate(score, score), {"model": "network", "seed": 7})


def test_the_page_reads_what_is_written(pack: Pack) -> None:
    """The file lies where the loader looks, says what it is made from, and opens with the pack."""
    place = write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=PASSED)
    assert place == pack.folder / QUALITY
    quality = open_pack(pack.folder).quality
    assert quality
    assert quality == _file(pack)
    assert [pair.pair for pair in quality.pairs] == [0, 1, 2, 3, 4]
    assert quality.provenance == {"model": "network", "seed": 7}
    assert quality.stats
    assert quality.stats.missing_files == 0
    assert all(pair.uncertainty for pair in quality.pairs)


def test_stats_are_those_of_the_scores(pack: Pack) -> None:
    """Anybody can compute them again from the pairs; the mapping stands among them as plain numbers."""
    file = _file(pack)
    scores = np.array([pair.quality01 for pair in file.pairs])
    stats = file.quality_stats
    assert stats
    assert stats.std == pytest.approx(scores.std(), abs=1e-6)
    assert (stats.min, stats.max) == (scores.min(), scores.max())
    cuts = np.percentile(scores, [5, 25, 50, 75, 95])
    assert [stats.p05, stats.p25, stats.p50, stats.p75, stats.p95] == pytest.approx(cuts, abs=1e-6)
    assert isinstance(stats.calibration, dict)
    assert stats.calibration["method"] == "isotonic-bins.v0"
    assert stats.calibration["n"] == 300


@pytest.mark.parametrize("outcome", ["failed", "undecided"])
def test_what_did_not_pass_is_not_written(pack: Pack, outcome: Outcome) -> None:
    """Nothing changes where the page reads, and nothing is put aside."""
    write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=PASSED)
    before = (pack.folder / QUALITY).read_bytes()
    verdict = Verdict(verdict="failed", checks=(), packs={"a": outcome, "b": "passed"})
    with pytest.raises(ScoresError, match=outcome):
        write_scores(_file(pack, shift=0.05), pack.folder, manifest_hash=pack.manifest_hash, verdict=verdict)
    assert (pack.folder / QUALITY).read_bytes() == before
    assert not (pack.folder / PREVIOUS).exists()


def test_a_changed_manifest_is_refused(pack: Pack) -> None:
    """Scores of other pairs than the manifest lists would be read for the wrong ones."""
    manifest = pack.folder / pack.manifest_file
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    with pytest.raises(ScoresError, match="score them again"):
        write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=PASSED)
    assert not (pack.folder / QUALITY).exists()


def test_the_last_scores_can_be_had_back(pack: Pack) -> None:
    """What stood there lies beside it under another name; writing the same again loses nothing."""
    first, second = _file(pack), _file(pack, shift=0.05)
    for file in (first, second, second):
        write_scores(file, pack.folder, manifest_hash=pack.manifest_hash, verdict=PASSED)
    assert read(pack.folder / QUALITY, QualityFile) == second
    assert read(pack.folder / PREVIOUS, QualityFile) == first


def test_a_pack_passes_although_another_does_not(pack: Pack) -> None:
    """One pack's scores do not wait for another's; one that the gate never saw is not written."""
    other = Verdict(verdict="failed", checks=(), packs={"a": "passed", "b": "failed"})
    assert write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=other).is_file()
    unseen = Verdict(verdict="passed", checks=(), packs={"b": "passed"})
    with pytest.raises(ScoresError, match="undecided"):
        write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=unseen)


def test_what_would_be_written_is_kept(pack: Pack, tmp_path: Path) -> None:
    """The very bytes, by pack; nothing of an earlier training stays among them."""
    folder = tmp_path / "training" / "scores"
    keep_scores({"v1.old": _file(pack)}, folder)
    keep_scores({"a": _file(pack)}, folder)
    assert [path.name for path in folder.iterdir()] == ["a.json"]
    place = write_scores(_file(pack), pack.folder, manifest_hash=pack.manifest_hash, verdict=PASSED)
    assert (folder / "a.json").read_bytes() == place.read_bytes()


def test_uncertainty_is_of_the_calibration_and_of_the_seeds() -> None:
    """Both together, as independent errors add up; with one seed the calibration's own."""
    dice = np.random.default_rng(1)
    score = dice.uniform(size=400)
    calibration = calibrate(score + 0.2 * dice.normal(size=400), score)
    predicted = np.array([0.2, 0.5, 0.8])
    alone = Scored(pack="a", pairs=range(3), predicted=predicted, missing=())
    several = replace(alone, over_seeds=np.array([0.0, 0.03, 0.04]))
    one, all_seeds = (
        [pair.uncertainty for pair in quality_file(scored, calibration, {}).pairs]
        for scored in (alone, several)
    )
    assert one == pytest.approx(calibration.error(predicted), abs=1e-6)
    assert all_seeds == pytest.approx(np.hypot(calibration.error(predicted), [0, 0.03, 0.04]), abs=1e-6)


def test_missing_files_are_counted(pack: Pack) -> None:
    """Pairs without a score are left out, and told."""
    calibration = calibrate(np.linspace(0, 1, 100), np.linspace(0, 1, 100))
    scored = Scored(pack="a", pairs=[3], predicted=np.array([0.5]), missing=[0, 1])
    file = quality_file(scored, calibration, {})
    assert [pair.pair for pair in file.pairs] == [3]
    assert file.stats
    assert file.stats.missing_files == 2
    nothing = Scored(pack=pack.name, pairs=[], predicted=np.zeros(0), missing=[0, 1, 2, 3, 4])
    assert quality_file(nothing, calibration, {}).quality_stats is None
