"""Llama 3 and 3.1, which have the same three shapes."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES", "LLAMA_8B", "LLAMA_70B")

LLAMA_8B = Architecture(
    layers=32, hidden=4096, heads=32, kv_heads=8, head_size=128, ffn=14336, vocab=128_256, tied=False, rope_theta=5e5
)
LLAMA_70B = Architecture(
    layers=80, hidden=8192, heads=64, kv_heads=8, head_size=128, ffn=28672, vocab=128_256, tied=False, rope_theta=5e5
)
_405B = Architecture(
    layers=126,
    hidden=16384,
    heads=128,
    kv_heads=8,
    head_size=128,
    ffn=53248,
    vocab=128_256,
    tied=False,
    rope_theta=5e5,
)
_8B_PARAMETERS, _70B_PARAMETERS, _405B_PARAMETERS = 8_030_261_248, 70_553_706_496, 405_853_388_800

_llama_3 = partial(CatalogueModel, family="llama-3", context_length=8192, tokenizer="llama-3", license="llama3")
_llama_3_1 = partial(
    CatalogueModel, family="llama-3.1", context_length=131_072, tokenizer="llama-3", license="llama3.1"
)

FAMILIES = (
    Family(
        name="llama-3",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py) and the hub's config.json",
        checked="2026-11-23",
        models=(
            _llama_3(
                name="meta-llama/Meta-Llama-3-8B-Instruct",
                parameters=_8B_PARAMETERS,
                architecture=LLAMA_8B,
                prompt="llama-3",
                gguf="lmstudio-community/Meta-Llama-3-8B-Instruct-GGUF",
                aliases=(
                    "Llama-3-8B-Instruct",
                    "meta-llama/Llama-3-8B-Instruct",
                    "llama3",
                    "llama3:8b",
                    "llama3:8b-instruct",
                    "llama3-8b-8192",
                    "meta.llama3-8b-instruct-v1:0",
                    "meta-llama/Llama-3-8b-chat-hf",
                ),
            ),
            _llama_3(
                name="meta-llama/Meta-Llama-3-70B-Instruct",
                parameters=_70B_PARAMETERS,
                architecture=LLAMA_70B,
                prompt="llama-3",
                gguf="lmstudio-community/Meta-Llama-3-70B-Instruct-GGUF",
                aliases=(
                    "Llama-3-70B-Instruct",
                    "meta-llama/Llama-3-70B-Instruct",
                    "llama3:70b",
                    "llama3:70b-instruct",
                    "llama3-70b-8192",
                    "meta.llama3-70b-instruct-v1:0",
                    "meta-llama/Llama-3-70b-chat-hf",
                ),
            ),
            _llama_3(
                name="meta-llama/Meta-Llama-3-8B",
                parameters=_8B_PARAMETERS,
                architecture=LLAMA_8B,
                gguf="QuantFactory/Meta-Llama-3-8B-GGUF",
                aliases=("Llama-3-8B", "meta-llama/Llama-3-8B", "llama3:8b-text"),
            ),
            _llama_3(
                name="meta-llama/Meta-Llama-3-70B",
                parameters=_70B_PARAMETERS,
                architecture=LLAMA_70B,
                gguf="NousResearch/Meta-Llama-3-70B-GGUF",
                aliases=("Llama-3-70B", "meta-llama/Llama-3-70B", "llama3:70b-text"),
            ),
        ),
    ),
    Family(
        name="llama-3.1",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py) and the hub's config.json",
        checked="2026-11-23",
        models=(
            _llama_3_1(
                name="meta-llama/Llama-3.1-8B-Instruct",
                parameters=_8B_PARAMETERS,
                architecture=LLAMA_8B,
                tools=True,
                prompt="llama-3.1",
                gguf="unsloth/Llama-3.1-8B-Instruct-GGUF",
                aliases=(
                    "Llama3.1-8B-Instruct",
                    "meta-llama/Meta-Llama-3.1-8B-Instruct",
                    "llama3.1",
                    "llama3.1:8b",
                    "llama3.1:8b-instruct",
                    "llama-3.1-8b-instant",
                    "llama3.1-8b",  # Cerebras
                    "accounts/fireworks/models/llama-v3p1-8b-instruct",
                    "meta.llama3-1-8b-instruct-v1:0",
                    "meta/llama-3.1-8b-instruct",
                    "meta-llama/llama-3-1-8b-instruct",
                ),
            ),
            _llama_3_1(
                name="meta-llama/Llama-3.1-70B-Instruct",
                parameters=_70B_PARAMETERS,
                architecture=LLAMA_70B,
                tools=True,
                prompt="llama-3.1",
                gguf="lmstudio-community/Meta-Llama-3.1-70B-Instruct-GGUF",
                aliases=(
                    "Llama3.1-70B-Instruct",
                    "meta-llama/Meta-Llama-3.1-70B-Instruct",
                    "llama3.1:70b",
                    "llama3.1:70b-instruct",
                    "llama-3.1-70b-versatile",
                    "llama3.1-70b",  # Cerebras
                    "accounts/fireworks/models/llama-v3p1-70b-instruct",
                    "meta.llama3-1-70b-instruct-v1:0",
                    "meta/llama-3.1-70b-instruct",
                ),
            ),
            _llama_3_1(
                name="meta-llama/Llama-3.1-405B-Instruct",
                parameters=_405B_PARAMETERS,
                architecture=_405B,
                tools=True,
                prompt="llama-3.1",
                published_as=("FP8",),
                aliases=(
                    "Llama3.1-405B-Instruct",
                    "Llama3.1-405B-Instruct:bf16-mp8",
                    "Llama3.1-405B-Instruct:bf16-mp16",
                    "meta-llama/Meta-Llama-3.1-405B-Instruct",
                    "meta-llama/Llama-3.1-405B-Instruct-FP8",
                    "llama3.1:405b",
                    "llama3.1:405b-instruct",
                    "accounts/fireworks/models/llama-v3p1-405b-instruct",
                    "meta.llama3-1-405b-instruct-v1:0",
                    "meta/llama-3.1-405b-instruct",
                ),
            ),
            _llama_3_1(
                name="meta-llama/Llama-3.1-8B",
                parameters=_8B_PARAMETERS,
                architecture=LLAMA_8B,
                gguf="QuantFactory/Meta-Llama-3.1-8B-GGUF",
                aliases=("Llama3.1-8B", "meta-llama/Meta-Llama-3.1-8B", "llama3.1:8b-text"),
            ),
            _llama_3_1(
                name="meta-llama/Llama-3.1-70B",
                parameters=_70B_PARAMETERS,
                architecture=LLAMA_70B,
                aliases=("Llama3.1-70B", "meta-llama/Meta-Llama-3.1-70B", "llama3.1:70b-text"),
            ),
            _llama_3_1(
                name="meta-llama/Llama-3.1-405B",
                parameters=_405B_PARAMETERS,
                architecture=_405B,
                published_as=("FP8",),
                aliases=(
                    "Llama3.1-405B",
                    "Llama3.1-405B:bf16-mp8",
                    "Llama3.1-405B:bf16-mp16",
                    "meta-llama/Meta-Llama-3.1-405B",
                    "meta-llama/Llama-3.1-405B-FP8",
                    "llama3.1:405b-text",
                ),
            ),
        ),
    ),
)
