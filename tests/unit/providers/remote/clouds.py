"""Providers of the registry in front of a service that answers as told, over a real socket."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from llama_stack.apis.inference import ChatCompletionRequest
from llama_stack.core.config.providers import config_model
from llama_stack.core.request_context import RequestContext, current
from llama_stack.providers.registry import specs
from tests.support.upstream import Line, Request, Upstream, upstream

__all__ = (
    "Answer",
    "Status",
    "answering",
    "calling_with",
    "chat",
    "chunks_of",
    "provider",
    "recorded",
    "text_of",
    "unopened",
)

SAMPLES = Path(__file__).parents[3] / "contract" / "samples"


class Status(tuple[int, Any]):
    """An answer that is no 200: its status and its body."""


Answer = dict[str, Any] | list[Any] | bytes | Status  # a list is a stream of chunks, bytes are sent as they stand
Answers = dict[str, Answer | Callable[[Request], Answer]]  # the end of a path → what is answered there


@contextmanager
def answering(answers: Answers) -> Iterator[Upstream]:
    """A service; its `url` has no path. What it has no answer for is a 404."""

    async def behave(line: Line, request: Request) -> None:
        path = request.path.partition("?")[0]
        answer = next((a for end, a in answers.items() if path.endswith(end)), Status((404, {"error": f"no {path}"})))
        await respond(line, answer(request) if callable(answer) else answer)

    with upstream(behave) as service:
        service.listing = False
        service.url = service.url.removesuffix("/v1")
        yield service


async def respond(line: Line, answer: Answer) -> None:
    if isinstance(answer, Status):
        return await line.answer(answer[0], answer[1])
    if not isinstance(answer, list):
        return await line.answer(200, answer)
    await line.begin()
    for event in [*answer, b"[DONE]"]:
        await line.event(event)
    return await line.end()


def unopened(name: str, **config: Any) -> Any:
    """A provider as the resolver makes it."""
    spec = specs()["inference"][f"remote::{name}"]
    model = config_model(spec)
    assert model is not None
    return spec.load()(model.model_validate(config), name, spec)


@asynccontextmanager
async def provider(name: str, **config: Any) -> AsyncIterator[Any]:
    async with unopened(name, **config) as opened:
        yield opened


@contextmanager
def calling_with(**provider_data: str) -> Iterator[None]:
    """The caller sends these along."""
    token = current.set(RequestContext(provider_data=provider_data))
    try:
        yield
    finally:
        current.reset(token)


def chat(model: str = "m", **fields: Any) -> ChatCompletionRequest:
    asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], **fields}
    return ChatCompletionRequest.from_wire(json.dumps(asked).encode())


def recorded(name: str) -> Any:
    """What a real service answered."""
    sample = json.loads((SAMPLES / f"{name}.json").read_text())
    return sample.get("chunks") or sample["body"]


async def chunks_of(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


async def text_of(stream: Any) -> str:
    return "".join(c.choices[0].delta.content or "" for c in await chunks_of(stream) if c.choices)
