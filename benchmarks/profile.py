"""Where our gateway spends its time under load: top functions by own time and by time including what they call.

Run it: python -m benchmarks.profile                    small prompts, 16 at once
        python -m benchmarks.profile --job stream --raw /tmp/stacks.txt

py-spy samples the server from outside, holders of the interpreter's lock only; it comes into an environment of its own.
"""

import argparse
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from .contestants import CONTESTANTS, OURS
from .gateway import JOBS, Runner, contest
from .load import Job
from .machine import DRIVER_CORE, children_environment, pin
from .peers import PEERS, installed

__all__ = ("Profile", "read_stacks")

_RATE = 200


class Profile:
    """Samples added up by function."""

    def __init__(self) -> None:
        self.samples = 0
        self.own: Counter[str] = Counter()
        self.total: Counter[str] = Counter()

    def add(self, frames: Sequence[str], count: int) -> None:
        self.samples += count
        self.own[frames[-1]] += count
        self.total.update(dict.fromkeys(set(frames), count))


def read_stacks(lines: Iterable[str]) -> Profile:
    """Add up py-spy's raw form: `outermost;...;innermost count`."""
    profile = Profile()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        profile.add(stack.split(";"), int(count))
    return profile


def _record(runner: Runner, job: Job, seconds: float, raw: Path) -> None:
    spy = [str(installed(PEERS["py-spy"])), "record", "--gil", "--function", "--format", "raw", "--rate", str(_RATE)]
    command = [*spy, "--output", str(raw), "--duration", str(int(seconds)), "--pid", str(runner.server.pid)]
    recording = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=children_environment())
    measurement = runner.run(job, warm_up_s=1.0, seconds=seconds)
    said, _ = recording.communicate(timeout=60)
    if recording.returncode:
        raise SystemExit(f"py-spy could not watch the server: {said.decode(errors='replace').strip()}")
    print(
        f"{measurement.requests_per_s:,.0f} requests/s while it was watched, {measurement.chunks_per_s:,.0f} chunks/s"
    )


def _show(title: str, counts: Counter[str], samples: int, limit: int) -> None:
    print(f"\n{title}, {samples} samples")
    for name, count in counts.most_common(limit):
        print(f"{count / samples:6.1%}  {name}")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--of", default=OURS, choices=list(CONTESTANTS))
    options.add_argument("--job", default="small, 16", help="the beginning of a job's name; the first that fits is run")
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--raw", type=Path, help="keep the stacks here, for a flame graph")
    options.add_argument("--top", type=int, default=30)
    return options.parse_args()


def main() -> None:
    """Start the server, load it, watch it, and say where its time went."""
    chosen = _options()
    job = next(job for job in JOBS if job.name.startswith(chosen.job))
    pin(DRIVER_CORE)
    with tempfile.TemporaryDirectory() as folder, contest([chosen.of]) as runners:
        raw = chosen.raw or Path(folder) / "stacks.txt"
        _record(runners[-1], job, chosen.seconds, raw)
        profile = read_stacks(raw.read_text().splitlines())
    _show(f"{chosen.of}, {job.name}: own time", profile.own, profile.samples, chosen.top)
    inner = Counter({name: count for name, count in profile.total.items() if count < 0.98 * profile.samples})
    _show("with what they call", inner, profile.samples, chosen.top)


if __name__ == "__main__":
    main()
