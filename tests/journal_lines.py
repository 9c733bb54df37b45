"""Lines of a journal that nobody had to measure."""

import orjson

from harvest.records import Sample, parse


def line(pair: int, pictures: str = "a") -> Sample:
    """Make a sample of a pair that looks like nothing in particular."""
    shown = {"fgUrl": "/fg", "bgUrl": "/bg"}
    evidence = {
        "run": "r",
        "seed": 1,
        "repeat": 0,
        "adapter": "stepped",
        "rendererClass": "software",
        "contextGeneration": 0,
        "frames": 1,
        "pictureHash": pictures,
        "onScreen": {"before": shown, "after": shown},
        "audio": {"source": "click", "rms": 0.1, "peak": 0.2},
    }
    nothing = dict.fromkeys(
        (
            "warpDiff",
            "cxDiff",
            "quality01",
            "intensity01",
            "presetFgId",
            "presetBgId",
            "vizAvgLuma",
            "vizAvgFrameDelta",
            "pmAvgLumaFg",
            "pmAvgLumaBg",
            "audioRms",
            "audioPeak",
        )
    )
    sample: dict[str, object] = {
        "tMs": 1,
        "pack": "demo",
        "pair": pair,
        **nothing,
        "pageErrorsSinceLast": 0,
        "consoleErrorsSinceLast": 0,
        "okHeuristic": True,
        "reasons": [],
        "kind": "sample",
        "evidence": evidence,
    }
    return parse(orjson.dumps(sample), Sample)
