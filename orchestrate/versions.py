"""What is at work: libraries by version, checkouts by commit."""

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("harvest", "playwright", "numpy")
_OURS = Path(__file__).parents[1]
_GIT_S = 5.0


def at_work(checkout: Path | None) -> dict[str, str]:
    """Name the versions behind a run; a newliveweb checkout's commit too, if it is one."""
    commits = {"commit": commit_of(_OURS), "newliveweb": checkout and commit_of(checkout)}
    return {
        **{name: version(name) for name in _LIBRARIES},
        **{name: commit for name, commit in commits.items() if commit},
    }


def commit_of(folder: Path) -> str | None:
    """Name the commit that is checked out, with `-dirty` if files were changed; None: git does not know."""
    git = shutil.which("git")
    if git is None or not (folder / ".git").exists():
        return None
    told = [git, "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        answer = subprocess.run(told, capture_output=True, text=True, timeout=_GIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None
