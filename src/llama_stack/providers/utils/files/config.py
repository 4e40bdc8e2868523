"""What the configs of file providers have in common."""

from pydantic import Field

from ....apis.common import Size
from ....core.storage.backends import Table
from ...config import ProviderConfig

__all__ = ("FilesProviderConfig", "MetadataStore")


class MetadataStore(ProviderConfig):
    """Where it is written down which files there are, and whose they are."""

    backend: str | None = Field(default=None, description="an SQL backend; may be left out when there is one")
    table_name: Table = "files"


class FilesProviderConfig(ProviderConfig):
    metadata_store: MetadataStore = MetadataStore()
    ttl_secs: int | None = Field(
        default=None, ge=1, description="files whose upload does not say otherwise are gone after so many seconds"
    )
    max_file_bytes: Size | None = Field(
        default=None, ge=1, description="larger ones answer 413; a number, or a text such as `512 MB`"
    )
    sweep_interval_seconds: float = Field(
        default=300, gt=0, description="how often what has expired, or was left unfinished, is cleared away"
    )
