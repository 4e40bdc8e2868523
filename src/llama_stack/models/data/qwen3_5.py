"""Qwen 3.5, 3.6 and 3.8: every fourth layer attends, the others keep a state of fixed size; all of them see."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_shape = partial(Architecture, head_size=256, vocab=248_320)
_dense = partial(_shape, tied=False)
_row = partial(
    CatalogueModel,
    context_length=262_144,
    tokenizer="qwen3.5",
    input_modalities=("text", "image", "video"),
    tools=True,
    reasoning=True,
)
_3_5 = partial(_row, family="qwen3.5", license="apache-2.0")
_3_6 = partial(_row, family="qwen3.6", license="apache-2.0")
_3_8 = partial(_row, family="qwen3.8")

_27B = _dense(layers=64, hidden=5120, heads=24, kv_heads=4, ffn=17408, attention_layers=16)
_35B = _dense(
    layers=40,
    hidden=2048,
    heads=16,
    kv_heads=2,
    ffn=512,
    experts=256,
    experts_used=8,
    expert_ffn=512,
    shared_ffn=512,
    attention_layers=10,
)

FAMILIES = (
    Family(
        name="qwen3.5",
        maker="Alibaba",
        source="the hub's config.json and model.safetensors.index.json",
        checked="2026-11-23",
        models=(
            _3_5(
                name="Qwen/Qwen3.5-0.8B",
                parameters=873_441_376,
                architecture=_shape(
                    layers=24, hidden=1024, heads=8, kv_heads=2, ffn=3584, attention_layers=6, tied=True
                ),
                gguf="unsloth/Qwen3.5-0.8B-GGUF",
            ),
            _3_5(
                name="Qwen/Qwen3.5-2B",
                parameters=2_274_072_416,
                architecture=_shape(
                    layers=24, hidden=2048, heads=8, kv_heads=2, ffn=6144, attention_layers=6, tied=True
                ),
                gguf="unsloth/Qwen3.5-2B-GGUF",
            ),
            _3_5(
                name="Qwen/Qwen3.5-4B",
                parameters=4_659_868_928,
                architecture=_shape(
                    layers=32, hidden=2560, heads=16, kv_heads=4, ffn=9216, attention_layers=8, tied=True
                ),
                gguf="unsloth/Qwen3.5-4B-GGUF",
            ),
            _3_5(
                name="Qwen/Qwen3.5-9B",
                parameters=9_653_108_208,
                architecture=_dense(layers=32, hidden=4096, heads=16, kv_heads=4, ffn=12288, attention_layers=8),
                gguf="unsloth/Qwen3.5-9B-GGUF",
                aliases=("qwen3.5:9b",),
            ),
            _3_5(
                name="Qwen/Qwen3.5-27B",
                parameters=27_781_436_400,
                architecture=_27B,
                gguf="unsloth/Qwen3.5-27B-GGUF",
                published_as=("FP8",),
            ),
            _3_5(
                name="Qwen/Qwen3.5-35B-A3B",
                parameters=35_951_827_504,
                active_parameters=3_000_000_000,
                architecture=_35B,
                gguf="unsloth/Qwen3.5-35B-A3B-GGUF",
                published_as=("FP8",),
                aliases=("qwen3.5:35b",),
            ),
            _3_5(
                name="Qwen/Qwen3.5-122B-A10B",
                parameters=125_086_503_920,
                active_parameters=10_000_000_000,
                architecture=_dense(
                    layers=48,
                    hidden=3072,
                    heads=32,
                    kv_heads=2,
                    ffn=1024,
                    experts=256,
                    experts_used=8,
                    expert_ffn=1024,
                    shared_ffn=1024,
                    attention_layers=12,
                ),
                gguf="unsloth/Qwen3.5-122B-A10B-GGUF",
                published_as=("FP8",),
                aliases=("qwen3.5:122b",),
            ),
            _3_5(
                name="Qwen/Qwen3.5-397B-A17B",
                parameters=403_397_937_584,
                active_parameters=17_000_000_000,
                architecture=_dense(
                    layers=60,
                    hidden=4096,
                    heads=32,
                    kv_heads=2,
                    ffn=1024,
                    experts=512,
                    experts_used=10,
                    expert_ffn=1024,
                    shared_ffn=1024,
                    attention_layers=15,
                ),
                gguf="unsloth/Qwen3.5-397B-A17B-GGUF",
                published_as=("FP8",),
            ),
        ),
    ),
    Family(
        name="qwen3.6",
        maker="Alibaba",
        source="the hub's config.json",
        checked="2026-11-23",
        models=(
            _3_6(
                name="Qwen/Qwen3.6-27B",
                parameters=27_781_436_400,
                architecture=_27B,
                published_as=("FP8",),
            ),
            _3_6(
                name="Qwen/Qwen3.6-35B-A3B",
                parameters=35_951_827_504,
                active_parameters=3_000_000_000,
                architecture=_35B,
                gguf="unsloth/Qwen3.6-35B-A3B-GGUF",
                published_as=("FP8",),
            ),
        ),
    ),
    Family(
        name="qwen3.8",
        maker="Alibaba",
        source="the hub's config.json, which leaves open how many layers attend",
        checked="2026-11-23",
        models=(
            _3_8(name="Qwen/Qwen3.8-27B", parameters=27_000_000_000, gguf="unsloth/Qwen3.8-27B-GGUF"),
            _3_8(
                name="Qwen/Qwen3.8-Flash-Next",
                parameters=125_000_000_000,
                active_parameters=6_000_000_000,
            ),
            _3_8(
                name="Qwen/Qwen3.8-2.4T-A95B",
                parameters=2_400_000_000_000,
                active_parameters=95_000_000_000,
                input_modalities=("text",),
                gguf="unsloth/Qwen3.8-2.4T-A95B-GGUF",
            ),
        ),
    ),
)
