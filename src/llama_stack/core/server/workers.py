"""Several processes that do the same, watched over: one that dies is replaced."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from threading import Event
from typing import Any

from ...apis.errors import StackError

__all__ = ("supervise",)

Work = Callable[..., None]

_SHORT_LIFE_SECONDS = 5.0  # a worker that dies younger than this has not served anybody
_MAX_SHORT_LIVES = 5  # in a row, over all workers; then something is wrong that a new process will not mend
_SPAWN = multiprocessing.get_context("spawn")


def supervise(
    work: Work, calls: Sequence[tuple[Any, ...]], *, release: Callable[[], None], stop_seconds: float
) -> None:
    """Run `work(*call)` in a process for each call until SIGINT or SIGTERM; then pass that on and wait for them.

    `release` lets go of what this process holds on their behalf, before they are stopped. Raises the
    `StackError` that one of them ended with.
    """
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: stopping.set())
    workers = [_Worker(work, call) for call in calls]
    short_lives = 0
    try:
        while not stopping.is_set():
            wait([worker.process.sentinel for worker in workers], timeout=0.5)
            for worker in workers:
                if stopping.is_set() or worker.process.is_alive():
                    continue
                short_lives = short_lives + 1 if worker.died_young() else 0
                if short_lives >= _MAX_SHORT_LIVES:
                    code = worker.process.exitcode
                    raise StackError(f"the workers keep dying (exit code {code}); see their messages above")
                worker.start()
    finally:
        release()
        _stop(workers, stop_seconds)


class _Worker:
    """A process for one call, and those that come after it."""

    def __init__(self, work: Work, call: tuple[Any, ...]) -> None:
        self.work, self.call = work, call
        self.start()

    def start(self) -> None:
        self._problem, problem = _SPAWN.Pipe(duplex=False)
        self.process = _SPAWN.Process(target=_run, args=(self.work, self.call, problem))
        self.process.start()
        problem.close()
        self._born = time.monotonic()

    def died_young(self) -> bool:
        """Whether the process has hardly lived. Raises the error it ended with, if that was one of ours."""
        if self._problem.poll() and (message := _read(self._problem)):
            raise StackError(message)
        return time.monotonic() - self._born < _SHORT_LIFE_SECONDS


def _run(work: Work, call: tuple[Any, ...], problem: Connection) -> None:
    """In the process: an error with a message for people goes up, to be told once and without a traceback."""
    try:
        work(*call)
    except StackError as error:
        problem.send(error.message)
        sys.exit(1)


def _read(problem: Connection) -> str | None:
    try:
        message: str = problem.recv()
    except EOFError:  # it ended otherwise
        return None
    return message


def _stop(workers: list[_Worker], seconds: float) -> None:
    for worker in workers:
        worker.process.terminate()
    deadline = time.monotonic() + seconds
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
