"""A training as it is asked for: its labels found, watched while it goes on, shown when it is over."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from harvest.packs.manifest import QUALITY, Pack
from orchestrate import show
from orchestrate.asking import Learning
from orchestrate.config import Config
from orchestrate.endings import interruptible
from orchestrate.progress import counting_phases
from orchestrate.versions import at_work
from train.problem import TrainError
from train.recipe import Recipe

if TYPE_CHECKING:
    from train.dataset import DataRequest, Dataset
    from train.report import TrainingReport
    from train.run import Progress

_FEATURES = "preset-features.npz"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is to be learned, and where to."""

    packs: Sequence[Pack]
    """To be scored."""
    asked: Learning
    folder: Path
    sampling: Literal["mix", "elite-first"] = Recipe().sampling
    seed: int = 0
    seeds: int = 1
    start_from: Path | None = None
    resume_from: Path | None = None


def with_list(asked: Learning, data_list: Path | None) -> Learning:
    """Add the labels that a file lists."""
    from train.data_list import read_data_list  # noqa: PLC0415 - torch takes seconds to load

    if data_list is None:
        return asked
    more = read_data_list(data_list)
    both = {"elite": (*asked.elite, *more.elite), "eval": (*asked.eval, *more.evals)}
    return asked.model_copy(update=both)


def labels(asked: Learning, packs: Sequence[Pack], config: Config, *, seed: int = 0) -> "DataRequest":
    """Find what there is to learn from; say what is not there."""
    from train.dataset import DataRequest  # noqa: PLC0415 - torch takes seconds to load

    if absent := next((path for path in (*asked.elite, *asked.eval) if not path.exists()), None):
        raise TrainError(f"There is no {absent}.")
    if not (asked.elite or asked.eval):
        raise TrainError("Nothing to learn from: name --elite, --eval or a --data-list.")
    return DataRequest(
        elite=asked.elite,
        evals=asked.eval,
        packs=tuple(packs),
        presets=packs[0].folder.absolute().parent,
        negatives=asked.neg_samples,
        min_pair_distance=asked.neg_min_pair_distance,
        eval_weight=asked.extra_eval_weight,
        neg_weight=asked.neg_weight,
        seed=seed,
        features=config.artifacts / _FEATURES,
    )


def learn(config: Config, lesson: Lesson, *, silently: bool = False) -> "TrainingReport":
    """Learn, compare, judge, and write scores for the packs that passed; its report is in the folder, too."""
    from train.gate import Limits  # noqa: PLC0415 - torch takes seconds to load
    from train.training import Order, Told, train  # noqa: PLC0415

    asked = lesson.asked
    data = labels(asked, lesson.packs, config, seed=lesson.seed)
    limits = Limits(quality_std=asked.min_quality_std)
    order = Order(
        data=data,
        recipe=Recipe(
            seed=lesson.seed,
            device=asked.device,
            epochs=asked.epochs,
            batch_size=asked.batch_size,
            learning_rate=asked.lr,
            sampling=lesson.sampling,
        ),
        limits=limits if data.elite else replace(limits, elite_auc=None, elite_pass=None),
        folder=lesson.folder,
        packs=lesson.packs,
        seeds=lesson.seeds,
        start_from=lesson.start_from,
        resume_from=lesson.resume_from,
        versions=at_work(config.web),
    )
    with interruptible(), _watching() as told:
        return train(order, Told(data=_ignore if silently else show_data, **told))


def show_data(data: "Dataset") -> None:
    """Tell what there is to learn from, before anything is learned."""
    columns = ("part", "source", "rows", "4 and more of 5", "between", "2 and less")
    show.rows(columns, [tuple(map(_spelled, each)) for each in data.counts])
    for reason, times in data.refused.items():
        show.talk.print(f"refused {times:,}: {reason}")
    for sentence in data.told:
        show.talk.print(sentence)


def show_training(report: "TrainingReport", lesson: Lesson) -> None:
    """How well, beside what; what was asked; the verdict, what to do, and what became of the scores."""
    from train.report import CHECK_COLUMNS, SUMMARY_COLUMNS, check_lines, summary_lines  # noqa: PLC0415

    verdict = report.verdict.verdict
    show.sentence("Held-out rows, of presets that no model has seen:", "bold")
    show.rows(SUMMARY_COLUMNS, summary_lines(report))
    show.rows(CHECK_COLUMNS, check_lines(report.verdict), styled=CHECK_COLUMNS.index("verdict"))
    show.sentence(f"The gate says {verdict}. {report.choice}", show.STYLES[verdict])
    for step in report.next_steps:
        show.sentence(step)
    show.sentence(f"Report, curves and all packs' scores, used or not, are in {lesson.folder}.")
    if report.model_file:
        show.sentence(f"The chosen model is {lesson.folder / report.model_file}.")
    for pack in lesson.packs:
        show.sentence(_written(pack, report), show.STYLES[report.verdict.packs[pack.name]])


class _Watch(TypedDict):
    phase: Callable[[str], None]
    network: Callable[["Progress"], None]
    chance: Callable[[int, int], None]


@contextmanager
def _watching() -> Generator[_Watch]:
    """Name each phase as it begins; those that take long show how far they are."""
    network, chance = "network", "trainings on shuffled labels"
    with counting_phases([network, chance]) as told:

        def progress(now: "Progress") -> None:
            if now.note:
                show.talk.print(f"network: {now.note}")
            told(network, now.epoch * now.steps + now.step, now.epochs * now.steps)

        yield {
            "phase": lambda what: show.talk.print(f"{what} …"),
            "network": progress,
            "chance": lambda done, of: told(chance, done, of),
        }


def _ignore(_data: "Dataset") -> None:
    """The report tells it, too."""


def _written(pack: Pack, report: "TrainingReport") -> str:
    """Tell what became of a pack's scores."""
    if pack.name in report.scores:
        return f"{len(pack.manifest.pairs):,} scores, which the page reads, are in {pack.folder / QUALITY}."
    kept = "those that it had stay" if (pack.folder / QUALITY).exists() else "it has none"
    said = report.verdict.packs[pack.name]
    return f"No scores were written for {pack.name}, of which the gate says {said}: {kept}."


def _spelled(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value
