"""Packs with samples and hand scores for the tests of the trainer's data, without a browser."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from packs_on_disk import AT, nobody

from harvest.packs.generate import DEFAULT_RATES, TRUTH, Request, generate_pack
from harvest.packs.manifest import Pack, open_pack


def generated(folder: Path, pairs: int, *, seed: int = 0) -> Pack:
    """Generate a pack, without waiting for the disk."""
    asked = Request(pack=folder, pairs=pairs, seed=seed, rates=DEFAULT_RATES, command=["a test"], at=AT)
    with patch("os.fsync"):
        generate_pack(asked, progress=nobody)
    return open_pack(folder)


def truths(pack: Pack) -> Mapping[int, float]:
    """Read how good each pair really is."""
    lines = map(json.loads, (pack.folder / TRUTH).read_bytes().splitlines())
    return {line["pair"]: line["quality"] for line in lines}


def sample(pack: Pack, number: int, quality: float = 0.5, /, **changes: Any) -> dict[str, Any]:
    """Make the line of a proven sample whose label rises with quality; changes reach into its evidence."""
    pair = next(pair for pair in pack.manifest.pairs if pair.pair == number)
    files = pack.presets_of(pair)
    assert files is not None
    shown = {
        "fgUrl": pair.fg_url,
        "bgUrl": pair.bg_url,
        "fgHash": files[0].sha256,
        "bgHash": files[1].sha256,
    }
    evidence: dict[str, Any] = {
        "run": "one",
        "seed": 1,
        "repeat": 0,
        "adapter": "stepped",
        "rendererClass": "software",
        "contextGeneration": 0,
        "frames": 210,
        "onScreen": {"before": shown, "after": shown},
        "audio": {"source": "click", "rms": 0.1, "peak": 0.5},
    }
    figures = {
        "lumaMean": 0.3,
        "motion": 0.02,
        "colourfulness": 0.15 * quality,
        "audioResponse": 0.15 + 0.55 * quality,
        "spatialCoupling": 0.2,
        "temporalCoupling": -0.4,
    }
    line: dict[str, Any] = owner_row(pack.name, number)
    line |= {"evidence": evidence, "figures": figures, "flaws": ()}
    for name, value in changes.items():
        (evidence if name in evidence else line)[name] = value
    return line


def owner_row(pack: str, number: int | None, *, t_ms: int = 1_000) -> dict[str, Any]:
    """Make a row as newliveweb writes it."""
    return {
        "tMs": t_ms,
        "pack": pack,
        "pair": number,
        "warpDiff": None,
        "cxDiff": None,
        "quality01": None,
        "intensity01": None,
        "presetFgId": None,
        "presetBgId": None,
        "vizAvgLuma": 0.12,
        "vizAvgFrameDelta": 1e-3,
        "pmAvgLumaFg": 0.1,
        "pmAvgLumaBg": 0.1,
        "audioRms": 0.1,
        "audioPeak": 0.3,
        "pageErrorsSinceLast": 0,
        "consoleErrorsSinceLast": 0,
        "okHeuristic": True,
        "reasons": [],
    }


def write_run(folder: Path, lines: Sequence[Mapping[str, Any]]) -> Path:
    """Write a run folder with nothing but its journal."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "eval.jsonl").write_text(text, encoding="utf-8")
    return folder


def measured_run(folder: Path, pack: Pack, numbers: Sequence[int]) -> Path:
    """Write a run that saw how good some pairs really are."""
    quality = truths(pack)
    return write_run(folder, [sample(pack, number, quality[number]) for number in numbers])


def elite_manifest(
    folder: Path, pack: Pack, numbers: Sequence[int], *, score: Callable[[int], float]
) -> Path:
    """Write an elite manifest of pairs of a pack, their files copied beside it."""
    entries: list[dict[str, Any]] = []
    for pair in pack.manifest.pairs:
        if pair.pair not in numbers:
            continue
        files = pack.presets_of(pair)
        assert files is not None
        for layer, file in zip(("fg", "bg"), files, strict=True):
            (folder / layer).mkdir(parents=True, exist_ok=True)
            (folder / layer / file.path.name).write_bytes(file.path.read_bytes())
        entries.append(
            {"fg": files[0].path.name, "bg": files[1].path.name, "score": score(pair.pair), "rank": pair.pair}
        )
    path = folder / "AIVJ_FINAL_ELITE_MANIFEST.json"
    path.write_text(json.dumps({"version": "v1", "pairs": entries}), encoding="utf-8")
    return path
