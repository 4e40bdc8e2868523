"""Whether a model can serve a request, as far as its metadata tells; what is not told is let through.

Looking at a request costs nothing unless the metadata speaks against something: then its bytes are searched for
that, and decoded only when it is there.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ...apis.errors import UnsupportedError
from ...apis.inference import ChatCompletionRequest, EmbeddingsRequest
from ...apis.models import Model
from ...apis.wire import WireRequest

__all__ = ("refuse_unfit",)


class _Message(msgspec.Struct):
    content: str | list[dict[str, msgspec.Raw]] | None = None


class _Chat(msgspec.Struct):
    messages: list[_Message] = []
    tools: list[msgspec.Raw] | None = None


class _Embeddings(msgspec.Struct):
    dimensions: int | None = None


_CHAT = msgspec.json.Decoder(_Chat)
_EMBEDDINGS = msgspec.json.Decoder(_Embeddings)


def refuse_unfit(model: Model, request: WireRequest) -> None:
    """Raise `UnsupportedError` when the model is known not to serve this; it names the field and the reason."""
    facts = model.metadata
    if isinstance(request, ChatCompletionRequest):
        _check_chat(model.identifier, facts, request)
    elif isinstance(request, EmbeddingsRequest):
        _check_embeddings(model.identifier, facts, request)


def _check_chat(name: str, facts: Mapping[str, Any], request: ChatCompletionRequest) -> None:
    if (outputs := facts.get("output_modalities")) and "text" not in outputs:
        raise UnsupportedError(f"model {name!r} makes {_list(outputs)}, not text", param="model")
    if facts.get("tools") is False and b'"tools"' in (body := request.wire) and _CHAT.decode(body).tools:
        raise UnsupportedError(f"model {name!r} cannot call tools; leave them out, or ask another", param="tools")
    inputs = facts.get("input_modalities") or ("image",)
    if "image" not in inputs and b'"image_url"' in (body := request.wire) and (place := _image(_CHAT.decode(body))):
        raise UnsupportedError(f"model {name!r} reads {_list(inputs)}, not images", param=place)


def _check_embeddings(name: str, facts: Mapping[str, Any], request: EmbeddingsRequest) -> None:
    most = facts.get("embedding_dimension")
    if isinstance(most, int) and b'"dimensions"' in (body := request.wire):
        wanted = _EMBEDDINGS.decode(body).dimensions
        if wanted is not None and wanted > most:
            message = f"model {name!r} makes vectors of {most} dimensions; {wanted} were asked for"
            raise UnsupportedError(message, param="dimensions")


def _image(chat: _Chat) -> str | None:
    """Where the first image is."""
    for index, message in enumerate(chat.messages):
        if isinstance(message.content, list):
            for place, part in enumerate(message.content):
                if bytes(part.get("type", b"")) == b'"image_url"':
                    return f"messages[{index}].content[{place}]"
    return None


def _list(words: Any) -> str:
    return " and ".join(map(str, words))
