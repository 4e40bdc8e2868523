"""A server of ours in front of a service that misbehaves, and what a caller of it sees."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .serving import Served, served, until
from .upstream import Behaviour, Upstream, upstream

__all__ = ("KEY", "Answer", "Front", "front_of", "provider")

KEY = "sk-operators-own-secret-key"


@dataclass
class Answer:
    """A whole HTTP answer. `events` are the payloads of a stream, as they stand."""

    status: int
    headers: Any
    body: bytes
    events: list[bytes] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The text of a streamed chat."""
        chunks = [json.loads(event) for event in self.events if event != b"[DONE]"]
        return "".join(choice["delta"].get("content") or "" for c in chunks for choice in c.get("choices", ()))

    @property
    def error(self) -> dict[str, Any]:
        """The error object: the answer itself, or the last event of a stream."""
        return dict(json.loads(self.events[-1] if self.events else self.body)["error"])


@dataclass
class Front:
    """The server, what is behind it, and a caller's HTTP client."""

    server: Served
    up: Upstream
    http: aiohttp.ClientSession
    config: dict[str, Any] = field(default_factory=dict)

    async def ask(self, *, stream: bool = False, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
        """A chat completion."""
        body = {"model": "up/m", "messages": [{"role": "user", "content": "hi"}], "stream": stream, **fields}
        return await self.post("/v1/chat/completions", body, headers)

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        async with self.http.post(f"{self.server.url}{path}", json=body, headers=headers) as response:
            return await _answer(response)

    @property
    def log(self) -> str:
        """The server's access log."""
        return self.server.log


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    body = await response.read()
    events = []
    if response.content_type == "text/event-stream":
        assert body.endswith(b"\n\n")
        events = [part.removeprefix(b"data: ") for part in body[:-2].split(b"\n\n")]
    return Answer(response.status, response.headers, body, events)


def provider(url: str, **network: Any) -> dict[str, Any]:
    """A remote provider called `up` that gives up soon."""
    config = {"base_url": url, "api_key": KEY, "network": {"read_timeout_seconds": 0.3, **network}}
    return {"provider_id": "up", "provider_type": "remote::vllm", "config": config}


@asynccontextmanager
async def front_of(behave: Behaviour, **network: Any) -> AsyncIterator[Front]:
    """A server in front of a service that behaves so. Nothing may be left behind: no task, no connection, no key."""
    with upstream(behave) as up:
        entries = [provider(up.url, **network), {"provider_id": "here", "provider_type": "inline::echo"}]
        config: dict[str, Any] = {"version": 2, "providers": {"inference": entries}}
        async with served(config) as server, aiohttp.ClientSession() as http:
            await server.stack.models.list_models()
            await until(lambda: not up.lines)
            before = asyncio.all_tasks()
            yield Front(server, up, http, config)
            await until(lambda: asyncio.all_tasks() <= before, 1)
        await until(lambda: not up.lines, 1)
        assert KEY not in server.log
