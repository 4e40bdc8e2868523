"""gpt-oss."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

# Every second layer looks back over 128 tokens only.
_shape = partial(
    Architecture,
    hidden=2880,
    heads=64,
    kv_heads=8,
    head_size=64,
    ffn=2880,
    vocab=201_088,
    tied=False,
    rope_theta=150_000,
    experts_used=4,
    expert_ffn=2880,
    window=128,
)
_row = partial(
    CatalogueModel,
    family="gpt-oss",
    context_length=131_072,
    tokenizer="o200k_harmony",
    tools=True,
    structured_output=True,
    reasoning=True,
    license="apache-2.0",
    published_as=("MXFP4",),
)

FAMILIES = (
    Family(
        name="gpt-oss",
        maker="OpenAI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _row(
                name="openai/gpt-oss-20b",
                parameters=20_914_757_184,
                active_parameters=3_600_000_000,
                architecture=_shape(layers=24, experts=32, full_layers=12),
                gguf="ggml-org/gpt-oss-20b-GGUF",
                aliases=("gpt-oss", "gpt-oss:20b", "openai.gpt-oss-20b-1:0"),
            ),
            _row(
                name="openai/gpt-oss-120b",
                parameters=116_829_156_672,
                active_parameters=5_100_000_000,
                architecture=_shape(layers=36, experts=128, full_layers=18),
                gguf="ggml-org/gpt-oss-120b-GGUF",
                aliases=("gpt-oss:120b", "openai.gpt-oss-120b-1:0"),
            ),
            _row(
                name="openai/gpt-oss-safeguard-20b",
                parameters=20_914_757_184,
                active_parameters=3_600_000_000,
                architecture=_shape(layers=24, experts=32, full_layers=12),
                aliases=("gpt-oss-safeguard:20b",),
            ),
            _row(
                name="openai/gpt-oss-safeguard-120b",
                parameters=116_829_156_672,
                active_parameters=5_100_000_000,
                architecture=_shape(layers=36, experts=128, full_layers=18),
                aliases=("gpt-oss-safeguard:120b",),
            ),
        ),
    ),
)
