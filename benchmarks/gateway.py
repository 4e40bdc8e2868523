"""Our gateway against direct calls, a bare relay and its peers: one run, one upstream, turn by turn.

Run it: python -m benchmarks.gateway                       all of it, about ten minutes
        python -m benchmarks.gateway --quick               a first impression in two
        python -m benchmarks.gateway --only relay,litellm --jobs stream --rounds 3

A whole run is saved in benchmarks/results; one of fewer contestants or jobs, or a quick one, is only printed.
Servers have one core, the load and the upstream another. In each round every contestant has its turn, so that a busy
machine hurts all alike, and ratios are taken within rounds.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvloop

from .contestants import CONTESTANTS, OURS, Contestant, Place, upstream
from .load import Clocks, Job, Measurement, Target, measure
from .machine import DRIVER_CORE, Server, free_port, last_words, pin, running
from .peers import NotInstalledError
from .report import Rounds, ratio_table, ratios, save, summary, table
from .upstream import MODEL

__all__ = ("JOBS", "Runner", "contest")

SMALL, LARGE = 1_200, 200_000
JOBS = (
    *(Job(f"small, {n} at once", n, SMALL) for n in (1, 16, 64)),
    *(Job(f"large, {n} at once", n, LARGE) for n in (1, 16, 64)),
    Job("stream, 16 at once", 16, SMALL, stream=True),
    Job("paced stream, 16 at once", 16, SMALL, stream=True, paced=True),
)


class Runner:
    """A server that is up, and the way to it."""

    def __init__(self, name: str, target: Target, server: Server, driver: Server, log: Path) -> None:
        self.name, self.target, self.server, self.driver, self.log = name, target, server, driver, log

    def run(self, job: Job, *, warm_up_s: float, seconds: float) -> Measurement:
        """One window of one job, after which the server rests."""
        clocks = Clocks(self.server.cpu_seconds, self.driver_cpu)
        measurement = uvloop.run(measure(self.target, job, clocks, warm_up_s=warm_up_s, seconds=seconds))
        self.server.settle()
        return measurement

    def driver_cpu(self) -> float:
        """What the core that drives has spent: this process and the upstream."""
        own = time.process_time()
        return own if self.driver is self.server else own + self.driver.cpu_seconds()


@contextlib.contextmanager
def contest(names: Sequence[str]) -> Iterator[list[Runner]]:
    """Start the upstream and, in front of it, every contestant that can be had."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        port = free_port()
        launch = upstream(_place(folder, "upstream", port, 0))
        driver = stack.enter_context(running(launch))
        runners = [Runner("direct", Target(port, MODEL), driver, driver, launch.log)]
        for name in names:
            with contextlib.suppress(_SkippedError):
                runners.append(_start(CONTESTANTS[name], folder, port, driver, stack))
        yield runners


class _SkippedError(Exception):
    """A contestant does not take part; the reason has been told."""


def _start(
    contestant: Contestant, folder: Path, upstream_port: int, driver: Server, stack: contextlib.ExitStack
) -> Runner:
    place = _place(folder, contestant.name, free_port(), upstream_port)
    try:
        launch = contestant.launch(place)
        server = stack.enter_context(running(launch))
    except NotInstalledError as reason:
        print(f"{contestant.name}: not installed: skipped ({reason})", file=sys.stderr)
        raise _SkippedError from reason
    except RuntimeError as reason:
        print(f"{contestant.name}: does not start: skipped\n{reason}", file=sys.stderr)
        raise _SkippedError from reason
    print(
        f"{contestant.name}: ready after {server.ready_wall_s:.1f} s, {server.ready_cpu_s:.1f} s CPU", file=sys.stderr
    )
    return Runner(contestant.name, Target(place.port, contestant.model), server, driver, launch.log)


def _place(folder: Path, name: str, port: int, upstream_port: int) -> Place:
    own = folder / name
    own.mkdir()
    return Place(own, port, upstream_port)


def _run(runners: list[Runner], jobs: Sequence[Job], rounds: int, seconds: float) -> Rounds:
    results: dict[str, dict[str, list[Measurement]]] = {}
    for job in jobs:
        found = results[job.name] = {runner.name: [] for runner in runners}
        _turns(runners, job, warm_up_s=0, seconds=0.5)
        for _ in range(rounds):
            for name, measurement in _turns(runners, job, warm_up_s=seconds / 4, seconds=seconds):
                found[name].append(measurement)
        print(table(job.name, found), end="\n\n", flush=True)
    return results


def _turns(runners: list[Runner], job: Job, *, warm_up_s: float, seconds: float) -> list[tuple[str, Measurement]]:
    """Everyone's turn at a job; who has died is told of, and takes no further part."""
    found: list[tuple[str, Measurement]] = []
    for runner in list(runners):
        try:
            found.append((runner.name, runner.run(job, warm_up_s=warm_up_s, seconds=seconds)))
        except OSError as reason:
            print(f"{runner.name}: gone ({reason}); its last words:\n{last_words(runner.log)}", file=sys.stderr)
            runners.remove(runner)
    return found


def _conclude(results: Rounds, ours: str, *, keep: bool) -> None:
    compared = {job: ratios(found, ours) for job, found in results.items()}
    print(ratio_table(compared, ours))
    if keep:
        figures = {job: {name: summary(rounds) for name, rounds in found.items()} for job, found in results.items()}
        print(f"\nsaved in {save('gateway', {'ratios_of': ours, 'ratios': compared, 'figures': figures})}")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", help=f"contestants, comma-separated, of: {', '.join(CONTESTANTS)}")
    options.add_argument("--jobs", help="which jobs: beginnings of their names, comma-separated")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=2.0, help="the window of one measurement")
    options.add_argument("--quick", action="store_true", help="two rounds of half a second")
    chosen = options.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds = 2, 0.5
    return chosen


def main() -> None:
    """Measure, print the tables, save the figures."""
    chosen = _options()
    names = chosen.only.split(",") if chosen.only else list(CONTESTANTS)
    if unknown := set(names) - set(CONTESTANTS):
        sys.exit(f"no contestant is called {', '.join(sorted(unknown))}; there are: {', '.join(CONTESTANTS)}")
    jobs = [job for job in JOBS if job.name.startswith(tuple((chosen.jobs or "").split(",")))]
    whole = not (chosen.quick or chosen.only or chosen.jobs)
    pin(DRIVER_CORE)
    with contest(names) as runners:
        results = _run(runners, jobs, chosen.rounds, chosen.seconds)
        present = [runner.name for runner in runners]
        _conclude(results, next(name for name in (OURS, "relay", *present) if name in present), keep=whole)


if __name__ == "__main__":
    main()
