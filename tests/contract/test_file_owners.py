"""Whose files are whose, and what a store that is full or gone says."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import NotFoundError, OutOfSpaceError
from llama_stack.apis.transfer import Upload
from llama_stack.core.request_context import RequestContext, current
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from tests.contract.test_sqlstore import BACKENDS
from tests.support.file_providers import files_config

pytestmark = pytest.mark.anyio

ALICE = RequestContext(tenant="north", user="alice")
OTHERS = [RequestContext(tenant="north", user="bob"), RequestContext(tenant="south", user="alice"), RequestContext()]
Ask = Callable[[Any, str], Awaitable[Any]]
EACH_CALL: dict[str, Ask] = {
    "get": lambda files, file_id: files.get_file(file_id),
    "delete": lambda files, file_id: files.delete_file(file_id),
    "content": lambda files, file_id: files.get_file_content(file_id),
    "page": lambda files, file_id: files.list_files(after=file_id),
    "path": lambda files, file_id: files.local_path(file_id).__aenter__(),
}


@pytest.fixture(params=BACKENDS)
async def stack(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LlamaStack]:
    """Files in a folder, and what there is of them in each kind of table."""
    config = {"storage_dir": str(tmp_path / "kept"), "metadata_store": {"table_name": "my_files"}}
    entry = {"provider_id": "files", "provider_type": "inline::localfs", "config": config}
    async with BACKENDS[request.param](tmp_path) as fields:
        backends = {"sql_default": {"type": request.param, **fields}}
        async with LlamaStack(resolve({**files_config(entry), "storage": {"backends": backends}}, {})) as opened:
            yield opened


@contextmanager
def asking(context: RequestContext) -> Any:
    token = current.set(context)
    try:
        yield
    finally:
        current.reset(token)


@pytest.mark.parametrize("call", EACH_CALL)
@pytest.mark.parametrize("other", OTHERS, ids=["colleague", "other tenant", "nobody"])
async def test_what_is_somebody_elses_is_not_there(stack: LlamaStack, call: str, other: RequestContext) -> None:
    files = stack.apis["files"]
    with asking(ALICE):
        file = await files.upload_file(Upload.of(b"secret"), "assistants")
    with asking(other):
        assert (await files.list_files()).data == []
        with pytest.raises(NotFoundError, match="there is no file"):
            await EACH_CALL[call](files, file.id)
    with asking(ALICE):
        assert [each.id for each in (await files.list_files()).data] == [file.id]
        assert await (await files.get_file_content(file.id)).read() == b"secret"


async def test_what_nobody_in_particular_made_is_the_whole_tenants(stack: LlamaStack) -> None:
    files = stack.apis["files"]
    with asking(RequestContext(tenant="north")):
        file = await files.upload_file(Upload.of(b"shared"), "assistants")
    with asking(ALICE):
        assert (await files.get_file(file.id)).id == file.id


async def test_pages_follow_each_other(stack: LlamaStack) -> None:
    files = stack.apis["files"]
    ids = [(await files.upload_file(Upload.of(b"x"), purpose)).id for purpose in ("evals", "batch") * 3]
    seen, after = [], None
    for more in (True, True, False):
        page = await files.list_files(after=after, limit=2, order="asc")
        assert page.has_more is more
        seen, after = [*seen, *page.data], page.last_id
    assert [file.id for file in seen] == ids
    assert [file.id for file in (await files.list_files(purpose="batch", limit=2)).data] == [ids[5], ids[3]]


async def test_the_sweep_removes_what_has_expired_of_every_owner(
    stack: LlamaStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, (provider,) = stack.apis["files"], stack.configured
    with asking(ALICE):
        file = await files.upload_file(Upload.of(b"old"), "batch")
    path = provider.impl.blobs.local_path(file.id)
    assert path.exists()
    monkeypatch.setattr("llama_stack.providers.utils.files.table.time.time", lambda: file.expires_at + 1.0)
    await provider.impl.sweep()
    assert not path.exists()


async def test_a_disk_that_is_full_is_told_and_nothing_is_seen(
    stack: LlamaStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    write = os.write

    def until_full(descriptor: int, data: Any) -> int:
        nonlocal written
        written += len(data)
        if written > 3_000_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    files, (provider,) = stack.apis["files"], stack.configured
    monkeypatch.setattr("llama_stack.providers.utils.files.part_file.os.write", until_full)
    with pytest.raises(OutOfSpaceError, match=r"no room left in .*; free some space") as refused:
        await files.upload_file(Upload.of(b"x" * 5_000_000), "assistants")
    assert refused.value.status == 507
    monkeypatch.undo()
    assert (await files.list_files()).data == []
    assert on_disk(provider.impl.blobs.local_path("file-x").parents[2]) == set()


async def test_an_upload_that_is_cancelled_leaves_nothing(stack: LlamaStack) -> None:
    files, (provider,) = stack.apis["files"], stack.configured
    uploads = [asyncio.create_task(files.upload_file(Upload.of(b"x" * 3_000_000), "assistants")) for _ in range(40)]
    for upload in uploads:
        await asyncio.sleep(0.003)
        upload.cancel()
    ended = await asyncio.gather(*uploads, return_exceptions=True)
    made = {file.id for file in ended if not isinstance(file, BaseException)}
    folder = provider.impl.blobs.local_path("file-x").parents[2]
    async with asyncio.timeout(20):  # they are undone behind the callers' backs
        while on_disk(folder) != made or {f.id for f in (await files.list_files()).data} != made:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}
