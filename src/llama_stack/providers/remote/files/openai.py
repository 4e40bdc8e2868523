"""Files at OpenAI, or at a service that has its Files API. Whose they are is written down here."""

from collections.abc import AsyncGenerator
from typing import Self

import msgspec
from pydantic import Field, SecretStr
from typing_extensions import override

from ....apis.errors import NotFoundError, UpstreamError
from ....apis.files import FilePurpose
from ....apis.transfer import Intake, Upload
from ....core.storage.storage import Storage
from ...config import NetworkConfig
from ...utils.files.blobs import Blobs, Facts, Stored
from ...utils.files.config import FilesProviderConfig
from ...utils.files.measured import Measured
from ...utils.files.service import FileService
from ...utils.form_body import FormBody
from ...utils.relay import Relay

__all__ = ("OpenAIFiles", "OpenAIFilesConfig", "ServiceBlobs")


# What only the service itself makes there → the purpose under which it takes the like.
_TAKEN_AS: dict[FilePurpose, FilePurpose] = {
    "assistants_output": "assistants",
    "batch_output": "batch",
    "fine-tune-results": "fine-tune",
}


_TAKEN_SECONDS = range(3600, 2_592_001)


class OpenAIFilesConfig(FilesProviderConfig):
    base_url: str = Field(default="https://api.openai.com/v1", description="up to and including the version")
    api_key: SecretStr | None = None
    network: NetworkConfig = NetworkConfig()


class OpenAIFiles(FileService):
    """Files that keep the ids which the service gives them, so that its other APIs know them."""

    def __init__(self, provider_id: str, config: OpenAIFilesConfig, storage: Storage) -> None:
        key = config.api_key.get_secret_value() if config.api_key else ""
        missing = None if key else "set OPENAI_API_KEY, or api_key in its config"
        relay = Relay(provider_id, config.base_url, api_key=key, network=config.network)
        store = storage.sql(config.metadata_store.backend)
        super().__init__(provider_id, config, store, ServiceBlobs(relay), missing=missing)


class _Uploaded(msgspec.Struct):
    id: str


class ServiceBlobs(Blobs):
    """Bytes behind another Files API. Files that were not handed in here are not seen here."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    @override
    async def __aenter__(self) -> Self:
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._relay.__aexit__()

    @property
    @override
    def intake(self) -> Intake:
        return Intake()

    @override
    async def put(self, key: str, upload: Upload, facts: Facts) -> Stored:
        measured = Measured(upload)
        file = Upload(lambda: aiter(measured), upload.filename, content_type=upload.content_type, size=upload.size)
        fields: dict[str, object] = {"purpose": _TAKEN_AS.get(facts.purpose, facts.purpose)}
        lasts = 0 if facts.expires_at is None else facts.expires_at - facts.created_at
        if lasts in _TAKEN_SECONDS:  # else the sweep here sees to it
            fields["expires_after"] = {"anchor": "created_at", "seconds": lasts}
        said = msgspec.json.decode(
            await self._relay.send_form("/files", FormBody(fields, {"file": file})), type=_Uploaded
        )
        return Stored(measured.size, measured.sha256, own_id=said.id)

    @override
    async def read(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """Only a part is asked for; a service that answers the whole is read as far as that part."""
        if stop <= start:
            return
        try:
            response = await self._relay.open(f"/files/{key}/content", {"range": f"bytes={start}-{stop - 1}"})
        except UpstreamError as error:
            raise _translated(error, key) from error
        here = start if response.status == 206 else 0
        try:
            async for piece in response.reads():
                if wanted := piece[max(start - here, 0) : max(stop - here, 0)]:
                    yield wanted
                here += len(piece)
                if here >= stop:
                    break
        finally:
            response.close()

    @override
    async def delete(self, key: str) -> None:
        try:
            await self._relay.call("DELETE", f"/files/{key}")
        except UpstreamError as error:
            if error.status != 404:
                raise

    @override
    async def sweep(self) -> None:
        """The service clears up after itself."""

    @override
    def local_path(self, key: str) -> None:
        return None


def _translated(error: UpstreamError, key: str) -> Exception:
    if error.status == 404:
        return NotFoundError(f"the bytes of {key} are gone", param="file_id")
    return error
