"""The command line as a person or a script uses it: real processes, real browser."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import orjson
import psutil
import pytest

from harvest.browser import ownership
from orchestrate.exit_codes import MEANING, ExitCode

COMMANDS = ("doctor", "smoke", "cleanup", "config", "schema", "serve")
PACKS = ("packs sync", "packs import", "packs generate", "packs check", "packs show", "packs quarantine list")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this user's own harvest is touched."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HARVEST_")}
    return {**own, "HARVEST_BROWSER_PROFILES": str(tmp_path / "browsers"), "COLUMNS": "100"}


def harvest(
    *arguments: str, environment: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orchestrate.cli", *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_help_names_every_command_and_exit_code(environment: dict[str, str]) -> None:
    """`harvest --help` lists what works, and every way a command can end."""
    text = harvest("--help", environment=environment).stdout
    assert all(command in text for command in (*COMMANDS, "packs"))
    assert all(f"{code.value} {code.name}" in text for code in ExitCode)
    assert set(MEANING) == set(ExitCode)


@pytest.mark.parametrize("command", [*COMMANDS, *PACKS])
def test_every_command_teaches_by_example(command: str, environment: dict[str, str]) -> None:
    """Each command's help ends in examples that can be typed."""
    done = harvest(*command.split(), "--help", environment=environment)
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"harvest {command}" in done.stdout


def test_doctor_tells_the_truth_about_this_machine(environment: dict[str, str]) -> None:
    """The doctor launches a browser, judges it, is ready, takes at most 10 s, and leaves nothing behind."""
    done = harvest("doctor", "--gpu-mode", "off", "--json", environment=environment)
    answer = orjson.loads(done.stdout)
    checks = {check["name"]: check for check in answer["checks"]}
    assert answer["ready"], checks
    assert done.returncode == ExitCode.OK
    assert "SOFTWARE" in checks["renderer"]["found"]
    for name in ("python", "torch", "browser", "audio", "frames", "page"):
        assert checks[name]["state"] == "ok", checks[name]
    assert not list(Path(environment["HARVEST_BROWSER_PROFILES"]).iterdir())


def test_doctor_fails_where_the_gpu_that_a_night_needs_is_missing(environment: dict[str, str]) -> None:
    """Software rendering where a GPU is required is an exit code of its own and a named reason."""
    done = harvest("doctor", "--gpu-mode", "off", "--require-gpu", environment=environment)
    assert done.returncode == ExitCode.NOT_READY
    assert re.search(r"^Not ready for a night: .*renderer", done.stdout, re.MULTILINE)
    assert "missing\trenderer\tSOFTWARE" in done.stdout


def test_doctor_survives_a_browser_that_cannot_start(environment: dict[str, str], tmp_path: Path) -> None:
    """A program that is no browser is one finding; the others are still made."""
    impostor = tmp_path / ("impostor.exe" if os.name == "nt" else "impostor")
    impostor.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    impostor.chmod(0o755)
    done = harvest("doctor", "--json", "--browser", str(impostor), environment=environment)
    checks = {check["name"]: check["state"] for check in orjson.loads(done.stdout)["checks"]}
    assert done.returncode == ExitCode.NOT_READY
    assert checks["browser"] == "missing"
    assert checks["renderer"] == "skipped"
    assert checks["torch"] == "ok"


def test_config_shows_values_and_origins(environment: dict[str, str], tmp_path: Path) -> None:
    """File, environment and flag each leave their name beside the value."""
    (tmp_path / "harvest.toml").write_text("[browser]\nwidth = 333\n", encoding="utf-8")
    environment["HARVEST_BROWSER_HEIGHT"] = "222"
    done = harvest("config", "--json", "--headed", environment=environment, cwd=tmp_path)
    rows = {row["key"]: (row["value"], row["origin"]) for row in orjson.loads(done.stdout)}
    assert rows["browser.width"] == (333, "harvest.toml")
    assert rows["browser.height"] == (222, "HARVEST_BROWSER_HEIGHT")
    assert rows["browser.headed"] == (True, "--headed")
    assert rows["browser.gpu_mode"] == ("safe", "default")


def test_wrong_settings_are_sentences_not_tracebacks(environment: dict[str, str]) -> None:
    """Unknown settings end with the usage code and say what was meant."""
    environment["HARVEST_BROWSER_WIDHT"] = "5"
    done = harvest("config", environment=environment)
    assert done.returncode == ExitCode.USAGE
    assert "Did you mean HARVEST_BROWSER_WIDTH?" in done.stderr
    assert "Traceback" not in done.stderr


def test_schema_prints_json_schema(environment: dict[str, str]) -> None:
    """Each record's schema is a JSON document; an unknown name is refused with the known ones."""
    sample = orjson.loads(harvest("schema", "Sample", environment=environment).stdout)
    assert sample["type"] == "object"
    refused = harvest("schema", "Sampel", environment=environment)
    assert refused.returncode == ExitCode.USAGE
    assert "Sample" in refused.stderr


def test_cleanup_shows_first_and_then_ends(environment: dict[str, str]) -> None:
    """A dry run names the stale browser and touches nothing; the real run removes it."""
    claim = ownership.claim(Path(environment["HARVEST_BROWSER_PROFILES"]))
    claim.lock.release(force=True)
    shown = harvest("cleanup", "--dry-run", environment=environment)
    assert "would be ended" in shown.stdout
    assert claim.folder.is_dir()
    done = harvest("cleanup", "--json", environment=environment)
    assert orjson.loads(done.stdout)[0]["done"] == "ended, folder removed"
    assert not claim.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one program on Windows")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_ends_cleanly(name: str, environment: dict[str, str]) -> None:
    """Ctrl-C, a polite kill or a closed terminal: an exit code of its own and one sentence."""
    command = [sys.executable, "-u", "-m", "orchestrate.cli", "serve"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        address = re.search(r"http://\S+", program.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(address[0], timeout=5) as page:  # noqa: S310 - our own loopback address
            assert page.status == 200
        program.send_signal(signal.Signals[name])
        _, errors = program.communicate(timeout=10)
    assert program.returncode == ExitCode.INTERRUPTED
    assert errors.splitlines()[-1] == "Interrupted: everything that was started has been closed."
    assert "Traceback" not in errors


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one program on Windows")
def test_an_interrupted_doctor_leaves_no_browser(environment: dict[str, str]) -> None:
    """Ctrl-C while the browser is being launched or asked leaves no process and no profile."""
    profiles = Path(environment["HARVEST_BROWSER_PROFILES"])
    command = [sys.executable, "-u", "-m", "orchestrate.cli", "doctor"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        while not ownership.survey(profiles):
            assert program.poll() is None
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=20)
    assert program.returncode == ExitCode.INTERRUPTED
    assert not list(profiles.iterdir())
    assert not [
        running
        for running in psutil.process_iter(["cmdline"])
        if str(profiles) in " ".join(running.info["cmdline"] or [])
    ]


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one program on Windows")
def test_an_interrupt_while_loading_is_as_polite(environment: dict[str, str], tmp_path: Path) -> None:
    """A second passes before the first command is known; no traceback then either."""
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    command = [sys.executable, "-c", "from orchestrate.start import main; main()"]
    environment = {**environment, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == ExitCode.INTERRUPTED
    assert done.stderr == "Interrupted.\n"
