"""Help that teaches by example, and the options that many commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for machines.")]


def examples(*shown: tuple[str, str]) -> str:
    """Write the end of a command's help: what can be typed, and, as a comment of the shell, what for."""
    return "[bold]Examples[/]\n\n" + "\n\n".join(f"  [cyan]{what}[/]  [dim]# {why}[/]" for what, why in shown)
