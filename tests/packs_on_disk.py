"""Packs and sources for tests, and what a page would see of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harvest.packs.sync import Request

AT = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)

Pairs = Mapping[int, tuple[bytes, bytes]]
"""Foreground and background of each pair, by its number."""


def some_pairs(count: int, flavour: str = "") -> dict[int, tuple[bytes, bytes]]:
    """Make pairs that all differ."""
    return {n: (f"fg {n} {flavour}".encode(), f"bg {n} {flavour}".encode()) for n in range(count)}


def write_source(folder: Path, pairs: Pairs) -> Path:
    """Write a source as the owner's generator does."""
    lines: list[str] = []
    for number, layers in pairs.items():
        line: dict[str, Any] = {"pair": number}
        for layer, data in zip(("fg", "bg"), layers, strict=True):
            path = folder / layer / f"{number:05}_{layer}.milk"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            line[layer] = str(path)
        lines.append(json.dumps(line | {"warp_diff": 0.04, "cx_diff": number / 8}))
    (folder / "manifest.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def write_pack(presets: Path, name: str, pairs: Pairs) -> Path:
    """Write a pack as the owner's tools do, without a provenance."""
    folder = presets / name
    listed: list[dict[str, Any]] = []
    for number, layers in pairs.items():
        entry: dict[str, Any] = {"pair": number}
        for layer, data in zip(("fg", "bg"), layers, strict=True):
            (folder / layer).mkdir(parents=True, exist_ok=True)
            (folder / layer / f"{number}.milk").write_bytes(data)
            entry[f"{layer}Url"] = f"/presets/{name}/{layer}/{number}.milk"
        listed.append(entry)
    write_manifest(folder, {"version": "v0", "pack": name, "pairs": listed})
    return folder


def write_manifest(folder: Path, manifest: Any, name: str = "pairs-manifest.v0.json") -> None:
    """Write any JSON as a manifest."""
    (folder / name).write_text(json.dumps(manifest), encoding="utf-8")


def read_manifest(folder: Path) -> Any:
    """Read a manifest without any of the code under test."""
    return json.loads((folder / "pairs-manifest.v0.json").read_bytes())


def request(source: Path, presets: Path, **changes: Any) -> Request:
    """Ask for a sync of the pack demo."""
    asked = Request(source=source, presets=presets, name="demo", command=["a test"], at=AT)
    return replace(asked, **changes)


def nobody(_done: int, _total: int) -> None:
    """Take no notice of progress."""


def page_view(folder: Path) -> Pairs | None:
    """See a pack as the page does: the manifest, then the presets it names; None: there is no pack."""
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return None
    return {
        pair["pair"]: (_served(folder, pair["fgUrl"]), _served(folder, pair["bgUrl"]))
        for pair in manifest["pairs"]
    }


def _served(folder: Path, url: str) -> bytes:
    return (folder / url.removeprefix(f"/presets/{folder.name}/")).read_bytes()
