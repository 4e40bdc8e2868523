"""Stored completions in an SQLite file: what is particular to disks, and to files."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import StackError
from llama_stack.core.storage.completion_sqlite import SqliteCompletions
from llama_stack.core.storage.completions import CompletionStore
from llama_stack.core.storage.migrations import migrate
from llama_stack.core.storage.sqlite import database
from tests.support.completions import ids, record

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sql.db"


async def test_big_records_are_bounded_by_their_bytes(file: Path) -> None:
    async with CompletionStore(SqliteCompletions(file)) as store:
        await store.put(record("big", text="x" * 70_000_000))  # more than the queue holds; alone it may pass
        waiting = asyncio.create_task(store.put(record("next")))
        await asyncio.sleep(0)
        assert not waiting.done()
        await waiting
        assert await ids(store, limit=1) == ["next"]


async def test_while_the_disk_refuses_records_stay_until_it_takes_them(file: Path) -> None:
    def refuse(connection: Any) -> None:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON chat_completions BEGIN SELECT RAISE(FAIL, 'no'); END")

    async with CompletionStore(SqliteCompletions(file), max_queued=2) as store, database(file) as db:
        await db.write(refuse)
        await store.put(record("c1"))
        await store.put(record("c2"))
        with pytest.raises(StackError, match=r"sql\.db: no"):
            await store.list()
        with pytest.raises(StackError, match="the queue is full and cannot be written"):
            await store.put(record("c3"))
        assert (await store.get("c2")).id == "c2"
        await db.write(lambda connection: connection.execute("DROP TRIGGER full"))
        assert await ids(store) == ["c2", "c1"]
        await store.put(record("c4"))


async def test_what_cannot_be_written_on_close_is_reported(file: Path) -> None:
    async def lose_one() -> None:
        async with CompletionStore(SqliteCompletions(file)) as store, database(file) as db:
            await db.write(lambda connection: connection.execute("DROP TABLE chat_completions"))
            await store.put(record("c1"))

    with pytest.raises(StackError, match=r"what was queued is lost \(1 in number\): .*sql\.db"):
        await lose_one()


async def test_a_table_that_another_program_made_is_refused(file: Path) -> None:
    async with database(file) as db:
        await db.write(lambda connection: connection.execute("CREATE TABLE chat_completions (id)"))
    with pytest.raises(StackError, match=r"sql\.db: table chat_completions already exists"):
        async with CompletionStore(SqliteCompletions(file)):
            pass


async def test_an_id_that_another_process_has_just_given_out_is_waited_for(file: Path) -> None:
    async with CompletionStore(SqliteCompletions(file)) as store, SqliteCompletions(file) as elsewhere:
        asking = asyncio.create_task(store.get("elsewhere-0"))
        await asyncio.sleep(0.01)
        await elsewhere.insert([record("elsewhere-0")])
        assert (await asking).id == "elsewhere-0"


async def test_a_file_from_before_owners_is_brought_forward(file: Path) -> None:
    older = SqliteCompletions(file)._steps[:3]  # as the first version made it
    row = ("c1", 7, "m", record("c1").body, b"[]", b'{"topic":"fish","a":"b"}')

    def as_it_was(connection: Any) -> None:
        migrate(connection, str(file), "table chat_completions", older)
        columns = "id, created, model, body, messages, metadata"
        connection.execute(f"INSERT INTO chat_completions ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)

    async with database(file) as db:
        await db.write(as_it_was)
    async with CompletionStore(SqliteCompletions(file)) as store:
        await store.put(record("c2", owner="ann"))
        assert await ids(store) == ["c1"]
        assert await ids(store, metadata={"topic": "fish"}) == ["c1"]
        assert (await store.get("c1")).metadata == {"topic": "fish", "a": "b"}
    async with database(file) as db:
        plan = await db.read(lambda connection: connection.execute(_PLAN, ("", "")).fetchall())
    assert "chat_completions_by_time (tenant=?)" in plan[0][-1]


_PLAN = (
    "EXPLAIN QUERY PLAN SELECT id FROM chat_completions WHERE tenant = ? AND (owner = '' OR owner = ?) ORDER BY created"
)
