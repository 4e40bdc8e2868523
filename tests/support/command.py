"""The command `llama`, as people and scripts run it."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ("LLAMA", "running")

LLAMA = str(Path(sys.executable).with_name("llama"))


@contextmanager
def running(
    *words: str, env: Mapping[str, str], cwd: Path | None = None
) -> Iterator[tuple[str, str, "subprocess.Popen[str]"]]:
    """A server that answers: its URL, what it said so far, the process."""
    with subprocess.Popen(
        [LLAMA, "stack", "run", *words],
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if line == "\n" and (url := re.search(r"at (http://\S+)\n\n.*\n$", said, re.DOTALL)):
                    yield url[1], said, process
                    break
            else:
                assert process.stderr is not None
                pytest.fail(f"no banner, but: {said}{process.stderr.read()}")
        finally:
            process.kill()
