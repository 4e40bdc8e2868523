"""What login services say, in the words of each, without what they were shown."""

from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.oauth import fetch_token
from llama_stack.providers.utils.tokens import Token
from llama_stack.providers.utils.transport import AiohttpTransport
from tests.unit.providers.remote.clouds import Answer, Status, answering

pytestmark = pytest.mark.anyio


async def login(answer: Answer, **form: str) -> Token[str]:
    transport = AiohttpTransport("p", NetworkConfig())
    try:
        with answering({"/token": answer}) as service:
            return await fetch_token(transport, "p", f"{service.url}/token?x=1", form)
    finally:
        await transport.aclose()


async def test_a_token_works_as_long_as_its_service_says() -> None:
    assert await login({"access_token": "t", "expires_in": 60}) == Token("t", 60)
    assert await login({"access_token": "t", "expires_in": "60"}) == Token("t", 60)
    assert await login({"access_token": "t"}) == Token("t", 3600)


REFUSALS: list[tuple[int, Any, int, str]] = [
    (
        401,
        {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"},
        401,
        "AADSTS7000215",
    ),
    (
        400,
        {"errorCode": "BXNIM0415E", "errorMessage": "Provided API key could not be found."},
        401,
        "could not be found",
    ),
    (400, {"error": {"code": 400, "message": "Invalid JWT Signature."}}, 401, "Invalid JWT Signature"),
    (503, {}, 502, "HTTP 503"),
    (200, {}, 502, "holds no access_token"),
]


@pytest.mark.parametrize(("status", "body", "ours", "words"), REFUSALS)
async def test_a_login_that_fails_says_where_and_why(status: int, body: Any, ours: int, words: str) -> None:
    with pytest.raises(UpstreamError, match=words) as caught:
        await login(Status((status, body)))
    assert caught.value.status == ours
    assert "p got no credentials from http://127.0.0.1" in caught.value.message
    assert "x=1" not in caught.value.message


async def test_a_secret_that_is_quoted_is_hidden() -> None:
    with pytest.raises(UpstreamError) as caught:
        await login(Status((400, {"error_description": "no such key: hush-hush"})), apikey="hush-hush")
    assert "hush" not in str(caught.value)
    assert "no such key: ***" in str(caught.value)
