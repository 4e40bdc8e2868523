"""Forms as callers send them: in any order, broken, too large, and broken off."""

import asyncio
import errno
import io
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.file_providers import files_config
from tests.support.raw_http import BOUNDARY, form, raw
from tests.support.serving import Served, served, until

pytestmark = pytest.mark.anyio

FILE = ('name="file"; filename="a.txt"', b"hello")
PURPOSE = ('name="purpose"', b"assistants")
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    config = {"storage_dir": str(tmp_path / "kept"), "max_file_bytes": "1 MB"}
    entry = {"provider_id": "files", "provider_type": "inline::localfs", "config": config}
    async with served({**files_config(entry), "server": {"max_body_bytes": 1000}}) as serving:
        yield serving


@pytest.fixture
async def http(server: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


async def post(http: aiohttp.ClientSession, body: Any, content_type: str = TYPE) -> tuple[int, dict[str, Any]]:
    async with http.post(
        "/v1/files", data=io.BytesIO(body) if isinstance(body, bytes) else body, headers={"content-type": content_type}
    ) as response:
        return response.status, await response.json()


def remains(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "parts",
    [
        (PURPOSE, FILE),
        (FILE, PURPOSE),
        (FILE, ('name="expires_after[seconds]"', b"3600"), PURPOSE, ('name="expires_after[anchor]"', b"created_at")),
        (('name="expires_after"', b'{"anchor": "created_at", "seconds": 3600}'), FILE, PURPOSE),
    ],
)
async def test_fields_come_in_any_order(http: aiohttp.ClientSession, parts: tuple[tuple[str, bytes], ...]) -> None:
    status, file = await post(http, form(*parts))
    assert (status, file["filename"], file["bytes"]) == (200, "a.txt", 5)
    assert file["expires_at"] == (file["created_at"] + 3600 if len(parts) > 2 else None)


async def test_a_form_arrives_in_any_pieces(http: aiohttp.ClientSession) -> None:
    content = b"\r\n--xxBOUNDARY\r\n--" * 50
    body = form(PURPOSE, (FILE[0], content))

    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    for size in (1, 7, 64):
        status, file = await post(http, pieces(size))  # without a length, so in chunks
        assert (status, file["bytes"]) == (200, len(content))
        async with http.get(f"/v1/files/{file['id']}/content") as response:
            assert await response.read() == content


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('filename="a \\"b\\" c.txt"', 'a "b" c.txt'),
        ('filename="a %22b%22.txt"', 'a "b".txt'),
        ("filename=\"x\"; filename*=UTF-8''%E2%82%AC%20100%25.txt", "€ 100%.txt"),
        ('filename="naïve 😀.txt"', "naïve 😀.txt"),
        ("filename=plain.txt", "plain.txt"),
        ('filename="C:\\Users\\me\\a.txt"', "a.txt"),
        ('filename=""', "upload"),
    ],
)
async def test_names_are_read_as_clients_write_them(http: aiohttp.ClientSession, said: str, name: str) -> None:
    _, file = await post(http, form(PURPOSE, (f'name="file"; {said}', b"hello")))
    assert file["filename"] == name


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        (b"{}", "application/json", 400, "send the file as multipart/form-data"),
        (b"", TYPE, 400, "breaks off before its last boundary"),
        (form(PURPOSE, FILE), "multipart/form-data", 400, "names no boundary"),
        (form(PURPOSE, FILE), "multipart/form-data; boundary=another", 400, "breaks off"),
        (form(PURPOSE, FILE, end=False), TYPE, 400, "breaks off"),
        (form(PURPOSE), TYPE, 400, "file: this field of the form is required"),
        (form(FILE), TYPE, 400, "purpose: this field of the form is required"),
        (form(PURPOSE, ('name="file"', b"hello")), TYPE, 400, "with a filename"),
        (form(PURPOSE, FILE, FILE), TYPE, 400, "twice"),
        (form(PURPOSE, PURPOSE, FILE), TYPE, 400, "twice"),
        (form(PURPOSE, FILE, ('name="colour"', b"red")), TYPE, 400, "it takes file, purpose, expires_after"),
        (form(PURPOSE, FILE, ('name="expires_after[when]"', b"now")), TYPE, 400, "expires_after"),
        (form(PURPOSE, (f'name="file"; filename="{"x" * 70_000}"', b"hello")), TYPE, 400, "longer than"),
        (form(('name="purpose"', b"x" * 2_000_000), FILE), TYPE, 413, "fields beside its file"),
        (form(PURPOSE, (FILE[0], b"x" * 1_000_001)), TYPE, 413, "1000000 bytes (max_file_bytes of files)"),
        (form(PURPOSE, (FILE[0], b"")), TYPE, 400, "empty"),
    ],
)
async def test_a_bad_form_is_refused_and_nothing_stays(
    http: aiohttp.ClientSession, tmp_path: Path, body: bytes, content_type: str, status: int, said: str
) -> None:
    answered, error = await post(http, body, content_type)
    assert answered == status
    assert said in error["error"]["message"]
    assert remains(tmp_path) == []


async def test_the_servers_limit_is_told_before_the_file_is_sent(server: Served, tmp_path: Path) -> None:
    async with raw(server.url) as line:
        await line.send("POST /v1/files HTTP/1.1", "Host: x", f"Content-Type: {TYPE}", f"Content-Length: {20 << 30}")
        status, _, body = await line.answer()
    assert status == 413
    assert "max_file_bytes of files" in json.loads(body)["error"]["message"]


async def test_other_bodies_keep_their_limit(http: aiohttp.ClientSession) -> None:
    async with http.delete("/v1/files/x", data=b"x" * 2000) as response:
        assert (response.status, "server.max_body_bytes" in await response.text()) == (413, True)


async def test_a_caller_who_hangs_up_leaves_nothing(server: Served, tmp_path: Path) -> None:
    async with raw(server.url) as line:
        await line.send(
            "POST /v1/files HTTP/1.1",
            "Host: x",
            f"Content-Type: {TYPE}",
            "Content-Length: 500000",
            body=form(PURPOSE, (FILE[0], b"x" * 100_000), end=False),
        )
        await until(lambda: remains(tmp_path))
    await until(lambda: not remains(tmp_path))
    await until(lambda: '"status":499' in server.log)
    assert (await server.stack.files.list_files()).data == []


async def test_many_uploads_at_once_do_not_mix(http: aiohttp.ClientSession) -> None:
    contents = [bytes([n]) * (10_000 + n) for n in range(20)]
    made = await asyncio.gather(*(post(http, form(PURPOSE, (FILE[0], content))) for content in contents))
    for (_, file), content in zip(made, contents, strict=True):
        async with http.get(f"/v1/files/{file['id']}/content") as response:
            assert await response.read() == content


async def test_the_older_path_answers_alike(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/openai/v1/files", data=form(PURPOSE, FILE), headers={"content-type": TYPE}) as response:
        file = await response.json()
    async with http.get(f"/v1/openai/v1/files/{file['id']}/content") as response:
        assert await response.read() == b"hello"


async def test_a_full_disk_answers_507_and_nothing_stays(
    http: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("llama_stack.providers.utils.files.part_file.os.write", full)
        status, error = await post(http, form(PURPOSE, FILE))
    assert (status, error["error"]["code"]) == (507, "storage_full")
    assert "free some space" in error["error"]["message"]
    assert remains(tmp_path) == []
    assert (await post(http, form(PURPOSE, FILE)))[0] == 200
