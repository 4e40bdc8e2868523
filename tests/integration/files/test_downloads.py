"""A file as it is handed out over HTTP: ranges, conditions, names, and callers who go."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from llama_stack.apis.transfer import Upload
from tests.support.file_providers import files_config
from tests.support.raw_http import raw
from tests.support.serving import Served, served, until

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(100))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    config = {"storage_dir": str(tmp_path / "kept")}
    entry = {"provider_id": "files", "provider_type": "inline::localfs", "config": config}
    async with served(files_config(entry)) as serving:
        yield serving


@pytest.fixture
async def url(server: Served) -> str:
    file = await server.stack.files.upload_file(Upload.of(('naïve "x".html', CONTENT, "text/html")), "assistants")
    return f"{server.url}/v1/files/{file.id}/content"


async def get(url: str, method: str = "GET", **headers: str) -> tuple[int, "aiohttp.typedefs.LooseHeaders", bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.request(method, url, headers=named) as response:
        return response.status, response.headers, await response.read()


async def test_headers_say_what_it_is(url: str) -> None:
    status, headers, body = await get(url)
    assert (status, body) == (200, CONTENT)
    assert headers["content-length"] == "100"
    assert headers["content-type"] == "text/html"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-disposition"] == (
        "attachment; filename=\"na_ve _x_.html\"; filename*=UTF-8''na%C3%AFve%20%22x%22.html"
    )


async def test_head_sends_the_headers_alone(url: str) -> None:
    _, whole, _ = await get(url)
    status, headers, body = await get(url, "HEAD")
    assert (status, body) == (200, b"")
    for name in ("content-length", "etag", "content-type", "last-modified"):
        assert headers[name] == whole[name]


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-", 90, 100),
        ("bytes=-5", 95, 100),
        ("bytes=50-1000", 50, 100),
        ("bytes=-1000", 0, 100),
        ("BYTES = 1-2", 1, 3),
    ],
)
async def test_a_range_is_answered_with_its_bytes(url: str, asked: str, start: int, stop: int) -> None:
    status, headers, body = await get(url, range=asked)
    assert (status, body) == (206, CONTENT[start:stop])
    assert headers["content-range"] == f"bytes {start}-{stop - 1}/100"


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=5-1", "lines=1-2", "bytes=a-b", "bytes=0-1,5-6", ""])
async def test_a_range_that_makes_no_sense_is_passed_over(url: str, asked: str) -> None:
    status, _, body = await get(url, range=asked)
    assert (status, body) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=5000-6000", "bytes=-0"])
async def test_a_range_behind_the_end_is_refused(url: str, asked: str) -> None:
    status, headers, body = await get(url, range=asked)
    assert (status, headers["content-range"]) == (416, "bytes */100")
    assert b"range_not_satisfiable" in body


async def test_conditions_are_kept(url: str) -> None:
    _, headers, _ = await get(url)
    etag, date = headers["etag"], headers["last-modified"]
    assert (await get(url, if_none_match=etag))[0] == 304
    assert (await get(url, if_none_match='"other", ' + etag))[0] == 304
    assert (await get(url, if_none_match='"other"'))[0] == 200
    assert (await get(url, range="bytes=0-1", if_range=etag))[0] == 206
    assert (await get(url, range="bytes=0-1", if_range=date))[0] == 206
    assert (await get(url, range="bytes=0-1", if_range='"other"'))[0] == 200
    assert (await get(url, range="bytes=0-1", if_range="Thu, 01 Jan 1970 00:00:00 GMT"))[0] == 200


async def test_a_file_that_is_deleted_meanwhile_is_read_to_its_end(server: Served) -> None:
    content = b"x" * (40 << 20)
    file = await server.stack.files.upload_file(Upload.of(content), "assistants")
    async with aiohttp.request("GET", f"{server.url}/v1/files/{file.id}/content") as response:
        first = await response.content.read(1000)
        await server.stack.files.delete_file(file.id)
        rest = await response.read()
    assert len(first) + len(rest) == len(content)
    assert (await get(f"{server.url}/v1/files/{file.id}/content"))[0] == 404


async def test_a_caller_who_stops_reading_holds_nobody_up_and_whoever_goes_ends_it(server: Served) -> None:
    file = await server.stack.files.upload_file(Upload.of(b"x" * (40 << 20)), "assistants")
    before = asyncio.all_tasks()
    async with raw(server.url) as line:
        await line.send(f"GET /v1/files/{file.id}/content HTTP/1.1", "Host: x")
        await line.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.1)  # it fills the socket's buffers, and waits
        assert (await get(f"{server.url}/v1/health"))[0] == 200
    await until(lambda: '"status":499' in server.log)
    await until(lambda: asyncio.all_tasks() <= before)


async def test_bytes_that_are_gone_are_told_before_the_answer_begins(server: Served, url: str, tmp_path: Path) -> None:
    for path in (tmp_path / "kept" / "blobs").rglob("file-*"):
        path.unlink()
    status, _, body = await get(url)
    assert (status, b"are gone" in body) == (404, True)
