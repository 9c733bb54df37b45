"""A sync in a process of its own that is killed: at a chosen touch of the disk, or at any moment."""

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

from packs_on_disk import nobody

from harvest.packs.sync import Request, sync

# Forking spares each of the many processes the half second of its imports.
_PROCESSES = (
    multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")
)
_TOUCHES = ("replace", "unlink", "rmdir", "mkdir", "fsync")
_OVER = 0


def killed_at(step: int, asked: Request) -> bool:
    """Sync, and be killed on the way into the n-th touch of the disk; False: it was over before."""
    process = _PROCESSES.Process(target=_sync_and_die, args=(step, asked))
    process.start()
    process.join()
    return process.exitcode != _OVER


@contextmanager
def endlessly(requests: Sequence[Request]) -> Generator[BaseProcess]:
    """Sync one after the other, again and again, until killed."""
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_sync_for_ever, args=(requests, theirs))
    process.start()
    ours.recv()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _sync_for_ever(requests: Sequence[Request], ready: Connection) -> None:
    ready.send(None)
    for asked in itertools.cycle(requests):
        sync(asked, progress=nobody)


def _sync_and_die(step: int, asked: Request) -> None:
    steps = itertools.count(1)

    def deadly(work: Callable[..., Any]) -> Callable[..., Any]:
        def work_or_die(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == step:
                _die()
            return work(*args, **kwargs)

        return work_or_die

    writing = Path.write_bytes

    def torn(path: Path, data: bytes) -> int:
        writing(path, data[: len(data) // 2])
        if next(steps) == step:
            _die()
        return writing(path, data)

    with ExitStack() as patches:
        for name in _TOUCHES:
            patches.enter_context(mock.patch.object(os, name, deadly(getattr(os, name))))
        patches.enter_context(mock.patch.object(Path, "write_bytes", torn))
        sync(asked, progress=nobody)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
