"""Processes as a benchmark sees them: started on a core of their own, timed, weighed and stopped."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = (
    "DRIVER_CORE",
    "SERVER_CORE",
    "Launch",
    "Server",
    "busy_seconds",
    "children_environment",
    "free_port",
    "last_words",
    "pin",
    "process_tree",
    "running",
)

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]
DRIVER_CORE = _CORES[1] if len(_CORES) > 1 else _CORES[0]


@dataclass(frozen=True)
class Launch:
    """How a server is started, and the URL that answers 200 once it is ready."""

    command: Sequence[str]
    ready_url: str
    environment: Mapping[str, str]
    log: Path
    core: int = SERVER_CORE


@dataclass(frozen=True)
class Server:
    """A running server: its first process, and what becoming ready took."""

    pid: int
    ready_wall_s: float
    ready_cpu_s: float

    def cpu_seconds(self) -> float:
        """CPU time of the server and its children, to the nanosecond, since they started."""
        return sum(map(_cpu_seconds, process_tree(self.pid)))

    def resident_mb(self) -> float:
        """Memory of the server and its children: pages they share are counted once (PSS)."""
        return sum(map(_proportional_kb, process_tree(self.pid))) / 1000

    def settle(self, limit_s: float = 20.0) -> None:
        """Wait until the server rests, so that work it left for later does not slow the next one measured."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(0.1)
            if self.cpu_seconds() - before < 0.005:
                return


def pin(core: int) -> None:
    """Keep this process, and those it starts, on one core."""
    os.sched_setaffinity(0, {core})


def busy_seconds() -> float:
    """CPU time that everything on the machine has spent together."""
    user, nice, system, _idle, _wait, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(map(int, (user, nice, system, *interrupts[:3]))) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_environment(**more: str) -> dict[str, str]:
    """The environment for a measured process: as ours, but modules are compiled once and stay compiled."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in dropped} | more


def last_words(log: Path) -> str:
    """The end of what a server wrote."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])


@contextlib.contextmanager
def running(launch: Launch, *, timeout_s: float = 180.0) -> Iterator[Server]:
    """Start a server, wait until it is ready, and stop it and its children on the way out."""
    begin = time.perf_counter()
    with launch.log.open("ab") as log:
        process = subprocess.Popen(
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(launch.environment),
            start_new_session=True,
            preexec_fn=lambda: pin(launch.core),
        )
    try:
        _await_ready(process, launch, begin + timeout_s)
        yield Server(process.pid, time.perf_counter() - begin, sum(map(_cpu_seconds, process_tree(process.pid))))
    finally:
        _stop(process)


def _await_ready(process: subprocess.Popen[bytes], launch: Launch, until: float) -> None:
    while not _answers(launch.ready_url):
        if process.poll() is not None:
            raise RuntimeError(
                f"{launch.command[0]} ended with {process.returncode}; its last words:\n{last_words(launch.log)}"
            )
        if time.perf_counter() > until:
            raise RuntimeError(
                f"{launch.ready_url} did not answer in time; the server's last words:\n{last_words(launch.log)}"
            )
        time.sleep(0.01)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    family = process_tree(process.pid)
    _signal(family, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    _signal(family, signal.SIGKILL)
    process.wait()


def _signal(pids: Sequence[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)


def process_tree(root: int) -> list[int]:
    """The process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with contextlib.suppress(OSError):
            children.setdefault(_parent(pid), []).append(pid)
    found = [root]
    for pid in found:  # grows while we walk it
        found += children.get(pid, [])
    return found


def _parent(pid: int) -> int:
    # The name stands in brackets and may hold anything; what follows the last bracket is "state parent ...".
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _cpu_seconds(pid: int) -> float:
    # /proc/PID/stat counts in ticks of 10 ms, the process's own clock in nanoseconds: clock_getcpuclockid(3).
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
