"""DeepSeek: V3 to V4.1, R1, and the smaller models that learned from R1."""

from dataclasses import replace
from functools import partial

from ..entry import Architecture, CatalogueModel, Family, Latent
from .llama3 import LLAMA_8B, LLAMA_70B
from .qwen2_5 import QWEN_1_5B, QWEN_7B, QWEN_14B, QWEN_32B
from .qwen3 import QWEN3_8B

__all__ = ("DEEPSEEK_LATENT", "FAMILIES")

DEEPSEEK_LATENT = Latent(query=1536, key_value=512, rope=64, nope=128, value=128)
_V3 = Architecture(
    layers=61,
    hidden=7168,
    heads=128,
    kv_heads=128,
    head_size=128,
    ffn=18432,
    vocab=129_280,
    tied=False,
    rope_theta=1e4,
    experts=256,
    experts_used=8,
    expert_ffn=2048,
    shared_ffn=2048,
    dense_layers=3,
    latent=DEEPSEEK_LATENT,
)

_row = partial(CatalogueModel, tokenizer="deepseek-v3", license="mit")
_671b = partial(
    _row,
    parameters=671_026_419_200,
    active_parameters=37_000_000_000,
    architecture=_V3,
)
_v3 = partial(_671b, family="deepseek-v3", context_length=163_840, tools=True)
_r1 = partial(_671b, family="deepseek-r1", context_length=163_840, reasoning=True)
_distilled = partial(_row, family="deepseek-r1", context_length=131_072, reasoning=True)
_v4 = partial(_row, family="deepseek-v4", context_length=1_048_576, tools=True, reasoning=True, license=None)

FAMILIES = (
    Family(
        name="deepseek-v3",
        maker="DeepSeek",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _v3(
                name="deepseek-ai/DeepSeek-V3",
                license="deepseek",
                gguf="unsloth/DeepSeek-V3-GGUF",
                aliases=("deepseek-v3", "deepseek-v3:671b"),
            ),
            _v3(name="deepseek-ai/DeepSeek-V3-0324", aliases=("deepseek-v3-0324",)),
            _v3(
                name="deepseek-ai/DeepSeek-V3.1",
                context_length=131_072,
                reasoning=True,
                aliases=("deepseek-v3.1", "deepseek-v3.1:671b", "deepseek.v3-v1:0"),
            ),
            _v3(name="deepseek-ai/DeepSeek-V3.1-Terminus", context_length=131_072, reasoning=True),
            _v3(name="deepseek-ai/DeepSeek-V3.2-Exp", reasoning=True),
            _v3(
                name="deepseek-ai/DeepSeek-V3.2",
                reasoning=True,
                aliases=("deepseek-v3.2", "deepseek.v3.2"),
            ),
        ),
    ),
    Family(
        name="deepseek-r1",
        maker="DeepSeek",
        source="the hub's config.json and the models' cards",
        checked="2026-11-23",
        models=(
            _r1(
                name="deepseek-ai/DeepSeek-R1",
                gguf="unsloth/DeepSeek-R1-GGUF",
                aliases=("deepseek-r1-671b", "deepseek.r1-v1:0"),
            ),
            _r1(
                name="deepseek-ai/DeepSeek-R1-0528",
                tools=True,
                aliases=("deepseek-r1:671b", "deepseek-r1:671b-0528"),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
                parameters=8_190_735_360,
                architecture=QWEN3_8B,
                aliases=("deepseek-r1:8b", "deepseek-r1:latest", "deepseek-r1-0528-distill-qwen3-8b"),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
                parameters=1_777_088_000,
                architecture=replace(QWEN_1_5B, tied=False),
                gguf="unsloth/DeepSeek-R1-Distill-Qwen-1.5B-GGUF",
                aliases=("deepseek-r1:1.5b",),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
                parameters=7_615_616_512,
                architecture=QWEN_7B,
                gguf="unsloth/DeepSeek-R1-Distill-Qwen-7B-GGUF",
                aliases=("deepseek-r1:7b",),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
                parameters=8_030_261_248,
                architecture=LLAMA_8B,
                gguf="unsloth/DeepSeek-R1-Distill-Llama-8B-GGUF",
                aliases=("deepseek-r1:8b-llama-distill",),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
                parameters=14_770_033_664,
                architecture=QWEN_14B,
                gguf="unsloth/DeepSeek-R1-Distill-Qwen-14B-GGUF",
                aliases=("deepseek-r1:14b",),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
                parameters=32_763_876_352,
                architecture=QWEN_32B,
                gguf="unsloth/DeepSeek-R1-Distill-Qwen-32B-GGUF",
                aliases=("deepseek-r1:32b",),
            ),
            _distilled(
                name="deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
                parameters=70_553_706_496,
                architecture=LLAMA_70B,
                gguf="unsloth/DeepSeek-R1-Distill-Llama-70B-GGUF",
                aliases=("deepseek-r1:70b", "deepseek-llama3.3-70b"),
            ),
        ),
    ),
    Family(
        name="deepseek-v4",
        maker="DeepSeek",
        source="xinference 4.1.0's and gpustack 2.3.0's catalogues, LiteLLM 1.109.1's list; the shape is not clear yet",
        checked="2026-11-23",
        models=(
            _v4(
                name="deepseek-ai/DeepSeek-V4-Flash",
                input_modalities=(),  # sources differ on whether it sees
                parameters=284_000_000_000,
                active_parameters=13_000_000_000,
                gguf="unsloth/DeepSeek-V4-Flash-GGUF",
            ),
            _v4(
                name="deepseek-ai/DeepSeek-V4-Pro",
                parameters=1_600_000_000_000,
                active_parameters=49_000_000_000,
            ),
            _v4(
                name="deepseek-ai/DeepSeek-V4.1-Flash",
                parameters=552_000_000_000,
                active_parameters=16_000_000_000,
                input_modalities=("text", "image"),
                aliases=("deepseek-ai/DeepSeek-V4.1-Flash-1017",),
            ),
        ),
    ),
)
