"""Models that guard others: Llama Guard 1 to 4, and Prompt Guard."""

from dataclasses import replace
from functools import partial

from ..entry import Architecture, CatalogueModel, Family
from .llama3 import LLAMA_8B
from .llama3_2 import LLAMA_1B, LLAMA_11B_VISION

__all__ = ("FAMILIES",)

_7B = Architecture(
    layers=32, hidden=4096, heads=32, kv_heads=32, head_size=128, ffn=11008, vocab=32000, tied=False, rope_theta=1e4
)
_guard = partial(CatalogueModel, family="llama-guard", tokenizer="llama-3", tools=None)
_prompt_guard = partial(
    CatalogueModel,
    family="prompt-guard",
    context_length=512,
    tokenizer="deberta-v3",
    output_modalities=(),  # a label, not text
)

FAMILIES = (
    Family(
        name="llama-guard",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py), the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _guard(
                name="meta-llama/LlamaGuard-7b",
                parameters=6_738_415_616,
                context_length=4096,
                architecture=_7B,
                tokenizer="llama-2",
                license="llama2",
                prompt="llama-guard-1",
                aliases=("Llama-Guard-7b", "llamaguard-7b", "meta-llama/Llama-Guard-7b"),
            ),
            _guard(
                name="meta-llama/Meta-Llama-Guard-2-8B",
                parameters=8_030_261_248,
                context_length=8192,
                architecture=LLAMA_8B,
                license="llama3",
                prompt="llama-guard-2",
                aliases=("Llama-Guard-2-8B", "meta-llama/Llama-Guard-2-8B"),
            ),
            _guard(
                name="meta-llama/Llama-Guard-3-8B",
                parameters=8_030_261_248,
                context_length=131_072,
                architecture=LLAMA_8B,
                license="llama3.1",
                prompt="llama-guard-3",
                published_as=("INT8",),
                aliases=(
                    "Llama-Guard-3-8B",
                    "Llama-Guard-3-8B:int8",
                    "meta-llama/Llama-Guard-3-8B-INT8",
                    "llama-guard3",
                    "llama-guard3:8b",
                ),
            ),
            _guard(
                name="meta-llama/Llama-Guard-3-1B",
                context_length=131_072,
                parameters=1_498_482_688,
                architecture=replace(LLAMA_1B, tied=False),
                license="llama3.2",
                prompt="llama-guard-3",
                published_as=("INT4",),
                aliases=(
                    "Llama-Guard-3-1B",
                    "Llama-Guard-3-1B:int4",
                    "meta-llama/Llama-Guard-3-1B-INT4",
                    "llama-guard3:1b",
                ),
            ),
            _guard(
                name="meta-llama/Llama-Guard-3-11B-Vision",
                parameters=10_670_220_835,
                context_length=131_072,
                architecture=LLAMA_11B_VISION,
                input_modalities=("text", "image"),
                license="llama3.2",
                prompt="llama-guard-3",
                aliases=("Llama-Guard-3-11B-Vision",),
            ),
            _guard(
                name="meta-llama/Llama-Guard-4-12B",
                parameters=12_001_097_216,
                context_length=163_840,
                tokenizer="llama-4",
                input_modalities=("text", "image"),
                license="llama4",
                prompt="llama-guard-4",
                aliases=("Llama-Guard-4-12B",),
            ),
        ),
    ),
    Family(
        name="prompt-guard",
        maker="Meta",
        source="the models' cards; Groq's list of models",
        checked="2026-11-23",
        models=(
            _prompt_guard(
                name="meta-llama/Prompt-Guard-86M",
                license="llama3.1",
                aliases=("Prompt-Guard-86M",),
            ),
            _prompt_guard(
                name="meta-llama/Llama-Prompt-Guard-2-86M",
                license="llama4",
                aliases=("Llama-Prompt-Guard-2-86M",),
            ),
            _prompt_guard(
                name="meta-llama/Llama-Prompt-Guard-2-22M",
                license="llama4",
                aliases=("Llama-Prompt-Guard-2-22M",),
            ),
        ),
    ),
)
