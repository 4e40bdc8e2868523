"""Several processes that do the same, watched over: one that dies is replaced."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from ...apis.errors import StackError

__all__ = ("supervise",)

_SHORT_LIFE_SECONDS = 5.0  # a worker that dies younger than this has not served anybody
_MAX_SHORT_LIVES = 5  # in a row, over all workers; then something is wrong that a new process will not mend


def supervise(work: Callable[..., None], calls: list[tuple[Any, ...]], *, stop_seconds: float) -> None:
    """Run `work(*call)` in a process for each call until SIGINT or SIGTERM; then pass that on and wait for them."""
    spawn = multiprocessing.get_context("spawn")
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    workers: dict[BaseProcess, tuple[tuple[Any, ...], float]] = {}
    short_lives = 0

    def start(call: tuple[Any, ...]) -> None:
        process = spawn.Process(target=work, args=call)
        process.start()
        workers[process] = call, time.monotonic()

    for call in calls:
        start(call)
    try:
        while not stopping:
            wait([process.sentinel for process in workers], timeout=0.5)
            for process in [process for process in workers if not process.is_alive()]:
                call, born = workers.pop(process)
                if stopping:
                    continue
                short_lives = short_lives + 1 if time.monotonic() - born < _SHORT_LIFE_SECONDS else 0
                if short_lives >= _MAX_SHORT_LIVES:
                    raise StackError(f"the workers keep dying (exit code {process.exitcode}); see their messages above")
                start(call)
    finally:
        _stop(list(workers), stop_seconds)


def _stop(workers: list[BaseProcess], seconds: float) -> None:
    for process in workers:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in workers:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
