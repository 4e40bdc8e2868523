"""A service that refuses, fails, hangs or is not there: each gets a clear answer that names it."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llama_stack.apis.errors import StackError, UpstreamError, UpstreamTimeoutError
from llama_stack_client import AsyncLlamaStackClient
from tests.support.front import KEY, Answer, Front, front_of, provider
from tests.support.serving import served
from tests.support.upstream import Behaviour, Line, Request, completion

pytestmark = pytest.mark.anyio

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def answers(status: int, body: bytes | dict[str, Any], **headers: str) -> Behaviour:
    async def behave(line: Line, request: Request) -> None:
        await line.answer(status, body, **headers)

    return behave


async def hangs(line: Line, request: Request) -> None:
    await line.gone()


async def hangs_up(line: Line, request: Request) -> None:
    line.hang_up()


async def hangs_in_the_middle(line: Line, request: Request) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
    await line.gone()


async def breaks_off(line: Line, request: Request) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
    line.hang_up()


async def speaks_no_http(line: Line, request: Request) -> None:
    await line.send(b"220 mail.example.org ESMTP ready\r\n")
    line.hang_up()


def check(answer: Answer, status: int, code: str | None) -> dict[str, Any]:
    """The error of an answer, when it is what every error should be."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-llamastack-provider"] == "up"
    assert KEY.encode() not in answer.body
    error = answer.error
    assert {"message", "type", "param", "code"} <= error.keys()
    assert error["provider_id"] == "up"
    assert error["code"] == code
    return error


@both_ways
async def test_a_refusal_keeps_its_status_and_its_words(stream: bool) -> None:
    said = {"error": {"message": "no such thing", "type": "not_here", "param": "seed", "code": "odd"}}
    async with front_of(answers(422, said, x_request_id="theirs")) as front:
        answer = await front.ask(stream=stream)
        error = check(answer, 422, "odd")
        assert (error["message"], error["type"], error["param"]) == ("no such thing", "not_here", "seed")
        assert answer.headers["x-upstream-request-id"] == "theirs"


@both_ways
async def test_a_wrong_key_is_the_services_401_and_the_key_is_not_told(stream: bool) -> None:
    said = {"error": {"message": f"Incorrect API key: {KEY}", "code": "invalid_api_key"}}
    async with front_of(answers(401, said)) as front:
        error = check(await front.ask(stream=stream), 401, "invalid_api_key")
        assert error["message"].startswith("Incorrect API key")
        assert front.up.asked[0].headers["authorization"] == f"Bearer {KEY}"


@both_ways
async def test_too_many_requests_says_when_to_come_back(stream: bool) -> None:
    limits = {"retry_after": "12", "x_ratelimit_remaining_tokens": "0"}
    async with front_of(answers(429, {"error": {"message": "slow down"}}, **limits)) as front:
        answer = await front.ask(stream=stream)
        check(answer, 429, None)
        assert answer.headers["retry-after"] == "12"
        assert answer.headers["x-ratelimit-remaining-tokens"] == "0"


@both_ways
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"<html><h1>Internal error</h1></html>", "Internal error"),
        (503, b"", "HTTP 503"),
        (502, b"\xff\xfe\x00 no text", "no text"),
        (400, b'[{"error": {"code": 400, "message": "a list of one", "status": "BAD"}}]', "a list of one"),
        (400, b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (404, b'{"error": "model \'x\' not found"}', "model 'x' not found"),
    ],
)
async def test_whatever_form_a_refusal_has_its_words_are_told(
    stream: bool, status: int, body: bytes, words: str
) -> None:
    async with front_of(answers(status, body, content_type="text/html")) as front:
        answer = await front.ask(stream=stream)
        assert answer.status == status
        assert words in answer.error["message"]
        assert answer.error["provider_id"] == "up"


@both_ways
async def test_an_error_inside_a_200_is_an_error(stream: bool) -> None:
    async with front_of(answers(200, {"error": {"message": "still loading", "code": 503}})) as front:
        error = check(await front.ask(stream=stream), 503, 503)
        assert error["message"] == "still loading"


@both_ways
@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"", b"[]", b"null", b'{"id": "c1", "choices": [', b"\xff"])
async def test_a_200_that_is_no_json_object_is_an_error(stream: bool, body: bytes) -> None:
    async with front_of(answers(200, body, content_type="application/json")) as front:
        check(await front.ask(stream=stream), 502, "upstream_malformed")


async def test_a_whole_answer_where_a_stream_was_asked_for_is_an_error() -> None:
    async with front_of(answers(200, completion())) as front:
        error = check(await front.ask(stream=True), 502, "upstream_malformed")
        assert "did not stream" in error["message"]


@both_ways
async def test_a_redirect_is_not_followed_and_says_where_it_points(stream: bool) -> None:
    async with front_of(answers(307, b"", location="https://elsewhere.invalid/v1")) as front:
        error = check(await front.ask(stream=stream), 502, "upstream_redirect")
        assert "https://elsewhere.invalid/v1" in error["message"]
        assert len(front.up.asked) == 1


async def test_the_key_does_not_follow_a_redirected_model_list() -> None:
    async with front_of(answers(200, b"")) as thief:
        async with front_of(answers(302, b"", location=f"{thief.up.url}/stolen")) as front:
            front.up.listing = False
            with pytest.raises(UpstreamError, match="redirect"):
                await front.server.provider("up").list_models()
        assert not thief.up.asked


@both_ways
@pytest.mark.parametrize("behave", [hangs, hangs_in_the_middle])
async def test_a_service_that_hangs_is_given_up(stream: bool, behave: Behaviour) -> None:
    async with front_of(behave) as front:
        async with asyncio.timeout(2):
            error = check(await front.ask(stream=stream), 504, "upstream_timeout")
        assert "read_timeout_seconds" in error["message"]


@both_ways
@pytest.mark.parametrize("behave", [hangs_up, breaks_off, speaks_no_http])
async def test_a_service_that_breaks_off_is_named(stream: bool, behave: Behaviour) -> None:
    async with front_of(behave) as front:
        check(await front.ask(stream=stream), 502, "upstream_connection_lost")


async def test_a_request_that_a_fresh_connection_lost_is_not_sent_again() -> None:
    async with front_of(hangs_up) as front:
        await front.ask()
        assert len(front.up.asked) == 1


@both_ways
async def test_a_connection_that_was_closed_meanwhile_is_replaced(stream: bool) -> None:
    async def closes_after_each(line: Line, request: Request) -> None:
        await line.answer(200, completion())
        line.hang_up()  # without having said so

    async with front_of(closes_after_each) as front:
        for _ in range(5):
            assert (await front.ask()).json["id"] == "c1"


async def test_a_connection_is_used_again() -> None:
    async with front_of(answers(200, completion())) as front:
        before = front.up.accepted
        for _ in range(5):
            assert (await front.ask()).status == 200
        assert front.up.accepted == before + 1
        assert len(front.up.lines) == 1


# ---- not there at all


@pytest.fixture
async def nowhere(request: pytest.FixtureRequest) -> AsyncIterator[AsyncLlamaStackClient]:
    """A client of a server whose provider is at the given URL; `{port}` is one where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    entry = provider(request.param.format(port=port), connect_timeout_seconds=0.5)
    config = {"version": 2, "providers": {"inference": [entry]}}
    async with served(config) as server, AsyncLlamaStackClient(server.url) as client:
        yield client


UNREACHABLE = {
    "http://127.0.0.1:{port}/v1": "Connection refused; is it running",
    "http://nosuchhost.invalid/v1": "host name cannot be resolved",
    "http://127.0.0.1:port/v1": "no valid URL",
}


@both_ways
@pytest.mark.parametrize(("nowhere", "why"), UNREACHABLE.items(), indirect=["nowhere"], ids=["refused", "dns", "url"])
async def test_a_service_that_is_not_there_is_named_with_the_reason(
    nowhere: AsyncLlamaStackClient, why: str, stream: bool
) -> None:
    with pytest.raises(UpstreamError, match=why) as caught:
        await nowhere.inference.post_chat_completion(
            model="up/m", messages=[{"role": "user", "content": "x"}], stream=stream
        )
    assert (caught.value.status, caught.value.code, caught.value.provider_id) == (502, "upstream_unreachable", "up")


@pytest.mark.parametrize("nowhere", ["http://127.0.0.1:{port}/v1"], indirect=True)
async def test_a_service_that_is_not_there_is_shown_as_such_and_stops_nobody(nowhere: AsyncLlamaStackClient) -> None:
    assert (await nowhere.models.list_models()).data == []
    (row,) = (await nowhere.providers.list_providers()).data
    assert row.health.state == "degraded"
    assert "127.0.0.1" in (row.health.reason or "")
    assert KEY not in row.model_dump_json()


async def test_tls_where_there_is_none_is_named() -> None:
    async with front_of(answers(200, b"")) as front:
        entry = provider(front.server.url.replace("http:", "https:"))
        async with served({"version": 2, "providers": {"inference": [entry]}}) as server:
            answer = await Front(server, front.up, front.http).ask()
            assert "TLS" in check(answer, 502, "upstream_unreachable")["message"]


# ---- the same through the library and over HTTP


@pytest.mark.parametrize(
    ("behave", "cls"),
    [
        (hangs, UpstreamTimeoutError),
        (hangs_up, UpstreamError),
        (answers(429, {"error": {"message": "slow down", "code": "slow"}}, retry_after="9"), UpstreamError),
        (answers(500, b"oops"), UpstreamError),
    ],
    ids=["hangs", "hangs up", "429", "500"],
)
@both_ways
async def test_the_error_is_the_same_through_the_library_and_over_http(
    behave: Behaviour, cls: type[StackError], stream: bool
) -> None:
    asked = {"model": "up/m", "messages": [{"role": "user", "content": "x"}], "stream": stream}
    async with front_of(behave) as front, AsyncLlamaStackClient(front.server.url) as client:
        errors = []
        for inference in (front.server.stack.inference, client.inference):
            with pytest.raises(cls) as caught:
                await inference.post_chat_completion(**asked)
            errors.append(caught.value)
    facts = [(type(e), e.status, e.code, e.message, e.provider_id, e.headers.get("retry-after")) for e in errors]
    assert facts[0] == facts[1]


async def test_refusals_leave_no_key_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def quotes(line: Line, request: Request) -> None:
        await line.answer(401, {"error": {"message": f"wrong: {request.headers['authorization']}"}})

    caplog.set_level(logging.DEBUG)
    own = "sk-the-callers-own-key"
    header = {"X-LlamaStack-Provider-Data": f'{{"vllm_api_key": "{own}"}}'}
    async with front_of(quotes) as front:
        for key, headers in ((KEY, {}), (own, header)):
            for stream in (False, True):
                answer = await front.ask(stream=stream, headers=headers)
                assert answer.error["message"] == "wrong: Bearer ***"
                assert front.up.asked[-1].headers["authorization"] == f"Bearer {key}"
                assert key not in caplog.text + front.log
