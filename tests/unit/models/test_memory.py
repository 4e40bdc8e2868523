"""The estimates agree with files that exist, and with the arithmetic of a cache."""

import pytest

from llama_stack.apis.errors import BadRequestError, UnsupportedError
from llama_stack.models import cache_bytes, memory_needed, resolve_model, weight_bytes

GB, GIB = 10**9, 2**30

# Files of Ollama's library (from its manifests), of bartowski's repositories, and llama.cpp's own table.
FILES = [
    ("Llama-3.2-1B-Instruct", "Q8_0", 1_321_082_688),
    ("Llama-3.2-1B-Instruct", "Q4_K_M", 0.81 * GB),
    ("Llama-3.2-1B-Instruct", "F16", 2.48 * GB),
    ("Llama-3.2-3B-Instruct", "Q4_K_M", 2_019_377_376),
    ("Llama-3.1-8B", "Q2_K", 2.95 * GIB),
    ("Llama-3.1-8B", "Q3_K_L", 4.02 * GIB),
    ("Llama-3.1-8B", "Q4_K_S", 4.36 * GIB),
    ("Llama-3.1-8B", "Q4_K_M", 4.58 * GIB),
    ("Llama-3.1-8B", "Q5_K_M", 5.33 * GIB),
    ("Llama-3.1-8B", "Q6_K", 6.14 * GIB),
    ("Llama-3.1-8B", "Q8_0", 7.95 * GIB),
    ("Llama-3.1-8B", "IQ4_XS", 4.17 * GIB),
    ("Llama-4-Scout-17B-16E-Instruct", "Q4_K_M", 67_436_800_960),
    ("Llama-4-Maverick-17B-128E-Instruct", "Q4_K_M", 244_844_056_032),
    ("DeepSeek-R1-Distill-Llama-70B", "Q4_K_M", 42_520_395_616),
    ("DeepSeek-R1", "Q4_K_M", 404_430_186_848),
    ("Qwen3-4B", "Q4_K_M", 2_620_774_592),
    ("Qwen3-8B", "Q4_K_M", 5_225_374_496),
    ("Qwen3-32B", "Q4_K_M", 20_201_240_160),
    ("Qwen3-30B-A3B", "Q4_K_M", 18_622_549_504),
    ("Qwen3-30B-A3B", "Q5_K_M", 21.74 * GB),
    ("Qwen3-30B-A3B", "BF16", 61.10 * GB),
    ("Qwen3-235B-A22B", "Q4_K_M", 142_412_580_544),
    ("gemma-3-1b-it", "Q4_K_M", 815_310_432),  # rows that do not fill blocks of 256
    ("gemma-3-27b-it", "Q4_K_M", 17_396_927_584),
    ("Devstral-Small-2507", "Q4_K_M", 14_333_909_728),
    ("phi-4", "Q4_K_M", 9_053_114_464),
    ("granite-3.3-8b-instruct", "Q4_K_M", 4_942_873_344),
    ("SmolLM2-1.7B-Instruct", "Q8_0", 1_820_414_656),
    ("command-r7b", "Q4_K_M", 5_057_009_504),
    ("command-a", "Q4_K_M", 67_135_509_120),
]


@pytest.mark.parametrize(("name", "quantization", "size"), FILES)
def test_weights_are_as_large_as_their_file(name: str, quantization: str, size: float) -> None:
    assert weight_bytes(resolve_model(name), quantization) == pytest.approx(size, rel=0.05)


def test_a_cache_holds_keys_and_values_of_every_token() -> None:
    llama = resolve_model("llama3.1:8b")
    assert cache_bytes(llama, 8192) == GIB  # as llama.cpp prints it
    assert cache_bytes(llama, 8192, batch=4) == 4 * GIB


def test_layers_with_a_window_remember_no_more_than_that() -> None:
    gemma = resolve_model("gemma3:27b")
    full, windowed, token = 10, 52, 2 * 16 * 128 * 2
    assert cache_bytes(gemma, 32_768) == (full * 32_768 + windowed * 1024) * token
    assert cache_bytes(gemma, 512) == 62 * 512 * token


def test_latent_attention_keeps_one_short_vector() -> None:
    assert cache_bytes(resolve_model("deepseek-v3"), 1000) == 61 * 576 * 2 * 1000


def test_layers_without_attention_keep_nothing_that_grows() -> None:
    assert cache_bytes(resolve_model("Qwen3.5-27B"), 1000) == 16 * 2 * 4 * 256 * 2 * 1000


def test_what_is_needed_is_more_than_the_file_by_the_cache_and_room_to_work() -> None:
    llama = resolve_model("llama3.1:8b")
    room = memory_needed(llama, "Q4_K_M", 8192) - weight_bytes(llama, "Q4_K_M") - cache_bytes(llama, 8192)
    assert room == 512 * 128_256 * 4 + 128 * 2**20


def test_an_embedding_model_needs_its_weights_and_little_else() -> None:
    needed = memory_needed(resolve_model("all-minilm"), "F32")
    assert needed == pytest.approx(22_713_216 * 4 + 128 * 2**20, rel=0.001)


@pytest.mark.parametrize("name", ["gpt-4o", "granite-4.0-h-tiny"])
def test_a_model_whose_shape_is_not_known_has_no_estimate(name: str) -> None:
    with pytest.raises(UnsupportedError):
        memory_needed(resolve_model(name))


def test_an_unknown_quantization_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadRequestError, match=r"no quantization 'Q9'; known: F32, .*Q4_K_M"):
        memory_needed(resolve_model("llama3.2"), "Q9")
