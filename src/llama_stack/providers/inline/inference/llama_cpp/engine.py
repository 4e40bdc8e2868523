"""The models in memory: each an engine that starts, is asked, crashes and starts again."""

import asyncio
import os
import time
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

from .....apis.errors import StackError, UnavailableError
from ....config import NetworkConfig
from ....utils.relay import Relay
from ....utils.transport import AiohttpTransport
from .child_process import ChildProcess
from .config import LlamaCppConfig
from .header import Header, read_header

__all__ = ("Engine", "Engines", "context_of", "threads_of")

# llama.cpp gives each open connection a thread, idle ones too, and closes idle ones just as they are used again:
# so each call has a connection of its own, and there are more threads than connections.
_CONNECTIONS = 64
_PATIENT = NetworkConfig(max_connections=_CONNECTIONS, read_timeout_seconds=3600)  # whole answers take long
_DEFAULT_CONTEXT = 8192
_CALM_SECONDS = 60.0  # an engine that ran for so long has got over its last crash
_MAX_PAUSE_SECONDS = 30.0
_TINY_BYTES = 64 * 2**20
_TINY_PROMPT_THREADS = 4  # of more, most wait


def context_of(config: LlamaCppConfig, header: Header) -> int:
    """How many tokens a request to a model may hold."""
    own = header.context_length or _DEFAULT_CONTEXT
    return min(config.context_length or _DEFAULT_CONTEXT, own)


def threads_of(config: LlamaCppConfig, path: Path) -> dict[str, int | None]:
    """With how many threads it writes and reads prompts; None: llama.cpp's own choice.

    A tiny model writes faster with one than with several that wait for each other at each layer.
    """
    if config.threads is None and path.stat().st_size < _TINY_BYTES:
        return {"threads": 1, "prompt_threads": min(_TINY_PROMPT_THREADS, os.cpu_count() or 1)}
    return {"threads": config.threads, "prompt_threads": config.threads}


class Engine:
    """One model, in a process that is there when it is needed."""

    def __init__(self, name: str, path: Path, config: LlamaCppConfig, provider_id: str) -> None:
        self.name, self.path, self.config, self.provider_id = name, path, config, provider_id
        self.users = 0
        self.failures = 0
        self._why, self._retry_at = "", 0.0
        self._child: ChildProcess | None = None
        self._relay: Relay | None = None
        self._starting: asyncio.Task[Relay] | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    async def relay(self) -> Relay:
        """The way to the model, loaded if need be. Who waits for it may go away; the loading goes on."""
        if self.alive and self._relay is not None:
            return self._relay
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(_heard)
        return await asyncio.shield(self._starting)

    async def has_crashed(self) -> str | None:
        """How the process ended, if it did: to be asked when it broke off an answer."""
        if self._child is None or not await self._child.ended(within=1):
            return None
        return self._obituary(self._child)

    async def stop(self) -> None:
        """Unload the model. It can be asked again."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._clear()

    async def _start(self) -> Relay:
        await self._bury()
        self._refuse_until_retry()
        header = await asyncio.to_thread(read_header, self.path)
        try:
            self._child = child = await ChildProcess.start(
                self._settings(header), timeout=self.config.load_timeout_seconds
            )
        except StackError as error:
            message = f"cannot load the model {self.path}: {error.message}"
            self._failed(message, time.monotonic())
            raise UnavailableError(message, code="model_unusable") from error
        self._relay = Relay(
            self.provider_id, child.url, api_key=child.key, transport=AiohttpTransport(self.provider_id, _PATIENT)
        )
        self._relay.headers["connection"] = "close"
        return self._relay

    def _settings(self, header: Header) -> dict[str, Any]:
        return {
            "path": str(self.path.absolute()),
            "alias": self.name,
            "context": context_of(self.config, header),
            "parallel": self.config.parallel_requests,
            **threads_of(self.config, self.path),
            "gpu_layers": self.config.gpu_layers,
            "prompt_cache_mib": self.config.prompt_cache_mib,
            "pooling": header.pooling,
            "connections": _CONNECTIONS + 8,
        }

    async def _bury(self) -> None:
        """Clear away a process that has ended by itself."""
        if (child := self._child) is not None:
            ended_at = child.ended_at or time.monotonic()
            if ended_at - child.started_at > _CALM_SECONDS:
                self.failures = 0
            self._failed(self._obituary(child), ended_at)
            await self._clear()

    async def _clear(self) -> None:
        relay, child, self._relay, self._child = self._relay, self._child, None, None
        if relay is not None:
            await relay.__aexit__()
        if child is not None:
            await child.stop()

    def _obituary(self, child: ChildProcess) -> str:
        words = child.last_words()
        return f"llama.cpp ended while it ran {self.name} ({child.how_it_ended()}{words and ': '}{words})"

    def _failed(self, why: str, at: float) -> None:
        """After its first failure it may be tried again at once, then after 1, 2, 4, … seconds."""
        self._why = why
        self.failures += 1
        self._retry_at = at + (min(2.0 ** (self.failures - 2), _MAX_PAUSE_SECONDS) if self.failures > 1 else 0)

    def _refuse_until_retry(self) -> None:
        if (wait := ceil(self._retry_at - time.monotonic())) > 0:
            message = f"{self._why}; that was failure {self.failures} in a row, try again in {wait} s"
            raise UnavailableError(message, code="model_restarting", headers={"retry-after": str(wait)})


class Engines:
    """As many engines as may be in memory at once; the least recently used idle one makes room."""

    def __init__(self, config: LlamaCppConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self._engines: dict[Path, Engine] = {}
        self._freed = asyncio.Event()

    async def take(self, name: str, path: Path) -> Engine:
        """The engine of a model. It stays in memory until it is given back."""
        while path not in self._engines:
            await self._make_room()
            if len(self._engines) < self.config.max_loaded_models:
                self._engines.setdefault(path, Engine(name, path, self.config, self.provider_id))
        engine = self._engines[path] = self._engines.pop(path)  # now the most recently used
        engine.users += 1
        return engine

    def give_back(self, engine: Engine) -> None:
        engine.users -= 1
        self._freed.set()

    def __bool__(self) -> bool:
        """Whether a model was asked for and is still in memory, or was to be."""
        return bool(self._engines)

    def crashes(self) -> Mapping[str, int]:
        """Models that stopped or failed to load more than once, and how often in a row."""
        return {
            engine.name: engine.failures
            for engine in self._engines.values()
            if engine.failures > 1 and not engine.alive
        }

    async def aclose(self) -> None:
        engines, self._engines = list(self._engines.values()), {}
        await asyncio.gather(*(engine.stop() for engine in engines))

    async def _make_room(self) -> None:
        """Let an idle engine go if there is no room: one without a process first, else the least recently used."""
        if len(self._engines) < self.config.max_loaded_models:
            return
        idle = sorted((engine for engine in self._engines.values() if not engine.users), key=lambda e: e.alive)
        if idle:
            del self._engines[idle[0].path]
            await idle[0].stop()
        else:
            self._freed.clear()
            await self._freed.wait()


def _heard(task: "asyncio.Task[Relay]") -> None:
    """A failure that nobody waits for any more is no surprise to anyone."""
    if not task.cancelled():
        task.exception()
