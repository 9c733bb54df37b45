"""`harvest smoke`: a night in miniature, with everything that a night has, on pairs of our own.

    starter    generated pairs, measured for two seconds each on a virtual clock
    scored     others, scored "by hand": by what the generator knows of them, from 0 to 5, evenly spread

The thresholds of gate and proof are those of a night. On newliveweb the packs lie in the checkout's folder of
packs while it goes on, and are removed at its end.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import orjson
import typer

from harvest.packs import disk
from harvest.packs.generate import DEFAULT_RATES, TRUTH, Request, generate_pack
from harvest.packs.generate.truth import Truth
from harvest.packs.manifest import Pack, open_pack
from harvest.page import stepped
from harvest.records import parse
from harvest.run import stamp
from orchestrate.config import Config, Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.night.asked import Asked
from orchestrate.night.command import spend
from orchestrate.night.steps import Scene
from orchestrate.places import SMOKES
from orchestrate.progress import counting
from orchestrate.versions import at_work
from train.elite import BEST, ELITE_MANIFEST

EXAMPLES = examples(
    ("harvest smoke", "on the built-in page, without a window"),
    ("harvest smoke --headed --require-gpu", "in a window, as on the night"),
    ("harvest smoke --web D:\\newliveweb", "on your own page"),
)
_MEASURED = "harvest-smoke"
_SCORED = "harvest-smoke-scored"
_PAIRS = 240
_PAIRS_BY_THE_CLOCK = 60
"""newliveweb plays by the clock: some four seconds a pair."""
_SCORED_PAIRS = 500
_QUICK = stepped.Request(frames=60, warmup_frames=15, thumbnail_frame=30)


@configurable("web", "artifacts", *BROWSER)
def smoke(
    *,
    resolved: Resolved,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the smoke. Default: one by the time, in artifacts/smoke.")
    ] = None,
    json: AsJson = False,
) -> ExitCode:
    """Run a whole night in miniature: measure, learn, judge, score, prove, report. About five minutes."""
    config, at = resolved.config, datetime.now(UTC)
    folder = out or config.artifacts / SMOKES / stamp(at)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} is there already: name a new folder.", param_hint="--out")
    with refusing(f"what was done is in {folder}"), _material(config, folder) as material:
        by_the_clock = config.web is not None
        asked = Asked(
            packs=(_MEASURED,),
            elite=(material.elite,),
            max_pairs=_PAIRS_BY_THE_CLOCK if by_the_clock else None,
            max_hours=0.2,
        )
        scene = Scene(
            folder=folder,
            asked=asked,
            config=config,
            packs={_MEASURED: material.pack},
            versions=at_work(config.web),
            stepping=_QUICK,
        )
        return spend(scene, "smoke", at=at, as_json=json)


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What a smoke works on."""

    pack: Pack
    elite: Path
    """The list of the scored pairs."""


@contextmanager
def _material(config: Config, folder: Path) -> Generator[_Material]:
    """Generate the packs where the page finds them; what was put into a checkout is taken away again."""
    home = folder / "presets" if config.web is None else config.web / "public" / "presets"
    if config.web is not None and not home.is_dir():
        raise typer.BadParameter(f"{config.web} has no public/presets.", param_hint="--web")
    try:
        _generate(home / _MEASURED, _PAIRS, seed=1)
        _generate(home / _SCORED, _SCORED_PAIRS, seed=2)
        elite = folder / ELITE_MANIFEST
        disk.write_draft(elite, scored_list(open_pack(home / _SCORED)))
        yield _Material(pack=open_pack(home / _MEASURED), elite=elite)
    finally:
        if config.web is not None:
            for name in (_MEASURED, _SCORED):
                rmtree(home / name, ignore_errors=True)  # it may never have been made


def _generate(pack: Path, pairs: int, *, seed: int) -> None:
    request = Request(
        pack=pack,
        pairs=pairs,
        seed=seed,
        rates=DEFAULT_RATES,
        force=True,
        command=("harvest", "smoke"),
        at=datetime.now(UTC),
    )
    with counting(pack.name) as told:
        generate_pack(request, progress=told)


def scored_list(pack: Pack) -> bytes:
    """Write what a hand would say of generated pairs: the share that each is better than, in stars."""
    lines = (pack.folder / TRUTH).read_bytes().splitlines()
    truths = sorted((parse(line, Truth) for line in lines), key=lambda truth: truth.quality)
    pairs = {pair.pair: pair for pair in pack.manifest.pairs}
    entries = [
        {
            "fg": pairs[truth.pair].fg_url,
            "bg": pairs[truth.pair].bg_url,
            "score": round(BEST * place / (len(truths) - 1), 2),
            "rank": len(truths) - place,
        }
        for place, truth in enumerate(truths)
    ]
    return orjson.dumps({"version": "v1", "pairs": entries})
