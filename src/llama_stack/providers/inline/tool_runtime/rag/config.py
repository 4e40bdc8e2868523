"""What can be set of the RAG tool."""

from pydantic import Field

from ....config import ProviderConfig

__all__ = ("RagConfig",)


class RagConfig(ProviderConfig):
    fetch_urls: bool = Field(
        default=False, description="whether documents may be given as https://…; only public addresses are fetched"
    )
    max_fetch_bytes: int = Field(default=20 * 2**20, ge=1, description="larger documents are not fetched")
    fetch_timeout_seconds: float = Field(default=30, gt=0)
