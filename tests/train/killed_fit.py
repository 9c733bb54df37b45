"""A training to be killed: tells each step, and resumes where it finds a checkpoint."""

import sys
from pathlib import Path

from tests.train.planted import planted
from train.checkpoint import Files
from train.fit import Fitted, Progress, fit
from train.recipe import Recipe

RECIPE = Recipe(epochs=3, batch_size=64, checkpoint_steps=3, threads=1)
STEPS = RECIPE.epochs * 8


def train(folder: Path, *, resume_from: Path | None = None) -> Fitted:
    """Train on rows that are the same each time."""

    def told(progress: Progress) -> None:
        if progress.loss is not None:
            sys.stdout.write(f"{progress.epoch} {progress.step}\n")
            sys.stdout.flush()

    found = planted(512, seed=1), planted(128, seed=2)
    return fit(*found, RECIPE, folder, told=told, resume_from=resume_from)


if __name__ == "__main__":
    given = Path(sys.argv[1])
    train(given, resume_from=given if Files(given).steps() else None)
