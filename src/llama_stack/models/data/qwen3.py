"""Qwen 3: dense, mixtures of experts, Coder, Next and VL."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES", "QWEN3_0_6B", "QWEN3_4B", "QWEN3_8B")

_shape = partial(Architecture, head_size=128, vocab=151_936, rope_theta=1e6)
QWEN3_0_6B = _shape(layers=28, hidden=1024, heads=16, kv_heads=8, ffn=3072, tied=True)
_1_7B = _shape(layers=28, hidden=2048, heads=16, kv_heads=8, ffn=6144, tied=True)
QWEN3_4B = _shape(layers=36, hidden=2560, heads=32, kv_heads=8, ffn=9728, tied=True)
QWEN3_8B = _shape(layers=36, hidden=4096, heads=32, kv_heads=8, ffn=12288, tied=False)
_14B = _shape(layers=40, hidden=5120, heads=40, kv_heads=8, ffn=17408, tied=False)
_32B = _shape(layers=64, hidden=5120, heads=64, kv_heads=8, ffn=25600, tied=False)

_mixture = partial(Architecture, head_size=128, vocab=151_936, tied=False, experts_used=8)
_30B = _mixture(layers=48, hidden=2048, heads=32, kv_heads=4, ffn=6144, experts=128, expert_ffn=768)
_235B = _mixture(layers=94, hidden=4096, heads=64, kv_heads=4, ffn=12288, experts=128, expert_ffn=1536)
_480B = _mixture(layers=62, hidden=6144, heads=96, kv_heads=8, ffn=8192, experts=160, expert_ffn=2560)
# Every fourth layer attends; the others keep a state of fixed size.
_NEXT = Architecture(
    layers=48,
    hidden=2048,
    heads=16,
    kv_heads=2,
    head_size=256,
    ffn=5120,
    vocab=151_936,
    tied=False,
    experts=512,
    experts_used=10,
    expert_ffn=512,
    shared_ffn=512,
    attention_layers=12,
)

_model = partial(CatalogueModel, tokenizer="qwen2", license="apache-2.0", tools=True)
_hybrid = partial(_model, family="qwen3", context_length=40_960, extended_context_length=131_072, reasoning=True)
_2507 = partial(_model, family="qwen3", context_length=262_144)
_coder = partial(_model, family="qwen3-coder", context_length=262_144)
_next = partial(
    _model, family="qwen3-next", parameters=81_300_000_000, active_parameters=3_000_000_000, context_length=262_144
)
_vl = partial(_model, family="qwen3-vl", context_length=262_144, input_modalities=("text", "image", "video"))

FAMILIES = (
    Family(
        name="qwen3",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _hybrid(
                name="Qwen/Qwen3-0.6B",
                parameters=596_049_920,
                architecture=QWEN3_0_6B,
                extended_context_length=None,
                gguf="unsloth/Qwen3-0.6B-GGUF",
            ),
            _hybrid(
                name="Qwen/Qwen3-1.7B",
                parameters=1_720_574_976,
                architecture=_1_7B,
                extended_context_length=None,
                gguf="unsloth/Qwen3-1.7B-GGUF",
            ),
            _hybrid(
                name="Qwen/Qwen3-4B",
                parameters=4_022_468_096,
                architecture=QWEN3_4B,
                gguf="unsloth/Qwen3-4B-GGUF",
            ),
            _hybrid(
                name="Qwen/Qwen3-8B",
                parameters=8_190_735_360,
                architecture=QWEN3_8B,
                gguf="unsloth/Qwen3-8B-GGUF",
                published_as=("FP8", "AWQ"),
                aliases=("qwen3", "qwen3:8b"),
            ),
            _hybrid(
                name="Qwen/Qwen3-14B",
                parameters=14_768_307_200,
                architecture=_14B,
                gguf="unsloth/Qwen3-14B-GGUF",
                published_as=("FP8", "AWQ"),
            ),
            _hybrid(
                name="Qwen/Qwen3-32B",
                parameters=32_762_123_264,
                architecture=_32B,
                gguf="unsloth/Qwen3-32B-GGUF",
                published_as=("FP8", "AWQ"),
                aliases=("qwen-3-32b",),
            ),
            _hybrid(
                name="Qwen/Qwen3-30B-A3B",
                parameters=30_532_122_624,
                active_parameters=3_300_000_000,
                architecture=_30B,
                gguf="unsloth/Qwen3-30B-A3B-GGUF",
                published_as=("FP8", "GPTQ"),
            ),
            _hybrid(
                name="Qwen/Qwen3-235B-A22B",
                parameters=235_093_634_560,
                active_parameters=22_000_000_000,
                architecture=_235B,
                gguf="unsloth/Qwen3-235B-A22B-GGUF",
                published_as=("FP8", "GPTQ"),
            ),
            _2507(
                name="Qwen/Qwen3-4B-Instruct-2507",
                parameters=4_022_468_096,
                architecture=QWEN3_4B,
                gguf="unsloth/Qwen3-4B-Instruct-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:4b-instruct",),
            ),
            _2507(
                name="Qwen/Qwen3-4B-Thinking-2507",
                parameters=4_022_468_096,
                architecture=QWEN3_4B,
                reasoning=True,
                gguf="unsloth/Qwen3-4B-Thinking-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:4b-thinking", "qwen3:4b"),
            ),
            _2507(
                name="Qwen/Qwen3-30B-A3B-Instruct-2507",
                parameters=30_532_122_624,
                active_parameters=3_300_000_000,
                architecture=_30B,
                gguf="unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:30b-instruct", "qwen3:30b-a3b-instruct"),
            ),
            _2507(
                name="Qwen/Qwen3-30B-A3B-Thinking-2507",
                parameters=30_532_122_624,
                active_parameters=3_300_000_000,
                architecture=_30B,
                reasoning=True,
                gguf="unsloth/Qwen3-30B-A3B-Thinking-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:30b", "qwen3:30b-thinking", "qwen3:30b-a3b-thinking"),
            ),
            _2507(
                name="Qwen/Qwen3-235B-A22B-Instruct-2507",
                parameters=235_093_634_560,
                active_parameters=22_000_000_000,
                architecture=_235B,
                gguf="unsloth/Qwen3-235B-A22B-Instruct-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:235b-instruct", "qwen-3-235b-a22b-instruct-2507", "qwen.qwen3-235b-a22b-2507-v1:0"),
            ),
            _2507(
                name="Qwen/Qwen3-235B-A22B-Thinking-2507",
                parameters=235_093_634_560,
                active_parameters=22_000_000_000,
                architecture=_235B,
                reasoning=True,
                gguf="unsloth/Qwen3-235B-A22B-Thinking-2507-GGUF",
                published_as=("FP8",),
                aliases=("qwen3:235b", "qwen3:235b-thinking", "qwen-3-235b-a22b-thinking-2507"),
            ),
        ),
    ),
    Family(
        name="qwen3-coder",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _coder(
                name="Qwen/Qwen3-Coder-30B-A3B-Instruct",
                parameters=30_532_122_624,
                active_parameters=3_300_000_000,
                extended_context_length=1_000_000,
                architecture=_30B,
                gguf="unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF",
                published_as=("FP8",),
                aliases=("qwen3-coder", "qwen3-coder:30b", "qwen.qwen3-coder-30b-a3b-v1:0"),
            ),
            _coder(
                name="Qwen/Qwen3-Coder-480B-A35B-Instruct",
                parameters=480_154_875_392,
                active_parameters=35_000_000_000,
                extended_context_length=1_000_000,
                architecture=_480B,
                gguf="unsloth/Qwen3-Coder-480B-A35B-Instruct-GGUF",
                published_as=("FP8",),
                aliases=("qwen3-coder:480b", "qwen-3-coder-480b", "qwen.qwen3-coder-480b-a35b-v1:0"),
            ),
            _coder(
                name="Qwen/Qwen3-Coder-Next",
                parameters=80_000_000_000,
                active_parameters=3_000_000_000,
                published_as=("FP8",),
                aliases=("qwen3-coder-next", "qwen.qwen3-coder-next"),
            ),
        ),
    ),
    Family(
        name="qwen3-next",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _next(name="Qwen/Qwen3-Next-80B-A3B-Instruct", architecture=_NEXT, published_as=("FP8",)),
            _next(name="Qwen/Qwen3-Next-80B-A3B-Thinking", architecture=_NEXT, reasoning=True, published_as=("FP8",)),
        ),
    ),
    Family(
        name="qwen3-vl",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _vl(
                name="Qwen/Qwen3-VL-4B-Instruct",
                parameters=4_437_815_808,
                architecture=QWEN3_4B,
                gguf="unsloth/Qwen3-VL-4B-Instruct-GGUF",
                aliases=("qwen3-vl:4b",),
            ),
            _vl(
                name="Qwen/Qwen3-VL-8B-Instruct",
                parameters=8_767_123_696,
                architecture=QWEN3_8B,
                gguf="unsloth/Qwen3-VL-8B-Instruct-GGUF",
                aliases=("qwen3-vl", "qwen3-vl:8b"),
            ),
            _vl(name="Qwen/Qwen3-VL-8B-Thinking", parameters=8_767_123_696, architecture=QWEN3_8B, reasoning=True),
            _vl(
                name="Qwen/Qwen3-VL-30B-A3B-Instruct",
                parameters=31_070_754_032,
                active_parameters=3_300_000_000,
                architecture=_30B,
                aliases=("qwen3-vl:30b",),
            ),
            _vl(
                name="Qwen/Qwen3-VL-30B-A3B-Thinking",
                parameters=31_070_754_032,
                active_parameters=3_300_000_000,
                architecture=_30B,
                reasoning=True,
            ),
            _vl(
                name="Qwen/Qwen3-VL-32B-Instruct",
                parameters=33_357_390_064,
                architecture=_32B,
                aliases=("qwen3-vl:32b",),
            ),
            _vl(
                name="Qwen/Qwen3-VL-235B-A22B-Instruct",
                parameters=235_670_000_000,
                active_parameters=22_000_000_000,
                architecture=_235B,
                aliases=("qwen3-vl:235b", "qwen.qwen3-vl-235b-a22b"),
            ),
            _vl(
                name="Qwen/Qwen3-VL-235B-A22B-Thinking",
                parameters=235_670_000_000,
                active_parameters=22_000_000_000,
                architecture=_235B,
                reasoning=True,
            ),
        ),
    ),
)
