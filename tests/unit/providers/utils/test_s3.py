"""A bucket: how calls are signed, how large objects are sent, what goes wrong on the way."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from llama_stack.apis.errors import NotFoundError, OutOfSpaceError, UpstreamError
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.aws_signing import AwsKeys, sign
from llama_stack.providers.utils.s3 import Bucket, gathered
from llama_stack.providers.utils.tokens import Token, TokenSource
from llama_stack.providers.utils.transport import AiohttpTransport, UpstreamRequest

pytestmark = pytest.mark.anyio

PART = 5 << 20  # the smallest that S3 takes
KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session")


async def given() -> Token[AwsKeys]:
    return Token(KEYS, 3600)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}/kept"
    server.stop()


@pytest.fixture
async def bucket(url: str) -> AsyncIterator[Bucket]:
    transport = AiohttpTransport("s3", NetworkConfig())
    opened = Bucket("s3", transport, url, "us-east-1", TokenSource(given))
    await opened.create()
    yield opened
    await opened.aclose()


async def parts(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def read(bucket: Bucket, key: str, start: int, stop: int) -> bytes:
    return b"".join([piece async for piece in bucket.get(key, start, stop)])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/bucket/file-1", b""),
        ("PUT", "/bucket/file-1", b"hello"),
        ("POST", "/bucket/file-1?uploads=", b""),
        ("PUT", "/bucket/file-1?partNumber=2&uploadId=a%2Bb%2F%3D", b"x" * 1000),
        ("GET", "/bucket/?prefix=file-1&uploads=", b""),
    ],
)
def test_a_call_is_signed_as_amazons_own_library_signs_it(method: str, path: str, body: bytes) -> None:
    url, checksum = f"https://s3.eu-north-1.amazonaws.com{path}", hashlib.sha256(body).hexdigest()
    theirs = AWSRequest(method=method, url=url, data=body)
    theirs.context["payload_signing_enabled"] = True
    credentials = Credentials(KEYS.access_key_id, KEYS.secret_access_key, KEYS.session_token)
    S3SigV4Auth(credentials, "s3", "eu-north-1").add_auth(theirs)
    now = datetime.strptime(theirs.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    headers = {"x-amz-content-sha256": checksum}
    ours = sign(method, url, headers, body, keys=KEYS, region="eu-north-1", service="s3", now=now)
    assert ours["authorization"] == theirs.headers["Authorization"]


async def test_a_large_object_is_sent_in_parts(bucket: Bucket) -> None:
    contents = [bytes([n]) * PART for n in range(6)] + [b"the end"]
    await bucket.put("large", parts(*contents))
    whole = b"".join(contents)
    assert await read(bucket, "large", 0, len(whole)) == whole
    assert await read(bucket, "large", PART - 2, PART + 2) == b"\x00\x00\x01\x01"
    assert await read(bucket, "large", 5, 5) == b""
    await bucket.delete("large")
    with pytest.raises(NotFoundError):
        await read(bucket, "large", 0, 1)


async def unfinished(bucket: Bucket) -> list[str]:
    return await bucket._unfinished("broken")


async def test_one_that_breaks_off_leaves_nothing(bucket: Bucket) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"x" * PART
        yield b"y" * PART
        raise ConnectionError("the caller has gone")

    with pytest.raises(ConnectionError):
        await bucket.put("broken", breaks())
    assert await unfinished(bucket) == []
    with pytest.raises(NotFoundError):
        await read(bucket, "broken", 0, 1)


async def test_what_a_dead_process_left_goes_with_the_object(bucket: Bucket) -> None:
    await bucket._call("POST", "broken", {"uploads": ""})
    assert len(await unfinished(bucket)) == 1
    await bucket.delete("broken")
    assert await unfinished(bucket) == []


async def test_a_bucket_that_is_not_there_is_told(url: str) -> None:
    absent = Bucket("s3", AiohttpTransport("s3", NetworkConfig()), f"{url}-not", "us-east-1", TokenSource(given))
    with pytest.raises(UpstreamError, match="NoSuchBucket"):
        await absent.put("a", parts(b"x"))
    assert "NoSuchBucket" in (absent.problem or "")
    await absent.aclose()


class Answers:
    """A transport that answers what it is told."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.asked: list[UpstreamRequest] = []

    async def send(self, request: UpstreamRequest) -> Any:
        self.asked.append(request)
        return Answer(*self.answers.pop(0))

    async def aclose(self) -> None: ...


class Answer:
    def __init__(self, status: int, text: str) -> None:
        self.status, self.text, self.headers = status, text, {"ETag": '"e"'}

    async def read(self) -> bytes:
        return self.text.encode()

    def close(self) -> None: ...


@contextmanager
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sleep = asyncio.sleep
    monkeypatch.setattr("llama_stack.providers.utils.s3.asyncio.sleep", lambda _: sleep(0))
    yield
    monkeypatch.undo()


async def test_a_busy_service_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = Answers((503, "<Error><Code>SlowDown</Code></Error>"), (500, ""), (200, ""))
    bucket = Bucket("s3", transport, "http://s3/b", "us-east-1", TokenSource(given))
    with without_waiting(monkeypatch):
        await bucket.put("a", parts(b"x"))
    assert [request.body for request in transport.asked] == [b"x"] * 3
    assert bucket.problem is None


@pytest.mark.parametrize(
    ("status", "text", "error", "said"),
    [
        (403, "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>", UpstreamError, "AccessDenied: No."),
        (507, "<Error><Code>XMinioStorageFull</Code><Message>Full.</Message></Error>", OutOfSpaceError, "no room left"),
        (200, "<Error><Code>InternalError</Code><Message>Oh.</Message></Error>", UpstreamError, "InternalError: Oh."),
    ],
)
async def test_a_refusal_is_told(status: int, text: str, error: type[Exception], said: str) -> None:
    bucket = Bucket("s3", Answers((status, text)), "http://s3/b", "us-east-1", TokenSource(given))
    with pytest.raises(error, match=said):
        await bucket.put("a", parts(b"x"))


async def test_pieces_are_gathered_into_parts_of_a_size() -> None:
    gathering = gathered(parts(b"abc", b"", b"defgh", b"i"), size=4)
    assert [part async for part in gathering] == [b"abcd", b"efgh", b"i"]
    assert [part async for part in gathered(parts(), size=4)] == []
