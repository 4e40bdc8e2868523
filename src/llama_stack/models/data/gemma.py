"""Gemma 2, 3, 3n and 4."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

# Gemma 2: every second layer looks back over 4096 tokens only.
_gemma2 = partial(Architecture, vocab=256_000, tied=True, rope_theta=1e4, window=4096)
# Gemma 3: five layers of six look back over a window.
_gemma3 = partial(Architecture, vocab=262_208, tied=True, rope_theta=1e6, window=1024)

_row = partial(CatalogueModel, tokenizer="gemma", license="gemma")
_2 = partial(_row, family="gemma-2", context_length=8192)
_3 = partial(_row, family="gemma-3", context_length=131_072, input_modalities=("text", "image"))
_3n = partial(_row, family="gemma-3n", context_length=32_768, input_modalities=("text", "image", "audio", "video"))
_4 = partial(_row, family="gemma-4", license="apache-2.0", tools=True, reasoning=True)

FAMILIES = (
    Family(
        name="gemma-2",
        maker="Google",
        source="the hub's config.json, by way of litgpt 0.5.13",
        checked="2026-11-23",
        models=(
            _2(
                name="google/gemma-2-2b-it",
                parameters=2_614_341_888,
                architecture=_gemma2(
                    layers=26, hidden=2304, heads=8, kv_heads=4, head_size=256, ffn=9216, full_layers=13
                ),
                aliases=("gemma2:2b",),
            ),
            _2(
                name="google/gemma-2-9b-it",
                parameters=9_241_705_984,
                architecture=_gemma2(
                    layers=42, hidden=3584, heads=16, kv_heads=8, head_size=256, ffn=14336, full_layers=21
                ),
                gguf="bartowski/gemma-2-9b-it-GGUF",
                aliases=("gemma2", "gemma2:9b", "gemma2-9b-it"),
            ),
            _2(
                name="google/gemma-2-27b-it",
                parameters=27_227_128_320,
                architecture=_gemma2(
                    layers=46, hidden=4608, heads=32, kv_heads=16, head_size=128, ffn=36864, full_layers=23
                ),
                aliases=("gemma2:27b",),
            ),
        ),
    ),
    Family(
        name="gemma-3",
        maker="Google",
        source="the hub's config.json, by way of litgpt 0.5.13 and xinference 4.1.0",
        checked="2026-11-23",
        models=(
            _3(
                name="google/gemma-3-1b-it",
                parameters=999_885_952,
                context_length=32_768,
                architecture=_gemma3(
                    layers=26,
                    hidden=1152,
                    heads=4,
                    kv_heads=1,
                    head_size=256,
                    ffn=6912,
                    vocab=262_144,
                    window=512,
                    full_layers=4,
                ),
                input_modalities=("text",),
                gguf="unsloth/gemma-3-1b-it-GGUF",
                aliases=("gemma3:1b",),
            ),
            _3(
                name="google/gemma-3-4b-it",
                parameters=4_300_079_472,
                architecture=_gemma3(
                    layers=34, hidden=2560, heads=8, kv_heads=4, head_size=256, ffn=10240, full_layers=5
                ),
                gguf="unsloth/gemma-3-4b-it-GGUF",
                aliases=("gemma3", "gemma3:4b", "google.gemma-3-4b-it"),
            ),
            _3(
                name="google/gemma-3-12b-it",
                parameters=12_187_325_040,
                architecture=_gemma3(
                    layers=48, hidden=3840, heads=16, kv_heads=8, head_size=256, ffn=15360, full_layers=8
                ),
                gguf="bartowski/google_gemma-3-12b-it-GGUF",
                aliases=("gemma3:12b",),
            ),
            _3(
                name="google/gemma-3-27b-it",
                parameters=27_432_406_640,
                architecture=_gemma3(
                    layers=62, hidden=5376, heads=32, kv_heads=16, head_size=128, ffn=21504, full_layers=10
                ),
                gguf="bartowski/google_gemma-3-27b-it-GGUF",
                aliases=("gemma3:27b",),
            ),
        ),
    ),
    Family(
        name="gemma-3n",
        maker="Google",
        source="transformers' Gemma3nTextConfig and the models' cards",
        checked="2026-11-23",
        models=(
            _3n(name="google/gemma-3n-E2B-it", parameters=5_439_438_272, aliases=("gemma3n:e2b",)),
            _3n(
                name="google/gemma-3n-E4B-it",
                parameters=7_849_978_192,
                # The last 15 layers use the keys and values of earlier ones; one of five looks back over all.
                architecture=Architecture(
                    layers=35,
                    hidden=2048,
                    heads=8,
                    kv_heads=2,
                    head_size=256,
                    ffn=16384,
                    vocab=262_400,
                    tied=True,
                    window=512,
                    full_layers=4,
                    attention_layers=20,
                ),
                gguf="unsloth/gemma-3n-E4B-it-GGUF",
                aliases=("gemma3n", "gemma3n:e4b"),
            ),
        ),
    ),
    Family(
        name="gemma-4",
        maker="Google",
        source="ai.google.dev/gemma/docs/core; the layers that look back over all have other heads than config.json's",
        checked="2026-11-23",
        models=(
            _4(
                name="google/gemma-4-E2B-it",
                context_length=131_072,
                input_modalities=("text", "image", "audio", "video"),
                gguf="unsloth/gemma-4-E2B-it-GGUF",
                aliases=("gemma4:e2b",),
            ),
            _4(
                name="google/gemma-4-E4B-it",
                context_length=131_072,
                input_modalities=("text", "image", "audio", "video"),
                gguf="unsloth/gemma-4-E4B-it-GGUF",
                aliases=("gemma4:e4b",),
            ),
            _4(
                name="google/gemma-4-12B-it",
                parameters=11_910_000_000,
                context_length=262_144,
                input_modalities=("text", "image", "audio", "video"),
                gguf="unsloth/gemma-4-12b-it-GGUF",
                aliases=("gemma4:12b",),
            ),
            _4(
                name="google/gemma-4-26B-A4B-it",
                parameters=26_000_000_000,
                active_parameters=4_000_000_000,
                context_length=262_144,
                input_modalities=("text", "image"),
                gguf="unsloth/gemma-4-26B-A4B-it-GGUF",
                aliases=("gemma4:26b",),
            ),
            _4(
                name="google/gemma-4-31B-it",
                parameters=31_000_000_000,
                context_length=262_144,
                input_modalities=("text", "image"),
                gguf="unsloth/gemma-4-31B-it-GGUF",
                aliases=("gemma4:31b", "gemma-4-31b"),
            ),
        ),
    ),
)
