"""Stored completions: readable at once, written behind, bounded in what they hold and in what a crash loses."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from llama_stack.apis.errors import NotFoundError, StackError
from llama_stack.core.storage.completions import CompletionRecord, CompletionStore, open_completions
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.sqlite import database

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sql_memory", "sql_sqlite"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> StorageConfig:
    backend: dict[str, Any] = {"type": request.param}
    if request.param == "sql_sqlite":
        backend["db_path"] = tmp_path / "sql.db"
    return StorageConfig.model_validate({"backends": {"sql_default": backend}})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sql.db"


def record(completion_id: str, created: int = 1, model: str = "m", text: str = "hi", **fields: Any) -> CompletionRecord:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": completion_id, "object": "chat.completion", "created": created, "model": model, "choices": [choice]}
    messages = json.dumps(fields.pop("messages", [{"role": "user", "content": "hello"}])).encode()
    return CompletionRecord(completion_id, created, model, json.dumps(body).encode(), messages, **fields)


async def ids(store: CompletionStore, **query: Any) -> list[str]:
    return [each.id for each in (await store.list(**query)).data]


# ---- reading


async def test_a_completion_reads_back_at_once_and_later(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1", metadata={"a": "b"}))
        for _ in ("queued", "written"):
            read = await store.get("c1")
            assert (read.id, read.text, read.metadata) == ("c1", "hi", {"a": "b"})
            assert read.input_messages == [{"role": "user", "content": "hello"}]
            assert await ids(store) == ["c1"]
            assert (await store.messages("c1")).data[0].content == "hello"


async def test_a_list_has_openais_shape(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        assert (await store.list()).model_dump() == {
            "object": "list",
            "data": [],
            "first_id": None,
            "last_id": None,
            "has_more": False,
        }
        for number in range(3):
            await store.put(record(f"c{number}"))
        page = await store.list(limit=2)
        assert (page.first_id, page.last_id, page.has_more) == ("c2", "c1", True)
        assert page.model_dump(exclude_unset=True)["data"][0]["object"] == "chat.completion"
        assert (await store.list(after="c1", limit=2)).has_more is False


async def test_order_is_by_second_then_by_arrival(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        for name, created in [("late", 9), ("a", 5), ("b", 5), ("early", 1), ("c", 5)]:
            await store.put(record(name, created))
        assert await ids(store, order="asc") == ["early", "a", "b", "c", "late"]
        assert await ids(store) == ["late", "c", "b", "a", "early"]


async def test_a_model_may_be_asked_for(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        for number in range(6):
            await store.put(record(f"c{number}", model="odd" if number % 2 else "even"))
        assert await ids(store, model="odd", limit=2) == ["c5", "c3"]
        assert await ids(store, model="odd", after="c3") == ["c1"]
        assert await ids(store, model="none") == []


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_paging_while_others_are_added_neither_repeats_nor_skips(config: StorageConfig, order: str) -> None:
    async with open_completions(config) as store:
        for number in range(50):
            await store.put(record(f"c{number}", created=number // 20))
        seen: list[str] = []
        more = True
        while more:
            page = await store.list(after=seen[-1] if seen else None, limit=7, order=order)  # type: ignore[arg-type]
            seen += [each.id for each in page.data]
            more = page.has_more
            if len(seen) < 50:
                await store.put(record(f"new{len(seen)}", created=2))
        before = [each for each in seen if each.startswith("c")]
        assert len(seen) == len(set(seen))
        assert sorted(before) == sorted(f"c{number}" for number in range(50))


async def test_of_two_with_one_id_the_later_stays(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("same", text="first"))
        await store.put(record("same", text="second"))
        assert (await store.get("same")).text == "second"
        await store.flush()
        await store.put(record("same", text="third"))
        assert [each.text for each in (await store.list()).data] == ["third"]


async def test_fields_that_nobody_knows_stay(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        odd = record("c1")
        body = msgspec.json.encode(msgspec.json.decode(odd.body) | {"timings": {"ms": 3}})
        await store.put(msgspec.structs.replace(odd, body=body))
        assert (await store.get("c1")).model_dump()["timings"] == {"ms": 3}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"choices": 3}', b"\xff"])
async def test_a_malformed_completion_does_not_hide_the_others(config: StorageConfig, body: bytes) -> None:
    async with open_completions(config) as store:
        await store.put(record("good"))
        await store.put(msgspec.structs.replace(record("bad"), body=body))
        assert [(each.id, len(each.choices)) for each in (await store.list()).data] == [("bad", 0), ("good", 1)]


async def test_a_record_that_cannot_be_stored_takes_no_other_with_it(
    config: StorageConfig, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_completions(config) as store:
        await store.put(record("one"))
        await store.put(record("absurd", created=2**70))
        await store.put(record("two"))
        assert await ids(store) == ["two", "one"]
        assert "'absurd' cannot be stored" in caplog.text


@pytest.mark.parametrize(
    "question",
    [
        lambda store: store.get("no"),
        lambda store: store.messages("no"),
        lambda store: store.update("no", {}),
        lambda store: store.delete("no"),
        lambda store: store.list(after="no"),
        lambda store: store.messages("c1", after="c1-7"),
    ],
)
async def test_an_unknown_id_is_not_found(config: StorageConfig, question: Callable[[CompletionStore], Any]) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1"))
        with pytest.raises(NotFoundError):
            await question(store)


# ---- messages


async def test_messages_have_ids_and_pages(config: StorageConfig) -> None:
    said = [{"role": "user", "content": f"{number}"} for number in range(5)]
    async with open_completions(config) as store:
        await store.put(record("c1", messages=said))
        first = await store.messages("c1", limit=2)
        assert first.model_dump() == {
            "object": "list",
            "data": [
                {"id": "c1-0", "role": "user", "content": "0", "content_parts": None},
                {"id": "c1-1", "role": "user", "content": "1", "content_parts": None},
            ],
            "first_id": "c1-0",
            "last_id": "c1-1",
            "has_more": True,
        }
        rest = await store.messages("c1", after="c1-3", limit=1)
        assert (rest.data[0].id, rest.has_more) == ("c1-4", False)
        assert [each.id for each in (await store.messages("c1", order="desc", after="c1-2")).data] == ["c1-1", "c1-0"]


async def test_content_in_parts_is_shown_as_parts(config: StorageConfig) -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    said = [{"role": "user", "content": parts}, {"role": "assistant", "tool_calls": [{"id": "t"}]}]
    async with open_completions(config) as store:
        await store.put(record("c1", messages=said))
        asked, called = (each.model_dump() for each in (await store.messages("c1")).data)
        assert (asked["content"], asked["content_parts"]) == (None, parts)
        assert (called["content"], called["tool_calls"]) == (None, [{"id": "t"}])


# ---- changing


async def test_metadata_is_replaced(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1", metadata={"a": "1"}))
        assert (await store.update("c1", {"b": "2"})).metadata == {"b": "2"}
        assert (await store.get("c1")).metadata == {"b": "2"}
        assert (await store.update("c1", None)).metadata == {}


async def test_a_deleted_completion_is_gone(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1"))
        assert (await store.delete("c1")).model_dump() == {
            "id": "c1",
            "object": "chat.completion.deleted",
            "deleted": True,
        }
        assert await ids(store) == []
        with pytest.raises(NotFoundError):
            await store.get("c1")


# ---- the queue


async def test_closing_writes_what_is_queued(file: Path) -> None:
    async with CompletionStore(file) as store:
        for number in range(10_000):
            await store.put(record(f"c{number}"))
    async with CompletionStore(file) as store, database(file) as db:
        assert await db.read(lambda c: c.execute("SELECT count(*) FROM chat_completions").fetchone()) == (10_000,)
        assert (await store.get("c9999")).id == "c9999"


async def test_put_does_not_suspend_while_there_is_room(file: Path) -> None:
    async with CompletionStore(file) as store:
        putting = store.put(record("c1"))
        with pytest.raises(StopIteration):
            putting.send(None)
        assert await ids(store) == ["c1"]


async def test_a_full_queue_makes_put_wait_and_loses_nothing(file: Path) -> None:
    async with CompletionStore(file, max_queued=10) as store:
        await asyncio.gather(*(store.put(record(f"c{number}")) for number in range(100)))
        assert len(await ids(store, limit=1000)) == 100


async def test_big_records_are_bounded_by_their_bytes(file: Path) -> None:
    async with CompletionStore(file) as store:
        await store.put(record("big", text="x" * 70_000_000))  # more than the queue holds; alone it may pass
        waiting = asyncio.create_task(store.put(record("next")))
        await asyncio.sleep(0)
        assert not waiting.done()
        await waiting
        assert await ids(store, limit=1) == ["next"]


async def test_while_the_disk_refuses_records_stay_until_it_takes_them(file: Path) -> None:
    def refuse(connection: Any) -> None:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON chat_completions BEGIN SELECT RAISE(FAIL, 'no'); END")

    async with CompletionStore(file, max_queued=2) as store, database(file) as db:
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
        async with CompletionStore(file) as store, database(file) as db:
            await db.write(lambda connection: connection.execute("DROP TABLE chat_completions"))
            await store.put(record("c1"))

    with pytest.raises(StackError, match=r"what was queued is lost \(1 in number\): .*sql\.db"):
        await lose_one()


async def test_after_closing_put_says_so(file: Path) -> None:
    async with CompletionStore(file) as store:
        pass
    with pytest.raises(StackError, match="the store is closed"):
        await store.put(record("c1"))


async def test_a_reader_who_leaves_harms_nothing(file: Path) -> None:
    async with CompletionStore(file) as store:
        await store.put(record("c1"))
        leaving = asyncio.create_task(store.list())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert await ids(store) == ["c1"]


# ---- tables and files


async def test_two_tables_in_one_file_are_apart(file: Path) -> None:
    async with CompletionStore(file, table="a") as one, CompletionStore(file, table="b") as other:
        await one.put(record("c1"))
        assert await ids(one) == ["c1"]
        assert await ids(other) == []


async def test_a_table_that_another_program_made_is_refused(file: Path) -> None:
    async with database(file) as db:
        await db.write(lambda connection: connection.execute("CREATE TABLE chat_completions (id)"))
    with pytest.raises(StackError, match=r"sql\.db: table chat_completions already exists"):
        async with CompletionStore(file):
            pass


# ---- processes


CHILD = """
import asyncio, sys
from pathlib import Path
from llama_stack.core.storage.completions import CompletionRecord, CompletionStore

async def main(path, name):
    async with CompletionStore(Path(path)) as store:
        number = 0
        while True:
            record = CompletionRecord(f"{name}-{number}", number, "m", b'{"choices": []}', b"[]")
            await store.put(record)
            print(record.id, flush=True)
            await asyncio.sleep(0.002)
            number += 1

asyncio.run(main(*sys.argv[1:]))
"""


def writer(file: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(file), name], stdout=subprocess.PIPE, text=True)


async def test_kill_9_loses_no_more_than_the_last_moment_of_each_process(file: Path) -> None:
    children = [writer(file, name) for name in "ab"]
    put: list[list[str]] = []
    for child in children:
        assert child.stdout is not None
        put.append([child.stdout.readline().strip() for _ in range(100)])
    for child in children:
        child.kill()
        child.communicate()
    async with CompletionStore(file) as store:
        kept = set(await ids(store, limit=1000))
    for names in put:  # what lies half of it, 100 ms and more, back is there, without a gap
        assert set(names[:50]) <= kept


async def test_an_id_that_another_process_has_just_given_out_is_waited_for(file: Path) -> None:
    async with CompletionStore(file) as store:
        asking = asyncio.create_task(store.get("elsewhere-0"))
        await asyncio.sleep(0.01)
        async with database(file) as db:  # another process's write, as this one sees it
            insert = store._table.insert
            await db.write(lambda connection: insert(connection, [record("elsewhere-0")]))
        assert (await asking).id == "elsewhere-0"
