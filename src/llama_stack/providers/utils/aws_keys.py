"""Where AWS keys come from: given, a web identity, a profile, or a container's role.

The names of variables, files and endpoints are botocore's (credentials.py, utils.py). The instance metadata
service is not asked: a key that happens to be on the machine is not one the operator chose.
"""

import configparser
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from ...apis.errors import UnavailableError
from .aws_signing import AwsKeys
from .oauth import fetch_json, login_failed
from .tokens import Token
from .transport import Transport, UpstreamRequest

__all__ = ("AwsKeySource", "FetchKeys", "profile")

FetchKeys = Callable[[], Awaitable[Token[AwsKeys]]]

_CONTAINER = "http://169.254.170.2"
_CONTAINER_HOSTS = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class AwsKeySource:
    """What is known about how to get keys. `env` is read for what has no place in a config."""

    provider_id: str
    transport: Transport
    env: Mapping[str, str]
    region: str
    keys: AwsKeys | None = None
    role_arn: str = ""
    web_identity_token_file: str = ""
    session_name: str = ""
    profile: str = ""

    def find(self) -> FetchKeys | None:
        """The first source there is, in AWS's order; None when there is none."""
        if self.keys and not self.profile:
            return self._given
        if self.role_arn and self.web_identity_token_file:
            return self._assume_role
        if self.profile or profile(self.env, "default"):
            return self._from_profile
        if self.env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or self.env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return self._from_container
        return None

    async def _given(self) -> Token[AwsKeys]:
        assert self.keys is not None
        return Token(self.keys, math.inf)

    async def _from_profile(self) -> Token[AwsKeys]:
        name = self.profile or "default"
        found = profile(self.env, name)
        if not found.get("aws_access_key_id") or not found.get("aws_secret_access_key"):
            raise UnavailableError(
                f"{self.provider_id}: the AWS profile {name!r} holds no aws_access_key_id and aws_secret_access_key; "
                f"for sign-on or chained roles: eval $(aws configure export-credentials --profile {name} --format env)"
            )
        keys = AwsKeys(
            found["aws_access_key_id"], found["aws_secret_access_key"], found.get("aws_session_token") or None
        )
        return Token(keys, math.inf)

    async def _assume_role(self) -> Token[AwsKeys]:
        """STS `AssumeRoleWithWebIdentity`, which needs no signature; it answers XML."""
        url = self.env.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{self.region}.amazonaws.com"
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": self.role_arn,
            "RoleSessionName": self.session_name or "llama-stack",
            "WebIdentityToken": _read(self.web_identity_token_file).strip(),
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await self.transport.send(
            UpstreamRequest("POST", url.rstrip("/") + "/", headers, urlencode(form).encode())
        )
        try:
            text = (await response.read()).decode(errors="replace")
        finally:
            response.close()
        if response.status != 200:
            raise login_failed(self.provider_id, url, _tag(text, "Message") or f"HTTP {response.status}", 401)
        keys = AwsKeys(_tag(text, "AccessKeyId"), _tag(text, "SecretAccessKey"), _tag(text, "SessionToken") or None)
        return Token(keys, _seconds_until(_tag(text, "Expiration")))

    async def _from_container(self) -> Token[AwsKeys]:
        """The role of an ECS task or an EKS pod."""
        relative = self.env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        url = f"{_CONTAINER}{relative}" if relative else self.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _CONTAINER_HOSTS:
            raise login_failed(self.provider_id, url, "AWS_CONTAINER_CREDENTIALS_FULL_URI may name this host by https")
        file = self.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = _read(file).strip() if file else self.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        headers = {"accept": "application/json"} | ({"authorization": token} if token else {})
        said = await fetch_json(self.transport, self.provider_id, UpstreamRequest("GET", url, headers))
        keys = AwsKeys(said["AccessKeyId"], said["SecretAccessKey"], said.get("Token"))
        return Token(keys, _seconds_until(said.get("Expiration") or ""))


def profile(env: Mapping[str, str], name: str) -> dict[str, str]:
    """A profile's settings: those of ~/.aws/config, then those of ~/.aws/credentials."""
    section = name if name == "default" else f"profile {name}"
    config = _section(env.get("AWS_CONFIG_FILE") or "~/.aws/config", section)
    return config | _section(env.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", name)


def _section(path: str, name: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read(Path(path).expanduser())
    return dict(parser[name]) if parser.has_section(name) else {}


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text()
    except OSError as error:
        raise UnavailableError(f"the token file {path} cannot be read: {error.strerror}") from error


def _tag(xml: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else ""


def _seconds_until(stamp: str) -> float:
    """Until a moment in ISO 8601, `2030-01-01T00:00:00Z`."""
    return (datetime.fromisoformat(stamp) - datetime.now(UTC)).total_seconds() if stamp else math.inf
