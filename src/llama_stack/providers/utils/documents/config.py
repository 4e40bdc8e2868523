"""What every processor of files can be told in a run config."""

from typing import Self

from pydantic import Field, model_validator

from ...config import ProviderConfig

__all__ = ("ProcessorConfig",)


class ProcessorConfig(ProviderConfig):
    default_chunk_size_tokens: int = Field(default=800, ge=100, le=4096, description="of the strategy `auto`")
    default_chunk_overlap_tokens: int = Field(default=400, ge=0, description="likewise; at most half of the size")
    max_file_bytes: int = Field(default=512 << 20, ge=1, description="the largest file that is read")
    max_unpacked_bytes: int = Field(
        default=1 << 30, ge=1, description="the most that an archive (docx, xlsx, epub, …) may unpack to"
    )
    contextual_model: str | None = Field(
        default=None, description="who writes the context of chunks where the strategy `contextual` names no model"
    )
    contextual_timeout_seconds: int = Field(default=120, ge=1, description="for each of its calls, likewise")
    contextual_concurrency: int = Field(default=3, ge=1, description="calls at a time, likewise")

    @model_validator(mode="after")
    def _overlaps_at_most_by_half(self) -> Self:
        if self.default_chunk_overlap_tokens * 2 > self.default_chunk_size_tokens:
            raise ValueError("default_chunk_overlap_tokens may be at most half of default_chunk_size_tokens")
        return self
