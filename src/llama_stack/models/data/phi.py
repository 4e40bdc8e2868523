"""Phi 3, 3.5 and 4."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_MINI = partial(
    Architecture, layers=32, hidden=3072, heads=32, kv_heads=32, head_size=96, ffn=8192, vocab=32_064, tied=False
)
_MEDIUM = Architecture(
    layers=40, hidden=5120, heads=40, kv_heads=10, head_size=128, ffn=17920, vocab=32_064, tied=False, rope_theta=1e4
)
_MOE = Architecture(
    layers=32,
    hidden=4096,
    heads=32,
    kv_heads=8,
    head_size=128,
    ffn=6400,
    vocab=32_064,
    tied=False,
    rope_theta=1e4,
    experts=16,
    experts_used=2,
    expert_ffn=6400,
)
_PHI_4 = partial(
    Architecture, layers=40, hidden=5120, heads=40, kv_heads=10, head_size=128, ffn=17920, vocab=100_352, tied=False
)
_PHI_4_MINI = Architecture(
    layers=32, hidden=3072, heads=24, kv_heads=8, head_size=128, ffn=8192, vocab=200_064, tied=True, rope_theta=1e4
)

_row = partial(CatalogueModel, license="mit")
_3 = partial(_row, family="phi-3", tokenizer="phi-3")
_4 = partial(_row, family="phi-4", tokenizer="phi-4", parameters=14_659_507_200)
_4_mini = partial(
    _row,
    family="phi-4",
    parameters=3_836_021_760,
    context_length=131_072,
    architecture=_PHI_4_MINI,
    tokenizer="phi-4-mini",
)

FAMILIES = (
    Family(
        name="phi-3",
        maker="Microsoft",
        source="the hub's config.json, by way of litgpt 0.5.13 and transformers' defaults",
        checked="2026-11-23",
        models=(
            _3(
                name="microsoft/Phi-3-mini-4k-instruct",
                parameters=3_821_079_552,
                context_length=4096,
                architecture=_MINI(rope_theta=1e4, window=2047, full_layers=0),
                gguf="microsoft/Phi-3-mini-4k-instruct-gguf",
                aliases=("phi3:3.8b-mini-4k-instruct",),
            ),
            _3(
                name="microsoft/Phi-3-mini-128k-instruct",
                parameters=3_821_079_552,
                context_length=131_072,
                architecture=_MINI(rope_theta=1e4),
                aliases=("phi3", "phi3:mini", "phi3:3.8b"),
            ),
            _3(
                name="microsoft/Phi-3-medium-4k-instruct",
                parameters=13_960_238_080,
                context_length=4096,
                architecture=_MEDIUM,
                aliases=("phi3:medium-4k",),
            ),
            _3(
                name="microsoft/Phi-3-medium-128k-instruct",
                parameters=13_960_238_080,
                context_length=131_072,
                architecture=_MEDIUM,
                aliases=("phi3:medium", "phi3:14b", "phi3:medium-128k"),
            ),
            _3(
                name="microsoft/Phi-3.5-mini-instruct",
                parameters=3_821_079_552,
                context_length=131_072,
                architecture=_MINI(rope_theta=1e4),
                gguf="bartowski/Phi-3.5-mini-instruct-GGUF",
                aliases=("phi3.5", "phi3.5:3.8b"),
            ),
            _3(
                name="microsoft/Phi-3.5-MoE-instruct",
                parameters=41_873_153_344,
                active_parameters=6_600_000_000,
                context_length=131_072,
                architecture=_MOE,
            ),
            _3(
                name="microsoft/Phi-3.5-vision-instruct",
                parameters=4_146_621_440,
                context_length=131_072,
                architecture=_MINI(rope_theta=1e4),
                input_modalities=("text", "image"),
            ),
        ),
    ),
    Family(
        name="phi-4",
        maker="Microsoft",
        source="the hub's config.json, by way of litgpt 0.5.13",
        checked="2026-11-23",
        models=(
            _4(
                name="microsoft/phi-4",
                context_length=16_384,
                architecture=_PHI_4(rope_theta=250_000),
                gguf="microsoft/phi-4-gguf",
                aliases=("phi4", "phi4:14b"),
            ),
            _4(
                name="microsoft/Phi-4-reasoning",
                context_length=32_768,
                architecture=_PHI_4(rope_theta=500_000),
                reasoning=True,
                aliases=("phi4-reasoning", "phi4-reasoning:14b"),
            ),
            _4(
                name="microsoft/Phi-4-reasoning-plus",
                context_length=32_768,
                architecture=_PHI_4(rope_theta=500_000),
                reasoning=True,
                aliases=("phi4-reasoning:plus", "phi4-reasoning:14b-plus"),
            ),
            _4_mini(
                name="microsoft/Phi-4-mini-instruct",
                tools=True,
                gguf="unsloth/Phi-4-mini-instruct-GGUF",
                aliases=("phi4-mini", "phi4-mini:3.8b"),
            ),
            _4_mini(
                name="microsoft/Phi-4-mini-reasoning",
                reasoning=True,
                aliases=("phi4-mini-reasoning", "phi4-mini-reasoning:3.8b"),
            ),
            _4_mini(
                name="microsoft/Phi-4-multimodal-instruct",
                parameters=5_574_460_384,
                input_modalities=("text", "image", "audio"),
            ),
        ),
    ),
)
