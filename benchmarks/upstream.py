"""A fake OpenAI-compatible upstream that costs next to nothing, so that what is measured is the gateway.

Run it: python -m benchmarks.upstream --port 9901

It answers GET /v1/models and POST /v1/chat/completions. A request whose body says `"stream": true` gets CHUNKS content
chunks, each in a write of its own as fast as the socket takes them (one a millisecond where the prompt holds PACED),
and a usage chunk if it asked for one; any other gets one canned completion.
Every answer has an id of its own, because a gateway that stores answers stores them by id.
"""

import argparse
import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import Any, cast

import httptools
import uvloop
from typing_extensions import override

__all__ = ("ANSWER", "CHUNKS", "MODEL", "PACED")

MODEL = "bench"
CHUNKS = 200
PACED = "[one chunk a millisecond]"
ANSWER = (
    "A gateway sits between an application and the models it talks to. It reads just enough of each request to know "
    "where it belongs, hands the bytes on, and stays out of the way while the answer comes back."
)
USAGE = {"prompt_tokens": 310, "completion_tokens": 41, "total_tokens": 351}

_PACED = PACED.encode()
_BLANK_ID = b"chatcmpl-0000000000000000"
_ids = itertools.count(1)


def _encoded(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _reply(status: bytes, value: object) -> bytes:
    body = _encoded(value)
    return b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


def _answer(kind: str, choice: dict[str, Any] | None, **more: object) -> dict[str, Any]:
    choices = [] if choice is None else [{"index": 0, "logprobs": None, **choice}]
    return {
        "id": _BLANK_ID.decode(),
        "object": kind,
        "created": 1_767_225_600,
        "model": MODEL,
        "choices": choices,
        **more,
    }


def _frame(data: bytes) -> bytes:
    event = b"data: %s\n\n" % data
    return b"%x\r\n%s\r\n" % (len(event), event)


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    return _frame(_encoded(_answer("chat.completion.chunk", {"delta": delta, "finish_reason": finish})))


def _stream(count: int, usage: bool) -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
    words = itertools.cycle(ANSWER.split())
    return [
        head + _chunk({"role": "assistant", "content": ""}),
        *(_chunk({"content": next(words) + " "}) for _ in range(count)),
        _chunk({}, "stop"),
        *([_frame(_encoded(_answer("chat.completion.chunk", None, usage=USAGE)))] if usage else []),
        _frame(b"[DONE]") + b"0\r\n\r\n",
    ]


_MESSAGE = {"message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
_WHOLE = _reply(b"200 OK", _answer("chat.completion", _MESSAGE, usage=USAGE))
_STREAM, _STREAM_WITH_USAGE = _stream(CHUNKS, usage=False), _stream(CHUNKS, usage=True)
_MODELS = _reply(b"200 OK", {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "bench"}]})
_MISSING = _reply(b"404 Not Found", {"error": {"message": "no such path", "type": "invalid_request_error"}})


def _fresh_id() -> bytes:
    return b"chatcmpl-%016d" % next(_ids)


def _says(body: bytes, name: bytes) -> bool:
    return name + b":true" in body or name + b": true" in body


class Upstream(asyncio.Protocol):
    """One connection of a client, kept alive until the client closes it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.parser = httptools.HttpRequestParser(self)
        self.body: list[bytes] = []
        self.path = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's class is a transport by shape only

    @override
    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.path, self.body = url, []

    def on_body(self, data: bytes) -> None:
        self.body.append(data)

    def on_message_complete(self) -> None:
        if self.path.endswith(b"/chat/completions"):
            self.complete(b"".join(self.body))
        else:
            self.transport.write(_MODELS if self.path.endswith((b"/models", b"/health")) else _MISSING)

    def complete(self, body: bytes) -> None:
        # The flags stand before or after the messages, whoever wrote the JSON; reading 200 KB would cost more than all
        # the rest. Inside a string the quotes are escaped, so a prompt cannot be mistaken for a flag.
        ends = body if len(body) < 4000 else body[:2000] + body[-2000:]
        if _says(ends, b'"stream"'):
            frames = iter(_STREAM_WITH_USAGE if _says(ends, b'"include_usage"') else _STREAM)
            self.send(frames, _fresh_id(), 0.001 if _PACED in ends else 0.0)
        else:
            self.transport.write(_WHOLE.replace(_BLANK_ID, _fresh_id(), 1))

    def send(self, frames: Iterator[bytes], name: bytes, pause_s: float) -> None:
        """Write one frame per turn of the loop, so that frames of concurrent streams alternate as they do in life."""
        frame = next(frames, None)
        if frame is not None and not self.transport.is_closing():
            self.transport.write(frame.replace(_BLANK_ID, name, 1))
            self.loop.call_later(pause_s, self.send, frames, name, pause_s)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=9901)
    uvloop.run(_serve(options.parse_args().port))


if __name__ == "__main__":
    main()
