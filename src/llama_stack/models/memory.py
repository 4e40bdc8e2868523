"""How much memory a model takes to run: its weights, what it remembers of the context, and room to work."""

from ..apis.errors import BadRequestError, UnsupportedError
from .entry import Architecture, CatalogueModel
from .quantization import QUANTIZATIONS, Quantization

__all__ = ("cache_bytes", "memory_needed", "weight_bytes")

_CACHE_BYTES = 2  # for one number that is remembered: F16, the usual one
_STEP_TOKENS = 512  # read at once, which is what the working space is made for
_RUNTIME_BYTES = 128 * 2**20  # libraries, graphs, small buffers


def memory_needed(model: CatalogueModel, quantization: str = "Q4_K_M", context: int = 8192, batch: int = 1) -> int:
    """Bytes to run a model: `weights + cache + work`.

    - weights: `parameters x bits / 8`, the layers, the embedding table and the output table each with their bits;
    - cache: for each of `batch` requests and each layer with attention, keys and values of `context` tokens in F16:
      `2 x kv_heads x head_size x 2 bytes` a token; a layer with a window remembers no more than the window, and
      latent attention one vector of `key_value + rope` numbers;
    - work: the logits of 512 tokens in F32 (`512 x vocab x 4`) and 128 MiB for the runtime.

    An estimate for llama.cpp with flash attention, good to about a tenth. Raises `UnsupportedError` for a model whose
    shape is not known.
    """
    if model.model_type == "llm" and model.architecture is None:
        raise UnsupportedError(_unknown(model), param="model")
    shape = model.architecture
    work = _STEP_TOKENS * shape.vocab * 4 if shape else 0
    return weight_bytes(model, quantization) + cache_bytes(model, context, batch) + work + _RUNTIME_BYTES


def weight_bytes(model: CatalogueModel, quantization: str = "Q4_K_M") -> int:
    """Bytes of the weights, which is about the size of the file."""
    if model.parameters is None:
        raise UnsupportedError(_unknown(model), param="model")
    bits = _bits(quantization)
    shape = model.architecture
    if shape is None:
        return round(model.parameters * bits.layers / 8)
    bits = bits.for_rows(shape.hidden)
    table = shape.vocab * shape.hidden
    # A tied table is needed for the output too, so it is kept as precisely.
    tables = table * bits.output if shape.tied else table * (bits.embedding + bits.output)
    layers = model.parameters - table * (1 if shape.tied else 2)
    experts = _expert_weights(shape) if bits.experts else 0
    return round((tables + (layers - experts) * bits.layers + experts * (bits.experts or 0)) / 8)


def cache_bytes(model: CatalogueModel, context: int, batch: int = 1) -> int:
    """Bytes of what is remembered of `batch` contexts of that many tokens."""
    shape = model.architecture
    if shape is None:
        return 0
    layers = shape.layers if shape.attention_layers is None else shape.attention_layers
    full = layers if shape.window is None else shape.full_layers or 0
    tokens = full * context + (layers - full) * min(context, shape.window or context)
    return tokens * _numbers_for_a_token(shape) * _CACHE_BYTES * batch


def _numbers_for_a_token(shape: Architecture) -> int:
    if shape.latent:
        return shape.latent.key_value + shape.latent.rope
    return 2 * shape.kv_heads * shape.head_size


def _expert_weights(shape: Architecture) -> int:
    return (shape.layers - shape.dense_layers) * shape.experts * 3 * shape.hidden * shape.expert_ffn


def _bits(quantization: str) -> Quantization:
    try:
        return QUANTIZATIONS[quantization.upper()]
    except KeyError:
        known = ", ".join(QUANTIZATIONS)
        raise BadRequestError(f"no quantization {quantization!r}; known: {known}", param="quantization") from None


def _unknown(model: CatalogueModel) -> str:
    if not model.is_open:
        return f"{model.name} runs at {model.family}'s makers only: its size is not published"
    return f"the catalogue does not know the shape of {model.name}, so its memory cannot be told"
