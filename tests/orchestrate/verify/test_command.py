"""`harvest verify` as it is typed: a table, a sentence, an exit code."""

from pathlib import Path

import orjson
import pytest
import typer
from built_page import preset
from packs_on_disk import write_pack
from typer.testing import CliRunner

from harvest.packs.manifest import QUALITY
from harvest.records import read
from orchestrate.verify.command import verify
from orchestrate.verify.record import VERIFICATION, Verification

app = typer.Typer()
app.command("verify")(verify)


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder with a small pack that has scores."""
    folder = write_pack(
        tmp_path / "presets", "demo", {n: (preset(f"{n}/9"), preset("0.1")) for n in range(9)}
    )
    pairs = [{"pair": n, "quality01": n / 9} for n in range(9)]
    (folder / QUALITY).write_bytes(orjson.dumps({"pack": "demo", "pairs": pairs}))
    return tmp_path / "presets"


def test_a_whole_proof(presets: Path, tmp_path: Path) -> None:
    """In a browser of its own, from the typed line to the file."""
    typed = [
        "--packs",
        "demo",
        "--presets",
        str(presets),
        "--out",
        str(tmp_path / "out"),
        "--gpu-mode",
        "off",
    ]
    done = CliRunner().invoke(app, [*typed, "--shown", "2"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "passed\tscores fetched\t" in done.stdout
    assert "demo: passed." in done.stdout.splitlines()[-1]
    found = read(tmp_path / "out" / "demo" / VERIFICATION, Verification)
    assert (found.verdict, found.shown, found.gamma) == ("passed", 2, 4)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--packs", "nothing"], "There is no pack nothing"),
        (["--packs", "demo", "--url", "nowhere"], "--url"),
        (["--packs", "demo", "--web", "nowhere"], "nowhere"),
        (["--packs", "demo", "--url", "http://127.0.0.1:9/"], "Nothing answers"),
    ],
)
def test_what_is_not_there_is_named(presets: Path, tmp_path: Path, more: list[str], said: str) -> None:
    """In one sentence, with the right exit code."""
    folders = ["--presets", str(presets), "--out", str(tmp_path / "out"), "--gpu-mode", "off"]
    done = CliRunner().invoke(app, [*more, *folders])
    assert done.exit_code in (2, 3)
    assert said in done.output
