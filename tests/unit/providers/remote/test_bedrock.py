"""Bedrock: a Bedrock key, or a signature that the service can verify, whatever the keys' source."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from llama_stack.apis.errors import UnavailableError, UpstreamError
from llama_stack.providers.utils.aws_signing import AwsKeys, sign
from tests.support.upstream import Request
from tests.unit.providers.remote.clouds import (
    Status,
    answering,
    calling_with,
    chat,
    provider,
    recorded,
    text_of,
    unopened,
)

pytestmark = pytest.mark.anyio

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "hush", "region_name": "us-west-2"}
CHAT = {"/chat/completions": recorded("bedrock.chat")}


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's is found."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)


def is_signed(request: Request, keys: AwsKeys, service: str = "bedrock") -> bool:
    """Whether a request carries the signature that its receiver computes from what has arrived."""
    said = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d+)/([\w-]+)/([\w-]+)/aws4_request, SignedHeaders=(\S+), Signature=\w+",
        request.headers["authorization"],
    )
    assert said
    assert (said[1], said[4]) == (keys.access_key_id, service)
    signed = {name: request.headers[name] for name in said[5].split(";") if not name.startswith("x-amz-")}
    now = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    url = f"http://{request.headers['host']}{request.path}"
    again = sign(request.method, url, signed, request.body, keys=keys, region=said[3], service=service, now=now)
    return again["authorization"] == request.headers["authorization"]


async def test_a_bedrock_key_is_a_bearer_token() -> None:
    with answering(CHAT) as service:
        async with provider("bedrock", base_url=f"{service.url}/openai/v1", api_key="bedrock-key") as bedrock:
            answer = await bedrock.post_chat_completion(chat("openai.gpt-oss-20b-1:0"))
    (asked,) = service.asked
    assert (asked.path, asked.headers["authorization"]) == ("/openai/v1/chat/completions", "Bearer bedrock-key")
    assert answer.choices[0].message.content.endswith("Hello! 👋 How can I help you today?")


@pytest.mark.parametrize("session", [None, "session-token"])
async def test_keys_sign_each_call_so_that_the_service_can_verify_it(session: str | None) -> None:
    keys = AwsKeys("AKIA", "hush", session)
    with answering(CHAT | {"/models": recorded("bedrock.models")}) as service:
        config: dict[str, Any] = {**KEYS, "aws_session_token": session, "base_url": f"{service.url}/openai/v1"}
        async with provider("bedrock", **config) as bedrock:
            await bedrock.post_chat_completion(chat())
            models = await bedrock.list_models()
    assert [is_signed(request, keys) for request in service.requests] == [True, True]
    assert [request.headers.get("x-amz-security-token") for request in service.requests] == [session] * 2
    assert "qwen.qwen3-coder-30b-a3b-instruct" in {model.identifier for model in models}
    assert not is_signed(service.asked[0], AwsKeys("AKIA", "other", session))


async def test_a_stream_is_signed_too() -> None:
    with answering({"/chat/completions": recorded("bedrock.chat.stream")}) as service:
        async with provider("bedrock", **KEYS, base_url=f"{service.url}/openai/v1") as bedrock:
            assert "hello" in (await text_of(await bedrock.post_chat_completion(chat(stream=True)))).lower()
    assert is_signed(service.asked[0], AwsKeys("AKIA", "hush"))


async def test_the_region_says_where_and_the_host_which_service() -> None:
    assert unopened("bedrock", **KEYS).base_url == "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1"
    mantle = unopened("bedrock", **KEYS, base_url="https://bedrock-mantle.us-west-2.api.aws/v1")
    assert mantle.relay.transport.credentials.service == "bedrock-mantle"
    assert unopened("bedrock", **KEYS).relay.transport.credentials.service == "bedrock"


async def test_a_profile_gives_keys_and_region(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text("[profile work]\nregion = eu-central-1\n")
    assert unopened("bedrock", profile_name="work").region == "eu-central-1"
    with answering(CHAT) as service:
        async with provider("bedrock", profile_name="work", base_url=f"{service.url}/openai/v1") as bedrock:
            await bedrock.post_chat_completion(chat())
    assert is_signed(service.asked[0], AwsKeys("AKIAWORK", "s"))
    assert "/eu-central-1/bedrock/" in service.asked[0].headers["authorization"]


async def test_a_profile_without_keys_says_how_to_get_some(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile sso]\nregion = eu-central-1\nsso_session = x\n")
    async with provider("bedrock", profile_name="sso") as bedrock:
        with pytest.raises(UnavailableError, match="aws configure export-credentials --profile sso"):
            await bedrock.post_chat_completion(chat())


STS = """<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>
<Expiration>{}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


def role(tmp_path: Path, **more: str) -> dict[str, str]:
    (tmp_path / "token").write_text("who I am")
    return {
        "region_name": "us-west-2",
        "aws_role_arn": "arn:r",
        "aws_web_identity_token_file": str(tmp_path / "token"),
        **more,
    }


async def test_a_web_identity_takes_a_role_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with answering(CHAT | {"/sts/": STS.format(end).encode()}) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"{service.url}/sts")
        config = role(tmp_path, aws_role_session_name="me", base_url=f"{service.url}/openai/v1")
        async with provider("bedrock", **config) as bedrock:
            await bedrock.post_chat_completion(chat())
            await bedrock.post_chat_completion(chat())
    sts, *calls = service.asked
    assert parse_qs(sts.body.decode()) == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "RoleArn": ["arn:r"],
        "RoleSessionName": ["me"],
        "WebIdentityToken": ["who I am"],
    }
    assert [is_signed(call, AwsKeys("ASIAROLE", "role-secret", "role-token")) for call in calls] == [True, True]


async def test_a_role_that_may_not_be_taken_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"<ErrorResponse><Error><Message>Not authorized to assume</Message></Error></ErrorResponse>"
    with answering({"/sts/": Status((403, refusal))}) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"{service.url}/sts")
        async with provider("bedrock", **role(tmp_path, base_url=f"{service.url}/openai/v1")) as bedrock:
            with pytest.raises(UpstreamError, match="Not authorized to assume"):
                await bedrock.post_chat_completion(chat())


async def test_a_container_gives_the_keys_of_its_role(monkeypatch: pytest.MonkeyPatch) -> None:
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = {"AccessKeyId": "ASIATASK", "SecretAccessKey": "task", "Token": "t", "Expiration": end}
    with answering(CHAT | {"/creds": keys}) as service:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{service.url}/creds")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod")
        async with provider("bedrock", region_name="us-west-2", base_url=f"{service.url}/openai/v1") as bedrock:
            await bedrock.post_chat_completion(chat())
    asked, call = service.asked
    assert asked.headers["authorization"] == "pod"
    assert is_signed(call, AwsKeys("ASIATASK", "task", "t"))


async def test_keys_are_not_fetched_from_a_strange_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example/creds")
    async with provider("bedrock", region_name="us-west-2") as bedrock:
        with pytest.raises(UpstreamError, match="by https"):
            await bedrock.post_chat_completion(chat())


@pytest.mark.parametrize("field", ["bedrock_api_key", "aws_bearer_token_bedrock"])
async def test_a_caller_may_bring_a_bedrock_key(field: str) -> None:
    with answering(CHAT) as service:
        async with provider("bedrock", **KEYS, base_url=f"{service.url}/openai/v1") as bedrock:
            with calling_with(**{field: "own"}):
                await bedrock.post_chat_completion(chat())
    assert service.asked[0].headers["authorization"] == "Bearer own"


async def test_what_is_missing_is_said() -> None:
    assert (await unopened("bedrock").health()).reason == "set AWS_REGION, or region_name in its config"
    reason = (await unopened("bedrock", region_name="us-west-2").health()).reason
    assert reason == "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    assert (await unopened("bedrock", **KEYS).health()).state == "ready"
