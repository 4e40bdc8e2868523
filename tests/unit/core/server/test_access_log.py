"""One line a request, written together."""

import asyncio
import io
import json
from typing import Any

import pytest

from llama_stack.core.server.access_log import AccessLog, Entry

pytestmark = pytest.mark.anyio


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


def entry(**fields: Any) -> Entry:
    facts = {"at": 0.0, "method": "GET", "path": "/v1/models", "status": 200, "ms": 1.25, "request_id": "req_1"}
    return Entry(**facts | fields)


async def test_lines_gather_and_are_written_soon() -> None:
    stream = io.StringIO()
    log = AccessLog(stream)
    log.add(entry())
    log.add(entry(status=404, error="no such thing"))
    assert stream.getvalue() == ""
    await asyncio.sleep(0.2)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first == {
        "event": "request",
        "at": 0.0,
        "method": "GET",
        "path": "/v1/models",
        "status": 200,
        "ms": 1.25,
        "request_id": "req_1",
    }
    assert (second["status"], second["error"]) == (404, "no such thing")
    log.add(entry())
    await asyncio.sleep(0.2)
    assert stream.getvalue().count("\n") == 3


async def test_the_last_lines_are_written_on_demand() -> None:
    stream = io.StringIO()
    log = AccessLog(stream)
    log.add(entry())
    log.flush()
    assert stream.getvalue().count("\n") == 1
    await asyncio.sleep(0.15)
    assert stream.getvalue().count("\n") == 1


async def test_a_person_reads_short_lines() -> None:
    stream = Terminal()
    log = AccessLog(stream)
    log.add(entry(ms=12.345))
    log.add(entry(method="POST", path="/v1/chat/completions", status=502, error="groq is tired"))
    log.flush()
    first, second = (line[len("00:00:00") :] for line in stream.getvalue().splitlines())
    assert first == "  200      12.3 ms  GET /v1/models"
    assert second == "  502       1.2 ms  POST /v1/chat/completions  groq is tired"


@pytest.mark.parametrize(("stream", "as_json"), [(Terminal(), True), (io.StringIO(), False)])
async def test_the_form_can_be_chosen(stream: io.StringIO, as_json: bool) -> None:
    log = AccessLog(stream, as_json=as_json)
    log.add(entry())
    log.flush()
    assert stream.getvalue().startswith("{") is as_json


@pytest.mark.parametrize("as_json", [True, False])
async def test_one_request_is_one_line_whatever_is_in_it(as_json: bool) -> None:
    stream = io.StringIO()
    log = AccessLog(stream, as_json=as_json)
    log.add(entry(path="/v1/a\nb\x1b[31m", error="two\r\nlines"))
    log.flush()
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
