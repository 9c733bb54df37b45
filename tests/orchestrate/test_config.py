"""Four layers of settings; every problem is reported at once, every value knows its origin."""

import os
from pathlib import Path

import pytest

from orchestrate.config import ConfigError, Setting, explain, keys, read_file, resolve, variable


def test_without_any_layer_all_is_default() -> None:
    """Nothing said means defaults, and they say so."""
    resolved = resolve()
    assert resolved.config.browser.gpu_mode == "safe"
    assert set(resolved.origins.values()) == {"default"}


def test_each_layer_covers_the_one_below() -> None:
    """Flags cover the environment, which covers the file, which covers the defaults."""
    resolved = resolve(
        file={"browser.gpu_mode": "off", "browser.width": 800, "browser.height": 600},
        environ={"HARVEST_BROWSER_GPU_MODE": "safe", "HARVEST_BROWSER_WIDTH": "640", "PATH": "/bin"},
        flags={"browser.gpu_mode": Setting(value="force", origin="--gpu-mode")},
    )
    browser = resolved.config.browser
    assert (browser.gpu_mode, browser.width, browser.height) == ("force", 640, 600)
    assert resolved.origins["browser.gpu_mode"] == "--gpu-mode"
    assert resolved.origins["browser.width"] == "HARVEST_BROWSER_WIDTH"
    assert resolved.origins["browser.height"] == "harvest.toml"
    assert resolved.origins["browser.headed"] == "default"


def test_all_problems_are_reported_at_once() -> None:
    """Unknown names and wrong values of every layer come in one error, each with its place and a hint."""
    with pytest.raises(ConfigError) as caught:
        resolve(
            file={"browser.gpu_mod": "off", "browser.width": "wide"},
            environ={"HARVEST_BROWSER_HEADD": "1", "HARVEST_BROWSER_HEIGHT": "-5"},
        )
    problems = caught.value.problems
    assert len(problems) == 4
    assert "harvest.toml: browser.gpu_mod is not a setting. Did you mean browser.gpu_mode?" in problems
    assert any("HARVEST_BROWSER_HEADD" in p and "HARVEST_BROWSER_HEADED" in p for p in problems)
    assert any(p.startswith("harvest.toml: browser.width = 'wide'") for p in problems)
    assert any(p.startswith("HARVEST_BROWSER_HEIGHT: browser.height = '-5'") for p in problems)


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    """PowerShell's BOM is no obstacle."""
    file = tmp_path / "harvest.toml"
    for mark in (b"", b"\xef\xbb\xbf"):
        file.write_bytes(mark + b'artifacts = "runs"\n[browser]\nheaded = true\n')
        assert read_file(file) == {"artifacts": str(tmp_path / "runs"), "browser.headed": True}


@pytest.mark.parametrize("content", [b"browser = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    """Broken files are named with what is wrong in them."""
    file = tmp_path / "harvest.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"harvest\.toml is not valid TOML") as caught:
        read_file(file)
    assert len(caught.value.problems) == 1


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """A named file that cannot be read is an error, not a default."""
    with pytest.raises(ConfigError, match="is not a file that can be read"):
        read_file(tmp_path / "absent.toml")


def test_a_section_given_as_a_value_is_refused() -> None:
    """`browser = 1` is not silently dropped."""
    with pytest.raises(ConfigError, match="browser is not a setting"):
        resolve(file={"browser": 1})


def test_every_setting_is_explained_and_has_its_variable() -> None:
    """No setting is without a meaning, and no two share an environment variable."""
    table = explain(resolve())
    assert [row.key for row in table] == list(keys())
    assert all(row.meaning for row in table)
    assert len({variable(key) for key in keys()}) == len(table)


def test_paths_in_a_file_start_where_the_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever we are; full paths, home folders and Windows paths seen from WSL stay what they are."""
    file = tmp_path / "house" / "harvest.toml"
    file.parent.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for written, meant in (
        ("real/presets", file.parent / "real" / "presets"),
        (str(tmp_path / "full"), tmp_path / "full"),
        ("~/packs", tmp_path / "packs"),
    ):
        file.write_text(f"presets = '{written}'", encoding="utf-8")
        assert resolve(file=read_file(file)).config.presets == meant


@pytest.mark.skipif(os.name == "nt", reason="there it is a path already")
def test_a_windows_path_is_understood_in_wsl(tmp_path: Path) -> None:
    """As its mount; in double quotes TOML refuses it, and the error says how to write it."""
    file = tmp_path / "harvest.toml"
    file.write_text("presets = 'D:\\newliveweb\\public\\presets'", encoding="utf-8")
    assert resolve(file=read_file(file)).config.presets == Path("/mnt/d/newliveweb/public/presets")
    for escaped in ("D:\\packs", "D:\\newliveweb"):  # \\p is no escape, and \\n is one
        file.write_text(f'presets = "{escaped}"', encoding="utf-8")
        with pytest.raises(ConfigError, match="single quotes"):
            resolve(file=read_file(file))
