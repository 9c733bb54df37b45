"""`harvest train`: scores for every pair of the packs, from what hands, runs and mismatches teach."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchestrate import show
from orchestrate.asking import Learning
from orchestrate.chosen import chosen_packs
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable, telling
from orchestrate.help import AsJson, examples
from orchestrate.learning import Lesson, labels, learn, show_data, show_training, with_list
from train.recipe import Recipe

if TYPE_CHECKING:
    from train.dataset import Dataset

EXAMPLES = examples(
    ("harvest train --packs a,b --elite elite.json --eval artifacts/coupled-eval/…", "from hands and a run"),
    ("harvest train --packs a --data-list data.txt --dry-run", "only tell what there is to learn from"),
    (
        "harvest train --packs a --data-list data.txt --resume-from outputs/coupling",
        "go on where it stopped",
    ),
    (
        "harvest train --packs a --elite elite.json --out warm",
        "warm up with hands alone; then --start-from warm",
    ),
)
_FOLDER = Path("outputs") / "coupling"

Packs = Annotated[str, typer.Option(help="Packs, by name or folder, parted by commas.")]
DataLists = Annotated[Path | None, typer.Option(help="File that lists such manifests and runs, a line each.")]


@configurable("presets", "web")
@telling(Learning)
def train(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    said: Mapping[str, Any],
    packs: Packs,
    data_list: DataLists = None,
    out: Annotated[Path, typer.Option(help="Folder of models and report.")] = _FOLDER,
    start_from: Annotated[
        Path | None,
        typer.Option(help="Model, or another training's folder, whose weights the network begins with."),
    ] = None,
    resume_from: Annotated[
        Path | None, typer.Option(help="This training's folder, or a checkpoint of it.")
    ] = None,
    sampling: Annotated[
        Literal["mix", "elite-first"],
        typer.Option(
            help="mix: elite, eval, negatives 1:1:2 in each batch; elite-first: 4 elite and 32 others."
        ),
    ] = Recipe().sampling,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of split, order and weights.")] = 0,
    seeds: Annotated[
        int, typer.Option(min=1, max=20, help="Trainings of each model, to tell the spread.")
    ] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what there is to learn from, and end.")
    ] = False,
    json: AsJson = False,
) -> ExitCode:
    """Learn what a pair is worth, prove it on presets never seen, and write quality01 if that is shown."""
    with refusing(f"what was learned, if anything, is in {out}; --resume-from {out} goes on"):
        lesson = Lesson(
            packs=tuple(chosen_packs(packs, resolved).values()),
            asked=with_list(Learning.model_validate(said), data_list),
            folder=out,
            sampling=sampling,
            seed=seed,
            seeds=seeds,
            start_from=start_from,
            resume_from=resume_from,
        )
        if dry_run:
            from train.dataset import build  # noqa: PLC0415 - torch takes seconds to load

            data = labels(lesson.asked, lesson.packs, resolved.config, seed=seed)
            (_show_data_as_json if json else show_data)(build(data))
            return ExitCode.OK
        made = learn(resolved.config, lesson, silently=json)
    if json:
        show.as_json(made.model_dump(mode="json", by_alias=True))
    else:
        show_training(made, lesson)
    return ExitCode.OK if made.verdict.verdict == "passed" else ExitCode.NOT_PASSED


def _show_data_as_json(data: "Dataset") -> None:
    counts = [each._asdict() for each in data.counts]
    show.as_json({"counts": counts, "refused": dict(data.refused), "told": list(data.told)})
