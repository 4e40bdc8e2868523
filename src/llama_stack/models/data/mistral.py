"""Mistral AI's open models, and those behind its API."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_shape = partial(Architecture, head_size=128, tied=False)
_7B = partial(_shape, layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336)
_24B = _shape(layers=40, hidden=5120, heads=32, kv_heads=8, ffn=32768, vocab=131_072)
_NEMO = _shape(layers=40, hidden=5120, heads=32, kv_heads=8, ffn=14336, vocab=131_072, rope_theta=1e6)
_MINISTRAL_8B = _shape(layers=36, hidden=4096, heads=32, kv_heads=8, ffn=12288, vocab=131_072)
_22B = partial(_shape, layers=56, hidden=6144, heads=48, kv_heads=8, ffn=16384, vocab=32_768, rope_theta=1e6)
_LARGE = _shape(layers=88, hidden=12288, heads=96, kv_heads=8, ffn=28672, vocab=32_768, rope_theta=1e6)

_row = partial(CatalogueModel, license="apache-2.0")
_tekken = partial(_row, tokenizer="tekken", tools=True)
_mistral = partial(_row, family="mistral", context_length=32_768, tokenizer="mistral")
_24b = partial(_tekken, parameters=23_572_403_200, architecture=_24B)
_seeing = partial(
    _tekken,
    parameters=24_011_361_280,
    architecture=_24B,
    context_length=131_072,
    input_modalities=("text", "image"),
)
_ministral_3 = partial(
    _tekken, family="ministral", context_length=262_144, input_modalities=("text", "image"), published_as=("FP8",)
)
_mixtral = partial(_row, family="mixtral", tokenizer="mistral")
_api = partial(
    CatalogueModel,
    family="mistral-api",
    is_open=False,
    tools=True,
    structured_output=True,
    context_length=262_144,
    input_modalities=("text", "image"),
)

FAMILIES = (
    Family(
        name="mistral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _mistral(
                name="mistralai/Mistral-7B-Instruct-v0.1",
                parameters=7_241_732_096,
                architecture=_7B(vocab=32_000, rope_theta=1e4, window=4096, full_layers=0),
                gguf="TheBloke/Mistral-7B-Instruct-v0.1-GGUF",
                aliases=("mistral:7b-instruct-v0.1",),
            ),
            _mistral(
                name="mistralai/Mistral-7B-Instruct-v0.2",
                parameters=7_241_732_096,
                architecture=_7B(vocab=32_000, rope_theta=1e6),
                gguf="TheBloke/Mistral-7B-Instruct-v0.2-GGUF",
                aliases=("mistral:7b-instruct-v0.2", "mistral.mistral-7b-instruct-v0:2"),
            ),
            _mistral(
                name="mistralai/Mistral-7B-Instruct-v0.3",
                parameters=7_248_023_552,
                architecture=_7B(vocab=32_768, rope_theta=1e6),
                tools=True,
                gguf="MaziyarPanahi/Mistral-7B-Instruct-v0.3-GGUF",
                aliases=("mistral", "mistral:7b", "mistral:7b-instruct", "open-mistral-7b", "mistral-7b-instruct"),
            ),
            _tekken(
                name="mistralai/Mistral-Nemo-Instruct-2407",
                family="mistral",
                parameters=12_247_782_400,
                context_length=131_072,
                architecture=_NEMO,
                gguf="unsloth/Mistral-Nemo-Instruct-2407-GGUF",
                aliases=("mistral-nemo", "mistral-nemo:12b", "open-mistral-nemo", "open-mistral-nemo-2407"),
            ),
            _24b(
                name="mistralai/Mistral-Small-24B-Instruct-2501",
                family="mistral",
                context_length=32_768,
                aliases=("mistral-small", "mistral-small:24b", "mistral-small:24b-instruct-2501", "mistral-small-2501"),
            ),
            _seeing(
                name="mistralai/Mistral-Small-3.1-24B-Instruct-2503",
                family="mistral",
                aliases=("mistral-small3.1", "mistral-small3.1:24b", "mistral-small-2503", "mistral-small-3.1"),
            ),
            _seeing(
                name="mistralai/Mistral-Small-3.2-24B-Instruct-2506",
                family="mistral",
                gguf="unsloth/Mistral-Small-3.2-24B-Instruct-2506-GGUF",
                aliases=("mistral-small3.2", "mistral-small3.2:24b", "mistral-small-2506", "mistral-small-3.2"),
            ),
            _row(
                name="mistralai/Mistral-Large-Instruct-2407",
                family="mistral",
                parameters=122_610_069_504,
                context_length=131_072,
                architecture=_LARGE,
                tokenizer="mistral",
                tools=True,
                license="mrl-0.1",
                gguf="MaziyarPanahi/Mistral-Large-Instruct-2407-GGUF",
                aliases=("mistral-large-2407", "mistral.mistral-large-2407-v1:0"),
            ),
            _row(
                name="mistralai/Mistral-Large-Instruct-2411",
                family="mistral",
                parameters=122_610_069_504,
                context_length=131_072,
                architecture=_LARGE,
                tokenizer="mistral",
                tools=True,
                license="mrl-0.1",
                aliases=("mistral-large:123b", "mistral-large-2411"),
            ),
            _tekken(
                name="mistralai/Mistral-Large-3-675B-Instruct-2512",
                family="mistral",
                parameters=675_000_000_000,
                active_parameters=41_000_000_000,
                context_length=262_144,
                input_modalities=("text", "image"),
                aliases=(
                    "mistral-large-2512",
                    "mistral-large-3",
                    "mistral-large-latest",
                    "mistral.mistral-large-3-675b-instruct",
                ),
            ),
            _tekken(
                name="mistralai/Mistral-Medium-3.5-128B",
                family="mistral",
                parameters=128_000_000_000,
                context_length=262_144,
                input_modalities=("text", "image"),
                reasoning=True,
                license=None,
                aliases=("mistral-medium-3.5", "mistral-medium-3-5", "mistral-medium-2604", "mistral-medium-latest"),
            ),
        ),
    ),
    Family(
        name="ministral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _tekken(
                name="mistralai/Ministral-8B-Instruct-2410",
                family="ministral",
                parameters=8_019_808_256,
                context_length=131_072,
                architecture=_MINISTRAL_8B,
                license="mrl-0.1",
            ),
            _ministral_3(
                name="mistralai/Ministral-3-3B-Instruct-2512",
                parameters=3_849_090_048,
                architecture=Architecture(
                    layers=26, hidden=3072, heads=32, kv_heads=8, head_size=128, ffn=9216, vocab=131_072, tied=True
                ),
                aliases=("ministral-3:3b", "ministral-3b-2512", "mistral.ministral-3-3b-instruct"),
            ),
            _ministral_3(
                name="mistralai/Ministral-3-8B-Instruct-2512",
                parameters=8_918_029_312,
                architecture=_shape(layers=34, hidden=4096, heads=32, kv_heads=8, ffn=14336, vocab=131_072),
                gguf="mistralai/Ministral-3-8B-Instruct-2512-GGUF",
                aliases=("ministral-3", "ministral-3:8b", "ministral-8b-2512", "mistral.ministral-3-8b-instruct"),
            ),
            _ministral_3(
                name="mistralai/Ministral-3-14B-Instruct-2512",
                parameters=13_945_681_920,
                architecture=_shape(layers=40, hidden=5120, heads=32, kv_heads=8, ffn=16384, vocab=131_072),
                aliases=("ministral-3:14b", "ministral-14b-2512", "mistral.ministral-3-14b-instruct"),
            ),
        ),
    ),
    Family(
        name="mixtral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _mixtral(
                name="mistralai/Mixtral-8x7B-Instruct-v0.1",
                parameters=46_702_792_704,
                active_parameters=12_900_000_000,
                context_length=32_768,
                architecture=_7B(vocab=32_000, rope_theta=1e6, experts=8, experts_used=2, expert_ffn=14336),
                gguf="TheBloke/Mixtral-8x7B-Instruct-v0.1-GGUF",
                aliases=(
                    "mixtral",
                    "mixtral:8x7b",
                    "mixtral:8x7b-instruct",
                    "mixtral-8x7b-32768",
                    "open-mixtral-8x7b",
                    "mistral.mixtral-8x7b-instruct-v0:1",
                ),
            ),
            _mixtral(
                name="mistralai/Mixtral-8x22B-Instruct-v0.1",
                parameters=140_630_071_296,
                active_parameters=39_100_000_000,
                context_length=65_536,
                architecture=_22B(experts=8, experts_used=2, expert_ffn=16384),
                tools=True,
                gguf="MaziyarPanahi/Mixtral-8x22B-Instruct-v0.1-GGUF",
                aliases=("mixtral:8x22b", "mixtral:8x22b-instruct", "open-mixtral-8x22b"),
            ),
        ),
    ),
    Family(
        name="codestral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _row(
                name="mistralai/Codestral-22B-v0.1",
                family="codestral",
                parameters=22_247_282_688,
                context_length=32_768,
                architecture=_22B(),
                tokenizer="mistral",
                license="mnpl-0.1",
                gguf="bartowski/Codestral-22B-v0.1-GGUF",
                aliases=("codestral", "codestral:22b"),
            ),
        ),
    ),
    Family(
        name="devstral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _24b(
                name="mistralai/Devstral-Small-2505",
                family="devstral",
                context_length=131_072,
                aliases=("devstral:24b-small-2505",),
            ),
            _24b(
                name="mistralai/Devstral-Small-2507",
                family="devstral",
                context_length=131_072,
                gguf="mistralai/Devstral-Small-2507_gguf",
                aliases=("devstral", "devstral:24b"),
            ),
        ),
    ),
    Family(
        name="magistral",
        maker="Mistral AI",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _24b(
                name="mistralai/Magistral-Small-2506",
                family="magistral",
                context_length=131_072,
                reasoning=True,
                aliases=("magistral", "magistral:24b"),
            ),
            _seeing(
                name="mistralai/Magistral-Small-2509",
                family="magistral",
                reasoning=True,
                gguf="mistralai/Magistral-Small-2509-GGUF",
                aliases=("mistral.magistral-small-2509",),
            ),
        ),
    ),
    Family(
        name="mistral-api",
        maker="Mistral AI",
        source="LiteLLM 1.109.1's list, from docs.mistral.ai",
        checked="2026-11-23",
        models=(
            _api(
                name="mistral-large-4",
                context_length=1_048_576,
                reasoning=True,
                aliases=("mistral-large-4-0",),
            ),
            _api(name="mistral-small-latest", reasoning=True, aliases=("mistral-small-2603",)),
            _api(name="magistral-medium-latest", reasoning=True),
            _api(
                name="codestral-latest", context_length=128_000, input_modalities=("text",), aliases=("codestral-2508",)
            ),
            _api(
                name="devstral-medium-latest",
                context_length=256_000,
                input_modalities=("text",),
                reasoning=True,
                aliases=("devstral-latest",),
            ),
            _api(
                name="mistral-embed",
                model_type="embedding",
                context_length=8192,
                embedding_dimension=1024,
                input_modalities=("text",),
                tools=None,
                structured_output=None,
                aliases=("mistral-embed-2312",),
            ),
        ),
    ),
)
