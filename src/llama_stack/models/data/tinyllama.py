"""TinyLlama."""

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)


FAMILIES = (
    Family(
        name="tinyllama",
        maker="the TinyLlama project",
        source="the hub's config.json, by way of litgpt 0.5.13",
        checked="2026-11-23",
        models=(
            CatalogueModel(
                name="TinyLlama/TinyLlama-1.1B-Chat-v1.0",
                family="tinyllama",
                parameters=1_100_048_384,
                context_length=2048,
                architecture=Architecture(
                    layers=22,
                    hidden=2048,
                    heads=32,
                    kv_heads=4,
                    head_size=64,
                    ffn=5632,
                    vocab=32_000,
                    tied=False,
                    rope_theta=1e4,
                ),
                tokenizer="llama-2",
                license="apache-2.0",
                aliases=("tinyllama", "tinyllama:1.1b"),
            ),
        ),
    ),
)
