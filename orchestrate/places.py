"""Where runs and nights lie in the folder of artifacts."""

from pathlib import Path

from harvest.run import holds_run
from orchestrate.night.record import EVAL, NIGHT

EVALS = "coupled-eval"
"""Runs of `harvest eval`."""
NIGHTS = "runs"
"""Nights of `harvest overnight`."""
SMOKES = "smoke"
"""Nights of `harvest smoke`."""


def runs(artifacts: Path) -> list[Path]:
    """Find the folders of all runs, those of nights among them; the latest first."""
    places = (f"{EVALS}/*", f"{NIGHTS}/*/{EVAL}", f"{SMOKES}/*/{EVAL}")
    found = [folder for place in places for folder in artifacts.glob(place) if holds_run(folder)]
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)


def nights(artifacts: Path) -> list[Path]:
    """Find the folders of all nights; the latest first."""
    found = (record.parent for record in (artifacts / NIGHTS).glob(f"*/{NIGHT}"))
    return sorted(found, key=lambda folder: folder.name, reverse=True)


def named(folder: Path, artifacts: Path) -> Path:
    """Take a folder as it was typed: its path, or the name that it has among nights and runs."""
    places = (folder, *(artifacts / place / folder for place in (NIGHTS, SMOKES, EVALS)))
    return next((place for place in places if place.is_dir()), folder)
