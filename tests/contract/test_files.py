"""What every files provider does, through every way into a stack."""

import io
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.files import ExpiresAfter
from llama_stack.apis.transfer import Upload
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from tests.support.doors import DOORS, Door, RefusedError, open_door
from tests.support.file_providers import FILE_PROVIDERS, files_config
from tests.support.serving import Served, served_in_thread

pytestmark = pytest.mark.anyio

NAMES = [
    "plain.txt",
    "naïve – 日本語 😀.pdf",
    'it\'s "quoted" (1).txt',
    "50% off; a=b.txt",
    "%22 %0A literal.txt",
    " spaces at the ends ",
    ".hidden",
    "x" * 300 + ".json",
]


# One provider through every door; the others through those that differ most.
FEW = ("library", "http-sync", "openai")
WAYS = [(name, door) for name in FILE_PROVIDERS for door in (DOORS if name == "localfs" else FEW)]


class Opened:
    """The providers that were tried so far, and a server for each."""

    def __init__(self, folder: Path, exits: ExitStack) -> None:
        self._folder, self._exits = folder, exits
        self._configs: dict[str, dict[str, Any]] = {}
        self._servers: dict[str, Served] = {}

    def config(self, name: str) -> dict[str, Any]:
        if name not in self._configs:
            entry = self._exits.enter_context(FILE_PROVIDERS[name](self._folder / name))
            self._configs[name] = files_config(entry)
        return self._configs[name]

    def server(self, name: str) -> Served:
        if name not in self._servers:
            self._servers[name] = self._exits.enter_context(served_in_thread(self.config(name)))
        return self._servers[name]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with ExitStack() as exits:
        yield Opened(tmp_path_factory.mktemp("files"), exits)


@pytest.fixture(params=WAYS, ids=" through ".join)
async def door(request: pytest.FixtureRequest, opened: Opened) -> AsyncIterator[Door]:
    provider, name = request.param
    async with open_door(name, opened.config(provider), opened.server(provider).url) as way:
        yield way


@pytest.fixture(params=FILE_PROVIDERS)
async def files(request: pytest.FixtureRequest, opened: Opened) -> AsyncIterator[Any]:
    """The implementation, as the stack's own parts see it."""
    async with LlamaStack(resolve(opened.config(request.param), {})) as stack:
        yield stack.apis["files"]


async def upload(door: Door, content: Any = b"hello", purpose: str = "assistants", **fields: Any) -> Any:
    return await door("upload_file", file=content, purpose=purpose, **fields)


async def test_what_was_uploaded_is_read(door: Door) -> None:
    content = os.urandom(70_000)
    file = await upload(door, ("a.bin", content))
    assert (file.object, file.bytes, file.filename, file.purpose) == ("file", 70_000, "a.bin", "assistants")
    assert file.id.startswith("file-")
    assert await door.content(file.id) == content
    assert (await door("get_file", file_id=file.id)).id == file.id


async def test_a_file_is_given_in_every_way_that_an_sdk_takes(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "on disk.txt"
    path.write_bytes(b"hello")
    with path.open("rb") as opened:
        given: list[tuple[Any, str]] = [
            (b"hello", "upload"),
            (path, "on disk.txt"),
            (opened, "on disk.txt"),
            (io.BytesIO(b"hello"), "upload"),
            (("named.txt", b"hello"), "named.txt"),
            (("named.txt", io.BytesIO(b"hello"), "text/x-mine"), "named.txt"),
        ]
        for content, name in given:
            file = await upload(door, content)
            assert (file.filename, await door.content(file.id)) == (name, b"hello")


async def test_any_name_is_kept(door: Door) -> None:
    wanted = NAMES if not door.name.startswith("openai") else [name for name in NAMES if "%22" not in name]
    assert [(await upload(door, (name, b"hello"))).filename for name in wanted] == wanted


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("a\\b\\c.txt", "c.txt"), ("..", "upload"), ("dir/", "dir"), ("a\x00b", "ab")],
)
async def test_a_name_is_never_a_path(files: Any, name: str, kept: str) -> None:
    assert (await files.upload_file(Upload.of((name, b"hello")), "assistants")).filename == kept


async def test_files_are_listed_page_by_page(door: Door) -> None:
    ids = [(await upload(door, purpose="evals")).id for _ in range(5)]
    mine = {"purpose": "evals", "limit": 2}
    first = await door("list_files", order="asc", **mine)
    before = {"after": (await door("list_files", order="desc", purpose="evals", limit=6)).data[-1].id}
    newest = await door("list_files", order="desc", **mine)
    assert [file.id for file in newest.data] == [ids[4], ids[3]]
    assert (newest.first_id, newest.last_id, newest.has_more) == (ids[4], ids[3], True)
    rest = await door("list_files", order="desc", after=ids[2], **mine)
    assert [file.id for file in rest.data] == [ids[1], ids[0]]
    assert len(first.data) == 2
    assert before["after"]
    for file_id in ids:
        await door("delete_file", file_id=file_id)


async def test_a_page_behind_a_file_that_is_not_there_is_refused(door: Door) -> None:
    with pytest.raises(RefusedError) as refused:
        await door("list_files", after="file-nonsense")
    assert (refused.value.status, refused.value.param) == (404, "after")


async def test_a_deleted_file_is_gone_everywhere(door: Door) -> None:
    file = await upload(door, purpose="vision")
    deleted = await door("delete_file", file_id=file.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (file.id, "file", True)
    for method in ("get_file", "get_file_content", "delete_file"):
        with pytest.raises(RefusedError) as refused:
            await door(method, file_id=file.id)
        assert (refused.value.status, refused.value.code, refused.value.param) == (404, "not_found", "file_id")
    assert file.id not in [each.id for each in (await door("list_files", purpose="vision")).data]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"purpose": "nonsense"}, "purpose"),
        ({"purpose": "batch_output"}, "purpose"),
        ({"content": b""}, "file"),
        ({"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after"),
        ({"expires_after": {"anchor": "now", "seconds": 3600}}, "expires_after"),
    ],
)
async def test_what_makes_no_sense_is_refused(door: Door, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await upload(door, **fields)
    assert refused.value.status == 400
    assert (refused.value.param or "").partition(".")[0] == param


async def test_expiry_is_counted_from_the_upload(door: Door) -> None:
    file = await upload(door, expires_after={"anchor": "created_at", "seconds": 7200})
    assert file.expires_at == file.created_at + 7200
    assert (await upload(door, purpose="batch")).expires_at is not None
    assert (await upload(door, purpose="user_data")).expires_at is None


async def test_an_expired_file_is_gone_at_once_and_its_bytes_later(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = await files.upload_file(Upload.of(b"hello"), "assistants", ExpiresAfter(anchor="created_at", seconds=3600))
    later = time.time() + 3601
    monkeypatch.setattr("llama_stack.providers.utils.files.table.time.time", lambda: later)
    with pytest.raises(Exception, match="there is no file"):
        await files.get_file(file.id)
    assert (await files.list_files()).data == []


async def test_the_stacks_own_parts_read_a_file_by_its_path(files: Any) -> None:
    file = await files.upload_file(Upload.of(("a.txt", b"hello")), "batch_output")
    async with files.local_path(file.id) as path:
        assert path.read_bytes() == b"hello"


async def test_a_part_is_read(files: Any) -> None:
    file = await files.upload_file(Upload.of(bytes(range(256)) * 5000), "assistants")
    download = await files.get_file_content(file.id)
    assert [piece async for piece in download.part(255, 258)] == [b"\xff\x00\x01"]
    assert (
        b"".join([piece async for piece in download.part(1_000_000, download.size)])
        == (bytes(range(256)) * 5000)[1_000_000:]
    )
