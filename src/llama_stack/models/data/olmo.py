"""Ai2's OLMo 2."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_olmo = partial(Architecture, head_size=128, vocab=100_352, tied=False, rope_theta=5e5)
_olmo2 = partial(CatalogueModel, family="olmo-2", context_length=4096, tokenizer="dolma2", license="apache-2.0")

FAMILIES = (
    Family(
        name="olmo-2",
        maker="Ai2",
        source="the hub's config.json, by way of litgpt 0.5.13; the models' cards",
        checked="2026-11-23",
        models=(
            _olmo2(
                name="allenai/OLMo-2-0425-1B-Instruct",
                parameters=1_484_916_736,
                architecture=_olmo(layers=16, hidden=2048, heads=16, kv_heads=16, ffn=8192),
            ),
            _olmo2(
                name="allenai/OLMo-2-1124-7B-Instruct",
                parameters=7_298_617_344,
                architecture=_olmo(layers=32, hidden=4096, heads=32, kv_heads=32, ffn=11008),
                gguf="allenai/OLMo-2-1124-7B-Instruct-GGUF",
                aliases=("olmo2", "olmo2:7b"),
            ),
            _olmo2(
                name="allenai/OLMo-2-1124-13B-Instruct",
                parameters=13_716_198_400,
                architecture=_olmo(layers=40, hidden=5120, heads=40, kv_heads=40, ffn=13824),
                aliases=("olmo2:13b",),
            ),
            _olmo2(
                name="allenai/OLMo-2-0325-32B-Instruct",
                parameters=32_234_279_936,
                architecture=_olmo(layers=64, hidden=5120, heads=40, kv_heads=8, ffn=27648),
            ),
        ),
    ),
)
