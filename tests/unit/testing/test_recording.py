"""What passes through a transport is written down as it was: streams, failures, hang-ups; but no key."""

import asyncio
import time
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, UpstreamError, UpstreamTimeoutError
from llama_stack.core.request_context import RequestContext, current
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.transport import AiohttpTransport, Transport, UpstreamRequest, open_transport
from llama_stack.providers.utils.wrapping import wrapped
from llama_stack.testing import Options
from llama_stack.testing.cassettes import transport as cassette_transport
from llama_stack.testing.cassettes.files import load
from llama_stack.testing.cassettes.scrub import Scrubber
from llama_stack.testing.cassettes.transport import CassetteTransport
from tests.support.serving import until
from tests.support.upstream import Line, Request, chunk, upstream
from tests.unit.testing.conftest import Tape, call, frames, through

pytestmark = pytest.mark.anyio

KEY, URL = "sk-very-secret-key", "http://127.0.0.1:9/v1/x"


async def three(line: Line, request: Request) -> None:
    await line.begin()
    for word in ("one", "two", "three"):
        await line.event(chunk(word))
        await asyncio.sleep(0.03)
    await line.event(b"[DONE]")
    await line.end()


def kept(tape: Tape) -> dict[str, Any]:
    (interaction,) = load(tape().path)
    return dict(interaction.response)


def test_nothing_is_added_when_nothing_is_wrapped() -> None:
    plain = open_transport("up", NetworkConfig())
    assert type(plain) is AiohttpTransport
    with wrapped(None):
        assert type(open_transport("up", NetworkConfig())) is AiohttpTransport
    with wrapped(lambda provider_id, network, transport: plain):
        assert open_transport("up", NetworkConfig()) is plain


async def test_the_providers_of_a_stack_send_with_the_plain_transport_unless_it_has_traffic(tape: Tape) -> None:
    entry = {"provider_id": "up", "provider_type": "remote::vllm", "config": {"base_url": URL}}
    config = resolve({"version": 2, "providers": {"inference": [entry]}}, {})
    async with LlamaStack(config) as stack, LlamaStack(config, traffic=tape()) as replaying:
        assert type(stack.configured[0].impl.relay.transport) is AiohttpTransport
        assert type(replaying.configured[0].impl.relay.transport) is CassetteTransport


async def test_a_stream_is_replayed_frame_by_frame(tape: Tape) -> None:
    with upstream(three) as service:
        async with through(tape("record")) as transport:
            read = await frames(transport, f"{service.url}/x")
    assert len(read) == 4
    async with through(tape()) as transport:
        assert await frames(transport, URL) == read
    assert kept(tape)["stream"] == [frame.decode() for frame in read]
    assert kept(tape)["headers"] == {"content-type": "text/event-stream"}
    assert "seconds" not in kept(tape)


async def test_a_stream_that_is_read_whole_is_whole_in_the_replay_and_the_other_way_round(tape: Tape) -> None:
    with upstream(three) as service:
        async with through(tape("record")) as transport:
            whole = (await call(transport, f"{service.url}/x"))[1]
    async with through(tape()) as transport:
        assert await frames(transport, URL, body=b"{}") == [whole]


async def test_the_pace_of_a_stream_is_kept_when_asked(tape: Tape) -> None:
    with upstream(three) as service:
        async with through(tape("record", timing=True)) as transport:
            await frames(transport, f"{service.url}/x")
    assert [round(seconds, 1) for seconds in kept(tape)["seconds"]][1:] == [0.0, 0.0, 0.0]
    began = time.monotonic()
    async with through(tape()) as transport:
        await frames(transport, URL)
    assert time.monotonic() - began >= 0.08


async def test_a_character_that_is_cut_between_frames_stays_cut(tape: Tape) -> None:
    async def cut(line: Line, request: Request) -> None:
        await line.begin()
        for piece in ("é".encode()[:1], "é".encode()[1:]):
            await line.piece(piece)
            await asyncio.sleep(0.03)
        await line.end()

    with upstream(cut) as service:
        async with through(tape("record")) as transport:
            read = await frames(transport, f"{service.url}/x")
    async with through(tape()) as transport:
        assert await frames(transport, URL) == read == [b"\xc3", b"\xa9"]


async def test_what_was_read_before_the_caller_hung_up_is_kept_and_marked(
    tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    with upstream(three) as service:
        async with through(tape("record")) as transport:
            read = await frames(transport, f"{service.url}/x", take=2)
    assert kept(tape)["cut"] is True
    assert len(kept(tape)["stream"]) == 2
    async with through(tape()) as transport:
        assert await frames(transport, URL, take=2) == read
    monkeypatch.setattr(cassette_transport, "_HELD_SECONDS", 0.01)
    async with through(tape()) as transport:
        with pytest.raises(UpstreamTimeoutError, match="the recording of number 1 was cut here"):
            await frames(transport, URL)


async def test_a_stream_after_whose_end_the_line_stays_open_is_whole(tape: Tape) -> None:
    async def open_ended(line: Line, request: Request) -> None:
        await line.begin()
        await line.event(chunk("all", finish="stop"))
        await line.event(b"[DONE]")
        await line.gone()

    with upstream(open_ended) as service:
        async with through(tape("record")) as transport:
            response = await transport.send(UpstreamRequest("POST", f"{service.url}/x"))
            reads = response.reads()
            while b"[DONE]" not in await anext(reads):
                pass
            await reads.aclose()
            response.close()
    assert "cut" not in kept(tape)


async def test_a_caller_who_leaves_before_the_answer_is_kept_waiting_again(tape: Tape) -> None:
    async def silent(line: Line, request: Request) -> None:
        await line.gone()

    with upstream(silent) as service:
        async with through(tape("record")) as transport:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await call(transport, f"{service.url}/x")
    assert kept(tape) == {"cut": True}
    async with through(tape()) as transport:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await call(transport, URL)


async def test_an_answer_of_which_only_the_status_matters_is_recorded(tape: Tape) -> None:
    async def healthy(line: Line, request: Request) -> None:
        await line.answer(204, b"")

    async def status(transport: Transport, url: str) -> int:
        response = await transport.send(UpstreamRequest("GET", url))
        response.close()
        return response.status

    with upstream(healthy) as service:
        async with through(tape("record")) as transport:
            assert await status(transport, f"{service.url}/x") == 204
    async with through(tape()) as transport:
        assert await status(transport, URL) == 204


async def test_a_list_that_was_not_waited_for_is_not_recorded(tape: Tape) -> None:
    async def silent(line: Line, request: Request) -> None:
        await line.gone()

    with upstream(silent) as service:
        service.listing = False
        async with through(tape("record")) as transport:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await call(transport, f"{service.url}/models", None, "GET")
    assert not tape().path.exists()


async def test_a_refused_connection_is_refused_again(tape: Tape) -> None:
    async with through(tape("record")) as transport:
        with pytest.raises(UpstreamError) as recorded:
            await call(transport, URL)
    async with through(tape()) as transport:
        with pytest.raises(UpstreamError) as replayed:
            await call(transport, URL)
    assert replayed.value.body() == recorded.value.body()
    assert replayed.value.code == "upstream_unreachable"


async def test_a_connection_that_was_lost_in_a_stream_is_lost_there_again(tape: Tape) -> None:
    async def lost(line: Line, request: Request) -> None:
        await line.begin()
        await line.event(chunk("one"))
        await asyncio.sleep(0.03)
        line.hang_up()

    async def read(transport: Any, url: str, got: list[bytes]) -> None:
        response = await transport.send(UpstreamRequest("POST", url))
        try:
            async for frame in response.reads():
                got.append(frame)
        finally:
            response.close()

    first: list[bytes] = []
    second: list[bytes] = []
    with upstream(lost) as service:
        async with through(tape("record")) as transport:
            with pytest.raises(UpstreamError):
                await read(transport, f"{service.url}/x", first)
    async with through(tape()) as transport:
        with pytest.raises(UpstreamError) as caught:
            await read(transport, URL, second)
    assert first == second != []
    assert caught.value.code == "upstream_connection_lost"


async def test_a_silence_is_replayed_without_the_wait(tape: Tape) -> None:
    with upstream(lambda line, request: line.gone()) as service:
        cassette, network = tape("record"), NetworkConfig(read_timeout_seconds=0.05)
        transport = cassette.wrap("up", network, AiohttpTransport("up", network), Scrubber((), Options()))
        with pytest.raises(UpstreamTimeoutError):
            await call(transport, f"{service.url}/x")
        await transport.aclose()
    async with through(tape()) as transport:
        with pytest.raises(UpstreamTimeoutError, match="stopped answering"):
            await call(transport, URL)


async def test_an_error_of_the_service_is_an_answer_like_any_other(tape: Tape) -> None:
    async def busy(line: Line, request: Request) -> None:
        await line.answer(429, {"error": {"message": "slow down"}}, retry_after="7", set_cookie=f"id={KEY}")

    with upstream(busy) as service:
        async with through(tape("record")) as transport:
            assert (await call(transport, f"{service.url}/x"))[0] == 429
    assert kept(tape) == {
        "status": 429,
        "headers": {"content-type": "application/json", "retry-after": "7"},
        "json": {"error": {"message": "slow down"}},
        "layout": "spaced",
    }
    async with through(tape()) as transport:
        response = await transport.send(UpstreamRequest("POST", URL, {}, b"{}"))
    assert (response.status, response.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("whole", [True, False])
async def test_no_key_is_ever_written(tape: Tape, whole: bool) -> None:
    async def echo(line: Line, request: Request) -> None:
        """A service that says back whatever it was told."""
        said = {"error": f"{request.headers} {request.path} {request.body.decode()}"}
        if whole:
            await line.answer(401, said, x_request_id=KEY, location=f"http://h/?sig={KEY}")
        else:
            await line.begin()
            text = f"data: {said}\n\n".encode()
            for piece in (text[:40], text[40:]):
                await line.piece(piece)
                await asyncio.sleep(0.02)
            await line.end()

    secrets = ["operators-key", "config-secret", "callers-key", "header-key", "query-key", "form-secret", KEY]
    body = b'{"model":"m","key":"%s config-secret callers-key","client_secret":"form-secret"}' % KEY.encode()
    token = current.set(RequestContext(provider_data={"up_api_key": "callers-key"}))
    try:
        with upstream(echo) as service:
            async with through(tape("record"), ["config-secret", KEY]) as transport:
                url = f"{service.url}/x?api_key=query-key"
                headers = {"Authorization": "Bearer operators-key", "X-Api-Key": "header-key"}
                response = await transport.send(UpstreamRequest("POST", url, headers, body))
                _ = await response.read() if whole else [frame async for frame in response.reads()]
                response.close()
    finally:
        current.reset(token)
    written = tape().path.read_text()
    assert "[redacted]" in written
    assert [secret for secret in secrets if secret in written] == []
    request = load(tape().path)[0].asked.request
    assert request["json"]["client_secret"] == "[redacted]"


async def test_a_recording_is_found_again_with_another_key(tape: Tape) -> None:
    async def hello(line: Line, request: Request) -> None:
        await line.answer(200, {"hello": "there"})

    with upstream(hello) as service:
        async with through(tape("record"), [KEY]) as transport:
            await call(transport, f"{service.url}/x", b'{"who":"%s"}' % KEY.encode(), authorization=f"Bearer {KEY}")
    async with through(tape(), ["another-key"]) as transport:
        assert (await call(transport, URL, b'{"who":"another-key"}', authorization="Bearer another-key"))[0] == 200


async def test_an_answer_that_is_still_open_is_written_when_the_transport_closes(tape: Tape) -> None:
    with upstream(three) as service:
        async with through(tape("record")) as transport:
            response = await transport.send(UpstreamRequest("POST", f"{service.url}/x"))
            reads = response.reads()
            await anext(reads)
        await reads.aclose()
    assert kept(tape)["cut"] is True


async def test_a_request_that_cannot_be_sent_is_not_recorded(tape: Tape) -> None:
    with upstream(three) as service:
        async with through(tape("record")) as transport:
            with pytest.raises(BadRequestError):
                await call(transport, f"{service.url}/x", x_name="two\nlines")
        await until(lambda: service.accepted and not service.lines)  # it connects before it looks at the headers
    assert not tape().path.exists()
