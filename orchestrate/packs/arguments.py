"""Arguments that several commands on packs take."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

ThePack = Annotated[
    str, typer.Argument(metavar="PACK", help="A pack's name, its folder, or one of its manifests.")
]
Name = Annotated[str | None, typer.Option(help="Name of the pack. Default: the folder's.")]
Out = Annotated[Path, typer.Option(help="Folder of the new pack; with --name, the folder around it.")]
Processes = Annotated[int, typer.Option(min=1, show_default="one a core", help="Processes to read in.")]

CORES = os.cpu_count() or 1


def new_pack(out: Path, name: str | None) -> Path:
    """Tell where a pack is to be made; a name leads nowhere but into the folder."""
    if name is not None and (not name.strip() or Path(name).name != name):
        raise typer.BadParameter("It is the name of one folder, not a path.", param_hint="--name")
    return (out / name if name else out).absolute()


def typed() -> tuple[str, ...]:
    """Spell the command as it was typed, for the record of what a pack was made from."""
    return ("harvest", *sys.argv[1:])
