"""Chat, completions, embeddings and rerank with GGUF models on this machine."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from .....apis.errors import BadRequestError, StackError, UnavailableError, UnsupportedError, UpstreamError
from .....apis.inference import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
    Reranking,
    RerankRequest,
)
from .....apis.inference.types import ImagePart, Reranked, TextPart
from .....apis.models import Model, ModelType
from .....apis.providers import Health
from .....apis.stream import EventStream, frame
from .....apis.wire import WireModel, edit
from ....utils.assembler import Assembler
from ....utils.relay import Relay
from .config import LlamaCppConfig
from .engine import Engines, context_of
from .header import Header, read_header
from .refusals import explained
from .source import file_of, is_on_hub, short_name
from .tools import ForcedCalls, forcing

__all__ = ("LlamaCpp",)

A = TypeVar("A", bound=WireModel)
E = TypeVar("E", bound=WireModel)

_FIELDS = msgspec.json.Decoder(dict[str, Any])
# What llama.cpp would pass over without a word.
_NOT_IN_CHAT = ("functions", "function_call", "audio", "web_search_options")
_NOT_IN_COMPLETIONS = ("suffix", "echo")


@dataclass(slots=True)
class _Call:
    """A call to llama.cpp: to which model, of which type, and the field that an over-long input is in."""

    model: str
    wanted: ModelType
    path: str
    body: bytes
    input: str
    forced: ForcedCalls | None = None


class LlamaCpp:
    """llama.cpp, each model in a child process. It speaks OpenAI's wire format itself; this is what it lacks."""

    def __init__(self, config: LlamaCppConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self.engines = Engines(config, provider_id)
        self._sources = {short_name(config.model): config.model} if config.model else {}
        self._files: dict[str, Path] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engines.aclose()

    # ---- inference

    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        fields = _FIELDS.decode(request.wire)
        self._refuse(fields, _NOT_IN_CHAT)
        changes = forcing(fields)
        body = edit(request.wire, put=changes) if changes else request.wire
        call = _Call(request.model, "llm", "/v1/chat/completions", body, "messages", ForcedCalls() if changes else None)
        if request.stream:
            return await self._stream(call, ChatCompletionChunk)
        return await self._whole(call, ChatCompletion, ChatCompletionChunk)

    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        self._refuse(_FIELDS.decode(request.wire), _NOT_IN_COMPLETIONS)
        call = _Call(request.model, "llm", "/v1/completions", request.wire, "prompt")
        if _is_several(request.prompt):
            return await self._several(call, bool(request.stream))
        if request.stream:
            return await self._stream(call, Completion)
        return await self._whole(call, Completion, Completion)

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        call = _Call(request.model, "embedding", "/v1/embeddings", request.wire, "input")
        async with self._reach(call) as (relay, header):
            if request.dimensions not in (None, header.embedding_length):
                message = f"{request.model} gives vectors of {header.embedding_length} numbers, no others"
                raise UnsupportedError(message, param="dimensions")
            return await relay.whole(call.path, call.body, Embeddings)

    async def rerank(self, request: RerankRequest) -> Reranking:
        texts = [_text(item) for item in request.items]
        body = {"query": _text(request.query), "documents": texts, "top_n": request.max_num_results or len(texts)}
        call = _Call(request.model, "rerank", "/v1/rerank", msgspec.json.encode(body), "items")
        async with self._reach(call) as (relay, _):
            answer = await relay.whole(call.path, call.body, _Ranks)
            return Reranking(data=answer.results)

    # ---- what the routing table asks

    async def list_models(self) -> list[Model]:
        """The configured model. One of the hub is fetched when it is first used; until then its type is unknown."""
        return [await self._listed(name, source) for name, source in self._sources.items()]

    async def register_model(self, model: Model) -> Model:
        """Check that the file is there and readable, fetching it first if it is on the hub, and say what it is."""
        header = await self._header(model.provider_resource_id)
        update = {"model_type": header.model_type, "metadata": self._metadata(header) | model.metadata}
        return model.model_copy(update=update)

    async def health(self) -> Health:
        """Whether the configured model can be loaded, or has crashed lately."""
        if self.config.model is None and not self.engines:
            reason = "set LLAMA_MODEL to the path of a GGUF file or to hf:org/repo/file.gguf, or register a model"
            return Health(state="unconfigured", reason=reason)
        try:
            await self.list_models()
        except StackError as error:
            return Health(state="unavailable", reason=error.message)
        if crashes := self.engines.crashes():
            many = ", ".join(f"{name} stopped or failed to load {count} times" for name, count in crashes.items())
            return Health(state="degraded", reason=f"{many} in a row")
        return Health(state="ready")

    async def _listed(self, name: str, source: str) -> Model:
        model = Model(identifier=name, provider_id=self.provider_id, provider_resource_id=name, source="listed")
        if is_on_hub(source) and source not in self._files:
            return model
        header = await self._header(source)
        model.model_type, model.metadata = header.model_type, self._metadata(header)
        return model

    def _metadata(self, header: Header) -> dict[str, Any]:
        told = {"better": self.config.better} if self.config.better else {}
        return header.metadata | {"context_length": context_of(self.config, header)} | told

    async def _header(self, name: str) -> Header:
        return await asyncio.to_thread(read_header, await self._file(name))

    async def _file(self, name: str) -> Path:
        source = self._sources.get(name, name)
        if source not in self._files:
            self._files[source] = await file_of(source)
        return self._files[source]

    # ---- calls

    async def _stream(self, call: _Call, event: type[E]) -> EventStream[E]:
        return await EventStream(event, self._blocks(call, event)).start()

    async def _whole(self, call: _Call, answer: type[A], event: type[WireModel]) -> A:
        call.body = edit(call.body, put={"stream": True, "stream_options": {"include_usage": True}})
        assembler = Assembler(adds_usage=True)
        async with aclosing(self._blocks(call, event)) as blocks:
            async for block in blocks:
                for chunk in _chunks(block):
                    assembler.feed(chunk)
        return answer.from_wire(msgspec.json.encode(assembler.finish()))

    async def _several(self, call: _Call, stream: bool) -> Completion:
        """Several prompts at once. Streamed, llama.cpp would begin with an event that is none."""
        if stream:
            raise UnsupportedError(f"{call.model} streams one prompt at a time", param="prompt")
        async with self._reach(call) as (relay, _):
            return await relay.whole(call.path, call.body, Completion)

    async def _blocks(self, call: _Call, event: type[WireModel]) -> AsyncGenerator[bytes, None]:
        """The events of a streamed answer, forced tool calls made of those that hold one."""
        async with self._reach(call) as (relay, _), await relay.stream(call.path, call.body, event) as stream:
            async for block in stream.blocks():
                if call.forced is None:
                    yield block
                elif changed := [chunk for chunk in map(call.forced.feed, _chunks(block)) if chunk]:
                    yield b"".join(frame(msgspec.json.encode(chunk)) for chunk in changed)

    @asynccontextmanager
    async def _reach(self, call: _Call) -> AsyncIterator[tuple[Relay, Header]]:
        """The way to a loaded model, which stays loaded meanwhile; what goes wrong is told in the model's name."""
        path = await self._file(call.model)
        header = await asyncio.to_thread(read_header, path)
        if header.model_type != call.wanted:
            message = f"{call.model} is a model of type {header.model_type}; this call needs one of type {call.wanted}"
            raise BadRequestError(message, param="model", code="wrong_model_type")
        engine = await self.engines.take(call.model, path)
        try:
            yield await engine.relay(), header
        except UpstreamError as error:
            if error.status == 502 and (how := await engine.has_crashed()):
                raise UnavailableError(f"{how}; the next request starts it again", code="model_crashed") from error
            raise explained(error, call.model, context_of(self.config, header), call.input) from error
        finally:
            self.engines.give_back(engine)

    def _refuse(self, fields: Mapping[str, Any], unknown: Iterable[str]) -> None:
        for name in unknown:
            if fields.get(name):
                raise UnsupportedError(f"{self.provider_id} (llama.cpp) has no {name}", param=name)


class _Ranks(WireModel):
    """llama.cpp's answer to a rerank call, the best first."""

    results: list[Reranked]


def _is_several(prompt: object) -> bool:
    return isinstance(prompt, list) and len(prompt) > 1 and not isinstance(prompt[0], int)


def _chunks(block: bytes) -> Iterable[dict[str, Any]]:
    return (_FIELDS.decode(event[6:]) for event in block.split(b"\n\n") if event)


def _text(item: str | TextPart | ImagePart) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, TextPart):
        return item.text
    raise UnsupportedError("rerank takes texts here, no images", param="items")
