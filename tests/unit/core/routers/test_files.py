"""Several files providers behind one API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import ConfigError, NotFoundError, UnavailableError
from llama_stack.apis.transfer import Upload
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve

pytestmark = pytest.mark.anyio


def config(folder: Path, *names: str, default: str | None = None, **more: Any) -> dict[str, Any]:
    entries = [
        {"provider_id": name, "provider_type": "inline::localfs", "config": {"storage_dir": str(folder / name)}}
        for name in names
    ]
    return {"version": 2, "providers": {"files": entries}, "files": {"default_provider_id": default}, **more}


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[LlamaStack]:
    async with LlamaStack(resolve(config(tmp_path, "one", "two", "three", default="two"), {})) as opened:
        yield opened


async def filled(stack: LlamaStack, count: int) -> list[str]:
    """Files at each provider in turn, the oldest first."""
    impls = [provider.impl for provider in stack.configured]
    made = [await impls[n % len(impls)].upload_file(Upload.of(b"%d" % n), "assistants") for n in range(count)]
    return [file.id for file in made]


async def test_the_default_provider_takes_uploads(stack: LlamaStack, tmp_path: Path) -> None:
    file = await stack.apis["files"].upload_file(Upload.of(b"hello"), "assistants")
    assert places(tmp_path, file.id) == ["two"]
    assert stack.apis["files"].intake.folder == tmp_path / "two" / "incoming"


def places(folder: Path, file_id: str) -> list[str]:
    return [path.parents[2].name for path in folder.rglob(file_id)]


async def test_the_first_one_takes_them_where_none_is_named(tmp_path: Path) -> None:
    async with LlamaStack(resolve(config(tmp_path, "one", "two"), {})) as stack:
        assert stack.apis["files"].intake.folder == tmp_path / "one" / "incoming"


async def test_a_default_that_is_not_there_is_a_mistake_in_the_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no files provider is called 'four'; there are one, two"):
        async with LlamaStack(resolve(config(tmp_path, "one", "two", default="four"), {})):
            pass


async def test_a_file_is_found_wherever_it_is(stack: LlamaStack) -> None:
    files = stack.apis["files"]
    for n, file_id in enumerate(await filled(stack, 3)):
        assert (await files.get_file(file_id)).id == file_id
        assert await (await files.get_file_content(file_id)).read() == b"%d" % n
        async with files.local_path(file_id) as path:
            assert path.read_bytes() == b"%d" % n
        await files.delete_file(file_id)
        with pytest.raises(NotFoundError):
            await files.get_file(file_id)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_pages_go_over_all_providers_once(stack: LlamaStack, order: Any, limit: int) -> None:
    ids = await filled(stack, 11)
    files, seen, after = stack.apis["files"], [], None
    while True:
        page = await files.list_files(after=after, limit=limit, order=order)
        assert len(page.data) <= limit
        assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)
        seen += [file.id for file in page.data]
        after = page.last_id
        if not page.has_more:
            break
    assert sorted(seen) == sorted(ids)
    created = [(await files.get_file(file_id)).created_at for file_id in seen]
    assert created == sorted(created, reverse=order == "desc")


async def test_an_unknown_place_in_the_list_is_refused(stack: LlamaStack) -> None:
    with pytest.raises(NotFoundError) as refused:
        await stack.apis["files"].list_files(after="file-nowhere")
    assert refused.value.param == "after"


async def test_a_provider_that_cannot_run_is_told_of_when_no_other_has_the_file(tmp_path: Path) -> None:
    entries = config(tmp_path, "one")
    entries["providers"]["files"].append({"provider_id": "away", "provider_type": "remote::s3", "config": {}})
    async with LlamaStack(resolve(entries, {})) as stack:
        files = stack.apis["files"]
        file = await files.upload_file(Upload.of(b"hello"), "assistants")
        assert [each.id for each in (await files.list_files()).data] == [file.id]
        assert await (await files.get_file_content(file.id)).read() == b"hello"
        with pytest.raises(UnavailableError, match="set S3_BUCKET_NAME"):
            await files.get_file_content("file-elsewhere")
