"""`harvest train`: scores for every pair of the packs, from what hands, runs and mismatches teach."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harvest.packs.manifest import QUALITY, Pack
from orchestrate import show
from orchestrate.chosen import chosen_packs
from orchestrate.config import Resolved
from orchestrate.endings import interruptible, refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting
from orchestrate.versions import at_work
from train.problem import TrainError
from train.recipe import Recipe

if TYPE_CHECKING:
    from train.dataset import Dataset
    from train.report import TrainingReport
    from train.run import Progress

EXAMPLES = examples(
    ("harvest train --packs a,b --elite elite.json --eval artifacts/coupled-eval/…", "from hands and a run"),
    ("harvest train --packs a --data-list data.txt --dry-run", "only tell what there is to learn from"),
    (
        "harvest train --packs a --data-list data.txt --resume-from outputs/coupling",
        "go on where it stopped",
    ),
)
_FOLDER = Path("outputs") / "coupling"
_FEATURES = "preset-features.npz"


@configurable("presets", "web")
def train(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    packs: Annotated[str, typer.Option(help="Packs to score, by name or folder, parted by commas.")],
    elite: Annotated[
        list[Path] | None,
        typer.Option(help="List of pairs scored by hand (see README), or its folder; may be repeated."),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option("--eval", help="Run of harvest eval, or its eval.jsonl; may be repeated."),
    ] = None,
    data_list: Annotated[
        Path | None, typer.Option(help="File that lists such manifests and runs, a line each.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of models and report.")] = _FOLDER,
    resume_from: Annotated[
        Path | None, typer.Option(help="This training's folder, or a checkpoint of it.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times through the rows, at most.")] = Recipe().epochs,
    batch_size: Annotated[int, typer.Option(min=3, help="Rows a step.")] = Recipe().batch_size,
    lr: Annotated[
        float, typer.Option(min=1e-6, max=1.0, help="Learning rate at its peak.")
    ] = Recipe().learning_rate,
    extra_eval_weight: Annotated[
        float,
        typer.Option(min=0, max=1000, help="What a measured pair counts; by hand scored ones count 1."),
    ] = 0.35,
    neg_samples: Annotated[
        int | None,
        typer.Option(min=0, max=10_000_000, help="Mismatched pairs. Default: 50,000 at most."),
    ] = None,
    neg_weight: Annotated[float, typer.Option(min=0, max=1000, help="What a mismatched pair counts.")] = 0.2,
    neg_min_pair_distance: Annotated[
        int,
        typer.Option(min=1, max=2**31, help="By how much numbers of mismatched pairs differ."),
    ] = 50,
    sampling: Annotated[
        Literal["mix", "elite-first"],
        typer.Option(
            help="mix: elite, eval, negatives 1:1:2 in each batch; elite-first: 4 elite and 32 others."
        ),
    ] = Recipe().sampling,
    device: Annotated[Literal["auto", "cuda", "cpu"], typer.Option(help="What computes.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of split, order and weights.")] = 0,
    seeds: Annotated[
        int, typer.Option(min=1, max=20, help="Trainings of each model, to tell the spread.")
    ] = 1,
    min_quality_std: Annotated[
        float, typer.Option(min=0, max=0.5, help="What the gate asks of the scores' standard deviation.")
    ] = 0.03,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what there is to learn from, and end.")
    ] = False,
    json: AsJson = False,
) -> ExitCode:
    """Learn what a pair is worth, prove it on presets never seen, and write quality01 if that is shown."""
    from train.data_list import DataList, read_data_list  # noqa: PLC0415 - torch takes seconds to load
    from train.dataset import DataRequest, build  # noqa: PLC0415
    from train.gate import Limits  # noqa: PLC0415
    from train.training import Order, Told  # noqa: PLC0415
    from train.training import train as train_all  # noqa: PLC0415

    config = resolved.config
    with refusing(f"what was learned, if anything, is in {out}; --resume-from {out} goes on"):
        opened = chosen_packs(packs, resolved)
        listed = read_data_list(data_list) if data_list else DataList((), ())
        data = DataRequest(
            elite=(*(elite or ()), *listed.elite),
            evals=(*(runs or ()), *listed.evals),
            packs=tuple(opened.values()),
            presets=next(iter(opened.values())).folder.absolute().parent,
            negatives=neg_samples,
            min_pair_distance=neg_min_pair_distance,
            eval_weight=extra_eval_weight,
            neg_weight=neg_weight,
            seed=seed,
            features=config.artifacts / _FEATURES,
        )
        if absent := next((path for path in (*data.elite, *data.evals) if not path.exists()), None):
            raise TrainError(f"There is no {absent}.")
        if not (data.elite or data.evals):
            raise TrainError("Nothing to learn from: name --elite, --eval or a --data-list.")
        if dry_run:
            (_show_data_as_json if json else _show_data)(build(data))
            return ExitCode.OK
        limits = Limits(quality_std=min_quality_std)
        order = Order(
            data=data,
            recipe=Recipe(
                seed=seed,
                device=device,
                epochs=epochs,
                batch_size=batch_size,
                learning_rate=lr,
                sampling=sampling,
            ),
            limits=limits if data.elite else replace(limits, elite_auc=None, elite_pass=None),
            folder=out,
            packs=data.packs,
            seeds=seeds,
            resume_from=resume_from,
            versions=at_work(config.web),
        )
        with interruptible(), _watching() as (phase, progress):
            made = train_all(order, Told(data=_ignore if json else _show_data, phase=phase, network=progress))
    if json:
        show.as_json(made.model_dump(mode="json", by_alias=True))
    else:
        _show(made, out)
        for pack in data.packs:
            show.sentence(_written(pack, is_written=made.verdict.verdict == "passed"))
    return ExitCode.OK if made.verdict.verdict == "passed" else ExitCode.NOT_PASSED


@contextmanager
def _watching() -> Generator[tuple[Callable[[str], None], Callable[["Progress"], None]]]:
    """Name each phase as it begins; the network shows how far it is."""
    with counting("network") as told:

        def progress(now: "Progress") -> None:
            if now.note:
                show.talk.print(f"network: {now.note}")
            told(now.epoch * now.steps + now.step, now.epochs * now.steps)

        yield lambda what: show.talk.print(f"{what} …"), progress


def _ignore(_data: "Dataset") -> None:
    """The report tells it, too."""


def _show_data(data: "Dataset") -> None:
    """Tell what there is to learn from, before anything is learned."""
    columns = ("part", "source", "rows", "4 and more of 5", "between", "2 and less")
    show.rows(columns, [tuple(map(_spelled, each)) for each in data.counts])
    for reason, times in data.refused.items():
        show.talk.print(f"refused {times:,}: {reason}")
    for sentence in data.told:
        show.talk.print(sentence)


def _show_data_as_json(data: "Dataset") -> None:
    counts = [each._asdict() for each in data.counts]
    show.as_json({"counts": counts, "refused": dict(data.refused), "told": list(data.told)})


def _written(pack: Pack, *, is_written: bool) -> str:
    """Tell what became of a pack's scores."""
    if is_written:
        return f"{len(pack.manifest.pairs):,} scores, which the page reads, are in {pack.folder / QUALITY}."
    kept = "those that it had stay" if (pack.folder / QUALITY).exists() else "it has none"
    return f"No scores were written for {pack.name}: {kept}."


def _spelled(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def _show(report: "TrainingReport", folder: Path) -> None:
    """How well, beside what; what was asked; the verdict, and what to do."""
    from train.report import CHECK_COLUMNS, SUMMARY_COLUMNS, check_lines, summary_lines  # noqa: PLC0415

    verdict = report.verdict.verdict
    show.sentence("Held-out rows, of presets that no model has seen:", "bold")
    show.rows(SUMMARY_COLUMNS, summary_lines(report))
    show.rows(CHECK_COLUMNS, check_lines(report.verdict), styled=CHECK_COLUMNS.index("verdict"))
    show.sentence(f"The gate says {verdict}. {report.choice}", show.STYLES[verdict])
    for step in report.next_steps:
        show.sentence(step)
    show.sentence(f"Report, curves and models are in {folder}.")
