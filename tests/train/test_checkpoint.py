"""A checkpoint comes back as it was, or is refused in words."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import torch

from tests.train.killed_fit import train
from tests.train.planted import planted
from train import checkpoint
from train.checkpoint import CheckpointError, Files, fingerprint


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What a training left."""
    folder = tmp_path_factory.mktemp("training")
    train(folder)
    return Files(folder)


def test_a_training_leaves_its_files(files: Files) -> None:
    """Two models, the last few checkpoints, each explained, and the history."""
    left = sorted(path.relative_to(files.folder).as_posix() for path in files.folder.rglob("*.*"))
    steps = [f"checkpoints/step-{step:08}" for step in (21, 24)]
    models = ["models/coupling_net_best", "models/coupling_net_final"]
    assert set(left) >= {f"{name}.{kind}" for name in (*steps, *models) for kind in ("pth", "json")}
    assert len(files.steps()) == 3
    assert "training_history.json" in left


def test_it_is_explained_beside_the_weights(files: Files) -> None:
    """The recipe as given and what it came to, the rows' hashes, the columns, the history so far."""
    told = orjson.loads(files.final.with_suffix(".json").read_bytes())
    assert told["recipe"]["batch_size"] == 64
    assert told["resolved"]["device"] == "cpu"
    assert told["data"] == {
        "start": "chance",
        "train": fingerprint(planted(512, seed=1)),
        "validation": fingerprint(planted(128, seed=2)),
    }
    assert len(told["columns"]) == 63
    assert [epoch["epoch"] for epoch in told["state"]["history"]] == [1, 2, 3]
    assert set(told["state"]["history"][0]["losses"]) > {"all", "regression", "pairwise"}


@pytest.mark.parametrize("name", ["folder", "weights", "json"])
def test_it_is_found_by_any_of_its_names(files: Files, name: str) -> None:
    """The training's folder means the newest."""
    newest = files.steps()[-1]
    path = {"folder": files.folder, "weights": newest, "json": newest.with_suffix(".json")}[name]
    found = checkpoint.load(path)
    assert found.about.state.epoch == 3
    assert checkpoint.network_of(found).state_dict().keys() == found.network.keys()


def test_what_is_kept_is_read_as_it_was(files: Files, tmp_path: Path) -> None:
    """Written again, it is the same to the bit."""
    found = checkpoint.load(files.final)
    checkpoint.save(tmp_path / "again.pth", found)
    again = checkpoint.load(tmp_path / "again.pth")
    assert again.about == found.about
    assert all(torch.equal(again.network[name], found.network[name]) for name in found.network)


@pytest.mark.parametrize("torn", [1, 2, 3])
def test_of_a_folder_the_newest_that_is_whole_is_read(files: Files, tmp_path: Path, torn: int) -> None:
    """Each that is not is told; where none is whole, it is refused."""
    shutil.copytree(files.folder, tmp_path / "copy")
    steps = Files(tmp_path / "copy").steps()
    for path in steps[-torn:]:
        path.write_bytes(path.read_bytes()[:-100])
    told: list[str] = []
    if torn == len(steps):
        with pytest.raises(CheckpointError, match="broken"):
            checkpoint.load(tmp_path / "copy", told=told.append)
    else:
        found = checkpoint.load(tmp_path / "copy", told=told.append)
        assert found.about == checkpoint.load(steps[-torn - 1]).about
        assert [words.partition(": broken")[0] for words in told] == [*map(str, steps[: -torn - 1 : -1])]
        assert all("The one before it is taken" in words for words in told)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_torn_file_is_refused(files: Files, tmp_path: Path, share: float) -> None:
    """Wherever it ends."""
    data = files.final.read_bytes()
    (torn := tmp_path / "torn.pth").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match="broken"):
        checkpoint.load(torn)


def test_a_changed_byte_is_refused(files: Files, tmp_path: Path) -> None:
    """A weight is not read as something else."""
    data = bytearray(files.final.read_bytes())
    data[len(data) // 2] ^= 0x40
    (changed := tmp_path / "changed.pth").write_bytes(data)
    with pytest.raises(CheckpointError, match="broken"):
        checkpoint.load(changed)


class Harmful:
    """What a file must not be able to do."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.rmdir, ("nowhere",)


@pytest.mark.parametrize("content", [{"fc.weight": torch.zeros(3)}, torch.zeros(3), Harmful()])
def test_a_foreign_file_is_refused(tmp_path: Path, content: object) -> None:
    """Weights of another network, or code that wants to run."""
    torch.save(content, path := tmp_path / "coupling_net_best.pth")
    with pytest.raises(CheckpointError, match=r"no checkpoint of harvest|could run code"):
        checkpoint.load(path)


def test_nothing_to_resume_from_is_refused(tmp_path: Path) -> None:
    """An empty folder and a file that is not there, in words."""
    with pytest.raises(CheckpointError, match="no checkpoint here"):
        checkpoint.load(tmp_path)
    with pytest.raises(CheckpointError, match=r"[Nn]o such file"):
        checkpoint.load(tmp_path / "gone.pth")


def test_a_fingerprint_sees_every_change() -> None:
    """Of a name, a score, or the order of rows."""
    table = planted(20)
    same = fingerprint(table)
    assert fingerprint(planted(20)) == same
    score = table.score.copy()
    score[3] += 0.001
    others = [
        replace(table, score=score),
        replace(table, columns=("fg.other", *table.columns[1:])),
        table[::-1],
    ]
    assert same not in {fingerprint(other) for other in others}
