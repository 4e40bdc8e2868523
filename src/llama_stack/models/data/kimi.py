"""Moonshot AI's Kimi K2 and K3."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family
from .deepseek import DEEPSEEK_LATENT

__all__ = ("FAMILIES",)

_KIMI_K2 = Architecture(
    layers=61,
    hidden=7168,
    heads=64,
    kv_heads=64,
    head_size=112,
    ffn=18432,
    vocab=163_840,
    tied=False,
    rope_theta=5e4,
    experts=384,
    experts_used=8,
    expert_ffn=2048,
    shared_ffn=2048,
    dense_layers=1,
    latent=DEEPSEEK_LATENT,
)
_kimi = partial(
    CatalogueModel,
    family="kimi",
    parameters=1_026_408_208_384,
    active_parameters=32_000_000_000,
    context_length=262_144,
    architecture=_KIMI_K2,
    tokenizer="kimi",
    tools=True,
    license="modified-mit",
)
_kimi_sees = partial(_kimi, input_modalities=("text", "image", "video"), reasoning=True)

FAMILIES = (
    Family(
        name="kimi",
        maker="Moonshot AI",
        source="the hub's config.json, by way of aiconfigurator and xinference 4.1.0; gpustack 2.3.0's catalogue",
        checked="2026-11-23",
        models=(
            _kimi(
                name="moonshotai/Kimi-K2-Instruct",
                context_length=131_072,
                published_as=("FP8",),
                aliases=("kimi-k2", "kimi-k2-0711-preview"),
            ),
            _kimi(
                name="moonshotai/Kimi-K2-Instruct-0905",
                published_as=("FP8",),
                aliases=("kimi-k2-0905-preview", "kimi-k2-0905"),
            ),
            _kimi(
                name="moonshotai/Kimi-K2-Thinking",
                reasoning=True,
                published_as=("INT4",),
                aliases=("kimi-k2-thinking", "moonshot.kimi-k2-thinking"),
            ),
            _kimi_sees(
                name="moonshotai/Kimi-K2.5",
                published_as=("INT4",),
                gguf="unsloth/Kimi-K2.5-GGUF",
                aliases=("moonshotai.kimi-k2.5",),
            ),
            _kimi_sees(name="moonshotai/Kimi-K2.6", published_as=("INT4",)),
            _kimi_sees(name="moonshotai/Kimi-K2.7-Code", published_as=("INT4",)),
            _kimi_sees(
                name="moonshotai/Kimi-K3",
                parameters=2_780_000_000_000,
                active_parameters=104_000_000_000,
                context_length=1_048_576,
                architecture=None,
                license=None,
                gguf="unsloth/Kimi-K3-GGUF",
                aliases=("moonshotai.kimi-k3",),
            ),
        ),
    ),
)
