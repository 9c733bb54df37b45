"""Command-line flags made from settings and from records: each has one name, one type and one help text."""

import functools
import inspect
import os
import types
import typing
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

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

        _signed(run, command, [*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *made])
        return run

    return decorate


def telling(model: type[BaseModel], *, but: Collection[str] = ()) -> Callable[..., Callable[..., ExitCode]]:
    """Give a command one flag for each field of a model but some; it receives what was said of them."""

    def decorate(command: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
        fields = {name: each for name, each in model.model_fields.items() if name not in but}
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "said"]
        made = [_parameter(name, _asking(name, each)) for name, each in fields.items()]

        @functools.wraps(command)
        def run(**values: Any) -> ExitCode:
            given = {name: values.pop(name) for name in fields}
            # Typer gives an empty list for a flag that was not said.
            said = {name: one for name, one in given.items() if one not in (None, [])}
            _refuse_odd(model, said)
            return command(said=said, **values)

        _signed(run, command, [*own, *made])
        return run

    return decorate


def _refuse_odd(model: type[BaseModel], said: Mapping[str, Any]) -> None:
    """Let the model judge what was said, in the words of the command line."""
    try:
        model.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{first['input']}: {first['msg']}."
        raise typer.BadParameter(found, param_hint=_spelled(str(first["loc"][0]))) from error


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _signed(
    run: Callable[..., Any], command: Callable[..., Any], parameters: list[inspect.Parameter]
) -> None:
    """Tell typer which flags there are."""
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    hints = typing.get_type_hints(command, include_extras=True)
    run.__annotations__ = {p.name: hints.get(p.name, p.annotation) for p in parameters}


def _asking(name: str, info: FieldInfo) -> Any:
    """Make a flag of a field, which is None where it was not said."""
    spelled = _spelled(name)
    default = info.get_default()
    help_text = info.description or ""
    if default is not None and default != () and default is not False:
        help_text += f" Default: {spell(default)}."
    kind, many = _kind(info.annotation)
    option = typer.Option(
        f"{spelled}/--no-{spelled[2:]}" if kind is bool else spelled,
        help=help_text,
        metavar="NAME" if many and kind is str else _metavar(kind),
    )
    return Annotated[list[kind] | None if many else kind | None, option]


def _kind(annotation: Any) -> tuple[Any, bool]:
    """Tell what typer parses, and whether it may be said several times."""
    if typing.get_origin(annotation) is Annotated:
        return _kind(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is tuple:
        return _kind(typing.get_args(annotation)[0])[0], True
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _kind(next(part for part in typing.get_args(annotation) if part is not types.NoneType))
    return annotation, False


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
