"""SmolLM 2 and 3."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_smol = partial(Architecture, head_size=64, vocab=49_152, tied=True)
_smollm2 = partial(CatalogueModel, family="smollm2", context_length=8192, tokenizer="smollm2", license="apache-2.0")

FAMILIES = (
    Family(
        name="smollm2",
        maker="Hugging Face",
        source="the hub's config.json, by way of litgpt 0.5.13",
        checked="2026-11-23",
        models=(
            _smollm2(
                name="HuggingFaceTB/SmolLM2-135M-Instruct",
                parameters=134_515_008,
                architecture=_smol(layers=30, hidden=576, heads=9, kv_heads=3, ffn=1536, rope_theta=1e5),
                aliases=("smollm2:135m",),
            ),
            _smollm2(
                name="HuggingFaceTB/SmolLM2-360M-Instruct",
                parameters=361_821_120,
                architecture=_smol(layers=32, hidden=960, heads=15, kv_heads=5, ffn=2560, rope_theta=1e5),
                aliases=("smollm2:360m",),
            ),
            _smollm2(
                name="HuggingFaceTB/SmolLM2-1.7B-Instruct",
                parameters=1_711_376_384,
                architecture=_smol(layers=24, hidden=2048, heads=32, kv_heads=32, ffn=8192, rope_theta=1.3e5),
                gguf="HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF",
                aliases=("smollm2", "smollm2:1.7b"),
            ),
        ),
    ),
    Family(
        name="smollm3",
        maker="Hugging Face",
        source="transformers' SmolLM3Config and the model's card",
        checked="2026-11-23",
        models=(
            CatalogueModel(
                name="HuggingFaceTB/SmolLM3-3B",
                family="smollm3",
                parameters=3_075_098_624,
                context_length=65_536,
                extended_context_length=131_072,
                architecture=Architecture(
                    layers=36, hidden=2048, heads=16, kv_heads=4, head_size=128, ffn=11008, vocab=128_256, tied=True
                ),
                tokenizer="llama-3",
                tools=True,
                reasoning=True,
                license="apache-2.0",
                gguf="ggml-org/SmolLM3-3B-GGUF",
            ),
        ),
    ),
)
