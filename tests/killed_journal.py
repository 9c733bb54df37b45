"""A journal written by a process of its own that is killed at any moment."""

import itertools
import multiprocessing
import os
import random
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

from harvest.journal import open_journal
from harvest.records import Fault

_PROCESSES = (
    multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")
)


def numbered(number: int) -> Fault:
    """A line that takes long to write."""
    return Fault(kind="fault", name="page-crash", t_ms=number, run="r", evidence="Größe {}\u2028 \n" * 100)


def reported_before_kill(folder: Path, first: int, seed: int) -> int:
    """Append lines numbered from `first` until killed; tell how many of them were reported as written."""
    dice = random.Random(seed)  # noqa: S311 - it chooses moments, not secrets
    reports, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_append_for_ever, args=(folder, first, theirs))
    process.start()
    theirs.close()
    wanted = dice.randint(1, 5)
    for _ in range(wanted):
        reports.recv()
    process.join(dice.uniform(0, 0.02))
    alive = process.is_alive()
    process.kill()
    process.join()
    assert alive
    reported = wanted
    with suppress(EOFError):
        while True:
            reports.recv()
            reported += 1
    return reported


def _append_for_ever(folder: Path, first: int, reports: Connection) -> None:
    writing = os.write

    def dribble(handle: int, data: memoryview) -> int:
        """Write byte by byte, as a full disk or a network drive might, so that most kills tear a line."""
        return writing(handle, data[:1])

    with open_journal(folder, run="killed") as journal:
        for number in itertools.count(first):
            with mock.patch.object(os, "write", dribble):
                journal.append(numbered(number))
            reports.send(None)
