"""A guide, followed step by step as its reader would, with servers that stay up from one step to the next.

A block whose language is followed by a path is a file. `sh` is typed, in the folder of those files; `llama stack run`
keeps running until the next one, or until the end. `text` is what the block before it printed; `…` in it is anything.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

__all__ = ("Step", "Walker", "steps")

_FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = "localhost:8321"


@dataclass(frozen=True)
class Step:
    language: str
    path: str  # of the file that it is, or ""
    text: str


def steps(page: Path) -> list[Step]:
    return [Step(*found) for found in _FENCE.findall(page.read_text())]


@dataclass
class Walker:
    """Follows a guide in an empty folder, with nothing in the environment but `env`."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    def follow(self, guide: list[Step]) -> None:
        with ExitStack() as server:
            printed = ""
            for step in guide:
                if step.path and step.path != "example":
                    self._keep(step)
                elif step.text.startswith("llama stack run"):
                    server.close()
                    server.enter_context(self._serving(step.text.strip()))
                elif step.language == "sh":
                    printed = self._type(step.text)
                elif step.language == "text":
                    pattern = re.escape(step.text.strip()).replace("…", ".*")
                    assert re.fullmatch(pattern, printed.strip()), printed

    def _keep(self, step: Step) -> None:
        path = self.folder / step.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._own(step.text))

    def _type(self, command: str) -> str:
        command = self._own(command)
        ran = subprocess.run(
            ["bash", "-ec", command], cwd=self.folder, env=self._env, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def _own(self, text: str) -> str:
        """With the port of this walk in place of the usual one."""
        return text.replace(_SHOWN, f"localhost:{self.port}")

    @contextmanager
    def _serving(self, command: str) -> Iterator[None]:
        log = self.folder / "server.log"
        with log.open("w") as out:
            words = command.split()
            with subprocess.Popen(words, cwd=self.folder, env=self._env, stdout=out, stderr=out) as process:
                try:
                    self._wait(process, log)
                    yield
                finally:
                    process.terminate()

    def _wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        for _ in range(300):
            try:
                with urlopen(f"http://localhost:{self.port}/v1/health"):
                    return
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        pytest.fail(f"no answer in 30 seconds\n{log.read_text()}")

    @property
    def _env(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {"HOME": str(self.folder), "PATH": path, "LLAMA_STACK_PORT": str(self.port), **self.env}
