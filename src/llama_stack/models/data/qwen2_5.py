"""Qwen 2.5: general, Coder, VL and 1M models, and QwQ."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES", "QWEN_1_5B", "QWEN_7B", "QWEN_14B", "QWEN_32B")

_shape = partial(Architecture, rope_theta=1e6)
_0_5B = _shape(layers=24, hidden=896, heads=14, kv_heads=2, head_size=64, ffn=4864, vocab=151_936, tied=True)
QWEN_1_5B = _shape(layers=28, hidden=1536, heads=12, kv_heads=2, head_size=128, ffn=8960, vocab=151_936, tied=True)
_3B = _shape(layers=36, hidden=2048, heads=16, kv_heads=2, head_size=128, ffn=11008, vocab=151_936, tied=True)
QWEN_7B = _shape(layers=28, hidden=3584, heads=28, kv_heads=4, head_size=128, ffn=18944, vocab=152_064, tied=False)
QWEN_14B = _shape(layers=48, hidden=5120, heads=40, kv_heads=8, head_size=128, ffn=13824, vocab=152_064, tied=False)
QWEN_32B = _shape(layers=64, hidden=5120, heads=40, kv_heads=8, head_size=128, ffn=27648, vocab=152_064, tied=False)
_72B = _shape(layers=80, hidden=8192, heads=64, kv_heads=8, head_size=128, ffn=29568, vocab=152_064, tied=False)

_model = partial(CatalogueModel, tokenizer="qwen2", license="apache-2.0")
_row = partial(_model, family="qwen2.5", context_length=32_768, tools=True)
_large = partial(_row, extended_context_length=131_072)
_coder = partial(_model, family="qwen2.5-coder", context_length=32_768, tools=True)
_vl = partial(_model, family="qwen2.5-vl", context_length=128_000, input_modalities=("text", "image", "video"))

FAMILIES = (
    Family(
        name="qwen2.5",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _row(
                name="Qwen/Qwen2.5-0.5B-Instruct",
                parameters=494_032_768,
                architecture=_0_5B,
                gguf="Qwen/Qwen2.5-0.5B-Instruct-GGUF",
                aliases=("qwen2.5:0.5b",),
            ),
            _row(
                name="Qwen/Qwen2.5-1.5B-Instruct",
                parameters=1_543_714_304,
                architecture=QWEN_1_5B,
                gguf="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
                aliases=("qwen2.5:1.5b",),
            ),
            _row(
                name="Qwen/Qwen2.5-3B-Instruct",
                parameters=3_085_938_688,
                architecture=_3B,
                license="qwen-research",
                gguf="Qwen/Qwen2.5-3B-Instruct-GGUF",
                aliases=("qwen2.5:3b",),
            ),
            _large(
                name="Qwen/Qwen2.5-7B-Instruct",
                parameters=7_615_616_512,
                architecture=QWEN_7B,
                gguf="Qwen/Qwen2.5-7B-Instruct-GGUF",
                aliases=("qwen2.5", "qwen2.5:7b"),
            ),
            _large(
                name="Qwen/Qwen2.5-14B-Instruct",
                parameters=14_770_033_664,
                architecture=QWEN_14B,
                gguf="Qwen/Qwen2.5-14B-Instruct-GGUF",
                aliases=("qwen2.5:14b",),
            ),
            _large(
                name="Qwen/Qwen2.5-32B-Instruct",
                parameters=32_763_876_352,
                architecture=QWEN_32B,
                gguf="Qwen/Qwen2.5-32B-Instruct-GGUF",
                aliases=("qwen2.5:32b", "qwen-2.5-32b"),
            ),
            _large(
                name="Qwen/Qwen2.5-72B-Instruct",
                parameters=72_706_203_648,
                architecture=_72B,
                license="qwen",
                gguf="Qwen/Qwen2.5-72B-Instruct-GGUF",
                aliases=("qwen2.5:72b",),
            ),
            _row(
                name="Qwen/Qwen2.5-7B-Instruct-1M",
                parameters=7_615_616_512,
                context_length=1_010_000,
                architecture=QWEN_7B,
            ),
            _row(
                name="Qwen/Qwen2.5-14B-Instruct-1M",
                parameters=14_770_033_664,
                context_length=1_010_000,
                architecture=QWEN_14B,
            ),
        ),
    ),
    Family(
        name="qwen2.5-coder",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _coder(
                name="Qwen/Qwen2.5-Coder-0.5B-Instruct",
                parameters=494_032_768,
                architecture=_0_5B,
                aliases=("qwen2.5-coder:0.5b",),
            ),
            _coder(
                name="Qwen/Qwen2.5-Coder-1.5B-Instruct",
                parameters=1_543_714_304,
                architecture=QWEN_1_5B,
                gguf="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                aliases=("qwen2.5-coder:1.5b",),
            ),
            _coder(
                name="Qwen/Qwen2.5-Coder-3B-Instruct",
                parameters=3_085_938_688,
                architecture=_3B,
                license="qwen-research",
                aliases=("qwen2.5-coder:3b",),
            ),
            _coder(
                name="Qwen/Qwen2.5-Coder-7B-Instruct",
                parameters=7_615_616_512,
                extended_context_length=131_072,
                architecture=QWEN_7B,
                gguf="Qwen/Qwen2.5-Coder-7B-Instruct-GGUF",
                aliases=("qwen2.5-coder", "qwen2.5-coder:7b"),
            ),
            _coder(
                name="Qwen/Qwen2.5-Coder-14B-Instruct",
                parameters=14_770_033_664,
                extended_context_length=131_072,
                architecture=QWEN_14B,
                aliases=("qwen2.5-coder:14b",),
            ),
            _coder(
                name="Qwen/Qwen2.5-Coder-32B-Instruct",
                parameters=32_763_876_352,
                extended_context_length=131_072,
                architecture=QWEN_32B,
                aliases=("qwen2.5-coder:32b", "qwen-2.5-coder-32b", "qwen25-coder-32b-instruct"),
            ),
        ),
    ),
    Family(
        name="qwen2.5-vl",
        maker="Alibaba",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _vl(
                name="Qwen/Qwen2.5-VL-3B-Instruct",
                parameters=3_754_622_976,
                architecture=_3B,
                license="qwen-research",
                aliases=("qwen2.5vl:3b",),
            ),
            _vl(
                name="Qwen/Qwen2.5-VL-7B-Instruct",
                parameters=8_292_166_656,
                architecture=QWEN_7B,
                gguf="unsloth/Qwen2.5-VL-7B-Instruct-GGUF",
                aliases=("qwen2.5vl", "qwen2.5vl:7b"),
            ),
            _vl(
                name="Qwen/Qwen2.5-VL-32B-Instruct",
                parameters=33_452_718_336,
                architecture=QWEN_32B,
                aliases=("qwen2.5vl:32b",),
            ),
            _vl(
                name="Qwen/Qwen2.5-VL-72B-Instruct",
                parameters=73_410_777_344,
                architecture=_72B,
                license="qwen",
                aliases=("qwen2.5vl:72b",),
            ),
        ),
    ),
    Family(
        name="qwq",
        maker="Alibaba",
        source="the hub's config.json and the model's card",
        checked="2026-11-23",
        models=(
            _model(
                name="Qwen/QwQ-32B",
                family="qwq",
                parameters=32_763_876_352,
                context_length=131_072,
                architecture=QWEN_32B,
                tools=True,
                reasoning=True,
                gguf="unsloth/QwQ-32B-GGUF",
                aliases=("qwq", "qwq:32b", "qwen-qwq-32b"),
            ),
        ),
    ),
)
