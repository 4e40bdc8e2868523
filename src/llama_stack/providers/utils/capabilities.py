"""What services' lists of models tell of each: its type, context, modalities, tools. What is not told is not there."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ...apis.models import ModelType

__all__ = ("created", "facts", "model_type", "rows")

Row = Mapping[str, Any]

_CONTEXT = (
    "context_length",  # OpenRouter, Together, Moonshot, Fireworks, Chutes
    "context_window",  # Groq, Requesty, Vercel, Cloudflare
    "max_model_len",  # vLLM, SGLang
    "max_context_length",  # Mistral, LM Studio
    "context_size",  # Novita
    "availableContextTokens",  # Venice
    "n_ctx_train",  # llama.cpp
)
_DIMENSION = ("embedding_dimension", "embedding_dimensions", "embeddingDimensions", "output_dimensions", "n_embd")
_TOOLS = ("supports_tools", "function_calling", "supportsFunctionCalling", "supports_function_calling", "tools")
_STRUCTURED = ("supports_structured_output", "supportsResponseSchema", "structured_output", "structured_outputs")
_VISION = ("vision", "supports_image_input", "supportsVision", "supports_vision", "supports_image_in")
_COMPLETE = ("supported_parameters", "supported_features")  # lists in which what is missing is not there
_PARTIAL = ("features", "capabilities")  # and those in which it may be

_KINDS: Mapping[str, ModelType] = {
    "embedding": "embedding",
    "embeddings": "embedding",
    "embed": "embedding",
    "text embeddings": "embedding",
    "rerank": "rerank",
    "reranker": "rerank",
    "chat": "llm",
    "language": "llm",
    "llm": "llm",
    "text": "llm",
    "code": "llm",
    "completion": "llm",
    "text generation": "llm",
}
_SIGNS: tuple[tuple[ModelType, tuple[str, ...]], ...] = (
    ("rerank", ("rerank",)),
    ("embedding", ("embed", "minilm", "bge-", "e5-", "gte-")),
)
_YEAR_5138 = 10**11  # in seconds; in milliseconds it is 1973
_MAKES = {"image": "image", "video": "video", "audio": "audio", "tts": "audio", "text-to-image": "image"}


def facts(row: Row) -> dict[str, Any]:
    """The metadata of a model, under our names."""
    row = _flat(row)
    told = {
        "context_length": _number(row, _CONTEXT),
        "embedding_dimension": _number(row, _DIMENSION),
        "input_modalities": _inputs(row),
        "output_modalities": _outputs(row),
        "tools": _can(row, _TOOLS, ("tools", "function_calling")),
        "structured_output": _can(row, _STRUCTURED, ("structured_outputs", "structured_output", "json_schema")),
    }
    return {name: value for name, value in told.items() if value is not None}


def model_type(row: Row, name: str, usual: ModelType = "llm") -> ModelType:
    """What a model is for: as the list says; else as its name tells; else what is usual there."""
    for word in _kinds(row):
        if (known := _KINDS.get(word.lower())) is not None:
            return known
    low = name.lower()
    for kind, signs in _SIGNS:
        if any(sign in low for sign in signs):
            return kind
    return usual


def created(row: Row) -> int:
    """When a model was made, in seconds since 1970; some services count milliseconds. 0 when it is not told."""
    when = row.get("created")
    if not isinstance(when, int):
        return 0
    return when // 1000 if when > _YEAR_5138 else when


def rows(answer: Any) -> list[dict[str, Any]]:
    """The rows of a model list: `{"data": […]}`, or the bare list that Together sends, or under other names."""
    if isinstance(answer, dict):
        answer = next((answer[name] for name in ("data", "models", "result") if isinstance(answer.get(name), list)), [])
    return [row for row in answer or () if isinstance(row, dict)]


def _kinds(row: Row) -> Iterable[str]:
    """What a list says of a model's type: a word, a task's name, the operations or the capabilities it has."""
    task = row.get("task")
    words = (row.get("type"), row.get("model_type"), task.get("name") if isinstance(task, Mapping) else task)
    yield from (word for word in words if isinstance(word, str))
    for several in ("endpoints", "capabilities"):
        if isinstance(names := row.get(several), list):
            # A model that embeds and completes is a language model.
            yield from sorted((name for name in names if isinstance(name, str)), key=lambda name: name == "embedding")
    if isinstance(outputs := _flat(row).get("output_modalities"), list) and outputs in (["embeddings"], ["embedding"]):
        yield "embedding"


def _flat(row: Row) -> Row:
    """The row with what is told one floor below: `architecture`, `capabilities`, `metadata`, `properties`, …"""
    flat: dict[str, Any] = {}
    for name in ("architecture", "capabilities", "metadata", "meta", "model_spec", "modalities", "top_provider"):
        if isinstance(inner := row.get(name), Mapping):
            flat |= {key: value for key, value in _flat(inner).items() if value is not None}
    for fact in row.get("properties") or () if isinstance(row.get("properties"), list) else ():  # Cloudflare's
        if isinstance(fact, Mapping) and "property_id" in fact:
            flat[str(fact["property_id"])] = fact.get("value")
    return {**flat, **{key: value for key, value in row.items() if value is not None}}


def _number(row: Row, names: Iterable[str]) -> int | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def _inputs(row: Row) -> list[str] | None:
    if (listed := _words(row, ("input_modalities", "supported_input_modalities", "input"))) is not None:
        return listed
    sees = _flag(row, _VISION)
    return None if sees is None else ["text", "image"] if sees else ["text"]


def _outputs(row: Row) -> list[str] | None:
    if (listed := _words(row, ("output_modalities", "supported_output_modalities", "output"))) is not None:
        return listed
    made = _MAKES.get(str(row.get("type") or "").lower())
    return [made] if made else None


def _can(row: Row, flags: Iterable[str], features: Collection[str]) -> bool | None:
    """Whether a flag says so; else whether a list of features names one of these."""
    if (said := _flag(row, flags)) is not None:
        return said
    complete, partial = _words(row, _COMPLETE), _words(row, _PARTIAL)
    if any(word.replace("-", "_") in features for word in (*(complete or ()), *(partial or ()))):
        return True
    return None if complete is None else False


def _flag(row: Row, names: Iterable[str]) -> bool | None:
    said = (row.get(name) for name in names)
    return next(({"true": True, "false": False}.get(str(value).lower()) for value in said if value is not None), None)


def _words(row: Row, names: Iterable[str]) -> list[str] | None:
    """The first of these that is a list of words."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            return [word.lower() for word in value]
    return None
