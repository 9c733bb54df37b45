"""`harvest overnight`: every step of a night, each alone or all in a row."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.text import Text

from harvest.records.moment import timestamp
from harvest.run import stamp
from orchestrate import show
from orchestrate.chosen import opened_packs, pack_names
from orchestrate.config import Resolved, overlaid
from orchestrate.config import said as flags_of
from orchestrate.endings import refusing
from orchestrate.evaluate import refuse_two_pages
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable, telling
from orchestrate.help import AsJson, examples
from orchestrate.night import estimate
from orchestrate.night.asked import Asked, recalled, told
from orchestrate.night.books import opened
from orchestrate.night.course import REPEATED
from orchestrate.night.night import Night
from orchestrate.night.record import NIGHT, STEPS, NightRecord, Step, StepName, read_night
from orchestrate.night.steps import Scene
from orchestrate.places import NIGHTS, nights
from orchestrate.standing import clock
from orchestrate.versions import at_work

EXAMPLES = examples(
    (
        "harvest overnight --packs a,b --target-coverage 0.99",
        "in the evening; in the morning: harvest report",
    ),
    ("harvest overnight --packs a,b --dry-run", "what it would do, and how long that takes"),
    ("harvest overnight --resume", "go on with the last night, as it was told"),
    ("harvest overnight --resume --train-only --epochs 40", "learn again from what it has measured"),
    ("harvest overnight --packs a --web D:\\newliveweb --headed --require-gpu", "on your own page"),
)

_WHAT: Mapping[StepName, str] = {
    "preflight": "machine, packs, lists and room",
    "eval": "measure every pair, once, proven",
    "train": "learn what a pair is worth",
    "gate": "judge the model by presets it has never seen",
    "score": "write quality01 where the page reads it",
    "verify": "prove in the page that it is used",
    "report": "tell all of it on one page",
}


@configurable("presets", "web", "artifacts", *BROWSER)
@telling(Asked, but=("packs", "settings"))
def overnight(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    said: Mapping[str, Any],
    packs: Annotated[
        str | None,
        typer.Option(help="Packs by name or folder, parted by commas. With --resume: those of before."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the night. Default: one by the time, in artifacts/runs.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the night in --out, or with the last one; what is said now counts."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what it would do, and how long that takes.")
    ] = False,
    json: AsJson = False,
) -> ExitCode:
    """Measure every pair, learn, judge, score, prove it in the page, and report: the whole night.

    Each step is kept in the night's folder. Whatever ends it, --resume makes what is left, and nothing twice.
    """
    at = datetime.now(UTC)
    refuse_two_pages(said.get("url"), resolved)
    folder = _folder(resolved.config.artifacts, out, resume=resume, at=at)
    with refusing(f"what was done is kept; harvest overnight --out {folder} --resume goes on"):
        before = recalled(read_night(folder)) if resume else Asked()
        settings = {**before.settings, **flags_of(resolved)}
        named = {} if packs is None else {"packs": pack_names(packs)}
        asked = told(before, {**said, **named, "settings": settings})
        _refuse_senseless(asked)
        resolved = overlaid(resolved, settings, origin=NIGHT)
        scene = Scene(
            folder=folder,
            asked=asked,
            config=resolved.config,
            packs=opened_packs(asked.packs, resolved),
            versions=at_work(resolved.config.web),
        )
        if dry_run:
            _show_plan(scene, read_night(folder) if resume else None)
            return ExitCode.OK
        return spend(scene, "overnight", at=at, as_json=json)


def spend(scene: Scene, command: Literal["overnight", "smoke"], *, at: datetime, as_json: bool) -> ExitCode:
    """Go through a night, telling of each step."""
    fresh = NightRecord(
        kind="night.v0",
        stamp=scene.folder.absolute().name,
        command=command,
        started_at=timestamp(at),
        finished_at=None,
        lives=(timestamp(at),),
        packs=tuple(scene.packs),
        asked=scene.asked.model_dump(mode="json", exclude_defaults=True),
        steps=tuple(Step(name=name) for name in STEPS),
        versions=scene.versions,
    )
    scene.folder.mkdir(parents=True, exist_ok=True)
    show.talk.print(f"The night is in {scene.folder}.")
    with opened(scene.folder, fresh) as books:
        code = Night(scene, books, _tell).spend()
    if as_json:
        show.as_json(books.record.model_dump(mode="json", by_alias=True))
    else:
        _show(books.record)
    return code


def _folder(artifacts: Path, out: Path | None, *, resume: bool, at: datetime) -> Path:
    """Name the folder of a night that begins, or find that of one that goes on."""
    if not resume:
        folder = out or artifacts / NIGHTS / stamp(at)
        if (folder / NIGHT).exists():
            raise typer.BadParameter(f"{folder} holds a night; --resume goes on with it.", param_hint="--out")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise typer.BadParameter(f"{folder} is there already: name a new folder.", param_hint="--out")
        return folder
    if out is None:
        latest = next(iter(nights(artifacts)), None)
        if latest is None:
            raise typer.BadParameter(f"There is no night in {artifacts} to resume.", param_hint="--resume")
        return latest
    if not (out / NIGHT).is_file():
        raise typer.BadParameter(f"{out} holds no night: it has no {NIGHT}.", param_hint="--out")
    return out


def _refuse_senseless(asked: Asked) -> None:
    if asked.eval_only and asked.train_only:
        raise typer.BadParameter("Either measure only, or learn only.", param_hint="--eval-only")
    names = [Path(name).name for name in asked.packs]
    if strangers := [name for name in asked.verify_pack if name not in names]:
        raise typer.BadParameter(
            f"{', '.join(strangers)} is not among the packs.", param_hint="--verify-pack"
        )


def _show_plan(scene: Scene, earlier: NightRecord | None) -> None:
    """What would be done, and how long it takes as far as that is known."""
    asked = scene.asked
    pairs = estimate.visits(scene.packs, asked)
    adapter = "stepped" if scene.config.web is None and asked.url is None else "realtime"
    known = estimate.rate(scene.config.artifacts, adapter)
    aims = ", ".join(f"{count:,} of {name}" for name, count in pairs.items())
    is_measured = earlier is not None and earlier.step("eval").code == ExitCode.OK.name
    length = "" if is_measured else f"; {estimate.spelled(asked, sum(pairs.values()), known)}"
    details = {"eval": f": {aims}{length}"}
    unasked = {"eval": asked.train_only, "train": asked.eval_only, "gate": asked.eval_only}
    unasked |= {"score": asked.eval_only, "verify": asked.eval_only or asked.skip_verify}
    lines = [
        (name, _stage(name, earlier, is_asked=not unasked.get(name)), f"{what}{details.get(name, '')}")
        for name, what in _WHAT.items()
    ]
    show.rows(("step", "state", "what"), lines)
    show.sentence(f"Folder: {scene.folder}")


def _stage(name: StepName, earlier: NightRecord | None, *, is_asked: bool) -> str:
    if not is_asked:
        return "left out"
    before = earlier and earlier.step(name)
    if before is None or name in REPEATED or before.state in ("waiting", "skipped"):
        return "to do"
    return "stands" if before.code == ExitCode.OK.name else "again"


def _tell(name: StepName, what: str) -> None:
    show.talk.print(Text(f"{name}: {what}"), soft_wrap=True)


def _show(record: NightRecord) -> None:
    lines = [(step.name, step.code or step.state, clock(step.seconds), step.reason) for step in record.steps]
    show.rows(("step", "ending", "time", "came to"), lines)
    ending = record.ending
    if ending is not None:
        style = "bold green" if ending.code == ExitCode.OK.name else "bold yellow"
        show.sentence(f"{ending.code} ({ending.phase}): {ending.reason}", style)
