"""`harvest bench train`: how fast the trainer learns beside torch's own way of loading rows one by one."""

from typing import Annotated, Literal

import typer

from orchestrate import show
from orchestrate.bench.figures import as_record, as_rows
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from train.recipe import Recipe

EXAMPLES = examples(
    ("harvest bench train", "20 epochs of 56,000 and of 154,040 made-up rows of 63 features, each way"),
    ("harvest bench train --epochs 3 --json", "quicker, for machines"),
    ("harvest bench train --workers 2", "torch's way with two processes that load"),
)


@configurable()
def train(  # noqa: PLR0913 - the options of a command
    *,
    resolved: Resolved,  # noqa: ARG001 - nothing is set by it yet; a file with mistakes is told
    epochs: Annotated[int, typer.Option(min=1, help="How many each way learns; each is a measurement.")] = 20,
    batch_size: Annotated[int, typer.Option(min=3, help="Rows a step.")] = Recipe().batch_size,
    threads: Annotated[int, typer.Option(min=1, help="Of torch.")] = Recipe().threads,
    workers: Annotated[int, typer.Option(min=0, help="Processes that load for torch's way.")] = 0,
    device: Annotated[Literal["auto", "cuda", "cpu"], typer.Option(help="What computes.")] = "auto",
    json: AsJson = False,
) -> ExitCode:
    """Tell how fast batches are made and epochs learned, beside a DataLoader with a WeightedRandomSampler.

    All ways feed the same network with the same mix in the same run, by turns. The DataLoader's rows lie in
    memory as the network reads them, the features and the labels each in a field of its own, as rows
    commonly are; `packed`, all labels in one, is the least a DataLoader can be asked to do.
    """
    from orchestrate.bench.learning import measure  # noqa: PLC0415 - torch takes seconds to load

    recipe = Recipe(epochs=epochs, batch_size=batch_size, threads=threads, device=device)
    with refusing("nothing was kept"):
        figures, facts = measure(recipe, workers)
    if json:
        show.as_json(as_record(figures, **facts))
        return ExitCode.OK
    show.sentence(", ".join(f"{name} {value}" for name, value in facts.items()), "bold")
    show.rows(("figure", "median", "from … to", "n"), as_rows(figures))
    return ExitCode.OK
