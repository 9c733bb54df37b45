"""Settings in layers: defaults < harvest.toml < environment < flags; each value knows its origin."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from harvest.config import BrowserConfig
from harvest.packs.source import local

DEFAULT_FILE = Path("harvest.toml")
FILE_VARIABLE = "HARVEST_CONFIG"
_PREFIX = "HARVEST_"
_FILE_BYTES = 1 << 20
_SINGLE_QUOTES = "Write Windows paths in single quotes: 'D:\\newliveweb'"


def _folder(path: Path) -> Path:
    """Understand a folder as any of the owner's shells spells it."""
    if any(ord(character) < ord(" ") for character in str(path)):
        raise ValueError(f"it holds a control character. {_SINGLE_QUOTES}")
    return local(str(path)).expanduser()


Folder = Annotated[Path, AfterValidator(_folder)]


class Config(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artifacts: Annotated[Folder, Field(description="Folder of everything a run leaves behind.")] = Path(
        "artifacts"
    )
    presets: Annotated[Folder, Field(description="Folder of packs, which the page serves as /presets.")] = (
        Path("public/presets")
    )
    web: Annotated[Folder | None, Field(description="A newliveweb checkout; unset: none is used.")] = None
    elite: Annotated[
        Folder | None, Field(description="List of pairs scored by hand, or its folder; unset: none.")
    ] = None
    browser: BrowserConfig = Field(default_factory=BrowserConfig)


class ConfigError(Exception):
    """Settings that cannot be used; one sentence for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One value and its origin."""

    value: Any
    origin: str


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The whole configuration, and where each value came from."""

    config: Config
    origins: Mapping[str, str]


def keys(model: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """Every setting's dotted name, in order."""
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from keys(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def field(key: str) -> FieldInfo:
    """Look up a setting's type and description by its dotted name."""
    *sections, name = key.split(".")
    model: type[BaseModel] = Config
    for section in sections:
        model = cast("type[BaseModel]", model.model_fields[section].annotation)
    return model.model_fields[name]


def default(key: str) -> Any:
    """Look up a setting's default."""
    return field(key).get_default(call_default_factory=True, validated_data={})


def variable(key: str) -> str:
    """Name the environment variable of a setting."""
    return _PREFIX + key.replace(".", "_").upper()


def read_file(path: Path) -> dict[str, Any]:
    """Read a TOML file into dotted names."""
    try:
        if not path.is_file():
            raise ConfigError([f"{path} is not a file that can be read."])
        if path.stat().st_size > _FILE_BYTES:
            raise ConfigError(
                [f"{path} is larger than {_FILE_BYTES >> 10} KiB: it cannot be a settings file."]
            )
        flat = _flatten(tomllib.loads(path.read_text(encoding="utf-8-sig")))
        return {key: _beside(path, key, value) for key, value in flat.items()}
    except OSError as error:
        raise ConfigError([f"{path} cannot be read: {error.strerror}."]) from error
    except (ValueError, RecursionError) as error:
        hint = f" {_SINGLE_QUOTES}." if "\\" in str(error) else ""
        raise ConfigError([f"{path} is not valid TOML: {error}.{hint}"]) from error


def _beside(file: Path, key: str, value: Any) -> Any:
    """Take a path in a settings file from where the file lies, wherever we are."""
    if key not in keys() or not isinstance(value, str) or not _is_path(field(key)):
        return value
    path = local(value).expanduser()
    return value if path.is_absolute() or not value.strip() else str(file.parent / path)


def _is_path(info: FieldInfo) -> bool:
    return Path in (info.annotation, *get_args(info.annotation))


def resolve(
    *,
    file: Mapping[str, Any] | None = None,
    file_name: str = str(DEFAULT_FILE),
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Setting] | None = None,
) -> Resolved:
    """Lay the layers over each other and check the whole; every problem is reported at once."""
    known = list(keys())
    settings: dict[str, Setting] = {}
    problems: list[str] = []
    for key, value in (file or {}).items():
        if key in known:
            settings[key] = Setting(value=value, origin=file_name)
        else:
            problems.append(_unknown(f"{file_name}: {key}", key, known))
    by_variable = {variable(key): key for key in known}
    for name, text in (environ or {}).items():
        if name in by_variable:
            settings[by_variable[name]] = Setting(value=text, origin=name)
        elif name.startswith(_PREFIX) and name != FILE_VARIABLE:
            problems.append(_unknown(f"environment: {name}", name, list(by_variable)))
    settings.update(flags or {})
    config = _validate(settings, problems)
    origins = {key: settings[key].origin if key in settings else "default" for key in known}
    return Resolved(config=config, origins=origins)


def value_of(config: Config, key: str) -> Any:
    """Look up a setting by its dotted name."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


def said(resolved: Resolved) -> dict[str, str | float | bool]:
    """Give the settings that flags said, as JSON can keep them."""
    named = (key for key, origin in resolved.origins.items() if origin.startswith("--"))
    return {key: _kept(value_of(resolved.config, key)) for key in named}


def overlaid(resolved: Resolved, settings: Mapping[str, Any], *, origin: str) -> Resolved:
    """Lay settings that were kept over those that no flag says now."""
    known = {
        key: Setting(value=value_of(resolved.config, key), origin=where)
        for key, where in resolved.origins.items()
        if where != "default"
    }
    kept = {key: Setting(value=value, origin=origin) for key, value in settings.items()}
    flags = {key: setting for key, setting in known.items() if setting.origin.startswith("--")}
    layers = known | kept | flags
    origins = {key: layers[key].origin if key in layers else "default" for key in keys()}
    return Resolved(config=_validate(layers, []), origins=origins)


def _kept(value: Any) -> str | float | bool:
    return str(value.absolute()) if isinstance(value, Path) else value


def _validate(settings: Mapping[str, Setting], problems: list[str]) -> Config:
    nested: dict[str, Any] = {}
    for key, setting in settings.items():
        *sections, name = key.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = setting.value
    try:
        config = Config.model_validate(nested)
    except ValidationError as error:
        for detail in error.errors():
            key = ".".join(str(part) for part in detail["loc"])
            origin = settings[key].origin if key in settings else "?"
            problems.append(f"{origin}: {key} = {detail['input']!r}: {detail['msg']}.")
        raise ConfigError(problems) from error
    if problems:
        raise ConfigError(problems)
    return config


def _unknown(where: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else " `harvest config` lists all settings."
    return f"{where} is not a setting.{hint}"


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flatten(cast("dict[str, Any]", value), f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def spell(value: Any) -> str:
    """Write a value as harvest.toml would."""
    match value:
        case None:
            return "unset"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One setting, for a person."""

    key: str
    value: Any
    origin: str
    meaning: str


def explain(resolved: Resolved) -> list[Explained]:
    """List every setting with its value, its origin and its meaning."""
    return [
        Explained(
            key=key,
            value=value_of(resolved.config, key),
            origin=resolved.origins[key],
            meaning=field(key).description or "",
        )
        for key in keys()
    ]
