"""Facts of a model, as people write them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...models import CatalogueModel

__all__ = ("abilities", "bytes_", "context", "count", "memory", "takes")


def count(number: int | None) -> str:
    """3.2B, 137M"""
    if number is None:
        return "-"
    for unit, name in ((10**12, "T"), (10**9, "B")):
        if number >= 0.9995 * unit:
            return f"{number / unit:.3g}{name}"
    return f"{number / 10**6:.3g}M"


def context(tokens: int | None) -> str:
    return "-" if tokens is None else f"{tokens:,}"


def bytes_(number: int) -> str:
    """2.0 GB"""
    return f"{number / 10**9:.1f} GB" if number >= 10**8 else f"{number / 10**6:.0f} MB"


def takes(model: "CatalogueModel") -> str:
    return ", ".join(model.input_modalities)


def abilities(model: "CatalogueModel") -> str:
    """What a model was made for, beyond answering."""
    said = {
        "calls tools": model.tools,
        "keeps to a JSON schema": model.structured_output,
        "thinks first": model.reasoning,
    }
    return ", ".join(name for name, can in said.items() if can)


def memory(model: "CatalogueModel", quantization: str, tokens: int) -> int | None:
    """Bytes to run it; None where its shape is not known."""
    from ...apis.errors import UnsupportedError
    from ...models import memory_needed

    try:
        return memory_needed(model, quantization, tokens)
    except UnsupportedError:
        return None
