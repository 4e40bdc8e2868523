"""Formats of weights, and how many bits each takes."""

import re
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ("QUANTIZATIONS", "Quantization", "quantization_in")


@dataclass(frozen=True, slots=True)
class Quantization:
    """Bits for one weight: in the layers, in the embedding table, in the output table, in the experts."""

    name: str
    layers: float
    embedding: float
    output: float
    experts: float | None = None  # where they differ from the rest of the layers

    @property
    def bytes_per_weight(self) -> float:
        return self.layers / 8

    def for_rows(self, width: int) -> "Quantization":
        """What is written instead for rows that do not fill the K formats' blocks of 256 weights."""
        kind = self.name[:4]
        if width % 256 == 0 or kind not in _SHORT_ROWS:
            return self
        return Quantization(self.name, _SHORT_ROWS[kind], _SHORT_ROWS[kind], 8.5)


# The layers' bits follow from llama.cpp's own table of sizes for Llama 3.1 8B (tools/quantize/README.md, read on
# 2026-11-23), less the two tables, whose types its quantizer fixes: the output is Q6_K, or Q5_K below three bits.
_ROWS = (
    Quantization("F32", 32, 32, 32),
    Quantization("BF16", 16, 16, 16),
    Quantization("F16", 16, 16, 16),
    Quantization("Q8_0", 8.5, 8.5, 8.5),
    Quantization("Q6_K", 6.5625, 6.5625, 6.5625),
    Quantization("Q5_K_M", 5.66, 5.5, 6.5625),
    Quantization("Q5_K_S", 5.50, 5.5, 6.5625),
    Quantization("Q5_0", 5.5, 5.5, 6.5625),
    Quantization("Q4_K_M", 4.80, 4.5, 6.5625),
    Quantization("Q4_K_S", 4.54, 4.5, 6.5625),
    Quantization("IQ4_NL", 4.56, 4.5, 6.5625),
    Quantization("IQ4_XS", 4.32, 4.25, 6.5625),
    Quantization("Q4_0", 4.5, 4.5, 6.5625),
    Quantization("Q3_K_L", 4.19, 3.4375, 6.5625),
    Quantization("Q3_K_M", 3.86, 3.4375, 6.5625),
    Quantization("Q3_K_S", 3.44, 3.4375, 6.5625),
    Quantization("IQ3_M", 3.58, 3.4375, 6.5625),
    Quantization("IQ3_XXS", 3.06, 3.0625, 5.5),
    Quantization("Q2_K", 2.94, 2.625, 6.5625),
    Quantization("IQ2_M", 2.70, 2.5625, 5.5),
    Quantization("MXFP4", 16, 16, 16, experts=4.25),  # as gpt-oss is published: the experts alone
    Quantization("FP8", 8, 16, 16),
    Quantization("INT8", 8, 16, 16),
    Quantization("NVFP4", 4.5, 16, 16),
    Quantization("AWQ", 4.25, 16, 16),
    Quantization("GPTQ", 4.25, 16, 16),
    Quantization("INT4", 4.25, 16, 16),
)
_SHORT_ROWS = {"Q6_K": 8.5, "Q5_K": 6.0, "Q4_K": 5.5, "Q3_K": 4.5, "Q2_K": 4.5}  # Q8_0, Q5_1, Q5_0, IQ4_NL
QUANTIZATIONS = MappingProxyType({row.name: row for row in _ROWS})

_SAME = {
    "FP16": "F16",
    "FP32": "F32",
    "Q4_K": "Q4_K_M",
    "Q5_K": "Q5_K_M",
    "Q3_K": "Q3_K_M",
    "4BIT": "INT4",
    "8BIT": "INT8",
}
_NAMES = sorted((*QUANTIZATIONS, *_SAME), key=len, reverse=True)
_IN_A_NAME = re.compile(rf"(?<![A-Z0-9])({'|'.join(_NAMES)})(?![A-Z0-9])(?!_[A-Z0-9])", re.IGNORECASE)


def quantization_in(name: str) -> str | None:
    """The quantization that a model's or a file's name tells of: `llama3.2:3b-instruct-q8_0` is Q8_0."""
    if found := _IN_A_NAME.search(name.replace("4-bit", "4bit").replace("8-bit", "8bit")):
        wanted = found[1].upper()
        return _SAME.get(wanted, wanted)
    return None
