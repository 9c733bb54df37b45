"""Nights that nobody had to wait for, whole or with something planted that a report must name."""

import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from journal_lines import sample

from harvest.account import META
from harvest.journal import JOURNAL
from harvest.packs.manifest import QUALITY
from harvest.records import Fault, Figures, to_json, to_line
from harvest.records.lines import FaultName
from harvest.records.record import Record
from harvest.run import THUMBNAILS
from orchestrate.night.record import EVAL, NIGHT, SCORES, STEPS, TRAINING, VERIFY
from orchestrate.report.read import HISTORY
from orchestrate.verify.record import VERIFICATION
from train.report import REPORT
from train.scores import PREVIOUS

BEGAN_MS = 1_795_298_400_000
"""2026-11-21, 22:00 UTC."""
RENDERER = "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Direct3D11 vs_5_0 ps_5_0, D3D11)"
SOFTWARE = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)"
WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f0000001007101111888 8fe0700".replace(" ", ""))
"""One pixel."""

_LOSSES = {"regression": 0.08, "pairwise": 0.06, "coupling": 0.04}


def line(
    pair: int, *, at_s: float, pack: str = "starter", repeat: int = 0, like: int | None = None, **changes: Any
) -> bytes:
    """A sample whose figures follow from its number, or from the one that it is like."""
    dice = random.Random(f"{pack} {pair if like is None else like}")  # noqa: S311 - a sample, not a secret
    light = dice.betavariate(2, 4)
    figures = Figures(
        luma_mean=round(light, 4),
        luma_p95=round(min(1.0, light * 1.8), 4),
        motion=round(10 ** dice.uniform(-2.6, -1.3), 5),
        colourfulness=round(dice.betavariate(2, 8), 4),
        detail=round(dice.betavariate(2, 12), 4),
        audio_response=round(dice.uniform(-0.1, 0.8), 4),
        spatial_coupling=round(dice.gauss(0.2, 0.15), 4),
    )
    found = sample(pack, pair, repeat, **changes).model_copy(
        update={
            "t_ms": BEGAN_MS + round(1000 * at_s),
            "figures": figures,
            "flaws": ("dim",) if light < 0.05 else (),
            "ok_heuristic": light >= 0.06,
            "reasons": () if light >= 0.06 else ("too-dark",),
        }
    )
    return to_line(found)


def fault(
    name: FaultName, *, at_s: float, lost_s: float = 2.0, pair: int | None = None, **told: Any
) -> bytes:
    """A fault that was mended."""
    told = {"evidence": f"{name} was seen.", "remedy": "reload", **told}
    made = Fault(
        kind="fault",
        name=name,
        t_ms=BEGAN_MS + round(1000 * at_s),
        run="r",
        pack=None if pair is None else "starter",
        pair=pair,
        seconds_lost=lost_s,
        **told,
    )
    return to_line(made)


def lines(pairs: int, *, every_s: float = 1.2) -> list[bytes]:
    """A journal in which each pair was seen once, with a fault now and then."""
    found: list[bytes] = []
    for pair in range(pairs):
        at = pair * every_s
        if pair % 97 == 50:
            found.append(fault("gpu-lost" if pair % 2 else "page-crash", at_s=at, pair=pair))
        found.append(line(pair, at_s=at))
    return found


def moment(seconds: float) -> str:
    """Spell a moment as records do."""
    minutes = round(seconds) // 60
    return f"2026-11-21T{22 + minutes // 60:02}:{minutes % 60:02}:{round(seconds) % 60:02}.000Z"


def meta(pairs: int, *, covered: int | None = None, pack: str = "starter", **changes: Any) -> dict[str, Any]:
    """What a run says of itself."""
    covered = pairs if covered is None else covered
    target = math.ceil(0.99 * pairs)
    return {
        "kind": "coupled_eval.v0",
        "startedAt": moment(0),
        "finishedAt": moment(pairs * 1.2),
        "packs": [
            {
                "pack": pack,
                "pairCount": pairs,
                "uniquePairIds": pairs,
                "targetCoverage": 0.99,
                "targetUniquePairs": target,
            }
        ],
        "progress": {pack: {"iter": covered, "visited": covered, "target": target}},
        "audio": {"requireAudio": True, "mode": "click"},
        "runtime": {
            "gpuMode": "safe",
            "headed": True,
            "requireGpu": True,
            "webgl": {"ok": True, "renderer": RENDERER},
        },
        "warnings": [],
        "harvest": {
            "run": "r",
            "seed": 1,
            "adapter": "stepped",
            "rendererClass": "hardware",
            "versions": {},
            "config": {},
            "manifestHashes": {},
            "page": {},
            "remedies": [],
            "faults": {},
            "phase": "ended",
            "phaseSeconds": {"opening the browser": 3.1, "self-test": 2.0, "measuring": pairs * 1.19},
            "visitSeconds": {
                "fetch": pairs * 0.07,
                "compile": pairs * 0.1,
                "render": pairs * 0.6,
                "repair": 12.0,
            },
        },
        **changes,
    }


def metrics(order: float | None, spread: float = 0.036) -> dict[str, Any]:
    """Figures of a model."""

    def figure(value: float | None, n: int = 480, spread: float | None = 0.03) -> dict[str, Any]:
        return {"value": value, "n": n, "spread": None if value is None else spread}

    return {
        "rankCorrelation": figure(order, spread=spread),
        "rankCorrelationElite": figure(order, 30, 0.18),
        "rankCorrelationEval": figure(order, 450),
        "pairwiseAccuracy": figure(0.65, 7945, 0.01),
        "eliteAuc": figure(0.856, 23),
        "elitePass": figure(0.957, 23),
        "ndcg20": figure(0.65),
        "calibrationError": figure(0.02),
        "calibrationSlope": figure(0.9),
    }


def check(name: str, value: float, threshold: float, verdict: str, sentence: str) -> dict[str, Any]:
    """One line of a gate."""
    return {"name": name, "value": value, "threshold": threshold, "verdict": verdict, "sentence": sentence}


CHECKS = (
    check(
        "scored rows", 480, 43, "passed", "480 scored rows were held out; to tell 0.2 from chance takes 43."
    ),
    check("rank correlation", 0.512, 0.2, "passed", "Rank correlation is 0.512 ± 0.036; 0.2 is asked."),
    check(
        "above shuffled labels", 0.512, 0.112, "passed", "10 trainings on shuffled labels can reach 0.112."
    ),
    check("baselines", 0.004, -0.06, "passed", "network reaches 0.512, the best other, lightgbm, 0.508."),
    check("quality std", 0.121, 0.03, "passed", "starter: the scores' standard deviation is 0.1214."),
    check("p50 - min", 0.228, 0.05, "passed", "starter: the lowest score lies 0.2283 below the median."),
)
COLLAPSED = check(
    "quality std", 0.0192, 0.03, "failed", "starter: the scores' standard deviation is 0.0192; 0.03 is asked."
)


def training(checks: Sequence[Mapping[str, Any]] = CHECKS, **changes: Any) -> dict[str, Any]:
    """What a training reports."""
    verdicts = {each["verdict"] for each in checks}
    verdict = "failed" if "failed" in verdicts else "undecided" if "undecided" in verdicts else "passed"
    orders = {"network": 0.512, "constant": None, "ridge": 0.411, "lightgbm": 0.508, "mlp": 0.373}

    def runs(order: float | None) -> list[dict[str, Any]]:
        return [{"seed": 0, "seconds": 20.0, "validation": metrics(order), "heldOut": metrics(order)}]

    return {
        "kind": "training_report.v0",
        "startedAt": moment(3600),
        "finishedAt": moment(3900),
        "verdict": {"verdict": verdict, "checks": list(checks)},
        "chosen": "network",
        "choice": "network orders the validation rows best (0.562).",
        "sentences": [],
        "nextSteps": [] if verdict == "passed" else ["More coverage: 1,200 of 3,000 pairs have a sample."],
        "data": {},
        "inputs": {},
        "features": [],
        "recipe": {},
        "seed": 0,
        "device": {"asked": "auto", "used": "cpu", "name": None, "nvidiaSmi": None},
        "contestants": [{"name": name, "runs": runs(order)} for name, order in orders.items()],
        "shuffled": [{"seed": seed, "heldOut": metrics(0.03 * seed - 0.04)} for seed in range(5)],
        "calibration": None,
        "epochs": 9,
        "bestEpoch": 6,
        "seconds": {"network": 22.0},
        "peakMemoryBytes": 1 << 29,
        "versions": {},
        **changes,
    }


def history(epochs: int = 9) -> dict[str, Any]:
    """What each epoch came to."""
    return {
        "epochs": [
            {
                "epoch": number,
                "losses": {
                    **{name: first / number**0.7 for name, first in _LOSSES.items()},
                    "all": 0.18 / number**0.7,
                    "gradient": 0.2,
                },
                "validation": {"all": 0.44 - 0.2 / number, "elite": None, "eval": 0.56 - 0.1 / number},
                "rate": 0.002,
            }
            for number in range(1, epochs + 1)
        ]
    }


def quality(pairs: int, *, wide: float = 0.12, seed: str = "now", pack: str = "starter") -> dict[str, Any]:
    """The scores of a pack."""
    dice = random.Random(seed)  # noqa: S311
    scores = [round(min(1.0, max(0.0, dice.gauss(0.45, wide))), 6) for _ in range(pairs)]
    return {"pack": pack, "pairs": [{"pair": pair, "quality01": score} for pair, score in enumerate(scores)]}


def verification(*, pack: str = "starter", **changes: Any) -> dict[str, Any]:
    """What a browser saw."""
    rising = [round(0.055 + 0.01 * place, 4) for place in range(10)]
    fetched = {"status": 200, "fromCache": False, "served": "a" * 64, "onDisk": "a" * 64}
    return {
        "kind": "verify.v0",
        "pack": pack,
        "startedAt": moment(3900),
        "finishedAt": moment(4000),
        "verdict": "passed",
        "findings": [
            {
                "name": "scores fetched",
                "verdict": "passed",
                "sentence": "The page got the scores on the disk.",
            },
            {"name": "picks follow", "verdict": "passed", "sentence": "Weighted picks are better by 0.061."},
        ],
        "nextSteps": [],
        "page": "http://127.0.0.1:5174/",
        "adapter": "stepped",
        "renderer": RENDERER,
        "rendererClass": "hardware",
        "manifest": {"url": f"/presets/{pack}/pairs-manifest.v0.json", **fetched},
        "quality": {"url": f"/presets/{pack}/{QUALITY}", **fetched},
        "merged": 3000,
        "console": [],
        "gamma": 2.0,
        "std": 0.12,
        "drawsNeeded": 900,
        "arms": [
            {
                "mode": "weighted",
                "draws": 2000,
                "meanQuality": 0.511,
                "standardError": 0.003,
                "deciles": rising,
                "expected": rising,
            },
            {
                "mode": "shuffle",
                "draws": 2000,
                "meanQuality": 0.45,
                "standardError": 0.003,
                "deciles": [0.1] * 10,
                "expected": [0.1] * 10,
            },
        ],
        "pageErrors": [],
        "loadFailures": [],
        "framesPerSecond": 60.0,
        "before": {},
        "versions": {},
        **changes,
    }


def night(
    pairs: int, *, states: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any
) -> dict[str, Any]:
    """What a night says of itself; `states` says which of its steps went otherwise."""
    took = {"preflight": 4.0, "eval": pairs * 1.2, "train": 240.0, "gate": 0.1, "score": 2.0, "verify": 95.0}
    told = {
        "preflight": "Ready for a night.",
        "eval": f"starter: {pairs:,} of {pairs:,} pairs (100.0%)",
        "train": "network orders the validation rows best (0.562).",
        "gate": "starter passed.",
        "score": f"{pairs:,} pairs of starter have scores, which the page reads.",
        "verify": "starter passed.",
    }
    steps: list[dict[str, Any]] = []
    for name in STEPS:
        done = {"name": name, "state": "done", "code": "OK", "reason": told.get(name, "")}
        steps.append({**done, "seconds": took.get(name, 1.0), **(states or {}).get(name, {})})
    return {
        "kind": "night.v0",
        "stamp": "2026-11-21_220000",
        "command": "overnight",
        "startedAt": moment(0),
        "finishedAt": moment(4100),
        "lives": [moment(0)],
        "packs": ["starter"],
        "asked": {"packs": ["starter"], "settings": {"browser.require_gpu": True}},
        "steps": steps,
        "versions": {},
        "ending": {"code": "OK", "phase": "report", "reason": "Everything that was asked for is done."},
        **changes,
    }


def put(path: Path, content: object) -> None:
    """Write a file, whatever it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_bytes(to_json(content) if isinstance(content, Record) else json.dumps(content).encode())


def whole(folder: Path, pairs: int = 120) -> Path:
    """A night in which all went well."""
    put(folder / NIGHT, night(pairs))
    put(folder / EVAL / META, meta(pairs))
    put(folder / EVAL / JOURNAL, b"".join(lines(pairs)))
    for pair in range(pairs):
        put(folder / EVAL / THUMBNAILS / "starter" / f"{pair}.webp", WEBP)
    put(folder / TRAINING / REPORT, training())
    put(folder / TRAINING / HISTORY, history())
    put(folder / SCORES / "starter" / QUALITY, quality(pairs))
    put(folder / SCORES / "starter" / PREVIOUS, quality(pairs, wide=0.02, seed="before"))
    put(folder / VERIFY / "starter" / VERIFICATION, verification())
    return folder


def software(folder: Path) -> None:
    """A GPU was required, and a processor would have drawn."""
    refused = f"A GPU was asked for: the page says {SOFTWARE}."
    error = {
        "code": "FATAL_WEBGL_SWIFTSHADER",
        "phase": "opening the browser",
        "message": f"RendererError: {refused}",
    }
    told = meta(120, covered=0, error=error)
    told["runtime"]["webgl"]["renderer"] = SOFTWARE
    told["harvest"]["rendererClass"] = "software"
    put(folder / EVAL / META, told)
    put(folder / EVAL / JOURNAL, b"")
    _ends(folder, "eval", "NOT_READY", refused)


def silent(folder: Path) -> None:
    """Nothing was heard for an hour."""
    spell = [fault("audio-silent", at_s=60 + 30 * place, lost_s=25) for place in range(120)]
    before, after = lines(40), [line(pair, at_s=3700 + pair) for pair in range(40, 120)]
    put(folder / EVAL / JOURNAL, b"".join([*before, *spell, *after]))


def collapsed(folder: Path) -> None:
    """All pairs got nearly the same score."""
    others = [each for each in CHECKS if each["name"] != "quality std"]
    put(folder / TRAINING / REPORT, training([*others, COLLAPSED]))
    _ends(folder, "gate", "NOT_PASSED", COLLAPSED["sentence"])
    (folder / SCORES / "starter" / QUALITY).unlink()
    (folder / VERIFY / "starter" / VERIFICATION).unlink()


def another_manifest(folder: Path) -> None:
    """The page serves the manifest of another checkout."""
    advice = "Let the page be served from the folder of packs that was scored."
    told = verification(verdict="failed", nextSteps=[advice])
    told["manifest"] |= {"served": "b" * 64}
    told["findings"] = [
        {
            "name": "manifest fetched",
            "verdict": "failed",
            "sentence": "The page's manifest is not the one on the disk.",
        }
    ]
    put(folder / VERIFY / "starter" / VERIFICATION, told)
    _ends(folder, "verify", "NOT_PASSED", "starter failed.")


def disk_full(folder: Path) -> None:
    """There was no room any more."""
    said = "eval.jsonl: No space left on device."
    error = {"code": "FATAL_DISK", "phase": "measuring", "message": f"OSError: [Errno 28] {said}"}
    put(folder / EVAL / META, meta(120, covered=40, error=error))
    put(folder / EVAL / JOURNAL, b"".join(lines(40)))
    _ends(folder, "eval", "NOT_READY", said)


PLANTED: Mapping[str, tuple[Callable[[Path], None], str, str]] = {
    "software": (software, "trust", "SOFTWARE rendering although a GPU was required"),
    "silent": (silent, "trust", "Silent audio for 1:0"),
    "collapsed": (collapsed, "model", "standard deviation is 0.0192"),
    "manifest": (another_manifest, "page", "another manifest"),
    "disk": (disk_full, "finished", "The disk was full"),
}
"""By name: how to plant it, which question it answers, and what the report must say."""


def _ends(folder: Path, step: str, code: str, reason: str) -> None:
    """Let a step fail, and those after it be skipped, but for the report."""
    after = STEPS[STEPS.index(step) + 1 : -1]  # pyright: ignore[reportArgumentType]
    states: dict[str, dict[str, Any]] = {step: {"state": "failed", "code": code, "reason": reason}}
    states |= dict(_skipped(after, step))
    put(folder / NIGHT, night(120, states=states, ending={"code": code, "phase": step, "reason": reason}))


def _skipped(names: Sequence[str], because: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in names:
        yield name, {"state": "skipped", "code": None, "reason": f"{because} failed", "seconds": 0}
