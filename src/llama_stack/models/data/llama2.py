"""Llama 2."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_row = partial(
    CatalogueModel,
    family="llama-2",
    context_length=4096,
    tokenizer="llama-2",
    license="llama2",
)
_7B = Architecture(
    layers=32, hidden=4096, heads=32, kv_heads=32, head_size=128, ffn=11008, vocab=32000, tied=False, rope_theta=1e4
)
_13B = Architecture(
    layers=40, hidden=5120, heads=40, kv_heads=40, head_size=128, ffn=13824, vocab=32000, tied=False, rope_theta=1e4
)
_70B = Architecture(
    layers=80, hidden=8192, heads=64, kv_heads=8, head_size=128, ffn=28672, vocab=32000, tied=False, rope_theta=1e4
)

FAMILIES = (
    Family(
        name="llama-2",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py) and the hub's config.json",
        checked="2026-11-23",
        models=(
            _row(
                name="meta-llama/Llama-2-7b-chat-hf",
                parameters=6_738_415_616,
                architecture=_7B,
                prompt="llama-2",
                gguf="TheBloke/Llama-2-7B-Chat-GGUF",
                aliases=(
                    "Llama-2-7b-chat",
                    "meta-llama/Llama-2-7b-chat",
                    "llama2",
                    "llama2:7b",
                    "llama2:7b-chat",
                    "llama-v2-7b-chat",
                ),
            ),
            _row(
                name="meta-llama/Llama-2-13b-chat-hf",
                parameters=13_015_864_320,
                architecture=_13B,
                prompt="llama-2",
                gguf="TheBloke/Llama-2-13B-chat-GGUF",
                aliases=(
                    "Llama-2-13b-chat",
                    "meta-llama/Llama-2-13b-chat",
                    "llama2:13b",
                    "llama2:13b-chat",
                    "meta.llama2-13b-chat-v1",
                ),
            ),
            _row(
                name="meta-llama/Llama-2-70b-chat-hf",
                parameters=68_976_648_192,
                architecture=_70B,
                prompt="llama-2",
                gguf="TheBloke/Llama-2-70B-Chat-GGUF",
                aliases=(
                    "Llama-2-70b-chat",
                    "meta-llama/Llama-2-70b-chat",
                    "llama2:70b",
                    "llama2:70b-chat",
                    "meta.llama2-70b-chat-v1",
                ),
            ),
            _row(
                name="meta-llama/Llama-2-7b-hf",
                parameters=6_738_415_616,
                architecture=_7B,
                gguf="TheBloke/Llama-2-7B-GGUF",
                aliases=("Llama-2-7b", "meta-llama/Llama-2-7b", "llama2:7b-text"),
            ),
            _row(
                name="meta-llama/Llama-2-13b-hf",
                parameters=13_015_864_320,
                architecture=_13B,
                gguf="TheBloke/Llama-2-13B-GGUF",
                aliases=("Llama-2-13b", "meta-llama/Llama-2-13b", "llama2:13b-text"),
            ),
            _row(
                name="meta-llama/Llama-2-70b-hf",
                parameters=68_976_648_192,
                architecture=_70B,
                gguf="TheBloke/Llama-2-70B-GGUF",
                aliases=("Llama-2-70b", "meta-llama/Llama-2-70b", "llama2:70b-text"),
            ),
        ),
    ),
)
