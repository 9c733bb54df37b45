"""What several tests stand on."""

from pathlib import Path

import pytest
from hypothesis import settings

from harvest.config import BrowserConfig

# A busy machine makes a property slow, not false.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture
def browser_config(tmp_path: Path) -> BrowserConfig:
    """A small software-rendered browser whose profile lies in the test's own folder."""
    return BrowserConfig(gpu_mode="off", width=320, height=180, profiles=tmp_path / "browsers")
