"""01.AI's Yi 1.5."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_yi_shape = partial(Architecture, head_size=128, vocab=64_000, tied=False, rope_theta=5e6)
_YI_6B = _yi_shape(layers=32, hidden=4096, heads=32, kv_heads=4, ffn=11008)
_YI_9B = _yi_shape(layers=48, hidden=4096, heads=32, kv_heads=4, ffn=11008)
_YI_34B = _yi_shape(layers=60, hidden=7168, heads=56, kv_heads=8, ffn=20480)
_yi = partial(CatalogueModel, family="yi-1.5", context_length=4096, tokenizer="yi", license="apache-2.0")

FAMILIES = (
    Family(
        name="yi-1.5",
        maker="01.AI",
        source="the hub's config.json, by way of xinference 4.1.0",
        checked="2026-11-23",
        models=(
            _yi(
                name="01-ai/Yi-1.5-6B-Chat",
                parameters=6_061_035_520,
                architecture=_YI_6B,
                gguf="lmstudio-community/Yi-1.5-6B-Chat-GGUF",
                aliases=("yi", "yi:6b"),
            ),
            _yi(
                name="01-ai/Yi-1.5-9B-Chat",
                parameters=8_829_407_232,
                architecture=_YI_9B,
                gguf="lmstudio-community/Yi-1.5-9B-Chat-GGUF",
                aliases=("yi:9b",),
            ),
            _yi(
                name="01-ai/Yi-1.5-34B-Chat",
                parameters=34_388_917_248,
                architecture=_YI_34B,
                gguf="lmstudio-community/Yi-1.5-34B-Chat-GGUF",
                aliases=("yi:34b",),
            ),
            _yi(
                name="01-ai/Yi-1.5-9B-Chat-16K",
                parameters=8_829_407_232,
                context_length=16_384,
                architecture=_YI_9B,
                gguf="QuantFactory/Yi-1.5-9B-Chat-16K-GGUF",
            ),
            _yi(
                name="01-ai/Yi-1.5-34B-Chat-16K",
                parameters=34_388_917_248,
                context_length=16_384,
                architecture=_YI_34B,
                gguf="bartowski/Yi-1.5-34B-Chat-16K-GGUF",
            ),
        ),
    ),
)
