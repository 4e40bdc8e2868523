"""NVIDIA's Nemotron."""

from functools import partial

from ..entry import CatalogueModel, Family
from .llama3 import LLAMA_8B, LLAMA_70B

__all__ = ("FAMILIES",)

_nemotron = partial(CatalogueModel, family="nemotron", context_length=131_072, tokenizer="llama-3", tools=True)
_nemotron_3 = partial(CatalogueModel, family="nemotron-3", context_length=262_144, tools=True, reasoning=True)

FAMILIES = (
    Family(
        name="nemotron",
        maker="NVIDIA",
        source="the models' cards; those whose layers differ from one another are left without a shape",
        checked="2026-11-23",
        models=(
            _nemotron(
                name="nvidia/Llama-3.1-Nemotron-70B-Instruct-HF",
                parameters=70_553_706_496,
                architecture=LLAMA_70B,
                license="llama3.1",
                aliases=(
                    "nvidia/Llama-3.1-Nemotron-70B-Instruct",
                    "nemotron",
                    "nemotron:70b",
                    "llama-v3p1-nemotron-70b-instruct",
                ),
            ),
            _nemotron(
                name="nvidia/Llama-3.1-Nemotron-Nano-8B-v1",
                parameters=8_030_261_248,
                architecture=LLAMA_8B,
                reasoning=True,
            ),
            _nemotron(
                name="nvidia/Llama-3_3-Nemotron-Super-49B-v1_5",
                parameters=49_867_145_216,
                reasoning=True,
                aliases=("nvidia/Llama-3.3-Nemotron-Super-49B-v1.5",),
            ),
            _nemotron(
                name="nvidia/Llama-3_1-Nemotron-Ultra-253B-v1",
                parameters=253_000_000_000,
                reasoning=True,
                aliases=("nvidia/Llama-3.1-Nemotron-Ultra-253B-v1",),
            ),
            CatalogueModel(
                name="nvidia/NVIDIA-Nemotron-Nano-9B-v2",
                family="nemotron",
                parameters=9_000_000_000,
                context_length=131_072,
                tools=True,
                reasoning=True,
                aliases=("nvidia.nemotron-nano-9b-v2",),
            ),
        ),
    ),
    Family(
        name="nemotron-3",
        maker="NVIDIA",
        source="gpustack 2.3.0's catalogue, LiteLLM 1.109.1's list; hybrids, whose shape is left out",
        checked="2026-11-23",
        models=(
            _nemotron_3(
                name="nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
                parameters=31_600_000_000,
                active_parameters=3_500_000_000,
                published_as=("FP8", "NVFP4"),
                aliases=(
                    "nvidia/Nemotron-3-Nano-30B-A3B",
                    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B",
                    "nemotron-3-nano",
                    "nemotron-3-nano:30b",
                    "nvidia.nemotron-nano-3-30b",
                ),
            ),
            _nemotron_3(
                name="nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16",
                parameters=120_000_000_000,
                active_parameters=12_000_000_000,
                published_as=("FP8", "NVFP4"),
                aliases=(
                    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B",
                    "nvidia/nemotron-3-super-120b-a12b",
                    "nvidia/nemotron-3-120b-a12b",
                    "nvidia.nemotron-super-3-120b",
                ),
            ),
            _nemotron_3(
                name="nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B",
                parameters=550_000_000_000,
                active_parameters=55_000_000_000,
                aliases=("nvidia/nemotron-3-ultra-550b-a55b",),
            ),
        ),
    ),
)
