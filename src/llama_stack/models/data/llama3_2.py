"""Llama 3.2, with its vision models, and 3.3."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family
from .llama3 import LLAMA_70B

__all__ = ("FAMILIES", "LLAMA_1B", "LLAMA_11B_VISION")

LLAMA_1B = Architecture(
    layers=16, hidden=2048, heads=32, kv_heads=8, head_size=64, ffn=8192, vocab=128_256, tied=True, rope_theta=5e5
)
_3B = Architecture(
    layers=28, hidden=3072, heads=24, kv_heads=8, head_size=128, ffn=8192, vocab=128_256, tied=True, rope_theta=5e5
)
# 3.1's shape, with a layer that looks at the image after every fourth: that one keeps nothing of the text.
_vision_shape = partial(Architecture, kv_heads=8, head_size=128, vocab=128_256, tied=False, rope_theta=5e5)
LLAMA_11B_VISION = _vision_shape(layers=40, hidden=4096, heads=32, ffn=14336, attention_layers=32)
_90B = _vision_shape(layers=100, hidden=8192, heads=64, ffn=28672, attention_layers=80)

_row = partial(CatalogueModel, family="llama-3.2", context_length=131_072, tokenizer="llama-3", license="llama3.2")
_text = partial(_row, tools=True, prompt="llama-3.2", published_as=("INT4 QLoRA", "INT4 SpinQuant"))
_vision = partial(_row, input_modalities=("text", "image"))

FAMILIES = (
    Family(
        name="llama-3.2",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py) and the hub's config.json",
        checked="2026-11-23",
        models=(
            _text(
                name="meta-llama/Llama-3.2-1B-Instruct",
                parameters=1_235_814_400,
                architecture=LLAMA_1B,
                gguf="unsloth/Llama-3.2-1B-Instruct-GGUF",
                aliases=(
                    "Llama3.2-1B-Instruct",
                    "Llama3.2-1B-Instruct:int4-qlora-eo8",
                    "Llama3.2-1B-Instruct:int4-spinquant-eo8",
                    "meta-llama/Llama-3.2-1B-Instruct-QLORA_INT4_EO8",
                    "meta-llama/Llama-3.2-1B-Instruct-SpinQuant_INT4_EO8",
                    "llama3.2:1b",
                    "llama3.2:1b-instruct",
                    "llama-3.2-1b-preview",
                    "meta.llama3-2-1b-instruct-v1:0",
                    "meta/llama-3.2-1b-instruct",
                ),
            ),
            _text(
                name="meta-llama/Llama-3.2-3B-Instruct",
                parameters=3_212_749_824,
                architecture=_3B,
                gguf="unsloth/Llama-3.2-3B-Instruct-GGUF",
                aliases=(
                    "Llama3.2-3B-Instruct",
                    "Llama3.2-3B-Instruct:int4-qlora-eo8",
                    "Llama3.2-3B-Instruct:int4-spinquant-eo8",
                    "meta-llama/Llama-3.2-3B-Instruct-QLORA_INT4_EO8",
                    "meta-llama/Llama-3.2-3B-Instruct-SpinQuant_INT4_EO8",
                    "llama3.2",
                    "llama3.2:3b",
                    "llama3.2:3b-instruct",
                    "llama-3.2-3b-preview",
                    "meta.llama3-2-3b-instruct-v1:0",
                    "meta/llama-3.2-3b-instruct",
                ),
            ),
            _vision(
                name="meta-llama/Llama-3.2-11B-Vision-Instruct",
                parameters=10_670_220_835,
                architecture=LLAMA_11B_VISION,
                tools=True,
                prompt="llama-3.2-vision",
                aliases=(
                    "Llama3.2-11B-Vision-Instruct",
                    "llama3.2-vision",
                    "llama3.2-vision:11b",
                    "llama3.2-vision:11b-instruct",
                    "llama-3.2-11b-vision-preview",
                    "meta.llama3-2-11b-instruct-v1:0",
                    "meta/llama-3.2-11b-vision-instruct",
                ),
            ),
            _vision(
                name="meta-llama/Llama-3.2-90B-Vision-Instruct",
                parameters=88_592_736_291,
                architecture=_90B,
                tools=True,
                prompt="llama-3.2-vision",
                aliases=(
                    "Llama3.2-90B-Vision-Instruct",
                    "llama3.2-vision:90b",
                    "llama3.2-vision:90b-instruct",
                    "llama-3.2-90b-vision-preview",
                    "meta.llama3-2-90b-instruct-v1:0",
                    "meta/llama-3.2-90b-vision-instruct",
                ),
            ),
            _row(
                name="meta-llama/Llama-3.2-1B",
                parameters=1_235_814_400,
                architecture=LLAMA_1B,
                aliases=("Llama3.2-1B", "llama3.2:1b-text"),
            ),
            _row(
                name="meta-llama/Llama-3.2-3B",
                parameters=3_212_749_824,
                architecture=_3B,
                aliases=("Llama3.2-3B", "llama3.2:3b-text"),
            ),
            _vision(
                name="meta-llama/Llama-3.2-11B-Vision",
                parameters=10_670_220_835,
                architecture=LLAMA_11B_VISION,
                aliases=("Llama3.2-11B-Vision", "meta-llama/Meta-Llama-3.2-11B-Vision"),
            ),
            _vision(
                name="meta-llama/Llama-3.2-90B-Vision",
                parameters=88_592_736_291,
                architecture=_90B,
                aliases=("Llama3.2-90B-Vision", "meta-llama/Meta-Llama-3.2-90B-Vision"),
            ),
        ),
    ),
    Family(
        name="llama-3.3",
        maker="Meta",
        source="meta-llama/llama-models (sku_list.py) and the hub's config.json",
        checked="2026-11-23",
        models=(
            CatalogueModel(
                name="meta-llama/Llama-3.3-70B-Instruct",
                family="llama-3.3",
                parameters=70_553_706_496,
                context_length=131_072,
                architecture=LLAMA_70B,
                tokenizer="llama-3",
                tools=True,
                license="llama3.3",
                prompt="llama-3.1",
                gguf="lmstudio-community/Llama-3.3-70B-Instruct-GGUF",
                aliases=(
                    "Llama3.3-70B-Instruct",
                    "meta-llama/Meta-Llama-3.3-70B-Instruct",
                    "llama3.3",
                    "llama3.3:70b",
                    "llama3.3:70b-instruct",
                    "llama-3.3-70b-versatile",
                    "llama-3.3-70b-specdec",
                    "llama-3.3-70b",  # Cerebras
                    "accounts/fireworks/models/llama-v3p3-70b-instruct",
                    "meta.llama3-3-70b-instruct-v1:0",
                    "meta/llama-3.3-70b-instruct",
                    "meta-llama/llama-3-3-70b-instruct",
                    "databricks-meta-llama-3-3-70b-instruct",
                ),
            ),
        ),
    ),
)
