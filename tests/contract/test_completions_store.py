"""What stored completions do, whatever keeps them: readable at once, written behind, bounded in what a crash loses.

A new backend joins by a row in `BACKENDS`.
"""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from llama_stack.apis.errors import NotFoundError, StackError
from llama_stack.core.request_context import current
from llama_stack.core.storage.completions import CompletionStore, open_completions
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.ownership import on_behalf_of
from tests.support.completions import ids, record
from tests.support.services import postgres

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {}


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "sql.db")}


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with postgres() as url:
        yield {"url": url, "max_connections": 3}


BACKENDS: dict[str, Callable[[Path], AbstractAsyncContextManager[dict[str, Any]]]] = {
    "sql_memory": in_memory,
    "sql_sqlite": in_a_file,
    "sql_postgres": on_postgres,
}
durable = pytest.mark.parametrize("config", [name for name in BACKENDS if name != "sql_memory"], indirect=True)


@pytest.fixture(params=BACKENDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StorageConfig]:
    async with BACKENDS[request.param](tmp_path) as settings:
        yield StorageConfig.model_validate({"backends": {"sql_default": {"type": request.param} | settings}})


def with_settings(config: StorageConfig, **settings: Any) -> StorageConfig:
    """The same backend, its store set otherwise."""
    changed = config.stores.inference.model_copy(update=settings)
    return config.model_copy(update={"stores": config.stores.model_copy(update={"inference": changed})})


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


# ---- whose it is


@contextmanager
def acting(user: str, tenant: str = "") -> Iterator[None]:
    token = current.set(on_behalf_of(tenant, user))
    try:
        yield
    finally:
        current.reset(token)


async def test_a_completion_is_its_owners_and_to_all_others_not_there(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("hers", tenant="acme", owner="ann", metadata={"k": "v"}))
        await store.put(record("theirs", tenant="acme"))
        await store.put(record("everybodys"))
        for _ in ("queued", "written"):
            with acting("ann", "acme"):
                assert (await store.get("hers")).id == "hers"
                assert await ids(store) == ["theirs", "hers"]
            for stranger in (("bob", "acme"), ("ann", ""), ("", ""), ("ann", "other"), ("", "acme")):
                with acting(*stranger):
                    assert "hers" not in await ids(store)
                    assert "hers" not in await ids(store, metadata={"k": "v"})
                    for question in (
                        store.get("hers"),
                        store.messages("hers"),
                        store.update("hers", {}),
                        store.delete("hers"),
                        store.list(after="hers"),
                    ):
                        with pytest.raises(NotFoundError):
                            await question
        with acting("ann", "acme"):
            assert (await store.update("hers", {"k": "w"})).metadata == {"k": "w"}
            assert (await store.delete("hers")).deleted
        assert await ids(store) == ["everybodys"]


async def test_nobody_takes_the_place_of_anothers_completion(
    config: StorageConfig, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_completions(config) as store:
        await store.put(record("same", owner="ann", text="hers"))
        await store.put(record("same", owner="bob", text="his"))
        with acting("bob"):
            assert (await store.get("same")).text == "his"  # for as long as both wait
        await store.flush()
        with acting("ann"):
            assert (await store.get("same")).text == "hers"
        with acting("bob"), pytest.raises(NotFoundError):
            await store.get("same")


# ---- asking for metadata


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["odd", "more", "ab"]),
        ({"a": "b"}, ["more", "ab"]),
        ({"a": "b", "c": "d"}, ["more"]),
        ({"c": "d", "a": "b"}, ["more"]),
        ({"a": ""}, []),
        ({"": "b"}, []),
        ({"c": "b"}, []),
        ({":": ","}, []),
        ({'b\n "c': "d"}, []),
        ({'quo"te': "back\\slash\0\n"}, ["odd"]),
        ({"é😀": ":"}, ["odd"]),
    ],
)
async def test_metadata_is_found_pair_by_pair_and_to_the_letter(
    config: StorageConfig, wanted: dict[str, str], found: list[str]
) -> None:
    async with open_completions(config) as store:
        await store.put(record("ab", metadata={"a": "b"}))
        await store.put(record("more", metadata={"x": ":", "a": "b", "z": 'w", "q": "', "c": "d"}))
        await store.put(record("odd", metadata={'quo"te': "back\\slash\0\n", "é😀": ":", "e": "é"}))
        assert await ids(store, metadata=wanted) == found
        await store.update("ab", {"n": "1"})
        assert await ids(store, metadata={"n": "1"}) == ["ab"]


async def test_pages_of_what_has_some_metadata_follow_each_other(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        for number in range(9):
            await store.put(record(f"c{number}", metadata={"third": str(number % 3)}))
        page = await store.list(metadata={"third": "1"}, limit=2)
        assert ([each.id for each in page.data], page.has_more) == (["c7", "c4"], True)
        assert await ids(store, metadata={"third": "1"}, after="c4") == ["c1"]


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


async def test_put_does_not_suspend_while_there_is_room(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        putting = store.put(record("c1"))
        with pytest.raises(StopIteration):
            putting.send(None)
        assert await ids(store) == ["c1"]


async def test_a_full_queue_makes_put_wait_and_loses_nothing(config: StorageConfig) -> None:
    async with open_completions(with_settings(config, max_write_queue_size=10)) as store:
        await asyncio.gather(*(store.put(record(f"c{number}")) for number in range(100)))
        assert len(await ids(store, limit=1000)) == 100


async def test_a_reader_who_leaves_harms_nothing(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1"))
        leaving = asyncio.create_task(store.list())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert await ids(store) == ["c1"]


async def test_after_closing_put_says_so(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        pass
    with pytest.raises(StackError, match="the store is closed"):
        await store.put(record("c1"))


async def test_an_id_with_a_nul_is_no_more_than_unknown(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        await store.put(record("c1"))
        for question in (store.get("c\0"), store.delete("c\0"), store.list(after="c\0"), store.update("c\0", {})):
            with pytest.raises(NotFoundError):
                await question
        assert await ids(store, model="m\0") == []


# ---- durable backends


@durable
async def test_closing_writes_what_is_queued(config: StorageConfig) -> None:
    async with open_completions(config) as store:
        for number in range(5_000):
            await store.put(record(f"c{number}"))
    async with open_completions(config) as store:
        assert len(await ids(store, limit=10_000)) == 5_000
        assert (await store.get("c4999")).id == "c4999"


@durable
async def test_two_tables_are_apart(config: StorageConfig) -> None:
    one, other = (open_completions(with_settings(config, table_name=name)) for name in ("a" * 63, "b"))
    async with one, other:
        await one.put(record("c1"))
        assert await ids(one) == ["c1"]
        assert await ids(other) == []


@durable
async def test_two_instances_see_each_others_completions(config: StorageConfig) -> None:
    async with open_completions(config) as one, open_completions(config) as other:
        await one.put(record("c1"))
        assert (await other.get("c1")).text == "hi"  # waits for the moment in which another may still queue it
        await other.update("c1", {"seen": "yes"})
        assert (await one.get("c1")).metadata == {"seen": "yes"}
        await one.delete("c1")
        assert await ids(other) == []


@durable
async def test_many_who_open_it_at_once_make_one_table(config: StorageConfig) -> None:
    async def use(name: str) -> None:
        async with open_completions(config) as store:
            await store.put(record(name))

    await asyncio.gather(*(use(f"c{number}") for number in range(8)))
    async with open_completions(config) as store:
        assert len(await ids(store)) == 8


CHILD = """
import asyncio, pickle, sys
from llama_stack.core.storage.completions import CompletionRecord, open_completions

async def main(config, name):
    async with open_completions(config) as store:
        number = 0
        while True:
            record = CompletionRecord(f"{name}-{number}", number, "m", b'{"choices": []}', b"[]")
            await store.put(record)
            print(record.id, flush=True)
            await asyncio.sleep(0.002)
            number += 1

asyncio.run(main(pickle.loads(bytes.fromhex(sys.argv[1])), sys.argv[2]))
"""


def writer(config: StorageConfig, name: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", CHILD, pickle.dumps(config).hex(), name]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@durable
async def test_kill_9_loses_no_more_than_the_last_moment_of_each_process(config: StorageConfig) -> None:
    children = [writer(config, name) for name in "ab"]
    put: list[list[str]] = []
    for child in children:
        assert child.stdout is not None
        put.append([child.stdout.readline().strip() for _ in range(100)])
    for child in children:
        child.kill()
        child.communicate()
    async with open_completions(config) as store:
        kept = set(await ids(store, limit=1000))
    for names in put:  # what lies half of it, 100 ms and more, back is there, without a gap
        assert set(names[:50]) <= kept
