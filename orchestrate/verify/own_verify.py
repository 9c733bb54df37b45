"""newliveweb's own verify: `npm run verify:dev` in its checkout, with an address that it can open."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import psutil

from harvest.browser import processes
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError, to_the_end, within
from harvest.packs import disk
from orchestrate.verify.record import Finding, Outcome

LOG = "npm-verify.log"
SCRIPT = "verify:dev"
LIMIT_S = 900.0
"""newliveweb's own limit for it."""

_NAME = "newliveweb's own verify"
_PACKAGE_BYTES = 1 << 20
_END_S = 5.0


@dataclass(frozen=True, kw_only=True)
class OwnVerify:
    """What it came to."""

    exit_code: int | None
    """None: it was not run, or not to its end."""
    finding: Finding


def has_script(checkout: Path) -> bool:
    """Whether a checkout has its own verify."""
    try:
        package: Any = orjson.loads(disk.read_file(checkout / "package.json", at_most=_PACKAGE_BYTES))
    except (OSError, orjson.JSONDecodeError):
        return False
    scripts: object = cast(dict[str, object], package).get("scripts") if isinstance(package, dict) else None
    return isinstance(scripts, dict) and SCRIPT in scripts


def environment(
    ours: Mapping[str, str], url: str, folder: Path, browser: BrowserConfig, *, limit_s: float
) -> dict[str, str]:
    """Tell it where the page is that we serve already, as newliveweb's own night does."""
    parts = urlsplit(url)
    asked = {
        "VERIFY_URL": url,
        "VERIFY_HOST": parts.hostname or "127.0.0.1",
        "VERIFY_PORT": str(parts.port or 80),
        "VERIFY_OUT_DIR": str(folder.absolute() / "npm-verify"),
        "VERIFY_HARD_TIMEOUT_MS": str(round(1000 * limit_s)),
    }
    if browser.headed:
        asked |= {"VERIFY_GPU": "1", "VERIFY_GPU_MODE": "safe", "VERIFY_MUTE_AUDIO": "1"}
    return {**ours, **asked}


async def run_own_verify(
    checkout: Path, url: str, folder: Path, browser: BrowserConfig, *, limit_s: float = LIMIT_S
) -> OwnVerify:
    """Run it to its end or its limit, its output in a log."""
    npm = shutil.which("npm")
    if not has_script(checkout) or npm is None:
        why = "there is no npm on the PATH" if has_script(checkout) else f"package.json has no {SCRIPT}"
        return _told(None, "passed", f"It was not run: {why}.")
    with (folder / LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            npm,
            "run",
            SCRIPT,
            cwd=checkout,
            env=environment(os.environ, url, folder, browser, limit_s=limit_s),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: what we started we end
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            code = await within(limit_s, SCRIPT, process.wait())
        except OverdueError:
            return _told(None, "failed", f"It did not end within {limit_s:g} s.")
        finally:
            if process.returncode is None:
                await to_the_end(asyncio.to_thread(_end_all, process.pid))
                await to_the_end(process.wait())
    return _told(code, "passed" if code == 0 else "failed", f"It ended with code {code}.")


def _end_all(pid: int) -> None:
    if (npm := processes.find(pid)) is None:
        return
    try:
        family = [*npm.children(recursive=True), npm]
    except psutil.NoSuchProcess:
        return
    processes.kill(family, wait_s=_END_S)


def _told(code: int | None, verdict: Outcome, sentence: str) -> OwnVerify:
    finding = Finding(name=_NAME, verdict=verdict, sentence=sentence, value=code, threshold=0)
    return OwnVerify(exit_code=code, finding=finding)
