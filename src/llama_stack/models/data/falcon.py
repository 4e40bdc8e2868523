"""TII's Falcon 3."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_falcon = partial(Architecture, head_size=256, kv_heads=4, vocab=131_072, tied=False, rope_theta=1_000_042)
_falcon3 = partial(
    CatalogueModel, family="falcon-3", context_length=32_768, tokenizer="falcon3", license="falcon-llm-license"
)

FAMILIES = (
    Family(
        name="falcon-3",
        maker="TII",
        source="the hub's config.json, by way of litgpt 0.5.13",
        checked="2026-11-23",
        models=(
            _falcon3(
                name="tiiuae/Falcon3-1B-Instruct",
                parameters=1_669_408_768,
                context_length=None,  # sources differ: 4096 or 8192
                architecture=_falcon(layers=18, hidden=2048, heads=8, ffn=8192),
                aliases=("falcon3:1b",),
            ),
            _falcon3(
                name="tiiuae/Falcon3-3B-Instruct",
                parameters=3_227_655_168,
                architecture=_falcon(layers=22, hidden=3072, heads=12, ffn=9216),
                aliases=("falcon3:3b",),
            ),
            _falcon3(
                name="tiiuae/Falcon3-7B-Instruct",
                parameters=7_455_550_464,
                architecture=_falcon(layers=28, hidden=3072, heads=12, ffn=23040),
                gguf="tiiuae/Falcon3-7B-Instruct-GGUF",
                aliases=("falcon3", "falcon3:7b"),
            ),
            _falcon3(
                name="tiiuae/Falcon3-10B-Instruct",
                parameters=10_305_653_760,
                architecture=_falcon(layers=40, hidden=3072, heads=12, ffn=23040),
                aliases=("falcon3:10b",),
            ),
        ),
    ),
)
