"""What a cassette answers: each answer once and in order, a miss that explains itself, what was left over."""

import asyncio

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.testing import CassetteMissError
from tests.support.upstream import Line, Request, upstream
from tests.unit.testing.conftest import Tape, call, through

pytestmark = pytest.mark.anyio


async def counting(line: Line, request: Request) -> None:
    """Answers with the number of the request."""
    await line.answer(200, {"answer": request.headers["number"]})


ASKED = (b'{"q":1}', b'{"q":1}', b'{"q":2}')
NOWHERE = "http://127.0.0.1:9/v1"  # nothing listens there


async def record(tape: Tape, *bodies: bytes, mode: str = "record", method: str = "POST") -> None:
    with upstream(counting) as service:
        service.listing = False
        async with through(tape(mode)) as transport:
            for number, body in enumerate(bodies, start=1):
                await call(transport, f"{service.url}/x", body, method, number=str(number))


async def answers(tape: Tape, *bodies: bytes, method: str = "POST", **options: object) -> list[bytes]:
    async with through(tape(**options)) as transport:
        return [(await call(transport, f"{NOWHERE}/x", body, method))[1] for body in bodies]


async def test_the_same_request_twice_gets_the_first_answer_then_the_second(tape: Tape) -> None:
    await record(tape, *ASKED)
    assert await answers(tape, *ASKED) == [b'{"answer": "1"}', b'{"answer": "2"}', b'{"answer": "3"}']
    assert await answers(tape, ASKED[2], *ASKED[:2]) == [b'{"answer": "3"}', b'{"answer": "1"}', b'{"answer": "2"}']


async def test_after_the_last_answer_strict_is_an_error_and_loose_repeats_it(tape: Tape) -> None:
    await record(tape, *ASKED)
    assert (await answers(tape, *ASKED, ASKED[0], match="loose"))[-1] == b'{"answer": "2"}'
    with pytest.raises(CassetteMissError, match=r"answers POST /v1/x to 'up' 2 times, and it is asked once more"):
        await answers(tape, *ASKED, ASKED[0])


async def test_what_is_read_may_be_read_again(tape: Tape) -> None:
    await record(tape, b"", b"", method="GET")
    assert await answers(tape, b"", b"", b"", method="GET") == [b'{"answer": "1"}', *[b'{"answer": "2"}'] * 2]


async def test_calls_that_a_provider_makes_in_the_background_may_be_repeated_or_left_out(tape: Tape) -> None:
    await record(tape, b"{}", b"{}")
    assert await answers(tape, b"{}", b"{}", b"{}", background=("*/x",)) == [
        b'{"answer": "1"}',
        *[b'{"answer": "2"}'] * 2,
    ]
    cassette = tape(background=("*/x",))
    assert cassette.unused() == []
    async with through(cassette) as transport:
        with pytest.raises(CassetteMissError):
            await call(transport, f"{NOWHERE}/x", b"[]")
    assert cassette.misses == []


async def test_answers_are_in_the_order_of_their_requests_however_long_each_took(tape: Tape) -> None:
    async def slower_first(line: Line, request: Request) -> None:
        await asyncio.sleep(0.1 if request.headers["number"] == "1" else 0)
        await counting(line, request)

    with upstream(slower_first) as service:
        async with through(tape("record")) as transport:
            calls = [call(transport, f"{service.url}/x", number=str(number)) for number in (1, 2)]
            await asyncio.gather(*calls)
    assert await answers(tape, b"{}", b"{}") == [b'{"answer": "1"}', b'{"answer": "2"}']


async def test_a_miss_names_the_nearest_request_the_fields_that_differ_and_what_to_do(tape: Tape) -> None:
    await record(tape, b'{"model":"m","messages":[{"content":"hello"}]}', b'{"model":"n","n":3}')
    with pytest.raises(CassetteMissError) as caught:
        await answers(tape, b'{"model":"m","messages":[{"content":"hallo"}],"seed":1}')
    cassette = tape()
    assert caught.value.message == (
        f"{cassette.path} holds no answer to POST /v1/x to 'up'\n"
        "Nearest is number 1, POST /v1/x to 'up'. It differs in\n"
        '  body.messages[0].content: recorded "hello", asked "hallo"\n'
        "  body.seed: recorded nothing, asked 1\n"
        "To record it: make record"
    )
    assert (caught.value.status, caught.value.code) == (404, "cassette_miss")
    assert not isinstance(caught.value, UpstreamError)  # no fallback or retry may hide it


async def test_a_miss_without_a_cassette_says_so(tape: Tape) -> None:
    with pytest.raises(CassetteMissError, match="There is no such file"):
        await answers(tape, b"{}")


async def test_misses_are_remembered_even_if_someone_swallows_them(tape: Tape) -> None:
    cassette = tape()
    async with through(cassette) as transport:
        for method in ("GET", "POST"):  # lists are read in the background, when it suits
            with pytest.raises(CassetteMissError):
                await call(transport, f"{NOWHERE}/x", method=method)
    assert [miss.code for miss in cassette.misses] == ["cassette_miss"]


async def test_to_record_what_is_missing_leaves_what_is_there(tape: Tape) -> None:
    await record(tape, ASKED[0])
    with upstream(counting) as service:
        async with through(tape("record-if-missing")) as transport:
            said = [(await call(transport, f"{service.url}/x", body, number="new"))[1] for body in ASKED]
        assert len(service.requests) == 2
    assert said == [b'{"answer": "1"}', b'{"answer": "new"}', b'{"answer": "new"}']
    assert await answers(tape, *ASKED) == said


async def test_to_record_begins_anew(tape: Tape) -> None:
    await record(tape, *ASKED)
    await record(tape, ASKED[2])
    assert await answers(tape, ASKED[2]) == [b'{"answer": "1"}']
    with pytest.raises(CassetteMissError):
        await answers(tape, ASKED[0])


async def test_answers_that_nobody_asked_for_are_known(tape: Tape) -> None:
    await record(tape, *ASKED)
    await record(tape, b"", mode="record-if-missing", method="GET")
    cassette = tape()
    async with through(cassette) as transport:
        await call(transport, f"{NOWHERE}/x", ASKED[0])
    assert [each.number for each in cassette.unused()] == [2, 3]  # not the GET: when lists are read is not the test's


async def test_live_is_the_transport_itself(tape: Tape) -> None:
    with upstream(counting) as service:
        async with through(tape("live")) as transport:
            assert type(transport).__name__ == "AiohttpTransport"
            assert await call(transport, f"{service.url}/x", number="1") == (200, b'{"answer": "1"}')
    assert not tape().path.exists()


async def test_providers_do_not_answer_for_each_other(tape: Tape) -> None:
    await record(tape, ASKED[0])
    async with through(tape(), provider="other") as transport:
        with pytest.raises(CassetteMissError, match='provider: recorded "up", asked "other"'):
            await call(transport, f"{NOWHERE}/x", ASKED[0])
