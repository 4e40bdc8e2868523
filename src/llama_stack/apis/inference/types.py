"""The wire shapes of inference: OpenAI's, field by field (OpenAI API reference, August 2026).

Requests and answers keep fields that are not named here: a service's own options reach it, and its own
answers reach the caller. Token counts are in tokens, times in seconds since 1970.
"""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from ..wire import WireModel, WireRequest

__all__ = (
    "AssistantMessage",
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatCompletionRequest",
    "Choice",
    "ChunkChoice",
    "Completion",
    "CompletionChoice",
    "CompletionRequest",
    "Delta",
    "Embedding",
    "Embeddings",
    "EmbeddingsRequest",
    "FunctionCall",
    "Message",
    "RerankRequest",
    "Reranked",
    "Reranking",
    "ResponseMessage",
    "StoredCompletion",
    "StoredCompletions",
    "StoredMessage",
    "StoredMessages",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "UpdateChatCompletion",
    "Usage",
)

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


class Open(BaseModel):
    """A part of a message; fields that are not named here stay."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


# ---- what a message is made of


class TextPart(Open):
    type: Literal["text"]
    text: str


class ImageUrl(Open):
    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(Open):
    type: Literal["image_url"]
    image_url: ImageUrl


class AudioPart(Open):
    type: Literal["input_audio"]
    input_audio: dict[str, Any]


class FilePart(Open):
    type: Literal["file"]
    file: dict[str, Any]


class OtherPart(Open):
    """A part of a kind that only some services know (video, document, refusal, …)."""

    type: str


ContentPart = Annotated[TextPart | ImagePart | AudioPart | FilePart | OtherPart, Field(union_mode="left_to_right")]
Content = str | list[ContentPart]


class FunctionCall(Open):
    name: str
    arguments: str = Field(description="JSON, as the model wrote it")


class ToolCall(Open):
    id: str
    type: str = "function"
    function: FunctionCall | None = None


class SystemMessage(Open):
    role: Literal["system", "developer"]
    content: Content
    name: str | None = None


class UserMessage(Open):
    role: Literal["user"]
    content: Content
    name: str | None = None


class AssistantMessage(Open):
    role: Literal["assistant"]
    content: Content | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None


class ToolMessage(Open):
    role: Literal["tool"]
    content: Content
    tool_call_id: str


class FunctionMessage(Open):
    role: Literal["function"]
    content: str | None
    name: str


Message = Annotated[
    SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage, Field(discriminator="role")
]


# ---- chat completions


class Function(Open):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = Field(default=None, description="JSON Schema of the arguments")
    strict: bool | None = None


class Tool(Open):
    type: str = "function"
    function: Function | None = None


class _MessageShape(msgspec.Struct):
    role: str
    content: str | list[dict[str, msgspec.Raw]] | None = None


class _ChatShape(msgspec.Struct):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    messages: Annotated[list[_MessageShape], msgspec.Meta(min_length=1)]
    stream: bool | None = None
    stream_options: dict[str, msgspec.Raw] | None = None
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[dict[str, msgspec.Raw]] | None = None
    response_format: dict[str, msgspec.Raw] | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None


class ChatCompletionRequest(WireRequest):
    """A conversation to continue (`POST /v1/chat/completions`)."""

    shape: ClassVar = msgspec.json.Decoder(_ChatShape)
    head: ClassVar = ("model", "stream", "store")

    model: str = Field(min_length=1, description="a model's id, or `provider_id/model`")
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = Field(default=None, description="answer as server-sent events")
    stream_options: dict[str, Any] | None = Field(default=None, description="`include_usage` asks for a usage chunk")
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = Field(default=None, description="older name of max_completion_tokens")
    max_completion_tokens: int | None = None
    n: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: dict[str, Any] | None = Field(default=None, description="text, json_object or json_schema")
    reasoning_effort: str | None = None
    verbosity: str | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    prediction: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    service_tier: str | None = None
    store: bool | None = Field(default=None, description="keep the completion, to be read again")
    metadata: dict[str, str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    functions: list[Function] | None = Field(default=None, deprecated=True)
    function_call: str | dict[str, Any] | None = Field(default=None, deprecated=True)


class Usage(Open):
    """Tokens read and written."""

    prompt_tokens: int = 0
    completion_tokens: int | None = None
    total_tokens: int = 0
    prompt_tokens_details: dict[str, Any] | None = None
    completion_tokens_details: dict[str, Any] | None = None


class ResponseMessage(Open):
    role: str = "assistant"
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    reasoning_content: str | None = None
    annotations: list[dict[str, Any]] | None = None
    audio: dict[str, Any] | None = None


class Choice(Open):
    index: int = 0
    message: ResponseMessage
    finish_reason: FinishReason | str | None = None
    logprobs: dict[str, Any] | None = None


class ChatCompletion(WireModel):
    """A whole answer."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None

    @property
    def text(self) -> str:
        """The first choice's text; "" when it has none."""
        return (self.choices[0].message.content or "") if self.choices else ""


class FunctionCallDelta(Open):
    name: str | None = None
    arguments: str | None = None


class ToolCallDelta(Open):
    index: int = 0
    id: str | None = None
    type: str | None = None
    function: FunctionCallDelta | None = None


class Delta(Open):
    role: str | None = None
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallDelta] | None = None
    reasoning_content: str | None = None


class ChunkChoice(Open):
    index: int = 0
    delta: Delta
    finish_reason: FinishReason | str | None = None
    logprobs: dict[str, Any] | None = None


class ChatCompletionChunk(WireModel):
    """A piece of a streamed answer."""

    id: str
    object: str = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None

    @property
    def delta(self) -> str:
        """The text this chunk adds to the first choice; "" when it adds none."""
        return (self.choices[0].delta.content or "") if self.choices else ""


# ---- text completions


class _CompletionShape(msgspec.Struct):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    prompt: str | list[str | int | list[int]] | None = None
    stream: bool | None = None
    stream_options: dict[str, msgspec.Raw] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    n: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None


class CompletionRequest(WireRequest):
    """A text to continue (`POST /v1/completions`)."""

    shape: ClassVar = msgspec.json.Decoder(_CompletionShape)
    head: ClassVar = ("model", "stream")

    model: str = Field(min_length=1, description="a model's id, or `provider_id/model`")
    prompt: str | list[str] | list[int] | list[list[int]] | None = Field(default=None, description="text or token ids")
    suffix: str | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    best_of: int | None = None
    echo: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = None
    n: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: int | None = None
    user: str | None = None


class CompletionChoice(Open):
    index: int = 0
    text: str
    finish_reason: FinishReason | str | None = None
    logprobs: dict[str, Any] | None = None


class Completion(WireModel):
    """A continued text; streamed, each event is one of these with the text it adds."""

    id: str
    object: str = "text_completion"
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: Usage | None = None
    system_fingerprint: str | None = None

    @property
    def delta(self) -> str:
        """The text of the first choice; in a stream, what this event adds."""
        return self.choices[0].text if self.choices else ""


# ---- embeddings


class _EmbeddingsShape(msgspec.Struct):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    input: (
        Annotated[str, msgspec.Meta(min_length=1)]
        | Annotated[list[str | int | list[int]], msgspec.Meta(min_length=1, max_length=2048)]
    )
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, msgspec.Meta(ge=1)] | None = None


class EmbeddingsRequest(WireRequest):
    """Texts to embed (`POST /v1/embeddings`)."""

    shape: ClassVar = msgspec.json.Decoder(_EmbeddingsShape)

    model: str = Field(min_length=1, description="an embedding model's id, or `provider_id/model`")
    input: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[str], Field(min_length=1, max_length=2048)]
        | Annotated[list[int], Field(min_length=1)]
        | Annotated[list[list[int]], Field(min_length=1, max_length=2048)]
    )
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(default=None, ge=1)
    user: str | None = None


class Embedding(Open):
    object: str = "embedding"
    index: int
    embedding: list[float] | str = Field(description="floats, or base64 of little-endian float32")


class Embeddings(WireModel):
    """One vector per input, in the order of the inputs."""

    object: str = "list"
    data: list[Embedding]
    model: str
    usage: Usage | None = None


# ---- rerank


class _RerankShape(msgspec.Struct):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    query: str | dict[str, msgspec.Raw]
    items: Annotated[list[str | dict[str, msgspec.Raw]], msgspec.Meta(min_length=1)]
    max_num_results: Annotated[int, msgspec.Meta(ge=1)] | None = None


class RerankRequest(WireRequest):
    """Items to order by their relevance to a query (`POST /v1alpha/inference/rerank`)."""

    shape: ClassVar = msgspec.json.Decoder(_RerankShape)

    model: str = Field(min_length=1, description="a rerank model's id, or `provider_id/model`")
    query: str | TextPart | ImagePart
    items: list[str | TextPart | ImagePart] = Field(min_length=1)
    max_num_results: int | None = Field(default=None, ge=1)


class Reranked(BaseModel):
    index: int = Field(description="the item's place in the request")
    relevance_score: float


class Reranking(WireModel):
    """The items by falling relevance."""

    data: list[Reranked]


# ---- stored completions


class StoredCompletion(ChatCompletion):
    """A completion that was stored, with what it was asked."""

    metadata: dict[str, str] | None = None
    input_messages: list[dict[str, Any]] = Field(default=[])


class StoredMessage(Open):
    id: str
    role: str
    content: Any = None


class UpdateChatCompletion(BaseModel):
    """New metadata of a stored completion."""

    metadata: dict[str, str] | None = Field(max_length=16)


class StoredCompletions(BaseModel):
    object: Literal["list"] = "list"
    data: list[StoredCompletion]
    first_id: str | None
    last_id: str | None
    has_more: bool


class StoredMessages(BaseModel):
    object: Literal["list"] = "list"
    data: list[StoredMessage]
    first_id: str | None
    last_id: str | None
    has_more: bool
