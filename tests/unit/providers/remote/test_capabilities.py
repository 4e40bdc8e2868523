"""What services' lists of models tell, in the shape each service has for it."""

from typing import Any

import pytest

from llama_stack.providers.utils.capabilities import facts, model_type, rows

OPENROUTER = {
    "id": "a/b",
    "context_length": 131072,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "supported_parameters": ["max_tokens", "tools", "tool_choice"],
}
MISTRAL = {
    "id": "mistral-small",
    "max_context_length": 32768,
    "capabilities": {"completion_chat": True, "function_calling": True, "vision": False},
}
CLOUDFLARE = {
    "id": "uuid",
    "name": "@cf/x/y",
    "task": {"name": "Text Generation"},
    "properties": [
        {"property_id": "context_window", "value": "8192"},
        {"property_id": "function_calling", "value": "true"},
        {"property_id": "price", "value": [{"unit": "per M input tokens"}]},
    ],
}
VENICE = {
    "id": "v",
    "type": "text",
    "model_spec": {
        "availableContextTokens": 65536,
        "capabilities": {"supportsVision": True, "supportsFunctionCalling": False, "supportsResponseSchema": True},
    },
}
CHUTES = {"id": "c", "max_model_len": 40960, "supported_features": ["json_mode", "structured_outputs"]}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            OPENROUTER,
            {
                "context_length": 131072,
                "input_modalities": ["text", "image"],
                "output_modalities": ["text"],
                "tools": True,
                "structured_output": False,
            },
        ),
        (MISTRAL, {"context_length": 32768, "input_modalities": ["text"], "tools": True}),
        (CLOUDFLARE, {"context_length": 8192, "tools": True}),
        (
            VENICE,
            {"context_length": 65536, "input_modalities": ["text", "image"], "tools": False, "structured_output": True},
        ),
        (CHUTES, {"context_length": 40960, "tools": False, "structured_output": True}),
        ({"id": "g", "context_window": 8192, "active": True}, {"context_length": 8192}),
        ({"id": "d", "metadata": {"context_length": 4096, "tags": []}}, {"context_length": 4096}),
        (
            {"id": "l", "meta": {"n_ctx_train": 2048, "n_embd": 384}},
            {"context_length": 2048, "embedding_dimension": 384},
        ),
        ({"id": "i", "type": "image"}, {"output_modalities": ["image"]}),
        ({"name": "n", "features": ["json_mode", "strict_tools"], "context_length": 1}, {"context_length": 1}),
        ({"name": "n", "features": ["function-calling"]}, {"tools": True}),
        ({"id": "x", "context_length": None, "capabilities": None, "supported_parameters": []}, {}),
        ({"id": "odd", "context_length": "big", "input_modalities": "text", "vision": "perhaps"}, {}),
    ],
    ids=lambda value: value.get("id") or value.get("name") if isinstance(value, dict) else None,
)
def test_facts_go_by_our_names(row: dict[str, Any], told: dict[str, Any]) -> None:
    assert facts(row) == told


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"id": "m2-bert-80M-retrieval", "type": "embedding"}, "embedding"),  # Together
        ({"id": "embed-and-chat", "type": "chat"}, "llm"),
        ({"name": "command", "endpoints": ["generate", "chat"]}, "llm"),  # Cohere
        ({"name": "v4", "endpoints": ["embed"]}, "embedding"),
        ({"name": "v4", "endpoints": ["rerank"]}, "rerank"),
        ({"name": "bge", "task": {"name": "Text Embeddings"}}, "embedding"),  # Cloudflare
        ({"name": "q", "capabilities": ["embedding", "completion"]}, "llm"),  # Ollama
        ({"name": "q", "capabilities": ["embedding"]}, "embedding"),
        ({"id": "x", "architecture": {"output_modalities": ["embeddings"]}}, "embedding"),  # OpenRouter
        ({"id": "text-embedding-3-small"}, "embedding"),  # OpenAI tells by the name alone
        ({"id": "gpt-4o", "type": "model"}, "llm"),
    ],
    ids=str,
)
def test_a_models_type_is_what_the_list_says_or_else_its_name(row: dict[str, Any], kind: str) -> None:
    assert model_type(row, str(row.get("id") or row["name"])) == kind


@pytest.mark.parametrize(
    "answer", [{"data": [{"id": "m"}]}, [{"id": "m"}], {"models": [{"id": "m"}]}, {"result": [{"id": "m"}, None]}]
)
def test_a_list_goes_by_many_names(answer: Any) -> None:
    assert rows(answer) == [{"id": "m"}]


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, {"error": "no"}, "no"])
def test_what_is_no_list_has_no_rows(answer: Any) -> None:
    assert rows(answer) == []
