"""What starting costs: time and CPU to a help text and to a ready server, memory at rest, and the size of an install.

Run it: python -m benchmarks.start              ours
        python -m benchmarks.start --peers      OGX and LiteLLM too; saved in benchmarks/results

A server is ready when its health path answers 200. Medians of several starts; the first of them compiles bytecode and
does not count. An install is measured in a fresh environment without extras.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from .contestants import CONTESTANTS, OURS, Place, upstream
from .machine import DRIVER_CORE, Launch, children_environment, free_port, pin, running
from .peers import HOME, PEERS, NotInstalledError, installed
from .report import aligned, number, save

__all__ = ("Command", "Install", "Start")

_REPOSITORY = Path(__file__).resolve().parent.parent
_LLAMA = str(Path(sys.executable).with_name("llama"))


@dataclass(frozen=True)
class Command:
    """A command that ends by itself."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Start:
    """A server from its first instruction to its first answer, and then at rest."""

    wall_s: float
    cpu_s: float
    resident_mb: float


@dataclass(frozen=True)
class Install:
    """What an install brings: packages besides ours included, and their bytes before bytecode."""

    packages: int
    megabytes: float


def time_command(command: list[str], rounds: int) -> Command:
    """Run it again and again; medians."""
    found = [_run_once(command) for _ in range(rounds + 1)][1:]
    return Command(median(one.wall_s for one in found), median(one.cpu_s for one in found))


def _run_once(command: list[str]) -> Command:
    begin, spent = time.perf_counter(), os.times()
    subprocess.run(command, env=children_environment(), stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - spent.children_user - spent.children_system
    return Command(time.perf_counter() - begin, cpu)


def time_start(launch: Callable[[Path], Launch], rounds: int) -> Start:
    """Start it again and again, each time in a fresh home; medians."""
    found = [_start_once(launch) for _ in range(rounds + 1)][1:]
    return Start(*(median(getattr(one, name) for one in found) for name in ("wall_s", "cpu_s", "resident_mb")))


def _start_once(launch: Callable[[Path], Launch]) -> Start:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running(launch(Path(folder))) as server:
        time.sleep(2)
        server.settle()
        return Start(server.ready_wall_s, server.ready_cpu_s, server.resident_mb())


def _starter(folder: Path) -> Launch:
    place = Place(folder, free_port())
    return place.launch([_LLAMA, "stack", "run", "starter", "--port", str(place.port)], "/v1/health")


def weigh_install() -> Install:
    """Install the core, as `pip install llama-stack` does, and weigh what arrived."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        _install_repository(str(Path(folder) / "bin" / "python"))
        return weigh(Path(folder))


def _install_repository(python: str) -> None:
    if uv := os.environ.get("UV") or shutil.which("uv"):
        command = [uv, "pip", "install", "--quiet", "--python", python, str(_REPOSITORY)]
    else:
        pip = [sys.executable, "-m", "pip", "--python", python]
        command = [*pip, "install", "--quiet", "--no-compile", str(_REPOSITORY)]
    subprocess.run(command, env=children_environment(), check=True)


def weigh(environment: Path) -> Install:
    """Count the packages of an environment and their bytes, less its own tools and all bytecode."""
    [site] = environment.glob("lib/python*/site-packages")
    files = [path for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    names = {path.name.split("-")[0].lower() for path in site.glob("*.dist-info")} - {"pip", "setuptools", "uv"}
    tools = tuple(str(site / tool) for tool in ("pip", "setuptools", "uv"))
    return Install(len(names), sum(path.stat().st_size for path in files if not str(path).startswith(tools)) / 1e6)


def _contestant(name: str, rounds: int) -> Start:
    """A gateway with one provider, in front of a live upstream, since some ask it for its models before they answer."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        behind = Place(Path(folder), free_port())
        with running(upstream(behind)):
            launch = CONTESTANTS[name].launch
            return time_start(lambda own: launch(Place(own, free_port(), behind.port)), rounds)


def _weigh_peer(name: str) -> Install:
    installed(PEERS[name])
    return weigh(HOME / name)


Row = Callable[[int], Command | Start | Install]

_OURS: dict[str, Row] = {
    "llama --help": lambda rounds: time_command([_LLAMA, "--help"], rounds * 3),
    "llama stack run starter": lambda rounds: time_start(_starter, rounds),
    "pip install llama-stack": lambda _: weigh_install(),
}
_PEERS: dict[str, Row] = {
    "llama-stack, one provider": lambda rounds: _contestant(OURS, rounds),
    "ogx, one provider": lambda rounds: _contestant("ogx", rounds),
    "litellm, one provider": lambda rounds: _contestant("litellm", rounds),
    "pip install ogx": lambda _: _weigh_peer("ogx"),
    "pip install litellm[proxy]": lambda _: _weigh_peer("litellm"),
}
_COLUMNS = {
    "wall s": "wall_s",
    "CPU s": "cpu_s",
    "MB at rest": "resident_mb",
    "packages": "packages",
    "MB on disk": "megabytes",
}


def _measure(rows: dict[str, Row], rounds: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, row in rows.items():
        try:
            found[name] = asdict(row(rounds))
        except (NotInstalledError, RuntimeError, OSError, subprocess.CalledProcessError) as reason:
            print(f"{name}: skipped: {reason}", file=sys.stderr)
    return found


def main() -> None:
    """Measure, print, save."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--peers", action="store_true", help="measure OGX and LiteLLM too")
    chosen = options.parse_args()
    pin(DRIVER_CORE)
    figures = _measure(_OURS | _PEERS if chosen.peers else _OURS, chosen.rounds)
    rows = [[name, *(_cell(one, key) for key in _COLUMNS.values()), ""] for name, one in figures.items()]
    print(aligned([["", *_COLUMNS, ""], *rows]))
    if chosen.peers:
        print(f"\nsaved in {save('start', {'figures': figures})}")


def _cell(figures: dict[str, float], key: str) -> str:
    return number(figures[key]) if key in figures else "-"


if __name__ == "__main__":
    main()
