"""What is at work is named."""

import shutil
import subprocess
from pathlib import Path

import pytest

from orchestrate.versions import at_work, commit_of

_GIT = shutil.which("git")


@pytest.mark.skipif(_GIT is None, reason="without git nobody knows of commits")
def test_a_checkout_is_named_by_its_commit(tmp_path: Path) -> None:
    """And as changed once a file is; a folder that is none has no name."""
    assert commit_of(tmp_path) is None
    (tmp_path / "file").write_text("a", encoding="utf-8")
    author = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    for command in (("init", "-q"), ("add", "file"), (*author, "commit", "-q", "-m", "first")):
        subprocess.run([str(_GIT), "-C", str(tmp_path), *command], check=True)
    clean = commit_of(tmp_path)
    (tmp_path / "file").write_text("b", encoding="utf-8")
    assert clean is not None
    assert len(clean) == 12
    assert commit_of(tmp_path) == f"{clean}-dirty"
    assert at_work(tmp_path)["newliveweb"] == f"{clean}-dirty"


def test_libraries_are_named_by_version() -> None:
    """Those that figures hang on; a page that is not a checkout is left out."""
    assert {"harvest", "playwright", "numpy"} <= at_work(None).keys()
    assert "newliveweb" not in at_work(None)
