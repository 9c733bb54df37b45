"""The packs that a command was given."""

from collections.abc import Sequence
from pathlib import Path

import typer

from harvest.packs.manifest import Pack
from harvest.run import open_packs
from orchestrate.config import Resolved


def chosen_packs(packs: str, resolved: Resolved) -> dict[str, Pack]:
    """Open packs named by a list with commas, wherever the page has them."""
    return opened_packs(pack_names(packs), resolved)


def pack_names(packs: str) -> tuple[str, ...]:
    """Read a list with commas."""
    return tuple(name.strip() for name in packs.split(",") if name.strip())


def opened_packs(names: Sequence[str], resolved: Resolved) -> dict[str, Pack]:
    """Open packs, wherever the page has them."""
    if not names:
        raise typer.BadParameter("Name at least one pack.", param_hint="--packs")
    return open_packs(names, _presets_of(resolved))


def _presets_of(resolved: Resolved) -> Path:
    """Look for packs where the page has them: in a checkout, unless somebody said where."""
    config = resolved.config
    is_said = resolved.origins["presets"] != "default"
    return config.presets if is_said or config.web is None else config.web / "public" / "presets"
