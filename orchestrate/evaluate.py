"""`harvest eval`: every pair once, proven, whatever dies."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from harvest.audio import choose_track
from harvest.packs import disk
from harvest.packs.manifest import Pack
from harvest.page.stepped import Request
from harvest.plan import Coverage, Walk
from harvest.records.meta import AudioRequest, RunAudio
from harvest.run import THUMBNAILS, Reached, RunRequest, holds_run, run, stamp
from harvest.server import ServerError, page_address
from orchestrate import show
from orchestrate.asking import Measuring
from orchestrate.chosen import chosen_packs
from orchestrate.config import Config, Resolved
from orchestrate.endings import exit_code, explain, refusing
from orchestrate.endings import run as run_to_end
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable, telling
from orchestrate.help import AsJson, examples
from orchestrate.live import watching
from orchestrate.places import EVALS
from orchestrate.standing import Standing, clock
from orchestrate.summary import write_summary
from orchestrate.venues import venue_of
from orchestrate.versions import at_work

EXAMPLES = examples(
    ("harvest eval --packs a,b", "measure 99 % of the pairs of two packs"),
    ("harvest eval --packs a --out runs/first --resume", "go on where runs/first stopped"),
    ("harvest eval --packs a --web D:\\newliveweb", "on your own page"),
    ("harvest eval --packs a --max-pairs 100 --repeat 2", "100 pairs, twice"),
)
_LISTED = 12


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """What is to be measured, and where to."""

    packs: Mapping[str, Pack]
    folder: Path
    asked: Measuring
    repeats: int = 1
    interleaved: bool = False
    stepping: Request = field(default_factory=Request)
    """How our own page shows a pair."""

    @property
    def walk(self) -> Walk:
        """The order in which pairs are visited."""
        return Walk(
            seed=self.asked.seed,
            repeats=self.repeats,
            target_coverage=self.asked.target_coverage,
            max_pairs=self.asked.max_pairs,
            interleaved=self.interleaved,
        )


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What came of it."""

    reached: Reached
    standing: Standing
    seconds: float
    code: ExitCode


@configurable("presets", "web", *BROWSER)
@telling(Measuring)
def evaluate(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    said: Mapping[str, Any],
    packs: Annotated[str, typer.Option(help="Packs by name or folder, parted by commas.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run. Default: one by the time, in artifacts/coupled-eval."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that is in --out.")] = False,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Passes over the pairs.")] = 1,
    interleaved: Annotated[
        bool, typer.Option("--interleaved", help="Packs side by side, not in turn.")
    ] = False,
    json: AsJson = False,
) -> ExitCode:
    """Measure the pairs of packs, every one once, and write down what is proven.

    On our own page, unless a newliveweb is named: --web starts one out of its checkout, as it is.
    """
    config, at = resolved.config, datetime.now(UTC)
    folder = config.artifacts / EVALS / stamp(at) if out is None else _checked(out, resume=resume)
    if resume and out is None:
        raise typer.BadParameter("Name the folder of the run to go on with.", param_hint="--out")
    asked = Measuring.model_validate(said)
    refuse_two_pages(asked.url, resolved)
    with refusing(f"what was measured is kept; --out {folder} --resume goes on"):
        sampling = Sampling(
            packs=chosen_packs(packs, resolved),
            folder=folder,
            asked=asked,
            repeats=repeat,
            interleaved=interleaved,
        )
        measured = measure(config, sampling, at=at)
    _show(folder, measured, as_json=json)
    return measured.code


def measure(config: Config, sampling: Sampling, *, at: datetime) -> Measured:
    """Measure, showing how far it is; how it ends is told in the run's own summary, too."""
    request = _request(config, sampling, at)
    with watching(sampling.folder) as view:

        def ended(outcome: Reached | BaseException) -> None:
            _sum_up(request, outcome, phase=view.standing.phase)

        reached = run_to_end(run(request, view, ended))
        return Measured(
            reached=reached, standing=view.standing, seconds=view.seconds, code=_code(request, reached)
        )


def refuse_two_pages(url: str | None, resolved: Resolved) -> None:
    """Refuse an address that is none, and one beside a checkout."""
    if url is None:
        return
    if resolved.origins["web"] == "--web":
        raise typer.BadParameter("Either a page that is served already, or a checkout.", param_hint="--url")
    try:
        page_address(url)
    except ServerError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from error


def _request(config: Config, sampling: Sampling, at: datetime) -> RunRequest:
    asked = sampling.asked
    track = choose_track(asked.audio_file, asked.audio_root, told=show.complain)
    if asked.audio_root and track is None:
        show.complain(f"There is no music in {asked.audio_root}: the click track is played.")
    stepping = sampling.stepping.model_copy(update={"seed": asked.seed})
    return RunRequest(
        packs=sampling.packs,
        folder=sampling.folder,
        walk=sampling.walk,
        venue=venue_of(config, sampling.packs.values(), stepping, url=asked.url, track=track),
        audio=_audio(asked.audio_file, asked.audio_root, track),
        versions=at_work(config.web),
        max_hours=asked.max_hours,
        reload_every=asked.reload_every,
        at=at,
    )


def _checked(out: Path, *, resume: bool) -> Path:
    """Refuse a folder that cannot be a run's."""
    try:
        if not out.name:
            raise typer.BadParameter("Name a folder of its own.", param_hint="--out")
        if out.exists() and not out.is_dir():
            raise typer.BadParameter(f"{out} is no folder.", param_hint="--out")
        if holds_run(out) and not resume:
            raise typer.BadParameter(f"{out} holds a run; --resume goes on with it.", param_hint="--out")
    except OSError as error:
        raise typer.BadParameter(disk.explain(error), param_hint="--out") from error
    return out


def _code(request: RunRequest, reached: Reached) -> ExitCode:
    """Tell whether all is done that was asked for."""
    covered = sum(each.covered for each in reached.coverage.values())
    wanted = sum(reached.targets.values())
    if request.walk.max_pairs is not None:
        wanted = min(wanted, request.walk.max_pairs)
    missed = covered < wanted or any(reached.left.values())
    return ExitCode.INCOMPLETE if missed else ExitCode.OK


def _sum_up(request: RunRequest, outcome: Reached | BaseException, *, phase: str) -> None:
    """Write `run-summary.json`, while the folder is still ours."""
    if isinstance(outcome, BaseException):
        code, reason = exit_code(outcome), explain(outcome)
    else:
        code = _code(request, outcome)
        reason = said_coverage(outcome)
    write_summary(request.folder, code, phase=phase, reason=reason)


def _audio(file: Path | None, root: Path | None, track: Path | None) -> RunAudio:
    return RunAudio(
        require_audio=True,
        mode="file" if track else "click",
        requested=AudioRequest(audio_file=file and str(file), audio_root=root and str(root)),
        picked_from="click" if track is None else "audioFile" if file else str(track.parent),
        audio_file=track and str(track),
    )


def _show(folder: Path, measured: Measured, *, as_json: bool) -> None:
    reached, standing, seconds = measured.reached, measured.standing, measured.seconds
    rate = 60 * standing.samples / seconds
    if as_json:
        show.as_json(
            {
                "folder": str(folder),
                "coverage": {
                    name: asdict(each) | {"share": each.share} for name, each in reached.coverage.items()
                },
                "left": dict(reached.left),
                "samples": standing.samples,
                "seconds": round(seconds, 1),
                "pairs_per_minute": round(rate, 2),
                "ok": standing.ok,
                "flawed": standing.flawed,
                "faults": dict(standing.faults),
                "drawn_by": standing.drawn_by,
                "broken_lines": [str(error) for error in reached.broken_lines],
            }
        )
        return
    if standing.drawn_by and standing.drawn_by.startswith("SOFTWARE"):
        show.sentence(f"Drawn by {standing.drawn_by}", "bold yellow")
    facts = [
        ("folder", str(folder)),
        ("pictures", str(folder / THUMBNAILS)),
        *((name, spelled_coverage(each)) for name, each in reached.coverage.items()),
        ("measured now", f"{standing.samples:,} pairs in {clock(seconds)}, {rate:.1f} a minute"),
        ("ok by newliveweb's rule", str(standing.ok)),
        *((f"flaw: {name}", _listed(pairs)) for name, pairs in sorted(standing.flawed.items())),
        *((f"fault: {name}", str(count)) for name, count in standing.faults.most_common()),
        *(("broken line", str(error)) for error in reached.broken_lines),
    ]
    show.rows(("what", "found"), facts)


def _listed(pairs: Sequence[str]) -> str:
    more = f" … ({len(pairs)} in all)" if len(pairs) > _LISTED else ""
    return ", ".join(pairs[:_LISTED]) + more


def said_coverage(reached: Reached) -> str:
    """Say how far each pack has come."""
    return "; ".join(f"{name}: {spelled_coverage(each)}" for name, each in reached.coverage.items())


def spelled_coverage(covered: Coverage) -> str:
    """Spell how far a pack has come."""
    held = f", {covered.quarantined} in quarantine" if covered.quarantined else ""
    return f"{covered.covered:,} of {covered.pairs:,} pairs ({covered.share:.1%}){held}"
