"""Ollama: its own list with what each model can do, models that are pulled when registered, how long they stay loaded.

Facts (read 2026-11, Ollama's `docs/api.md` and `openai/openai.go`): models are listed at `/api/tags` and described at
`/api/show` (`capabilities`, `model_info["ARCH.context_length"]`); `/api/pull` streams its progress as lines of JSON.
The OpenAI-compatible endpoints know no `keep_alive`; one that `/api/generate` (or `/api/embed`) is given without a
prompt holds for the model until it is unloaded.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field
from typing_extensions import override

from ....apis.errors import StackError, UpstreamError
from ....apis.inference import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
)
from ....apis.models import Model
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside
from ...utils.refusal import refusal
from ...utils.transport import UpstreamRequest
from .openai_compatible import OpenAICompatible

__all__ = ("Ollama", "OllamaConfig")

log = logging.getLogger(__name__)

_SHOWN_AT_ONCE = 4
_LOG_EVERY_SECONDS = 5.0
_KEEP_EVERY_SECONDS = 60.0  # how often a model in use is told again: it may have been unloaded in between


class OllamaConfig(RemoteConfig):
    """An Ollama server."""

    keep_alive: str | int | None = Field(
        default=None, description="how long a model stays loaded: 10m, seconds, 0 for not at all, -1 for good"
    )
    pull: bool = Field(default=True, description="download a model that is registered and not there")


class Ollama(OpenAICompatible):
    """Ollama's OpenAI-compatible endpoints, and of its own API what those lack."""

    config: OllamaConfig

    def __init__(self, config: OllamaConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)
        self.native = beside(self.relay, (self.base_url or "").removesuffix("/v1"))
        self._shown: dict[str, dict[str, Any]] = {}  # digest → what /api/show said
        self._kept: dict[str, float] = {}  # model → when it was last told how long to stay
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__(*exc)

    # ---- how long models stay

    @override
    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        answer = await super().post_chat_completion(request)
        self._keep(request.model, "/api/generate")
        return answer

    @override
    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        answer = await super().post_completion(request)
        self._keep(request.model, "/api/generate")
        return answer

    @override
    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        answer = await super().post_embeddings(request)
        self._keep(request.model, "/api/embed")
        return answer

    def _keep(self, model: str, path: str) -> None:
        """Tell a model that is loaded now how long to stay; one that is to go does, when its answers are done."""
        keep_alive = self.config.keep_alive
        if keep_alive is None:
            return
        now = time.monotonic()
        if keep_alive not in (0, "0") and now < self._kept.get(model, -_KEEP_EVERY_SECONDS) + _KEEP_EVERY_SECONDS:
            return
        self._kept[model] = now
        body = {"model": model, "keep_alive": keep_alive} | ({"input": ""} if path == "/api/embed" else {})
        task = asyncio.create_task(self._tell(path, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, path: str, body: dict[str, Any]) -> None:
        try:
            await self.native.call("POST", path, msgspec.json.encode({**body, "stream": False}))
        except StackError as error:
            log.warning(
                "%s was not told to keep %s for %s: %s", self.provider_id, body["model"], body["keep_alive"], error
            )

    # ---- the list

    @override
    async def _listing(self) -> Any:
        tags = (await self.native.get("/api/tags", self._caller_headers())).get("models") or []
        limit = asyncio.Semaphore(_SHOWN_AT_ONCE)
        shown = await asyncio.gather(*(self._show(row, limit) for row in tags))
        self._shown = {row.get("digest", ""): said for row, said in zip(tags, shown, strict=True) if said}
        return {"data": [{**row, "id": row["name"], "shown": said} for row, said in zip(tags, shown, strict=True)]}

    async def _show(self, row: Mapping[str, Any], limit: asyncio.Semaphore) -> dict[str, Any]:
        """What Ollama knows of a model; nothing when it cannot say."""
        if known := self._shown.get(row.get("digest", "")):
            return known
        async with limit:
            with suppress(UpstreamError):
                body = msgspec.json.encode({"model": row["name"]})
                said: dict[str, Any] = msgspec.json.decode(await self.native.call("POST", "/api/show", body))
                return {name: said.get(name) for name in ("capabilities", "model_info")}
        return {}

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        capabilities = row["shown"].get("capabilities") or []
        model = super()._model(row)
        changes: dict[str, Any] = {"metadata": _facts(row), "created": _seconds(row.get("modified_at"))}
        if capabilities:
            changes["model_type"] = "embedding" if "embedding" in capabilities else "llm"
        return model.model_copy(update=changes)

    # ---- pulling

    async def register_model(self, model: Model) -> Model:
        """Download the model if it is not there; that may take as long as the model is large."""
        if self.config.pull and not await self._has(model.provider_resource_id):
            await self._pull(model.provider_resource_id)
        return model

    async def _has(self, name: str) -> bool:
        self._require_address()
        tags = (await self.native.get("/api/tags", self._caller_headers())).get("models") or []
        return not {name, f"{name}:latest"}.isdisjoint(row["name"] for row in tags)

    async def _pull(self, name: str) -> None:
        log.info("pulling %s into %s", name, self.provider_id)
        request = UpstreamRequest(
            "POST", f"{self.native.base_url}/api/pull", self.native.headers, msgspec.json.encode({"model": name})
        )
        response = await self.native.transport.send(request)
        try:
            if response.status != 200:
                raise refusal(self.provider_id, await response.read(), status=response.status, headers=response.headers)
            progress = _Progress(self.provider_id, name)
            async for data in response.reads():
                progress.feed(data)
            progress.finish()
        finally:
            response.close()


class _Progress:
    """The lines that a pull answers, turned into lines of the log."""

    def __init__(self, provider_id: str, name: str) -> None:
        self.provider_id, self.name = provider_id, name
        self._rest, self._status, self._logged = b"", "", 0.0

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in filter(None, lines):
            self._line(line)

    def finish(self) -> None:
        if self._rest:
            self._line(self._rest)
        if self._status != "success":
            message = f"{self.provider_id} broke off pulling {self.name} after {self._status!r}; try again, it resumes"
            raise UpstreamError(message, provider_id=self.provider_id, code="upstream_pull_failed")

    def _line(self, line: bytes) -> None:
        said = msgspec.json.decode(line)
        if error := said.get("error"):
            message = f"{self.provider_id} cannot pull {self.name}: {error}"
            raise UpstreamError(message, provider_id=self.provider_id, code="upstream_pull_failed")
        status, total = said.get("status", ""), said.get("total")
        now = time.monotonic()
        if status != self._status or now > self._logged + _LOG_EVERY_SECONDS:
            share = f" {said.get('completed', 0) / total:.0%} of {total / 1e9:.2f} GB" if total else ""
            log.info("pulling %s: %s%s", self.name, status, share)
            self._logged = now
        self._status = status


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """What Ollama tells of a model, under our names."""
    info, capabilities = row["shown"].get("model_info") or {}, row["shown"].get("capabilities") or []
    architecture = info.get("general.architecture")
    details = row.get("details") or {}
    facts = {
        "context_length": info.get(f"{architecture}.context_length"),
        "embedding_dimension": info.get(f"{architecture}.embedding_length") if "embedding" in capabilities else None,
        "input_modalities": ["text", "image"] if "vision" in capabilities else ["text"] if capabilities else None,
        "tools": "tools" in capabilities if capabilities else None,
        "reasoning": "thinking" in capabilities if capabilities else None,
        "parameters": details.get("parameter_size") or None,
        "quantization": details.get("quantization_level") or None,
        "size_bytes": row.get("size"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _seconds(stamp: object) -> int:
    with suppress(ValueError):
        return int(datetime.fromisoformat(stamp).timestamp()) if isinstance(stamp, str) else 0
    return 0
