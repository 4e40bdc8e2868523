"""Contextual chunks: a model says where each stands; what goes wrong with one goes wrong with all."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from llama_stack.apis.chunks import Chunk, ContextualOptions
from llama_stack.apis.errors import BadRequestError, UnsupportedError, UpstreamError
from llama_stack.apis.inference import ChatCompletion, ChatCompletionRequest, Inference
from llama_stack.providers.utils.documents.config import ProcessorConfig
from llama_stack.providers.utils.documents.situating import Situating
from llama_stack.providers.utils.documents.tokens import count

pytestmark = pytest.mark.anyio


class Model:
    """Says what it was asked; remembers how many asked at a time."""

    def __init__(self, pause: float = 0, fail: str = "", mute: bool = False) -> None:
        self.pause, self.fail, self.mute = pause, fail, mute
        self.now = self.most = 0
        self.asked: list[ChatCompletionRequest] = []

    async def post_chat_completion(self, request: ChatCompletionRequest) -> ChatCompletion:
        self.asked.append(request)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.pause)
        self.now -= 1
        prompt = str(request.messages[0].content)
        if self.fail and self.fail in prompt:
            raise UpstreamError("the model is gone", provider_id="m")
        message = {"role": "assistant", "content": "" if self.mute else f"<{prompt}>"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return ChatCompletion.model_validate({"id": "1", "created": 0, "model": "m", "choices": [choice]})


def chunks(*texts: str) -> list[Chunk]:
    return [Chunk(content=text, chunk_id=text, metadata={"page": 1}) for text in texts]


async def situated(model: Any, given: Sequence[Chunk], document: str = "all of it", **asked: Any) -> list[Chunk]:
    options = ContextualOptions(**{"model_id": "m", **asked})
    inference: Inference | None = model
    return await Situating.of(options, ProcessorConfig(), inference).all(document, given)


async def test_a_chunk_begins_with_the_models_words() -> None:
    (chunk,) = await situated(Model(), chunks("a part"), context_prompt="Of {{WHOLE_DOCUMENT}}: {{CHUNK_CONTENT}}?")
    assert chunk.content == "<Of all of it: a part?>\n\na part"
    assert chunk.metadata == {"page": 1, "context": "<Of all of it: a part?>"}
    assert chunk.chunk_metadata.content_token_count == count(str(chunk.content))


async def test_what_a_document_has_in_braces_means_nothing() -> None:
    (chunk,) = await situated(
        Model(),
        chunks("{{WHOLE_DOCUMENT}} {0}"),
        document="{{CHUNK_CONTENT}} \\1",
        context_prompt="{{WHOLE_DOCUMENT}}/{{CHUNK_CONTENT}}",
    )
    assert chunk.metadata["context"] == "<{{CHUNK_CONTENT}} \\1/{{WHOLE_DOCUMENT}} {0}>"


async def test_no_more_ask_at_a_time_than_may_and_order_is_kept() -> None:
    model, given = Model(pause=0.005), chunks(*(f"part {n}" for n in range(12)))
    found = await situated(model, given, max_concurrency=4, context_prompt="{{CHUNK_CONTENT}}")
    assert [chunk.chunk_id for chunk in found] == [chunk.chunk_id for chunk in given]
    assert model.most == 4


async def test_the_models_answers_are_not_stored() -> None:
    model = Model()
    await situated(model, chunks("a part"))
    assert (model.asked[0].model, model.asked[0].store) == ("m", False)


async def test_one_failure_is_the_failure_of_all() -> None:
    with pytest.raises(UpstreamError, match="the model is gone"):
        await situated(Model(fail="part 3"), chunks(*(f"part {n}" for n in range(9))))


async def test_a_model_that_says_nothing_is_a_failure() -> None:
    with pytest.raises(UpstreamError, match="m, asked for the context of a chunk, said nothing"):
        await situated(Model(mute=True), chunks("a part"))


async def test_a_model_that_takes_too_long_is_a_failure() -> None:
    with pytest.raises(UpstreamError, match="took longer than 1 seconds"):
        await situated(Model(pause=5), chunks("a part"), timeout_seconds=1)


async def test_what_cannot_work_is_refused_before_the_work() -> None:
    with pytest.raises(UnsupportedError, match="has no inference provider"):
        await situated(None, [])
    with pytest.raises(BadRequestError, match=r"lacks \{\{CHUNK_CONTENT"):
        await situated(Model(), [], context_prompt="What is this?")
    with pytest.raises(BadRequestError, match=r"name one as chunking_strategy.contextual.model_id"):
        await situated(Model(), [], model_id=None)
