"""Flags made from a record: what was said, and nothing else, reaches the command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from orchestrate.config import Resolved, Setting, overlaid, resolve, said
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable, telling


class Wish(BaseModel):
    """What may be asked for."""

    share: Annotated[float, Field(ge=0, le=1, description="How much.")] = 0.5
    most: Annotated[int | None, Field(ge=1, description="How many at most.")] = None
    lists: Annotated[tuple[Path, ...], Field(description="Files; may be repeated.")] = ()
    quick: Annotated[bool, Field(description="In a hurry.")] = False
    hidden: str = "not a flag"


app = typer.Typer()
heard: list[Mapping[str, Any]] = []


@app.command()
@configurable("browser.headed")
@telling(Wish, but=("hidden",))
def wish(*, resolved: Resolved, said: Mapping[str, Any], name: str = "nobody") -> ExitCode:
    """Take note of a wish."""
    heard.append({**said, "name": name, "headed": resolved.config.browser.headed})
    return ExitCode.OK


def typed(*words: str) -> tuple[int, str]:
    """Type it; what it printed comes in one line."""
    heard.clear()
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), {"name": "nobody", "headed": False}),
        (("--share", "0.25", "--quick"), {"share": 0.25, "quick": True, "name": "nobody", "headed": False}),
        (("--no-quick", "--headed"), {"quick": False, "name": "nobody", "headed": True}),
        (
            ("--lists", "a", "--lists", "b", "--name", "me"),
            {"lists": [Path("a"), Path("b")], "name": "me", "headed": False},
        ),
    ],
)
def test_only_what_was_said_is_passed_on(words: tuple[str, ...], expected: dict[str, object]) -> None:
    """Beside the command's own flags and those of settings."""
    assert typed(*words)[0] == 0
    assert heard == [expected]


def test_what_the_record_refuses_is_refused_in_the_words_of_the_command_line() -> None:
    """With the name of the flag, as an error of use."""
    code, said_of_it = typed("--share", "1.5")
    assert code == ExitCode.USAGE
    assert "--share" in said_of_it
    assert "less than or equal to 1" in said_of_it
    assert not heard


def test_help_tells_defaults() -> None:
    """From the record, where they stand once."""
    _, help_text = typed("--help")
    assert "How much. Default: 0.5." in help_text
    assert "hidden" not in help_text


def test_settings_that_flags_said_can_be_kept_and_laid_over_others(tmp_path: Path) -> None:
    """A night that goes on is set as it was, but for what a flag says now."""
    flags = {"presets": Setting(value="packs", origin="--presets")}
    before = said(resolve(flags=flags))
    assert before == {"presets": str(Path("packs").absolute())}
    now = {"browser.headed": Setting(value=True, origin="--headed")}
    kept = {**before, "browser.headed": False, "artifacts": str(tmp_path)}
    resolved = overlaid(resolve(flags=now), kept, origin="night.json")
    assert resolved.config.presets == Path("packs").absolute()
    assert resolved.config.browser.headed is True
    assert resolved.origins["artifacts"] == "night.json"
