"""Tables and indexes that do not agree are found, told and mended; what was to go goes, also after a crash."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from llama_stack.apis.errors import UnavailableError
from llama_stack.apis.vector_io.index import StoreSpec
from llama_stack.cli.main import main
from llama_stack.core.stack import LlamaStack
from llama_stack.core.vector_stores.upkeep import Upkeep
from llama_stack.distributions import resolve

pytestmark = pytest.mark.anyio

SPEC = StoreSpec("vs_00000000000000000000000000000000", 8)


@pytest.fixture
def kept(config: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The same stack, with everything in files."""
    providers = json.loads(json.dumps(config["providers"]))
    providers["vector_io"][0]["config"] = {"db_path": str(tmp_path / "vectors.db")}
    providers["files"][0]["config"] = {"storage_dir": str(tmp_path / "files")}
    backends = {
        "kv": {"type": "kv_sqlite", "db_path": str(tmp_path / "kv.db")},
        "sql": {"type": "sql_sqlite", "db_path": str(tmp_path / "sql.db")},
    }
    return {**config, "providers": providers, "storage": {"backends": backends}}


def index(stack: LlamaStack) -> Any:
    return next(provider.impl for provider in stack.configured if provider.api == "vector_io")


def upkeep(stack: LlamaStack) -> Upkeep:
    assert stack.upkeep is not None
    return stack.upkeep


async def filled(stack: LlamaStack) -> tuple[str, str]:
    """A store, and the file that is in it."""
    file = await stack.files.upload_file(file=("a.txt", b"Llamas live in the Andes."), purpose="assistants")
    store = await stack.vector_stores.create_vector_store(name="zoo", file_ids=[file.id])
    await done(stack, store.id)
    return store.id, file.id


async def done(stack: LlamaStack, store_id: str) -> None:
    async with asyncio.timeout(20):
        while (await stack.vector_stores.get_vector_store(store_id)).status == "in_progress":  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def found(stack: LlamaStack, store_id: str) -> list[str]:
    return [each.file_id for each in (await stack.vector_stores.search_vector_store(store_id, query="llama")).data]


async def test_a_sound_stack_has_nothing_to_mend(stack: LlamaStack) -> None:
    await filled(stack)
    assert not await upkeep(stack).drift()


async def test_an_orphan_is_found_and_deleted(stack: LlamaStack) -> None:
    await index(stack).create_store(SPEC)
    drift = await upkeep(stack).drift()
    assert [(provider, spec.store_id) for provider, spec in drift.orphans] == [("sqlite", SPEC.store_id)]
    await upkeep(stack).mend(drift)
    assert await index(stack).list_stores() == []


async def test_a_lost_store_is_made_anew_and_its_files_are_read_again(stack: LlamaStack) -> None:
    store_id, file_id = await filled(stack)
    for spec in await index(stack).list_stores():
        await index(stack).delete_store(spec.store_id)
    drift = await upkeep(stack).drift()
    assert [store.id for store in drift.missing] == [store_id]
    await upkeep(stack).mend(drift)
    await done(stack, store_id)
    assert await found(stack, store_id) == [file_id]
    assert not await upkeep(stack).drift()


async def test_a_file_without_its_chunks_is_read_again(stack: LlamaStack) -> None:
    store_id, file_id = await filled(stack)
    (spec,) = await index(stack).list_stores()
    (row,) = await upkeep(stack)._files.everyones((await upkeep(stack)._stores.everyones())[0])
    await index(stack).delete_chunks(spec.store_id, document_id=row.document_id)
    drift = await upkeep(stack).drift()
    assert [(store.id, files) for store, files in drift.emptied] == [(store_id, [file_id])]
    await upkeep(stack).mend(drift)
    await done(stack, store_id)
    assert await found(stack, store_id) == [file_id]


async def test_what_a_crash_left_over_goes_at_the_next_start(kept: dict[str, Any]) -> None:
    async with LlamaStack(resolve(kept, {})) as stack:
        store_id, file_id = await filled(stack)
        store = await upkeep(stack)._stores.get(store_id)
        await upkeep(stack)._files.remove(await upkeep(stack)._files.get(store_id, file_id))  # and then it died
        assert await found(stack, store_id) == []
        assert await index(stack).count(store.index_id) == 1
    async with LlamaStack(resolve(kept, {})) as stack:
        async with asyncio.timeout(10):
            while await index(stack).count(store.index_id):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert not await upkeep(stack).drift()


async def test_the_command_finds_and_mends(kept: dict[str, Any], tmp_path: Path) -> None:
    async with LlamaStack(resolve(kept, {})) as stack:
        await filled(stack)
        await index(stack).create_store(SPEC)
    file = tmp_path / "run.yaml"
    file.write_text(json.dumps(kept))

    def typed(*words: str) -> Callable[[], Result]:
        return lambda: CliRunner().invoke(main, ["stack", "vector-stores", *words, str(file)])

    before = await asyncio.to_thread(typed("check"))
    assert (before.exit_code, before.output.split()[:2]) == (1, ["orphan", SPEC.store_id])
    mended = await asyncio.to_thread(typed("mend", "--yes"))
    assert "Mended." in mended.output
    after = await asyncio.to_thread(typed("check"))
    assert (after.exit_code, after.output) == (0, "Stores and backends agree.\n")


async def test_a_file_that_is_put_in_again_is_a_new_document(stack: LlamaStack) -> None:
    store_id, file_id = await filled(stack)
    await stack.vector_stores.create_vector_store_file(store_id, file_id=file_id, attributes={"n": 2})
    await done(stack, store_id)
    store = await stack.vector_stores.get_vector_store(store_id)
    assert (store.file_counts.total, await found(stack, store_id)) == (1, [file_id])
    (spec,) = await index(stack).list_stores()
    assert await index(stack).count(spec.store_id) == 1


async def test_a_cancelled_batch_leaves_no_chunks_behind(stack: LlamaStack) -> None:
    text = " ".join(f"Sentence {n} tells of llama number {n}." for n in range(4000)).encode()
    files = [(await stack.files.upload_file(file=(f"{n}.txt", text), purpose="assistants")).id for n in range(4)]
    store = await stack.vector_stores.create_vector_store()
    batch = await stack.vector_stores.create_vector_store_file_batch(store.id, file_ids=files)
    batch = await stack.vector_stores.cancel_vector_store_file_batch(store.id, batch.id)
    assert (batch.status, batch.file_counts.in_progress) == ("cancelled", 0)
    cancelled = batch.file_counts.cancelled
    async with asyncio.timeout(30):
        while [job for job in (await stack.jobs.list_jobs()).data if job.ended_at is None]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    batch = await stack.vector_stores.get_vector_store_file_batch(store.id, batch.id)
    assert batch.file_counts.cancelled == cancelled > 0
    listed = (await stack.vector_stores.list_vector_store_files(store.id, filter="completed")).data
    (spec,) = await index(stack).list_stores()
    rest = await index(stack).count(spec.store_id)
    assert (rest > 0) is bool(listed)


async def test_an_index_that_goes_away_in_mid_work_is_waited_for(stack: LlamaStack) -> None:
    away, upsert = [2], index(stack).upsert

    async def now_and_then(*arguments: Any) -> None:
        if away[0]:
            away[0] -= 1
            raise UnavailableError("the index is away")
        await upsert(*arguments)

    index(stack).upsert = now_and_then
    store_id, file_id = await filled(stack)
    assert (await stack.vector_stores.get_vector_store_file(store_id, file_id)).status == "completed"
    assert await found(stack, store_id) == [file_id]
    (job,) = (await stack.jobs.list_jobs()).data
    assert (job.attempt, job.state) == (3, "completed")


async def test_an_index_that_stays_away_is_told_by_the_file(config: dict[str, Any]) -> None:
    once = {**config, "jobs": {**config["jobs"], "max_attempts": 1}}
    async with LlamaStack(resolve(once, {})) as stack:

        async def away(*arguments: Any) -> None:
            raise UnavailableError("the index is away")

        index(stack).upsert = away
        store_id, file_id = await filled(stack)
        file = await stack.vector_stores.get_vector_store_file(store_id, file_id)
        assert file.last_error is not None
        assert (file.status, file.last_error.code, file.last_error.message) == (
            "failed",
            "server_error",
            "the index is away",
        )
