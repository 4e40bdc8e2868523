"""Files in a bucket of Amazon S3, or of any service that speaks its protocol."""

import os
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from typing_extensions import override

from ....apis.providers import Health
from ....apis.transfer import Intake, Upload
from ....core.storage.storage import Storage
from ...config import NetworkConfig
from ...utils.aws_keys import AwsKeySource
from ...utils.aws_signing import AwsKeys
from ...utils.files.blobs import Blobs, Facts, Stored
from ...utils.files.config import FilesProviderConfig
from ...utils.files.measured import Measured
from ...utils.files.service import FileService
from ...utils.s3 import Bucket, gathered
from ...utils.tokens import TokenSource
from ...utils.transport import Transport, open_transport

__all__ = ("BucketBlobs", "S3Files", "S3FilesConfig")


class S3FilesConfig(FilesProviderConfig):
    """Keys may be left out: they are then those of the environment, a profile, or the machine's role."""

    bucket_name: str | None = None
    region: str = "us-east-1"
    endpoint_url: str | None = Field(default=None, description="of a service that is not Amazon's")
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    path_style: bool | None = Field(
        default=None, description="name the bucket in the path, not in the host; so by default with endpoint_url"
    )
    auto_create_bucket: bool = Field(default=False, description="make the bucket at the first upload")
    network: NetworkConfig = NetworkConfig()


class S3Files(FileService):
    """Files whose bytes are objects, named by their ids."""

    def __init__(self, provider_id: str, config: S3FilesConfig, storage: Storage) -> None:
        transport = open_transport(provider_id, config.network)
        fetch = _keys(provider_id, config, transport).find()
        keys = TokenSource(fetch) if fetch else None
        self._bucket = Bucket(provider_id, transport, _url(config), config.region, keys)
        blobs = BucketBlobs(self._bucket, create=config.auto_create_bucket)
        store = storage.sql(config.metadata_store.backend)
        super().__init__(provider_id, config, store, blobs, missing=_missing(config, keys))

    @override
    async def health(self) -> Health:
        """How the last call to the bucket ended."""
        problem = self._bucket.problem
        return Health(state="degraded", reason=problem) if problem else await super().health()


class BucketBlobs(Blobs):
    """Bytes in objects, sent in parts that fit in memory."""

    def __init__(self, bucket: Bucket, *, create: bool) -> None:
        self._bucket, self._create = bucket, create

    @override
    async def __aenter__(self) -> Self:
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._bucket.aclose()

    @property
    @override
    def intake(self) -> Intake:
        return Intake()

    @override
    async def put(self, key: str, upload: Upload, facts: Facts) -> Stored:
        if self._create:
            await self._bucket.create()
            self._create = False
        measured = Measured(upload)
        await self._bucket.put(key, gathered(aiter(measured)))
        return Stored(measured.size, measured.sha256)

    @override
    def read(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        return self._bucket.get(key, start, stop)

    @override
    async def delete(self, key: str) -> None:
        await self._bucket.delete(key)

    @override
    async def sweep(self) -> None:
        """Nothing is here that the table does not name."""

    @override
    def local_path(self, key: str) -> None:
        return None


def _missing(config: S3FilesConfig, keys: object) -> str | None:
    if not config.bucket_name:
        return "set S3_BUCKET_NAME, or bucket_name in its config"
    return None if keys else "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"


def _keys(provider_id: str, config: S3FilesConfig, transport: Transport) -> AwsKeySource:
    env = os.environ
    keys = None
    if config.aws_access_key_id and config.aws_secret_access_key:
        session = config.aws_session_token.get_secret_value() if config.aws_session_token else None
        keys = AwsKeys(config.aws_access_key_id, config.aws_secret_access_key.get_secret_value(), session or None)
    return AwsKeySource(
        provider_id,
        transport,
        env,
        config.region,
        keys=keys,
        role_arn=env.get("AWS_ROLE_ARN", ""),
        web_identity_token_file=env.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""),
        profile="" if keys else env.get("AWS_PROFILE", ""),
    )


def _url(config: S3FilesConfig) -> str:
    """Where the bucket is, without a slash at the end."""
    endpoint = (config.endpoint_url or f"https://s3.{config.region}.amazonaws.com").rstrip("/")
    in_path = config.path_style if config.path_style is not None else bool(config.endpoint_url)
    if in_path:
        return f"{endpoint}/{config.bucket_name}"
    parts = urlsplit(endpoint)
    return parts._replace(netloc=f"{config.bucket_name}.{parts.netloc}").geturl()
