"""Files that several stacks share, that another service keeps, and that are kept for a while only."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import NotFoundError
from llama_stack.apis.files import ExpiresAfter
from llama_stack.apis.transfer import Upload
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack.providers.remote.files.openai import ServiceBlobs
from tests.support.file_providers import files_config
from tests.support.serving import served

pytestmark = pytest.mark.anyio


def kept(folder: Path) -> dict[str, Any]:
    entry = {"provider_id": "files", "provider_type": "inline::localfs", "config": {"storage_dir": str(folder)}}
    backend = {"type": "sql_sqlite", "db_path": str(folder / "files.db")}
    return {**files_config(entry), "storage": {"backends": {"sql_default": backend}}}


async def test_what_one_stack_took_another_has_at_once(tmp_path: Path) -> None:
    config = kept(tmp_path)
    async with LlamaStack(resolve(config, {})) as one, LlamaStack(resolve(config, {})) as other:
        file = await one.files.upload_file(Upload.of(b"hello"), "assistants")
        assert await (await other.files.get_file_content(file.id)).read() == b"hello"
        await other.files.delete_file(file.id)
        with pytest.raises(NotFoundError):
            await one.files.get_file(file.id)


async def test_files_are_there_after_a_restart(tmp_path: Path) -> None:
    async with LlamaStack(resolve(kept(tmp_path), {})) as stack:
        file = await stack.files.upload_file(Upload.of(b"hello"), "assistants")
    async with LlamaStack(resolve(kept(tmp_path), {})) as stack:
        assert await (await stack.files.get_file_content(file.id)).read() == b"hello"


async def test_an_ad_hoc_stack_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with LlamaStack(resolve("files=localfs", {})) as stack:
        file = await stack.files.upload_file(Upload.of(b"hello"), "assistants")
        assert found(tmp_path) == [file.id]
    assert found(tmp_path) == []


def found(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("file-*")]


async def test_a_file_keeps_the_id_that_the_service_gave_it() -> None:
    async with served(files_config({"provider_id": "behind", "provider_type": "inline::localfs"})) as behind:
        config = {"base_url": f"{behind.url}/v1", "api_key": "sk-operator"}
        entry = {"provider_id": "there", "provider_type": "remote::openai", "config": config}
        async with LlamaStack(resolve(files_config(entry), {})) as stack:
            await behind.stack.files.upload_file(Upload.of(b"another's"), "assistants")
            expiry = ExpiresAfter(anchor="created_at", seconds=3600)
            file = await stack.files.upload_file(Upload.of(("a.txt", b"hello")), "evals", expiry)
            there = await behind.stack.files.get_file(file.id)
            assert (there.filename, there.purpose) == ("a.txt", "evals")
            assert there.expires_at == there.created_at + 3600
            assert [each.id for each in (await stack.files.list_files()).data] == [file.id]
            await stack.files.delete_file(file.id)
            with pytest.raises(NotFoundError):
                await behind.stack.files.get_file(file.id)


class Whole:
    """A service that answers the whole file, whatever part is asked for."""

    status = 200

    def __init__(self) -> None:
        self.read = 0

    async def open(self, path: str, headers: dict[str, str]) -> "Whole":
        return self

    async def reads(self) -> AsyncGenerator[bytes, None]:
        for start in range(0, 100, 7):
            self.read = start
            yield bytes(range(start, min(start + 7, 100)))

    def close(self) -> None: ...


@pytest.mark.parametrize(("start", "stop"), [(0, 100), (5, 30), (14, 21), (99, 100)])
async def test_a_service_without_ranges_is_read_as_far_as_needed(start: int, stop: int) -> None:
    service: Any = Whole()
    pieces = [piece async for piece in ServiceBlobs(service).read("file-x", start, stop)]
    assert b"".join(pieces) == bytes(range(start, stop))
    assert service.read < stop
