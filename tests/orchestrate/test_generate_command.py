"""`harvest packs generate` as a person or a script types it."""

from pathlib import Path

import orjson
import pytest
from packs_on_disk import read_manifest
from typer.testing import CliRunner, Result

from harvest.packs.provenance import read_provenance
from orchestrate.exit_codes import ExitCode
from orchestrate.packs import app


def typed(*arguments: object) -> Result:
    """Type the command in a pipe."""
    return CliRunner().invoke(app, ["generate", *map(str, arguments)], env={"COLUMNS": "200"})


def test_help_teaches_by_example() -> None:
    """Its help ends in examples that can be typed."""
    help_text = typed("--help").stdout
    assert "harvest packs generate --pairs" in help_text.partition("Examples")[2]


def test_it_tells_what_it_made(tmp_path: Path) -> None:
    """A table for people, progress on the other stream, and a pack named like its folder."""
    done = typed("--pairs", 10, "--out", tmp_path / "demo")
    assert done.exit_code == ExitCode.OK
    table = dict(line.split("\t") for line in done.stdout.splitlines())
    assert (table["pack"], table["pairs"]) == ("demo", "10")
    assert "pairs: 10 of 10" in done.stderr
    assert read_manifest(tmp_path / "demo")["pack"] == "demo"


def test_a_name_makes_a_folder_of_it(tmp_path: Path) -> None:
    """With --name the pack lies within the given folder; --json prints one document and nothing else."""
    done = typed("--pairs", 5, "--seed", 3, "--out", tmp_path, "--name", "trial", "--json")
    told = orjson.loads(done.stdout)
    assert (told["pack"], told["seed"], told["pairs"]) == ("trial", 3, 5)
    assert read_manifest(tmp_path / "trial")["pack"] == "trial"


def test_rates_can_be_set_for_all_and_for_one(tmp_path: Path) -> None:
    """A bare share is for every case; one with a name for that case, whatever stood before."""
    typed("--pairs", 1, "--out", tmp_path / "demo", "--planted", 0.01, "--planted", "strobe=0.2")
    provenance = read_provenance(tmp_path / "demo")
    assert provenance is not None
    rates = provenance.parameters["rates"]
    assert isinstance(rates, dict)
    assert (rates["strobe"], rates["black"]) == (0.2, 0.01)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--pairs", 0], "Invalid value for '--pairs'"),
        (["--pairs", 5, "--planted", "often"], "neither a share"),
        (["--pairs", 5, "--planted", "blue=0.1"], "no case blue"),
        (["--pairs", 5, "--planted", 0.5], "together at most 1"),
        (["--pairs", 5, "--name", "../up"], "the name of one folder"),
        (["--pairs", 5, "--name", ""], "the name of one folder"),
        (["--pairs", 5, "--seed", 1 << 64], "at most 64 bits"),
    ],
)
def test_nonsense_is_a_matter_of_usage(tmp_path: Path, arguments: list[object], sentence: str) -> None:
    """What cannot be is refused with the sentence that says why, and exit code 2."""
    done = typed(*arguments, "--out", tmp_path / "demo")
    assert done.exit_code == ExitCode.USAGE
    assert sentence in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_standing_pack_is_refused_until_forced(tmp_path: Path) -> None:
    """Exit code 2 names the way out, and that way works."""
    assert typed("--pairs", 3, "--out", tmp_path / "demo").exit_code == ExitCode.OK
    refused = typed("--pairs", 3, "--out", tmp_path / "demo")
    assert refused.exit_code == ExitCode.USAGE
    assert "--force" in refused.stderr
    assert typed("--pairs", 3, "--out", tmp_path / "demo", "--force").exit_code == ExitCode.OK


def test_a_place_that_cannot_be_written_is_not_ready(tmp_path: Path) -> None:
    """A file where the folder should be is told in a sentence, with exit code 3."""
    (tmp_path / "file").touch()
    done = typed("--pairs", 3, "--out", tmp_path / "file" / "demo")
    assert done.exit_code == ExitCode.NOT_READY
    assert "file" in done.stderr
