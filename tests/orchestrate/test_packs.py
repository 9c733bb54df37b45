"""`harvest packs` as a person or a script types it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from packs_on_disk import page_view, read_manifest, some_pairs, write_manifest, write_pack, write_source
from typer.testing import CliRunner, Result

from harvest.packs.publish import drafting
from orchestrate.exit_codes import ExitCode
from orchestrate.packs import app

COMMANDS = (["sync"], ["show"], ["quarantine", "list"], ["quarantine", "add"], ["quarantine", "release"])


@pytest.fixture(autouse=True)
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The owner's checkout, with the folder that his page serves, as the working directory."""
    (tmp_path / "public" / "presets").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def source(page: Path) -> Path:
    """A source of three pairs."""
    return write_source(page / "aidata" / "demo", some_pairs(3))


@pytest.fixture
def pack(page: Path) -> Path:
    """A pack of three pairs, where the page serves it."""
    return write_pack(page / "public" / "presets", "demo", some_pairs(3))


def packs(*arguments: str) -> Result:
    """Type a command in a pipe."""
    return CliRunner().invoke(app, arguments)


def table(result: Result) -> dict[str, str]:
    """Read lines of two columns."""
    return dict(line.split("\t", 1) for line in result.stdout.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_by_example(command: Sequence[str]) -> None:
    """Each command's help ends in examples that can be typed."""
    result = packs(*command, "--help")
    assert result.exit_code == ExitCode.OK
    assert f"harvest packs {' '.join(command)}" in result.stdout.partition("Examples")[2]


def test_sync_brings_a_pack_and_tells_what_it_did(source: Path, page: Path) -> None:
    """First new, then unchanged; in a pipe tab-separated facts on stdout and progress on stderr."""
    first, second = packs("sync", "--source", str(source)), packs("sync", "--source", str(source))
    assert (first.exit_code, second.exit_code) == (ExitCode.OK, ExitCode.OK)
    assert table(first) == {
        "pack": "demo",
        "folder": str(Path("public/presets/demo")),
        "state": "new",
        "pairs": "3",
        "presets copied": "6",
        "bytes copied": "30",
    }
    assert table(second)["state"] == "unchanged"
    assert first.stderr.splitlines()[-1] == "pairs: 3 of 3"
    assert page_view(page / "public/presets/demo") == some_pairs(3)


def test_a_source_may_be_named_by_its_manifest(source: Path, page: Path) -> None:
    """The pack is called as the folder is, and is the same as by the folder."""
    assert packs("sync", "--source", str(source / "manifest.jsonl")).exit_code == ExitCode.OK
    assert page_view(page / "public/presets/demo") == some_pairs(3)
    assert table(packs("sync", "--source", str(source)))["state"] == "unchanged"


def test_what_is_missing_is_listed_and_in_the_exit_code(source: Path) -> None:
    """The rest is synced; a script can tell that it was not everything."""
    (source / "fg" / "00001_fg.milk").unlink()
    result = packs("sync", "--source", str(source))
    told = packs("sync", "--source", str(source), "--json")
    assert result.exit_code == told.exit_code == ExitCode.INCOMPLETE
    assert "error\tmanifest.jsonl: pair 1: fg: found " in result.stdout
    assert [problem["pair"] for problem in orjson.loads(told.stdout)["problems"]] == [1]
    assert orjson.loads(told.stdout)["pairs"] == 2


def test_a_dry_run_writes_nothing(source: Path, page: Path) -> None:
    """It says so, and tells what would happen."""
    result = packs("sync", "--source", str(source), "--dry-run", "--name", "trial", "--limit", "2")
    assert (table(result)["pack"], table(result)["pairs"]) == ("trial", "2")
    assert table(result)["state"] == "new (dry run: nothing was written)"
    assert not list((page / "public/presets").iterdir())


def test_two_writers_are_told_apart(source: Path, page: Path) -> None:
    """The second is refused in one sentence."""
    with drafting(page / "public/presets/demo"):
        result = packs("sync", "--source", str(source))
    assert result.exit_code == ExitCode.NOT_READY
    assert result.stderr.splitlines()[-1].endswith(
        "another harvest is writing here; try again when it is done."
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["sync", "--source", "nowhere"], "it has no manifest.jsonl."),
        (["sync", "--source", "aidata/demo", "--name", "../up"], "is no name for a pack"),
        (["sync", "--source", "aidata/demo", "--presets", "elsewhere"], "There is no folder elsewhere"),
        (["show", "nothing"], "There is no pack nothing"),
        (["show", "public/presets"], "it has no pairs-manifest.v0.json."),
        (["quarantine", "add", "demo", "99", "--evidence", "x"], "has no pair 99"),
        (["quarantine", "release", "demo", "1", "--why", "x"], "Pair 1 of demo is not in quarantine."),
        (["quarantine", "list", "nothing"], "There is no pack nothing"),
    ],
)
@pytest.mark.usefixtures("source", "pack")
def test_errors_are_one_sentence(arguments: Sequence[str], why: str) -> None:
    """What cannot be done is said on stderr, once, without a traceback."""
    result = packs(*arguments)
    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    assert why in sentence


def test_show_tells_all_about_a_pack(source: Path) -> None:
    """Pairs, hashes, scores, quarantine and provenance; nothing is wrong, and the exit code says so."""
    packs("sync", "--source", str(source))
    result = packs("show", "demo")
    told = orjson.loads(packs("show", "demo", "--json").stdout)
    facts = table(result)
    assert result.exit_code == ExitCode.OK
    assert (facts["pairs"], facts["quality"], facts["in quarantine"], facts["provenance"]) == (
        "3",
        "none",
        "0",
        "matches",
    )
    assert facts["content hash"] == told["content_hash"]
    assert told["problems"] == []


def test_show_tells_what_is_wrong(pack: Path) -> None:
    """A foreign pack that lacks a preset: each problem a line, and an exit code for gates."""
    (pack / "fg" / "1.milk").unlink()
    write_manifest(pack, {"pack": "demo", "pairs": [{"pair": 1, "quality01": 0.5}]}, "pairs-quality.v0.json")
    result = packs("show", str(pack))
    assert result.exit_code == ExitCode.USAGE
    assert table(result)["provenance"] == "foreign"
    assert table(result)["quality"] == "scores of 1 pairs"
    assert "fg/1.milk (No such file or directory)" in table(result)["error"]


def test_a_filtered_manifest_is_shown_by_its_path(pack: Path) -> None:
    """Below the folder of packs, as a person would type it."""
    write_manifest(pack, read_manifest(pack), "pairs-manifest.filtered.v4.json")
    result = packs("show", "demo/pairs-manifest.filtered.v4.json")
    assert table(result)["manifest"] == "pairs-manifest.filtered.v4.json"


@pytest.mark.usefixtures("pack")
def test_a_pair_goes_into_quarantine_and_out_again() -> None:
    """Added, listed, released, remembered."""
    seen = ("--reason", "preset-stuck", "--evidence", "froze", "--run", "r1")
    added = packs("quarantine", "add", "demo", "1", *seen, "--by", "me")
    listed = packs("quarantine", "list", "demo")
    released = packs("quarantine", "release", "demo", "1", "--why", "new engine", "--by", "me")
    assert [added.exit_code, listed.exit_code, released.exit_code] == [ExitCode.OK] * 3
    pair, reason, _, by, evidence, ending = listed.stdout.rstrip("\n").split("\t")
    assert (pair, reason, by, evidence, ending) == ("1", "preset-stuck", "me", "froze (run r1)", "no")
    assert packs("quarantine", "list", "demo").stdout == ""
    assert packs("quarantine", "list", "demo", "--all").stdout.rstrip().endswith(" by me: new engine")
    (entry,) = orjson.loads(packs("quarantine", "list", "demo", "--all", "--json").stdout)
    assert (entry["evidence"], entry["released"]["why"]) == ("froze", "new engine")


@pytest.mark.usefixtures("pack")
def test_evidence_cannot_break_a_row_or_steer_a_terminal() -> None:
    """Tabs, line breaks and escapes are spelled; other scripts stay as they are."""
    packs("quarantine", "add", "demo", "1", "--evidence", "a\tb\nc\x1b[2J星", "--by", "me\r")
    (line,) = packs("quarantine", "list", "demo").stdout.split("\n")[:-1]
    assert line.split("\t")[3:5] == ["me\\r", "a\\tb\\nc\\x1b[2J星"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "demo", "1", "--evidence", " "],
        ["add", "demo", "1", "--evidence", "x", "--by", ""],
        ["release", "demo", "1", "--why", "\t"],
    ],
)
@pytest.mark.usefixtures("pack")
def test_blank_words_are_refused(arguments: Sequence[str]) -> None:
    """Who reads a quarantine later must learn why."""
    result = packs("quarantine", *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert "It is blank" in result.stderr


def test_an_entry_for_presets_that_changed_is_told_apart(pack: Path) -> None:
    """`show` does not count it, `list` says why."""
    packs("quarantine", "add", "demo", "1", "--evidence", "froze")
    assert table(packs("show", "demo"))["in quarantine"] == "1"
    (pack / "fg" / "1.milk").write_bytes(b"mended")
    assert table(packs("show", "demo"))["in quarantine"] == "0"
    assert "its presets changed" in packs("quarantine", "list", "demo").stdout
    (entry,) = orjson.loads(packs("quarantine", "list", "demo", "--json").stdout)
    assert entry["holds"] is False


def test_a_corrupt_quarantine_hides_nothing(pack: Path) -> None:
    """The pack is shown, the quarantine is one of its problems, and the exit code says so."""
    (pack / "quarantine.v0.json").write_bytes(b"{")
    result, told = packs("show", "demo"), packs("show", "demo", "--json")
    assert result.exit_code == told.exit_code == ExitCode.USAGE
    assert (table(result)["pairs"], table(result)["in quarantine"]) == ("3", "cannot be read")
    assert "public/presets/demo/quarantine.v0.json" in table(result)["error"].replace(os.sep, "/")
    assert orjson.loads(told.stdout)["quarantine"] is None


def test_a_pack_from_elsewhere_needs_force(source: Path, pack: Path) -> None:
    """Refused in a sentence; a dry run tells what would be replaced; by force the old manifest is kept."""
    before = (pack / "pairs-manifest.v0.json").read_bytes()
    refused = packs("sync", "--source", str(source))
    foretold = packs("sync", "--source", str(source), "--dry-run")
    assert refused.exit_code == ExitCode.USAGE
    assert "--force replaces it" in refused.stderr
    said = "a pack of 3 pairs that does not say where it comes from"
    assert table(foretold)["would replace, with --force"] == said
    assert (pack / "pairs-manifest.v0.json").read_bytes() == before
    assert table(packs("sync", "--source", str(source), "--force"))["replaced"] == said
    (kept,) = pack.glob("pairs-manifest.v0.before-sync.*.json")
    assert kept.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="sends a signal to one process")
def test_ctrl_c_is_an_ending_of_its_own(source: Path, page: Path) -> None:
    """Interrupted, it says so in a sentence, leaves no pack and no rubbish."""
    script = (
        "import signal, orchestrate.packs as packs, harvest.packs.sync as s\n"
        "reading = s.Intake.take\n"
        "def take(self, pair):\n"
        "    reading(self, pair)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "s.Intake.take = take\n"
        "packs.app()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "sync", "--source", str(source)],
        cwd=page,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.INTERRUPTED, done.stderr
    assert done.stderr.splitlines()[-1].startswith("Interrupted: the pack is as it was before")
    left = [path.name for path in (page / "public/presets/demo").rglob("*") if path.is_file()]
    assert left == ["lock"]
