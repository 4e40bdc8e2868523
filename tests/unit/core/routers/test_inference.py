"""The inference router: who is asked, and what is stored."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override

from llama_stack.apis import Inference
from llama_stack.apis.errors import BadRequestError, StackError, UnsupportedError
from llama_stack.apis.inference import ChatCompletion, ChatCompletionChunk, ChatCompletionRequest
from llama_stack.apis.stream import EventStream
from llama_stack.core.face import face
from llama_stack.core.resolver import Provider
from llama_stack.core.routers.common import router_for
from llama_stack.core.routers.inference import InferenceRouter
from llama_stack.core.routing_tables.models import ModelTable
from llama_stack.core.storage.completions import CompletionStore
from llama_stack.core.storage.config import KvMemory, MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import open_kv
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio

USER = {"role": "user", "content": "hi"}
WHOLE = {"id": "c1", "created": 7, "model": "m", "choices": [{"index": 0, "message": {"content": "hello"}}]}


class Service:
    """Answers chats with what it is told to; `streams` keeps what it gave out."""

    def __init__(self, answer: dict[str, Any] | list[dict[str, Any]]) -> None:
        self.answer = answer
        self.asked: list[ChatCompletionRequest] = []
        self.closed = 0

    async def post_chat_completion(self, request: ChatCompletionRequest) -> Any:
        self.asked.append(request)
        if isinstance(self.answer, dict):
            return ChatCompletion.from_wire(json.dumps(self.answer).encode())
        return EventStream.of(ChatCompletionChunk, self._stream(self.answer))

    async def _stream(self, rows: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
        try:
            for row in rows:
                yield row
        finally:
            self.closed += 1


@asynccontextmanager
async def router(service: Service, *, store_by_default: bool = False) -> AsyncIterator[Any]:
    """The API as the library's callers see it, over a remote service `far`."""
    provider = Provider("inference", "far", ProviderSpec("inference", "remote::thing", "x:y"), {}, impl=service)
    config = StorageConfig(backends={"kv": KvMemory()})
    async with (
        open_kv(config, MetadataStore(backend="kv")) as kv,
        ModelTable([provider], kv, declared=[], refresh_seconds=3600) as table,
        CompletionStore(None) as store,
    ):
        yield face(Inference, InferenceRouter(table, store, store_by_default=store_by_default))


async def stored(api: Any) -> list[str]:
    return [completion.id for completion in (await api.list_chat_completions()).data]


async def test_the_provider_is_asked_by_its_own_name_of_the_model() -> None:
    service = Service(WHOLE)
    async with router(service) as api:
        assert (await api.post_chat_completion(model="far/org/m", messages=[USER])).text == "hello"
    assert service.asked[0].model == "org/m"


async def test_what_the_provider_has_not_is_told() -> None:
    async with router(Service(WHOLE)) as api:
        with pytest.raises(
            UnsupportedError, match=r"far \(remote::thing\), which serves 'far/m', has no post_embeddings"
        ):
            await api.post_embeddings(model="far/m", input="x")


@pytest.mark.parametrize(
    ("by_default", "asked", "kept"),
    [(False, None, 0), (False, True, 1), (False, False, 0), (True, None, 1), (True, True, 1), (True, False, 0)],
)
async def test_a_completion_is_stored_as_the_request_says_or_else_the_config(
    by_default: bool, asked: bool | None, kept: int
) -> None:
    wish = {} if asked is None else {"store": asked}
    async with router(Service(WHOLE), store_by_default=by_default) as api:
        await api.post_chat_completion(model="far/m", messages=[USER], **wish)
        assert len(await stored(api)) == kept


CHUNKS = [
    {"id": "c2", "created": 7, "model": "m", "object": "chat.completion.chunk", "choices": [choice]}
    for choice in (
        {"index": 0, "delta": {"role": "assistant", "content": "hel"}},
        {"index": 0, "delta": {"content": "lo"}},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    )
]


async def test_what_was_streamed_is_stored_at_its_end_and_not_before() -> None:
    async with router(Service(CHUNKS)) as api:
        stream = await api.post_chat_completion(model="far/m", messages=[USER], stream=True, store=True)
        assert (await anext(stream)).delta == "hel"
        assert await stored(api) == []
        assert "".join([chunk.delta async for chunk in stream]) == "lo"
        kept = await api.get_chat_completion("c2")
        assert (kept.text, kept.model, kept.choices[0].finish_reason) == ("hello", "far/m", "stop")
        assert kept.input_messages == [USER]


@pytest.mark.parametrize("read", [0, 1])
async def test_a_stream_that_is_left_is_closed_and_not_stored(read: int) -> None:
    service = Service(CHUNKS)
    async with router(service) as api:
        stream = await api.post_chat_completion(model="far/m", messages=[USER], stream=True, store=True)
        for _ in range(read):
            await anext(stream)
        await stream.aclose()
        assert service.closed == 1
        assert await stored(api) == []


@pytest.mark.parametrize("lacks", ["id", "created", "model"])
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_lacks_something_is_given_and_stored_nevertheless(lacks: str, stream: bool) -> None:
    rows = [{name: value for name, value in row.items() if name != lacks} for row in (WHOLE, *CHUNKS)]
    async with router(Service(rows[1:] if stream else rows[0])) as api:
        answer = await api.post_chat_completion(model="far/m", messages=[USER], stream=stream, store=True)
        if stream:
            assert len([block async for block in answer.blocks()]) == 3
        else:
            assert json.loads(answer.wire) == rows[0]
        (completion,) = (await api.list_chat_completions()).data
        assert completion.text == "hello"
        assert completion.id.startswith("chatcmpl-" if lacks == "id" else "c")


def test_metadata_that_cannot_be_stored_is_refused_before_a_provider_is_asked() -> None:
    body = {"model": "far/m", "messages": [USER], "store": True, "metadata": {"n": 1}}
    with pytest.raises(BadRequestError, match=r"metadata.*Expected `str`, got `int`"):
        ChatCompletionRequest.from_wire(json.dumps(body).encode())


async def test_a_store_that_refuses_does_not_cost_the_caller_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Full(CompletionStore):
        @override
        async def put(self, record: Any) -> None:
            raise StackError("the disk is full")

    provider = Provider("inference", "far", ProviderSpec("inference", "remote::x", "x:y"), {}, impl=Service(WHOLE))
    async with open_kv(StorageConfig(backends={"kv": KvMemory()}), MetadataStore(backend="kv")) as kv:
        table = ModelTable([provider], kv, declared=[], refresh_seconds=3600)
        async with table, Full(None) as store:
            api: Any = face(Inference, InferenceRouter(table, store, store_by_default=True))
            assert (await api.post_chat_completion(model="far/m", messages=[USER])).text == "hello"
    assert "completion c1 is not stored: the disk is full" in caplog.text


async def test_any_api_can_be_routed_by_its_declaration_alone() -> None:
    service = Service(WHOLE)
    provider = Provider("inference", "far", ProviderSpec("inference", "remote::x", "x:y"), {}, impl=service)
    kv = open_kv(StorageConfig(backends={"kv": KvMemory()}), MetadataStore(backend="kv"))
    async with kv, ModelTable([provider], kv, declared=[], refresh_seconds=3600) as table:
        forwarding = router_for(Inference, table)
        request = ChatCompletionRequest.model_validate({"model": "far/m", "messages": [USER]})
        assert (await forwarding.post_chat_completion(request=request)).text == "hello"
        service.answer = CHUNKS
        stream = await forwarding.post_chat_completion(request=request)
        assert [chunk.delta async for chunk in stream] == ["hel", "lo", ""]
    assert service.asked[0].model == "m"
