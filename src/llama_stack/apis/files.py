"""Files: what callers hand in for others to read, in OpenAI's words."""

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from .common import Deleted, Order
from .declare import route
from .transfer import Download, Upload

__all__ = ("ExpiresAfter", "File", "FileList", "FilePurpose", "Files", "UploadPurpose")

UploadPurpose = Literal["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
FilePurpose = Literal[UploadPurpose, "assistants_output", "batch_output", "fine-tune-results"]
Page = Annotated[int, Field(ge=1, le=10_000)]

_OLD = "/v1/openai/v1/files"


class ExpiresAfter(BaseModel):
    """When a file is to be gone."""

    model_config = ConfigDict(extra="forbid")

    anchor: Literal["created_at"]
    seconds: int = Field(ge=3600, le=2_592_000, description="from an hour to 30 days")


class File(BaseModel):
    """A file that was handed in, or that the stack made."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None = Field(default=None, description="from then on it is gone")
    filename: str
    purpose: FilePurpose
    status: Literal["uploaded", "processed", "error"] = Field(default="processed", deprecated=True)
    status_details: str | None = Field(default=None, deprecated=True)


class FileList(BaseModel):
    object: Literal["list"] = "list"
    data: list[File]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Files(Protocol):
    """Files that other calls refer to by their ids."""

    @route("POST", "/v1/files", aliases=(_OLD,))
    async def upload_file(
        self, file: Upload, purpose: UploadPurpose, expires_after: ExpiresAfter | None = None
    ) -> File:
        """Hand in a file. It is durable once this answers."""
        ...

    @route("GET", "/v1/files", aliases=(_OLD,))
    async def list_files(
        self,
        after: str | None = None,
        limit: Page = 10_000,
        order: Order = "desc",
        purpose: FilePurpose | None = None,
    ) -> FileList:
        """List files, the newest first."""
        ...

    @route("GET", "/v1/files/{file_id}", aliases=(f"{_OLD}/{{file_id}}",))
    async def get_file(self, file_id: str) -> File:
        """Read what is known of a file."""
        ...

    @route("DELETE", "/v1/files/{file_id}", aliases=(f"{_OLD}/{{file_id}}",))
    async def delete_file(self, file_id: str) -> Deleted:
        """Delete a file. Who is reading it may read on."""
        ...

    @route("GET", "/v1/files/{file_id}/content", aliases=(f"{_OLD}/{{file_id}}/content",))
    async def get_file_content(self, file_id: str) -> Download:
        """Read a file's bytes, all or a range of them."""
        ...
