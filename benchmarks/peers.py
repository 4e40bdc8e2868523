"""The gateways we measure ourselves against, each installed in a virtual environment of its own.

Run it: python -m benchmarks.peers            install what is missing
        python -m benchmarks.peers --remove   take them all away again

They live under $LLAMA_STACK_BENCH_HOME, or ~/.cache/llama-stack-bench.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .machine import children_environment

__all__ = ("HOME", "PEERS", "NotInstalledError", "Peer", "installed")

HOME = Path(os.environ.get("LLAMA_STACK_BENCH_HOME", "~/.cache/llama-stack-bench")).expanduser()


@dataclass(frozen=True)
class Peer:
    """A program of others: what to install, on which Python, and the requirements of its that cannot be met."""

    name: str
    requirement: str
    script: str
    python: tuple[int, int] = (3, 12)
    override: Sequence[str] = ()


PEERS = {
    peer.name: peer
    for peer in (
        # 1.109.1 asks for a certifi and a proxy-extras that were never published; any version of them serves.
        Peer("litellm", "litellm[proxy]==1.109.1", "litellm", override=("certifi", "litellm-proxy-extras")),
        Peer("ogx", "ogx==1.5.0", "ogx"),
        Peer("py-spy", "py-spy", "py-spy", python=(3, 11)),
    )
}


class NotInstalledError(Exception):
    """A peer cannot be had on this machine; the message says why."""


def installed(peer: Peer, *, install: bool = True) -> Path:
    """The peer's command, installed now if need be."""
    folder = HOME / peer.name
    script = folder / "bin" / peer.script
    if not script.exists():
        if not install:
            raise NotInstalledError(f"not installed in {folder}")
        _install(peer, folder)
    return script


def _install(peer: Peer, folder: Path) -> None:
    print(f"installing {peer.requirement} into {folder}", file=sys.stderr)
    _run([str(_python(peer.python)), "-m", "venv", "--clear", str(folder)])
    inside = str(folder / "bin" / "python")
    overrides = folder / "overrides.txt"
    overrides.write_text("".join(f"{line}\n" for line in peer.override))
    try:
        _run([*_uv(inside), "pip", "install", "--python", inside, "--override", str(overrides), peer.requirement])
    except NotInstalledError:
        shutil.rmtree(folder)
        raise


def _uv(inside: str) -> list[str]:
    """Uv, for its overrides: the one at hand, or one put into the new environment."""
    if found := os.environ.get("UV") or shutil.which("uv"):
        return [found]
    _run([inside, "-m", "pip", "install", "--quiet", "uv"])
    return [inside, "-m", "uv"]


def _python(least: tuple[int, int]) -> Path:
    if sys.version_info >= least:
        return Path(sys.executable)
    for minor in range(least[1], least[1] + 4):
        name = f"{least[0]}.{minor}"
        found = shutil.which(f"python{name}")
        for candidate in ([Path(found)] if found else []) + sorted(
            Path.home().glob(f".pyenv/versions/{name}.*/bin/python")
        ):
            if _works(candidate):
                return candidate
    raise NotInstalledError(f"needs Python {least[0]}.{least[1]} or newer, and none was found")


def _works(python: Path) -> bool:
    # A pyenv shim is on the PATH and yet refuses where its version is not selected.
    return subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=children_environment(), check=False)
    if done.returncode:
        raise NotInstalledError(f"{command[0]} failed: " + " ".join(done.stderr.split())[-400:])


def main() -> None:
    """Install the peers, or remove them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--remove", action="store_true")
    if options.parse_args().remove:
        shutil.rmtree(HOME, ignore_errors=True)
        return
    for peer in PEERS.values():
        try:
            print(f"{peer.name}: {installed(peer)}")
        except NotInstalledError as reason:
            print(f"{peer.name}: {reason}")


if __name__ == "__main__":
    main()
