"""Amazon Bedrock's OpenAI-compatible endpoints, with a Bedrock API key or with AWS keys that sign each call.

Facts (read 2026-11): `https://bedrock-runtime.REGION.amazonaws.com/openai/v1` and
`https://bedrock-mantle.REGION.api.aws/v1` take a Bedrock API key as a bearer token, or Signature Version 4 for the
services `bedrock` and `bedrock-mantle` (Amazon Bedrock user guide, "Chat Completions API" and "bedrock-mantle").
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr
from typing_extensions import override

from ....core.request_context import current
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.authorized import Credentials, open_authorized
from ...utils.aws_keys import AwsKeySource, profile
from ...utils.aws_signing import AwsKeys, sign
from ...utils.tokens import TokenSource
from ...utils.transport import Transport, UpstreamRequest
from .openai_compatible import OpenAICompatible

__all__ = ("Bedrock", "BedrockConfig")


class BedrockConfig(RemoteConfig):
    """An AWS region, and whose account: a Bedrock API key, else the AWS keys that are given or found."""

    api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("api_key", "aws_bearer_token_bedrock", "auth_credential", "api_token"),
        description="a Bedrock API key",
    )
    region_name: str | None = Field(default=None, description="us-west-2; else that of the profile")
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    profile_name: str | None = Field(default=None, description="a profile of ~/.aws, in place of keys")
    aws_role_arn: str | None = Field(default=None, description="the role to take with a web identity")
    aws_web_identity_token_file: str | None = None
    aws_role_session_name: str | None = None


class Bedrock(OpenAICompatible):
    """Bedrock, signed in as the operator, or with the API key that a caller brings."""

    config: BedrockConfig

    def __init__(self, config: BedrockConfig, provider_id: str, spec: ProviderSpec) -> None:
        self.region = config.region_name or profile(os.environ, config.profile_name or "default").get("region", "")
        if config.base_url is None and self.region:
            address = f"https://bedrock-runtime.{self.region}.amazonaws.com/openai/v1"
            config = config.model_copy(update={"base_url": address})
        super().__init__(config, provider_id, spec)

    @override
    def _transport(self) -> Transport | None:
        self._signs = False
        if self.key or not self.region:
            return None
        host = urlsplit(self.base_url or "").hostname or ""
        service = "bedrock-mantle" if host.startswith("bedrock-mantle") else "bedrock"

        def credentials(plain: Transport) -> Credentials:
            fetch = self._key_source(plain).find()
            self._signs = fetch is not None
            return SigV4(TokenSource(fetch), self.region, service) if fetch else Unsigned()

        return open_authorized(self.provider_id, self.config.network, credentials)

    def _key_source(self, transport: Transport) -> AwsKeySource:
        config = self.config
        keys = None
        if config.aws_access_key_id and config.aws_secret_access_key:
            session = config.aws_session_token.get_secret_value() if config.aws_session_token else None
            keys = AwsKeys(config.aws_access_key_id, config.aws_secret_access_key.get_secret_value(), session)
        return AwsKeySource(
            provider_id=self.provider_id,
            transport=transport,
            env=os.environ,
            region=self.region,
            keys=keys,
            role_arn=config.aws_role_arn or "",
            web_identity_token_file=config.aws_web_identity_token_file or "",
            session_name=config.aws_role_session_name or "",
            profile=config.profile_name or "",
        )

    @override
    def _missing(self) -> str | None:
        if self.base_url is None or not (self.region or self.key):
            return "set AWS_REGION, or region_name in its config"
        if self.key or self._signs:
            return None
        return "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"

    @override
    def _caller_headers(self) -> dict[str, str] | None:
        key = current.get().provider_data.get("aws_bearer_token_bedrock")
        return self._key_headers(key) if isinstance(key, str) and key else super()._caller_headers()


class SigV4(Credentials):
    """Signs each call for one AWS service."""

    def __init__(self, source: TokenSource[AwsKeys], region: str, service: str) -> None:
        self.source, self.region, self.service = source, region, service

    @override
    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        return sign(
            request.method,
            request.url,
            request.headers,
            request.body or b"",
            keys=await self.source.get(),
            region=self.region,
            service=self.service,
        )

    @override
    def refused(self, headers: Mapping[str, str]) -> bool:
        return False  # a signature that is refused would be refused again

    @override
    async def aclose(self) -> None:
        await self.source.aclose()


class Unsigned(Credentials):
    """Nobody to sign: only calls with a key of their own come this far."""

    @override
    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        return {}

    @override
    def refused(self, headers: Mapping[str, str]) -> bool:
        return False

    @override
    async def aclose(self) -> None: ...
