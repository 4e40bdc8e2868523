"""A child process that holds a model, seen from its parent: started, watched, stopped."""

import asyncio
import json
import re
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from .....apis.errors import UnavailableError

__all__ = ("ChildProcess",)

_STOP_SECONDS = 5.0
_KEPT = 8192  # bytes of standard error


class ChildProcess:
    """A process that answers llama.cpp's HTTP API at `url`, to those who know `key`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.key = secrets.token_urlsafe(32)
        self.url = ""
        self.started_at = time.monotonic()
        self.ended_at: float | None = None
        self._errors = b""
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, settings: Mapping[str, Any], *, timeout: float) -> Self:
        """A process that has loaded its model. Raises `UnavailableError` with llama.cpp's reason when it cannot."""
        pipe = asyncio.subprocess.PIPE
        # As a file, not a module: the child needs none of our packages, and starts in a tenth of the time.
        command = (sys.executable, "-P", str(Path(__file__).with_name("child.py")))
        self = cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe))
        try:
            async with asyncio.timeout(timeout):
                await self._introduce(settings)
        except TimeoutError:
            await self.stop()
            raise UnavailableError(f"it took more than {timeout:g} s (load_timeout_seconds)") from None
        except BaseException:
            await self.stop()
            raise
        return self

    async def _introduce(self, settings: Mapping[str, Any]) -> None:
        """Tell it what to load, and hear where it listens. The key goes through the pipe: nobody else sees it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**settings, "key": self.key}).encode() + b"\n")
        answer = json.loads(await self.process.stdout.readline() or b"{}")
        if "url" not in answer:
            await self.ended()
            raise UnavailableError(self.first_complaint() or answer.get("error") or self.how_it_ended())
        self.url = answer["url"]

    @property
    def alive(self) -> bool:
        return self.ended_at is None

    async def ended(self, *, within: float = _STOP_SECONDS) -> bool:
        """Whether it ends within so many seconds."""
        await asyncio.wait([self._watching], timeout=within)
        return not self.alive

    def how_it_ended(self) -> str:
        code = self.process.returncode
        return f"killed by signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def first_complaint(self) -> str:
        """Why it did not load: what llama.cpp says after its first error follows from that."""
        lines = self._lines()
        return _words(next((line for line in lines if re.match(r"[\d.]+ E ", line)), lines[-1] if lines else ""))

    def last_words(self) -> str:
        """What it said before it ended; most often nothing."""
        lines = self._lines()
        return _words(lines[-1]) if lines else ""

    def _lines(self) -> list[str]:
        return self._errors.decode(errors="replace").strip().splitlines()

    async def stop(self) -> None:
        """End it. Safe to call twice."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        if not await self.ended():
            self.process.kill()
            await self.ended()

    async def _watch(self) -> None:
        """Keep the last words, and notice the end."""
        assert self.process.stderr is not None
        while piece := await self.process.stderr.read(_KEPT):
            self._errors = (self._errors + piece)[-_KEPT:]
        await self.process.wait()
        self.ended_at = time.monotonic()


def _words(line: str) -> str:
    """A line of llama.cpp's log without the time, the level and the function it comes from."""
    return re.sub(r"^[\d.]+ E (?:\S+ +)??\S+: +(?:error[^:]*: )*", "", line).strip()
