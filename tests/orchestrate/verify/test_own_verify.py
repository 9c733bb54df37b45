"""newliveweb's own verify is run where there is one, told where the page is, and ended in time."""

import os
import sys
from pathlib import Path

import orjson
import psutil
import pytest

from harvest.config import BrowserConfig
from orchestrate.verify.own_verify import LOG, environment, has_script, run_own_verify

URL = "http://127.0.0.1:5181/?coupled=1&coupledPack=demo"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, and an npm that runs `verify.py` in it."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "package.json").write_bytes(orjson.dumps({"scripts": {"verify:dev": "verify"}}))
    if sys.platform == "win32":
        npm = tmp_path / "npm.cmd"
        npm.write_text(f'@"{sys.executable}" verify.py %*\n', encoding="utf-8")
    else:
        npm = tmp_path / "npm"
        npm.write_text(f'#!/bin/sh\nexec "{sys.executable}" verify.py "$@"\n', encoding="utf-8")
        npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return folder


def says(checkout: Path, program: str) -> None:
    """Have npm run this."""
    (checkout / "verify.py").write_text(f"import os, sys\n{program}\n", encoding="utf-8")


@pytest.mark.parametrize(("code", "verdict"), [(0, "passed"), (2, "failed")])
async def test_it_is_run_and_its_code_is_kept(
    checkout: Path, tmp_path: Path, code: int, verdict: str
) -> None:
    """Its output lies in a log, and it was told an address that can be opened."""
    says(checkout, f"print(sys.argv[1:], os.environ['VERIFY_URL'], os.getcwd()); sys.exit({code})")
    found = await run_own_verify(checkout, URL, tmp_path, BrowserConfig())
    assert (found.exit_code, found.finding.verdict) == (code, verdict)
    log = (tmp_path / LOG).read_text(encoding="utf-8")
    assert "['run', 'verify:dev']" in log
    assert URL in log
    assert str(checkout) in log


async def test_it_is_ended_when_its_time_is_over(checkout: Path, tmp_path: Path) -> None:
    """With all that it started."""
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    says(checkout, f"import subprocess\nprint({child}.pid, flush=True)\nimport time; time.sleep(60)")
    found = await run_own_verify(checkout, URL, tmp_path, BrowserConfig(), limit_s=3)
    assert (found.exit_code, found.finding.verdict) == (None, "failed")
    child_pid = int((tmp_path / LOG).read_text(encoding="utf-8"))
    assert not psutil.pid_exists(child_pid) or psutil.Process(child_pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("package", [b"{}", b"no JSON", b"[]", b'{"scripts": {"dev": "vite"}}', None])
async def test_a_checkout_without_one_is_no_failure(
    checkout: Path, tmp_path: Path, package: bytes | None
) -> None:
    """That is said."""
    if package is None:
        (checkout / "package.json").unlink()
    else:
        (checkout / "package.json").write_bytes(package)
    assert not has_script(checkout)
    found = await run_own_verify(checkout, URL, tmp_path, BrowserConfig())
    assert (found.exit_code, found.finding.verdict) == (None, "passed")
    assert "verify:dev" in found.finding.sentence


def test_what_it_is_told() -> None:
    """Host and port are the page's; a window only where we have one."""
    told = environment({"HOME": "h"}, URL, Path("out"), BrowserConfig(), limit_s=900)
    assert told["HOME"] == "h"
    assert (told["VERIFY_URL"], told["VERIFY_HOST"], told["VERIFY_PORT"]) == (URL, "127.0.0.1", "5181")
    assert told["VERIFY_HARD_TIMEOUT_MS"] == "900000"
    assert Path(told["VERIFY_OUT_DIR"]).is_absolute()
    assert "VERIFY_GPU" not in told
    assert environment({}, URL, Path(), BrowserConfig(headed=True), limit_s=900)["VERIFY_MUTE_AUDIO"] == "1"
