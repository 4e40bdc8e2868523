"""A closed-loop load generator that costs little CPU: each connection asks again as soon as it is answered.

Run it: python -m benchmarks.load --port 8321 --model up/bench --concurrency 16 --stream

Answers are read by hand rather than by an HTTP parser, because only three questions matter here: was the status 200,
did the whole body arrive, and does it hold the answer (or all the chunks) that the upstream gave. Streams that end
without `data: [DONE]` are counted apart: some gateways drop it.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop
from typing_extensions import override

from .machine import busy_seconds
from .upstream import ANSWER, CHUNKS, PACED

__all__ = ("Clocks", "Job", "Measurement", "Target", "measure")

_CHUNK = b"data: {"
_END_OF_CHUNKED = b"\r\n0\r\n\r\n"
_SENTENCE = "Llamas carry loads of up to a third of their weight across the high plains. "


@dataclass(frozen=True)
class Target:
    """Where requests go, and the name the model has there."""

    port: int
    model: str


@dataclass(frozen=True)
class Job:
    """What is asked, and by how many at once."""

    name: str
    concurrency: int
    prompt_bytes: int
    stream: bool = False
    paced: bool = False

    def request(self, target: Target) -> bytes:
        """The request as it goes over the wire."""
        marks = PACED if self.paced else ""
        text = marks + (_SENTENCE * (self.prompt_bytes // len(_SENTENCE) + 1))[: self.prompt_bytes]
        messages = [{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": text}]
        asked: dict[str, object] = {"model": target.model, "messages": messages, "temperature": 0.2, "max_tokens": 256}
        body = json.dumps(asked | {"stream": True} if self.stream else asked).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True)
class Clocks:
    """CPU seconds so far: of the server measured, of all that drives it (this process, the upstream), of everything."""

    server: Callable[[], float]
    driver: Callable[[], float] = time.process_time
    machine: Callable[[], float] = busy_seconds

    def read(self) -> tuple[float, float, float, float]:
        """The wall clock, and these three."""
        return time.perf_counter(), self.server(), self.driver(), self.machine()


@dataclass(frozen=True)
class Measurement:
    """One window of one job against one server."""

    requests_per_s: float
    cpu_us_per_request: float
    p50_ms: float
    p99_ms: float
    server_busy: float
    driver_busy: float
    others_busy: float
    chunks_per_s: float = 0.0
    cpu_us_per_chunk: float = 0.0
    first_p50_ms: float = 0.0
    first_p99_ms: float = 0.0
    without_done: int = 0
    failures: dict[str, int] = field(default_factory=dict)


@dataclass
class Tally:
    """What all connections of one job have seen since the window opened."""

    answers: int = 0
    chunks: int = 0
    latencies: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    without_done: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    closing: bool = False

    def reopen(self) -> None:
        self.answers = self.chunks = 0
        self.latencies.clear()
        self.firsts.clear()


class Connection(asyncio.Protocol):
    """One keep-alive connection; subclasses know when an answer is complete."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self.request, self.tally = request, tally
        self.closed = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's class is a transport by shape only
        self.ask()

    def ask(self) -> None:
        """Send the request once more."""
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def answered(self) -> None:
        """Count an answer and go on, or leave when the job is over."""
        self.tally.answers += 1
        self.tally.latencies.append(time.perf_counter() - self.sent)
        if self.tally.closing:
            self.transport.close()
        else:
            self.ask()

    def fail(self, reason: str) -> None:
        """Count a failure and leave: fewer connections and a note are more honest than a busy loop of errors."""
        self.tally.failures[reason] += 1
        self.transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.tally.closing and not self.tally.failures:
            self.tally.failures["the server closed the connection"] += 1
        if not self.closed.done():
            self.closed.set_result(None)


class Whole(Connection):
    """Reads answers that come in one piece, by content-length or chunked."""

    seen = b""
    size: int | None = None  # of head and body, once the head is known; 0 where only the last chunk tells

    @override
    def data_received(self, data: bytes) -> None:
        self.seen = self.seen + data if self.seen else data
        if self.size is None:
            self.size = _size(self.seen)
        if self.size is None or (self.seen[-7:] != _END_OF_CHUNKED if self.size == 0 else len(self.seen) < self.size):
            return
        seen, size, self.seen, self.size = self.seen, self.size, b"", None
        if reason := _complaint(seen, size):
            self.fail(reason)
        else:
            self.answered()


def _size(seen: bytes) -> int | None:
    end = seen.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = seen[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    return 0 if at < 0 else end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])


def _complaint(seen: bytes, size: int) -> str | None:
    if not seen.startswith(b"HTTP/1.1 200"):
        return seen[9:300].decode(errors="replace").replace("\r\n", " ")
    if size and len(seen) != size:
        return f"{len(seen)} bytes where {size} were announced"
    return None if _ANSWER in seen else "the answer is not the upstream's"


_ANSWER = ANSWER.encode()


class Streamed(Connection):
    """Counts the chunks of streams as they come by."""

    tail = b""
    chunks = 0
    done = False

    @override
    def data_received(self, data: bytes) -> None:
        if not self.tail and not data.startswith(b"HTTP/1.1 200"):
            return self.fail(data[9:300].decode(errors="replace").replace("\r\n", " "))
        seen = self.tail + data  # the tail is one byte too short to hold a mark by itself, so none counts twice
        if new := seen.count(_CHUNK):
            self.note(new)
        self.done = self.done or b"[DONE]" in seen
        self.tail = seen[-6:]
        if seen.endswith(_END_OF_CHUNKED):
            self.finish()
        return None

    def note(self, new: int) -> None:
        if not self.chunks:
            self.tally.firsts.append(time.perf_counter() - self.sent)
        self.chunks += new
        self.tally.chunks += new

    def finish(self) -> None:
        chunks, done = self.chunks, self.done
        self.tail, self.chunks, self.done = b"", 0, False
        self.tally.without_done += not done
        if chunks < CHUNKS:
            self.fail(f"a stream ended after {chunks} chunks")
        else:
            self.answered()


async def measure(target: Target, job: Job, clocks: Clocks, *, warm_up_s: float, seconds: float) -> Measurement:
    """Run one job, look at one window of it, and let what is in flight come to its end."""
    loop = asyncio.get_running_loop()
    tally, request, kind = Tally(), job.request(target), Streamed if job.stream else Whole
    connections = [
        (await loop.create_connection(lambda: kind(request, tally), "127.0.0.1", target.port))[1]
        for _ in range(job.concurrency)
    ]
    await asyncio.sleep(warm_up_s)
    tally.reopen()
    begin = clocks.read()
    await asyncio.sleep(seconds)
    end = clocks.read()
    measurement = _summary(tally, *(b - a for a, b in zip(begin, end, strict=True)))
    tally.closing = True
    await asyncio.wait([connection.closed for connection in connections], timeout=60)
    return measurement


def _summary(tally: Tally, wall: float, server: float, driver: float, machine: float) -> Measurement:
    return Measurement(
        requests_per_s=tally.answers / wall,
        cpu_us_per_request=server / max(1, tally.answers) * 1e6,
        p50_ms=_percentile(tally.latencies, 0.50) * 1e3,
        p99_ms=_percentile(tally.latencies, 0.99) * 1e3,
        server_busy=server / wall,
        driver_busy=driver / wall,
        others_busy=max(0.0, machine - server - driver) / wall,
        chunks_per_s=tally.chunks / wall,
        cpu_us_per_chunk=server / tally.chunks * 1e6 if tally.chunks else 0.0,
        first_p50_ms=_percentile(tally.firsts, 0.50) * 1e3,
        first_p99_ms=_percentile(tally.firsts, 0.99) * 1e3,
        without_done=tally.without_done,
        failures=dict(tally.failures),
    )


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> None:
    """Load a server that is already running."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--model", default="bench", help="the model's name at that server (default: bench)")
    options.add_argument("--concurrency", type=int, default=16)
    options.add_argument("--prompt-bytes", type=int, default=1_200)
    options.add_argument("--stream", action="store_true")
    options.add_argument("--seconds", type=float, default=5.0)
    chosen = options.parse_args()
    job = Job("load", chosen.concurrency, chosen.prompt_bytes, chosen.stream)
    target = Target(chosen.port, chosen.model)
    result = uvloop.run(measure(target, job, Clocks(lambda: 0.0), warm_up_s=1.0, seconds=chosen.seconds))
    print(json.dumps(asdict(result), indent=2))


if __name__ == "__main__":
    main()
