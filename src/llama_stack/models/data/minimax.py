"""MiniMax M2 and M3."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_minimax = partial(
    CatalogueModel,
    family="minimax",
    parameters=228_689_748_992,
    active_parameters=10_000_000_000,
    context_length=196_608,
    architecture=Architecture(
        layers=62,
        hidden=3072,
        heads=48,
        kv_heads=8,
        head_size=128,
        ffn=1536,
        vocab=200_064,
        tied=False,
        rope_theta=5e6,
        experts=256,
        experts_used=8,
        expert_ffn=1536,
    ),
    tokenizer="minimax",
    tools=True,
    reasoning=True,
)

FAMILIES = (
    Family(
        name="minimax",
        maker="MiniMax",
        source="the hub's config.json, by way of xinference 4.1.0; gpustack 2.3.0's catalogue",
        checked="2026-11-23",
        models=(
            _minimax(name="MiniMaxAI/MiniMax-M2", license="mit", published_as=("FP8",)),
            _minimax(name="MiniMaxAI/MiniMax-M2.1", published_as=("FP8",)),
            _minimax(name="MiniMaxAI/MiniMax-M2.5", published_as=("FP8",), gguf="unsloth/MiniMax-M2.5-GGUF"),
            _minimax(
                name="MiniMaxAI/MiniMax-M2.7",
                context_length=204_800,
                published_as=("FP8",),
                gguf="unsloth/MiniMax-M2.7-GGUF",
            ),
            _minimax(
                name="MiniMaxAI/MiniMax-M3",
                parameters=428_000_000_000,
                active_parameters=23_000_000_000,
                context_length=1_048_576,
                architecture=None,
                input_modalities=("text", "image"),
                gguf="unsloth/MiniMax-M3-GGUF",
            ),
        ),
    ),
)
