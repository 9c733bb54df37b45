"""Processes of ours that compute beside us, and end when we do."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from harvest.packs.problem import PackError

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def workers(processes: int) -> Generator[Executor]:
    """Compute in so many processes; with one, in this one."""
    if processes == 1:
        yield _Here()
        return
    # Spawned, not forked: threads are running here, and Windows knows nothing else.
    context = multiprocessing.get_context("spawn")
    pool = _Pool(processes, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    except BrokenExecutor as error:
        why = "A process of ours was killed, perhaps for want of memory; try again with fewer --processes."
        raise PackError(why) from error
    finally:
        # Cut short, it would take from workers that are still starting what they start with.
        with _ctrl_c_held():
            pool.shutdown(cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    """Computes in processes, which it starts as work comes in."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with _ctrl_c_held():
            return super().submit(fn, *args, **kwargs)


class _Here(Executor):
    """Computes at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def _ctrl_c_held() -> Generator[None]:
    """Let Ctrl-C come a moment later; processes started meanwhile inherit that, and never see it.

    A worker needs half a second until it can ignore Ctrl-C by itself. Windows has no such mask: there a
    worker that is still starting may print a traceback.
    """
    if os.name == "nt":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """Leave Ctrl-C to the parent, and outlive it by no moment: a killed one cannot call its workers off."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
