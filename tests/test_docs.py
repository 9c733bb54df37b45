"""Documentation that cannot rot: what it names exists, and what exists is named."""

import re
from pathlib import Path

import pytest
import typer

from orchestrate import packs
from orchestrate.cli import app
from orchestrate.exit_codes import MEANING, ExitCode

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")


def commands(group: typer.Typer) -> set[str | None]:
    """Names of a group's commands, and of the groups in it that are not taken apart."""
    inner = {sub.name for sub in group.registered_groups if isinstance(sub.name, str) and sub.name != "packs"}
    return {command.name for command in group.registered_commands} | inner


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_exit_code_is_in_the_readme(readme: str) -> None:
    """Both languages list exactly the commands that work and every named ending."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `harvest ([\w ]+)`", text, re.MULTILINE))
    assert listed == {*commands(app), *(f"packs {name}" for name in commands(packs.app))}
    codes = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", text, re.MULTILINE)
    assert codes == [(str(code.value), code.name) for code in ExitCode]


def test_the_readme_explains_exit_codes_as_help_does() -> None:
    """One meaning a code, in `--help` and in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"| {code.name} | {MEANING[code]} |" in text for code in ExitCode)


def test_the_readmes_tree_is_the_tree() -> None:
    """Every place in the README's drawing of the house exists, and every top-level package is drawn."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    drawing = text.partition("## The house")[2].split("```")[1]
    folders: list[str] = []
    drawn: set[str] = set()
    for line in filter(str.strip, drawing.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        place = line.split()[0]
        folders[depth:] = [place]
        drawn.add("".join(folders))
    assert all((ROOT / place).exists() for place in drawn), drawn
    packages = {f"{init.parent.name}/" for init in ROOT.glob("*/__init__.py")}
    assert packages <= drawn


@pytest.mark.parametrize("page", [*READMES, "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_between_documents_lead_somewhere(page: str) -> None:
    """Every relative link points at a file of this repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", text)
    assert all((ROOT / target).exists() for target in targets)
