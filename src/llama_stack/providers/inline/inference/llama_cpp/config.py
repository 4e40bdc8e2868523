"""How local models are run."""

from pydantic import Field, field_validator

from ....config import ProviderConfig

__all__ = ("LlamaCppConfig",)


class LlamaCppConfig(ProviderConfig):
    """Which GGUF file is served, and how much of the machine it may use.

    The configured model is listed under its file's name without `.gguf`. Others are registered: their
    `provider_model_id` is a path or `hf:org/repo/file.gguf`. Files are loaded when they are first asked for.
    """

    model: str | None = Field(
        default=None,
        description="path of a GGUF file, hf:org/repo/file.gguf, hf:org/repo:Q4_K_M, or package:file.gguf (ours)",
    )
    context_length: int | None = Field(
        default=None, ge=64, description="tokens a request may hold; when left out the model's own, at most 8192"
    )
    parallel_requests: int = Field(default=2, ge=1, le=64, description="answered at once per model; others wait")
    threads: int | None = Field(
        default=None,
        ge=1,
        description="CPU threads per model; by default one per core, and for a file under 64 MB one to write with",
    )
    gpu_layers: int = Field(
        default=-1, ge=-1, description="layers kept on a GPU, where xllamacpp is built for one; -1: as many as fit"
    )
    max_loaded_models: int = Field(
        default=2, ge=1, description="the least recently used one makes room for the next, once it is idle"
    )
    load_timeout_seconds: float = Field(default=300, gt=0)
    prompt_cache_mib: int = Field(
        default=512, ge=0, description="memory per model for prompts already read, so that a chat's next turn is quick"
    )

    better: str | None = Field(
        default=None, description="the command that brings a better model; the banner and `llama chat` tell it"
    )

    @field_validator("model", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        """An environment variable that is empty names no model."""
        return value or None
