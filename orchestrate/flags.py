"""Command-line flags made from settings: each has one name, one type and one help text, in `config.py`."""

import functools
import inspect
import os
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from orchestrate import show
from orchestrate.config import (
    DEFAULT_FILE,
    FILE_VARIABLE,
    ConfigError,
    Resolved,
    Setting,
    default,
    field,
    read_file,
    resolve,
    spell,
)
from orchestrate.exit_codes import ExitCode

BROWSER = (
    "browser.gpu_mode",
    "browser.headed",
    "browser.require_gpu",
    "browser.angle",
    "browser.executable",
)
"""The settings that a person changes from launch to launch."""

_NAMES = {"browser.headed": "--headed/--headless", "browser.executable": "--browser"}

_MOST_CHOICES_SHOWN = 3

_FILE_FLAG = Annotated[
    Path | None, typer.Option("--config", help=f"Settings file. Default: {DEFAULT_FILE}, if there is one.")
]


def flag(key: str) -> str:
    """Name the flag of a setting."""
    if key in _NAMES:
        return _NAMES[key]
    name = key.rpartition(".")[2].replace("_", "-")
    return f"--{name}/--no-{name}" if field(key).annotation is bool else f"--{name}"


def configurable(*keys: str) -> Callable[[Callable[..., ExitCode]], Callable[..., None]]:
    """Give a command one flag for each setting; it receives the resolved configuration."""

    def decorate(command: Callable[..., ExitCode]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "resolved"]
        made = [
            _parameter("config_file", _FILE_FLAG),
            *(_parameter(_variable(key), _option(key)) for key in keys),
        ]

        @functools.wraps(command)
        def run(**values: Any) -> None:
            given = {key: values.pop(_variable(key)) for key in keys}
            file = values.pop("config_file")
            try:
                resolved = _resolve(file, given)
            except ConfigError as error:
                show.complain(str(error))
                raise typer.Exit(ExitCode.USAGE) from error
            raise typer.Exit(command(resolved=resolved, **values))

        parameters = [*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *made]
        run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
        hints = typing.get_type_hints(command, include_extras=True)
        run.__annotations__ = {p.name: hints.get(p.name, p.annotation) for p in parameters}
        return run

    return decorate


def _resolve(file: Path | None, given: Mapping[str, Any]) -> Resolved:
    chosen = file or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    path = chosen or DEFAULT_FILE
    return resolve(
        file=read_file(path) if chosen or os.path.lexists(path) else {},
        file_name=str(path),
        environ=os.environ,
        flags={
            key: Setting(value=value, origin=flag(key).split("/")[0])
            for key, value in given.items()
            if value is not None
        },
    )


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _option(key: str) -> Any:
    setting = field(key)
    shown = "" if default(key) is None else f" Default: {spell(default(key))}."
    option = typer.Option(
        flag(key), help=f"{setting.description}{shown}", metavar=_metavar(setting.annotation)
    )
    return Annotated[setting.annotation | None, option]  # pyright: ignore[reportOptionalOperand]


def _metavar(annotation: Any) -> str | None:
    """Keep long lists of choices out of the narrow column of types; their help text names them."""
    if annotation is bool:
        return " "
    if Path in (annotation, *_parts(annotation)):
        return "PATH"
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()
    return "NAME" if len(choices) > _MOST_CHOICES_SHOWN else None


def _parts(annotation: Any) -> list[Any]:
    """Whatever a type is made of, such as the path in an optional folder."""
    return [part for each in typing.get_args(annotation) for part in (each, *_parts(each))]


def _variable(key: str) -> str:
    return key.replace(".", "_")
