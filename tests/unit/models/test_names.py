"""A model is found by any name that people or services have for it."""

import pytest

from llama_stack.apis.errors import NotFoundError
from llama_stack.models import find_model, quantization_in, resolve_model

LLAMA_3_3_70B = (
    "meta-llama/Llama-3.3-70B-Instruct",
    "META-LLAMA/llama-3.3-70b-instruct",
    "Llama3.3-70B-Instruct",
    "llama3.3",
    "llama3.3:70b-instruct-q4_K_M",
    "ollama/llama3.3:70b",
    "llama-3.3-70b-versatile",
    "groq/llama-3.3-70b-versatile",
    "llama-3.3-70b",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "accounts/fireworks/models/llama-v3p3-70b-instruct",
    "meta.llama3-3-70b-instruct-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "meta/llama-3.3-70b-instruct",
    "meta/llama-3.3-70b-instruct-maas",
    "meta-llama/llama-3-3-70b-instruct",
    "Meta-Llama-3.3-70B-Instruct",
    "Meta-Llama-3_3-70B-Instruct",
    "databricks-meta-llama-3-3-70b-instruct",
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    "openrouter/meta-llama/llama-3.3-70b-instruct:free",
    "bartowski/Llama-3.3-70B-Instruct-GGUF",
    "hf.co/bartowski/Llama-3.3-70B-Instruct-GGUF:Q4_K_M",
    "hf:lmstudio-community/Llama-3.3-70B-Instruct-GGUF/Llama-3.3-70B-Instruct-Q4_K_M.gguf",
    "Llama-3.3-70B-Instruct-Q8_0-00001-of-00002.gguf",
    "https://huggingface.co/meta-llama/Llama-3.3-70B-Instruct/tree/main",
    "mlx-community/Llama-3.3-70B-Instruct-4bit",
    "RedHatAI/Llama-3.3-70B-Instruct-quantized.w4a16",
    "unsloth/Llama-3.3-70B-Instruct-bnb-4bit",
)


@pytest.mark.parametrize("name", LLAMA_3_3_70B)
def test_one_model_goes_by_many_names(name: str) -> None:
    assert resolve_model(name).name == "meta-llama/Llama-3.3-70B-Instruct"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("llama3.2:3b", "meta-llama/Llama-3.2-3B-Instruct"),
        ("llama3.2:3b-text", "meta-llama/Llama-3.2-3B"),
        ("Llama3.2-3B", "meta-llama/Llama-3.2-3B"),
        ("llama-3.2-3b", "meta-llama/Llama-3.2-3B"),
        ("qwen3:8b", "Qwen/Qwen3-8B"),
        ("qwen3:4b", "Qwen/Qwen3-4B-Thinking-2507"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507-FP8", "Qwen/Qwen3-30B-A3B-Instruct-2507"),
        ("qwen.qwen3-32b-v1:0", "Qwen/Qwen3-32B"),
        ("gpt-oss:20b", "openai/gpt-oss-20b"),
        ("openai.gpt-oss-120b-1:0", "openai/gpt-oss-120b"),
        ("bartowski/google_gemma-3-12b-it-GGUF", "google/gemma-3-12b-it"),
        ("gemma3:4b-it-qat", "google/gemma-3-4b-it"),
        ("deepseek.r1-v1:0", "deepseek-ai/DeepSeek-R1"),
        ("accounts/fireworks/models/deepseek-v3p1", "deepseek-ai/DeepSeek-V3.1"),
        ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
        ("nomic-embed-text:latest", "nomic-ai/nomic-embed-text-v1.5"),
        ("BAAI/bge-reranker-v2-m3", "BAAI/bge-reranker-v2-m3"),
        ("openai/text-embedding-3-small", "text-embedding-3-small"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
    ],
)
def test_names_of_other_models_are_understood_too(name: str, meant: str) -> None:
    assert resolve_model(name).name == meant


def test_a_name_is_taken_as_it_is_written_before_its_letters_are_made_small() -> None:
    assert resolve_model("Llama3.1-8B").name == "meta-llama/Llama-3.1-8B"  # Meta's base model
    assert resolve_model("llama3.1-8b").name == "meta-llama/Llama-3.1-8B-Instruct"  # what Cerebras serves


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match=r"no model 'llama-3.4-8b'; did you mean .*Llama-3.1-8B"):
        resolve_model("llama-3.4-8b")


@pytest.mark.parametrize("name", ["", "/", "my-own-model", "llama", "org/", "x" * 2000, "a/" * 500])
def test_a_name_that_means_nothing_finds_nothing(name: str) -> None:
    assert find_model(name) is None


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("llama3.2:3b-instruct-q8_0", "Q8_0"),
        ("hf:org/repo:Q4_K_M", "Q4_K_M"),
        ("Llama-3.2-3B-Instruct-Q4_K_S.gguf", "Q4_K_S"),
        ("llama3.2:3b-instruct-fp16", "F16"),
        ("Qwen/Qwen3-8B-FP8", "FP8"),
        ("Qwen/Qwen3-8B", None),
        ("Llama3.2-3B-Instruct", None),
    ],
)
def test_a_name_tells_of_its_quantization(name: str, quantization: str | None) -> None:
    assert quantization_in(name) == quantization
