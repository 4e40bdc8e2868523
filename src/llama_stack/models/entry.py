"""What the catalogue says of a model. A fact that nobody could verify is left out: None, or an empty tuple."""

from dataclasses import dataclass
from typing import Literal

__all__ = ("Architecture", "CatalogueModel", "Family", "Latent", "ModelKind")

ModelKind = Literal["llm", "embedding", "rerank"]  # the words of the Models API


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """Multi-head latent attention: keys and values are kept as one short vector for each token."""

    query: int  # rank of the queries
    key_value: int  # rank of what is kept
    rope: int  # numbers of a key that carry the position, kept beside it
    nope: int  # and those that do not
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The shape of a decoder, as its `config.json` gives it."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    ffn: int  # width of a dense layer's feed-forward part
    vocab: int
    tied: bool  # the output table is the embedding table
    rope_theta: float | None = None
    experts: int = 0  # in each layer that has any; 0 in a dense model
    experts_used: int = 0  # for one token
    expert_ffn: int = 0
    shared_ffn: int = 0  # width of the experts that see every token
    dense_layers: int = 0  # of a model with experts, the layers without
    window: int | None = None  # tokens that most layers look back over
    full_layers: int | None = None  # and how many look back over all
    attention_layers: int | None = None  # that keep keys and values; the rest have a state of fixed size, or share
    latent: Latent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """One model, under all its names.

    `context_length` is what the published model is set to, `extended_context_length` what its makers document with
    rope scaling. Whoever serves it may allow less. `tools`, `structured_output` and `reasoning` tell what the model
    itself is made for; None where that is left to whoever serves it.
    """

    name: str  # the repository on the Hugging Face hub; for a model behind an API alone, its id there
    family: str
    model_type: ModelKind = "llm"
    parameters: int | None = None
    active_parameters: int | None = None  # for one token, where that is not all of them
    context_length: int | None = None
    extended_context_length: int | None = None
    architecture: Architecture | None = None
    tokenizer: str | None = None
    input_modalities: tuple[str, ...] = ("text",)  # empty where it is not clear
    output_modalities: tuple[str, ...] = ("text",)
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    embedding_dimension: int | None = None  # the longest, of a model that makes several
    license: str | None = None
    gguf: str | None = None  # a repository of GGUF files
    published_as: tuple[str, ...] = ()  # formats, beside the original, in which its makers publish it
    prompt: str | None = None  # the name of its prompt format
    aliases: tuple[str, ...] = ()
    is_open: bool = True  # its weights can be downloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that belong together, where their facts come from, and when those were last looked at."""

    name: str
    maker: str
    source: str
    checked: str  # the day, as 2026-11-23
    models: tuple[CatalogueModel, ...]
