"""A service's event stream, however it is cut into reads and whatever is odd about it."""

import json
from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.apis.stream import frame, payloads
from llama_stack.providers.utils.sse import EventCleaner


def chunk(**fields: Any) -> bytes:
    return json.dumps({"id": "c", "choices": [{"index": 0, "delta": fields, "finish_reason": None}]}).encode()


A, B = chunk(content="a"), chunk(content="b\\n\\nü")
LAST = b'{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
USAGE = b'{"id":"c","choices":[],"usage":{"total_tokens":3}}'
DONE = b"data: [DONE]\n\n"
GOOD = frame(A) + frame(B) + frame(LAST)


def cleaned(*reads: bytes) -> tuple[bytes, EventCleaner]:
    """What comes out of reads, stopping where a reader stops."""
    cleaner, out = EventCleaner("groq"), b""
    for read in reads:
        out += cleaner.feed(read)
        if cleaner.done or cleaner.failure is not None:
            return out, cleaner
    return out + cleaner.finish(), cleaner


def failure(*reads: bytes) -> UpstreamError:
    _, cleaner = cleaned(*reads)
    assert cleaner.failure is not None
    return cleaner.failure


ODD = {
    "plain": GOOD + DONE,
    "CRLF": (GOOD + DONE).replace(b"\n", b"\r\n"),
    "no space after data:": (GOOD + DONE).replace(b"data: ", b"data:"),
    "comments": b": hello\n\n" + frame(A) + b": OPENROUTER PROCESSING\n\n" + frame(B) + frame(LAST) + b":\n\n" + DONE,
    "other fields": (GOOD + DONE).replace(b"data: ", b"event: chunk\nid: 7\nretry: 10\ndata: "),
    "fields after the data": (GOOD + DONE).replace(b"\n\n", b"\nid: 7\n\n"),
    "more blank lines": (GOOD + DONE).replace(b"\n\n", b"\n\n\n\n\n"),
    "blank lines first": b"\n\n\n" + GOOD + DONE,
    "data in several lines": (GOOD + DONE).replace(b', "choices"', b',\ndata:  "choices"'),
    "empty data": b"data:\n\n" + GOOD.replace(frame(B), b"data: \n\n" + frame(B)) + DONE,
    "spaces around the data": GOOD.replace(b"data: ", b"data:   ").replace(b"\n\n", b"  \n\n") + DONE,
    "nothing after DONE": GOOD + b"data: [DONE]\n",
    "no DONE": GOOD,
    "no DONE, no last blank line": GOOD.removesuffix(b"\n\n"),
    "an end in the middle of DONE": GOOD + b"data: [DO",
    "more after DONE": GOOD + DONE + b"data: {never read}\n\n",
}


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
def test_odd_streams_come_out_as_plain_events(sent: bytes) -> None:
    out, cleaner = cleaned(sent)
    assert cleaner.failure is None
    assert [json.loads(payload) for payload in payloads(out)] == [json.loads(each) for each in (A, B, LAST)]
    assert out.count(b"\n") == 6
    assert b"\r" not in out


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
def test_wherever_reads_are_cut_the_same_comes_out(sent: bytes) -> None:
    whole, _ = cleaned(sent)
    for place in range(len(sent) + 1):
        assert cleaned(sent[:place], sent[place:])[0] == whole
    assert cleaned(*(sent[place : place + 1] for place in range(len(sent))))[0] == whole


def test_sound_events_pass_as_the_very_bytes_that_came() -> None:
    spaced = b'data: { "id":"c",  "x": 1.50 }\n\n'
    cleaner = EventCleaner("groq")
    assert cleaner.feed(spaced) == spaced
    assert cleaner.feed(spaced + frame(LAST)) == spaced + frame(LAST)


def test_done_is_told_and_not_passed_on() -> None:
    cleaner = EventCleaner("groq")
    assert cleaner.feed(frame(A) + DONE) == frame(A)
    assert cleaner.done


@pytest.mark.parametrize("last", [LAST, USAGE, LAST + b"\n\ndata: " + USAGE])
def test_without_done_the_last_word_is_a_finish_reason_or_the_usage(last: bytes) -> None:
    assert cleaned(frame(A), frame(last))[1].failure is None


CUT = {
    "nothing at all": [],
    "comments only": [b": ping\n\n", b": ping\n\n"],
    "after an event": [frame(A)],
    "inside an event": [frame(A), frame(B)[:20]],
    "inside the only event": [frame(A)[:20]],
    "a page": [b"<html>the gateway is tired</html>"],
}


@pytest.mark.parametrize("reads", CUT.values(), ids=CUT)
def test_a_stream_that_ends_too_early_is_cut(reads: list[bytes]) -> None:
    error = failure(*reads)
    assert (error.code, error.status, error.provider_id) == ("upstream_stream_cut", 502, "groq")
    assert error.message == "groq ended its stream before the answer was complete"


def test_what_came_before_a_cut_is_passed_on() -> None:
    assert cleaned(frame(A), frame(B)[:20])[0] == frame(A)


REFUSALS = {
    "OpenAI's": (b'{"error":{"message":"tired","type":"server_error","param":null,"code":503}}', 503),
    "Ollama's": (b'{"error":"tired"}', 502),
    "a string code": (b'{"error":{"message":"tired","code":"overloaded"}}', 502),
    "Anthropic's": (b'{"type":"error","error":{"type":"overloaded_error","message":"tired"}}', 502),
}


@pytest.mark.parametrize(("payload", "status"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("before", [b"", frame(A)])
def test_an_error_inside_the_stream_ends_it(payload: bytes, status: int, before: bytes) -> None:
    out, cleaner = cleaned(before + b"event: error\n" + frame(payload) + frame(B))
    assert out == before
    assert cleaner.failure is not None
    assert (cleaner.failure.message, cleaner.failure.status) == ("tired", status)


@pytest.mark.parametrize("error", [b"null", b'""', b"{}"])
def test_a_field_that_says_there_is_no_error_is_none(error: bytes) -> None:
    event = frame(A[:-1] + b',"error":' + error + b"}")
    assert cleaned(event, frame(LAST))[0] == event + frame(LAST)


@pytest.mark.parametrize(
    "event",
    [b"data: {oops}\n\n", b"data: hello\n\n", b'data: ["a"]\n\n', b'data: {"a":1}{"b":2}\n\n', b'data: {"a":"\n\n'],
)
def test_an_event_that_is_no_json_object_ends_the_stream(event: bytes) -> None:
    out, cleaner = cleaned(frame(A) + event, frame(LAST))
    assert out == frame(A)
    assert cleaner.failure is not None
    assert cleaner.failure.code == "upstream_malformed"
    assert "sent a malformed event" in cleaner.failure.message


def test_an_event_nested_too_deeply_ends_the_stream() -> None:
    assert failure(frame(b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}")).code == "upstream_malformed"


def test_an_event_without_an_end_is_given_up() -> None:
    error = failure(b'data: {"a":"', *([b"x" * (8 << 20)] * 5))
    assert error.message == "groq sent an event without an end"


def test_a_large_event_in_many_reads_comes_out_whole() -> None:
    event = frame(chunk(content="x" * 3_000_000))
    reads = [event[place : place + 65536] for place in range(0, len(event), 65536)]
    assert cleaned(*reads, frame(LAST))[0] == event + frame(LAST)
