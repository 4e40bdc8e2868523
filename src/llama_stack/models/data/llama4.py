"""Llama 4: Scout and Maverick."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

# Three layers of four attend within chunks of 8192 tokens, the fourth over everything.
_SHAPE = partial(
    Architecture,
    layers=48,
    hidden=5120,
    heads=40,
    kv_heads=8,
    head_size=128,
    ffn=16384,
    vocab=202_048,
    tied=False,
    rope_theta=5e5,
    experts_used=1,
    expert_ffn=8192,
    shared_ffn=8192,
    window=8192,
    full_layers=12,
)
_SCOUT = _SHAPE(experts=16)
_MAVERICK = _SHAPE(experts=128, dense_layers=24)

_row = partial(
    CatalogueModel,
    family="llama-4",
    active_parameters=17_170_000_000,
    tokenizer="llama-4",
    input_modalities=("text", "image"),
    license="llama4",
)

FAMILIES = (
    Family(
        name="llama-4",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py), transformers' Llama4TextConfig and the models' cards",
        checked="2026-11-23",
        models=(
            _row(
                name="meta-llama/Llama-4-Scout-17B-16E-Instruct",
                parameters=108_641_793_536,
                context_length=10_485_760,
                architecture=_SCOUT,
                tools=True,
                prompt="llama-4",
                gguf="bartowski/meta-llama_Llama-4-Scout-17B-16E-Instruct-GGUF",
                aliases=(
                    "Llama-4-Scout-17B-16E-Instruct",
                    "llama4",
                    "llama4:scout",
                    "llama4:16x17b",
                    "llama-4-scout",
                    "accounts/fireworks/models/llama4-scout-instruct-basic",
                    "meta.llama4-scout-17b-instruct-v1:0",
                    "meta/llama-4-scout-17b-16e-instruct",
                ),
            ),
            _row(
                name="meta-llama/Llama-4-Maverick-17B-128E-Instruct",
                parameters=401_583_781_376,
                context_length=1_048_576,
                architecture=_MAVERICK,
                tools=True,
                prompt="llama-4",
                published_as=("FP8",),
                aliases=(
                    "Llama-4-Maverick-17B-128E-Instruct",
                    "Llama-4-Maverick-17B-128E-Instruct:fp8",
                    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
                    "llama4:maverick",
                    "llama4:128x17b",
                    "llama-4-maverick",
                    "databricks-llama-4-maverick",
                    "accounts/fireworks/models/llama4-maverick-instruct-basic",
                    "meta.llama4-maverick-17b-instruct-v1:0",
                    "meta/llama-4-maverick-17b-128e-instruct",
                    "meta-llama/llama-4-maverick-17b",
                ),
            ),
            _row(
                name="meta-llama/Llama-4-Scout-17B-16E",
                parameters=108_641_793_536,
                context_length=262_144,
                architecture=_SCOUT,
            ),
            _row(
                name="meta-llama/Llama-4-Maverick-17B-128E",
                parameters=401_583_781_376,
                context_length=262_144,
                architecture=_MAVERICK,
            ),
        ),
    ),
)
