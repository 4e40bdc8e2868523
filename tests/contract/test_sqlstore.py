"""What every SQL backend does. A new backend joins by a row in `BACKENDS`."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import StackError
from llama_stack.core.storage.config import SqlPostgres, StorageConfig
from llama_stack.core.storage.sqlstore import SqlStore, Statement, UnmetError, open_sql
from tests.support.services import postgres

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {}


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "tables.db")}


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with postgres() as url:
        yield {"url": url, "max_connections": 3}


BACKENDS: dict[str, Callable[[Path], AbstractAsyncContextManager[dict[str, Any]]]] = {
    "sql_memory": in_memory,
    "sql_sqlite": in_a_file,
    "sql_postgres": on_postgres,
}
NOTES = (
    "CREATE TABLE notes (sequence <id>, id <text> NOT NULL UNIQUE, body <bytes> NOT NULL, stars BIGINT NOT NULL)",
    "CREATE INDEX notes_by_stars ON notes (stars)",
)
INSERT = "INSERT INTO notes (id, body, stars) VALUES (?, ?, ?)"
COUNT = "SELECT COUNT(*) FROM notes"


@pytest.fixture(params=BACKENDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StorageConfig]:
    async with BACKENDS[request.param](tmp_path) as fields:
        yield StorageConfig.model_validate({"backends": {"tables": {"type": request.param, **fields}}})


def as_json(config: StorageConfig) -> str:
    """The config for another process, with its secrets."""
    backend = config.backends["tables"]
    url = backend.url.get_secret_value() if isinstance(backend, SqlPostgres) and backend.url else None
    fields = backend.model_dump(mode="json", exclude_defaults=True) | {"type": backend.type}
    return json.dumps({"backends": {"tables": fields | ({"url": url} if url else {})}})


@pytest.fixture
async def store(config: StorageConfig) -> AsyncIterator[SqlStore]:
    async with open_sql(config) as opened:
        await opened.migrate("notes", NOTES)
        yield opened


async def test_what_was_written_is_read(store: SqlStore) -> None:
    await store.write(Statement(INSERT, ("b", b"\x00\xff", 2)), Statement(INSERT, ("a", b"", 2**40)))
    assert await store.rows("SELECT id, body, stars FROM notes ORDER BY id") == [
        ("a", b"", 2**40),
        ("b", b"\x00\xff", 2),
    ]
    assert await store.rows("SELECT id FROM notes WHERE stars > ? AND id = ?", 1, "b") == [("b",)]


async def test_text_sorts_by_code_point(store: SqlStore) -> None:
    await store.write(Statement(INSERT, rows=[(name, b"", 0) for name in ("b", "a", "B", "é", "_")]))
    assert await store.rows("SELECT id FROM notes ORDER BY id") == [("B",), ("_",), ("a",), ("b",), ("é",)]


async def test_a_transaction_is_whole_or_not_at_all(store: SqlStore) -> None:
    with pytest.raises(StackError, match="storage"):
        await store.write(Statement(INSERT, ("a", b"", 0)), Statement(INSERT, ("a", b"", 0)))
    assert await store.rows(COUNT) == [(0,)]


async def test_a_needed_statement_that_gives_no_row_undoes_all(store: SqlStore) -> None:
    await store.write(Statement(INSERT, ("a", b"", 0)))
    update = "UPDATE notes SET stars = stars + 1 WHERE id = ? AND stars = ? RETURNING stars"
    assert await store.write(Statement(update, ("a", 0), needed=True)) == [[(1,)]]
    with pytest.raises(UnmetError):
        await store.write(Statement(INSERT, ("b", b"", 0)), Statement(update, ("a", 0), needed=True))
    assert await store.rows("SELECT id, stars FROM notes") == [("a", 1)]


async def test_each_statement_tells_its_rows(store: SqlStore) -> None:
    kept, again = await store.write(
        Statement(f"{INSERT} RETURNING id", ("a", b"", 0)),
        Statement(f"{INSERT} ON CONFLICT (id) DO NOTHING RETURNING id", ("a", b"", 0)),
    )
    assert (kept, again) == ([("a",)], [])


async def test_numbers_given_by_the_store_grow(store: SqlStore) -> None:
    for name in ("a", "b"):
        await store.write(Statement(INSERT, (name, b"", 0)))
    await store.write(Statement("DELETE FROM notes"))
    await store.write(Statement(INSERT, ("c", b"", 0)))
    assert await store.rows("SELECT sequence FROM notes") == [(3,)]


async def test_stores_on_one_backend_see_each_other(config: StorageConfig, store: SqlStore) -> None:
    async with open_sql(config, "tables") as other:
        await other.migrate("notes", NOTES)
        await store.write(Statement(INSERT, ("a", b"", 0)))
        assert await other.rows(COUNT) == [(1,)]


async def test_writers_beside_each_other_lose_nothing(config: StorageConfig, store: SqlStore) -> None:
    await store.write(Statement(INSERT, ("a", b"", 0)))
    add = Statement("UPDATE notes SET stars = stars + 1 WHERE id = ? RETURNING stars", ("a",), needed=True)
    async with open_sql(config) as other:
        await asyncio.gather(*(each.write(add) for each in (store, other) for _ in range(25)))
    assert await store.rows("SELECT stars FROM notes") == [(50,)]


_DIES = """
import asyncio, sys
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.sqlstore import open_sql

SLOW = {"sql_sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000000) "
                      "INSERT INTO notes (id, body, stars) SELECT 'slow', x'', COUNT(*) FROM n",
        "sql_postgres": "SELECT pg_sleep(60)"}

async def main():
    config = StorageConfig.model_validate_json(sys.argv[1])
    async with open_sql(config) as sql:
        print("begins", flush=True)
        await sql.migrate("notes", [*eval(sys.argv[2]), "ALTER TABLE notes ADD COLUMN seen BIGINT NOT NULL DEFAULT 7",
                                    SLOW[config.backends["tables"].type]])

asyncio.run(main())
"""


@pytest.mark.parametrize("config", ["sql_sqlite", "sql_postgres"], indirect=True)
async def test_a_migration_that_was_killed_half_way_has_not_begun(config: StorageConfig, store: SqlStore) -> None:
    await store.write(Statement(INSERT, ("a", b"", 0)))
    command = [sys.executable, "-c", _DIES, as_json(config), repr(NOTES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: ASYNC220
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == "begins\n"
        await asyncio.sleep(1)  # by then it is in the slow step
        child.kill()
    async with open_sql(config) as other:
        later = (*NOTES, "ALTER TABLE notes ADD COLUMN seen BIGINT NOT NULL DEFAULT 8")
        await other.migrate("notes", later)
        assert await other.rows("SELECT id, seen FROM notes") == [("a", 8)]


async def test_a_schema_moves_forward_once(config: StorageConfig, store: SqlStore) -> None:
    later = (*NOTES, "ALTER TABLE notes ADD COLUMN seen BIGINT NOT NULL DEFAULT 7")
    await store.write(Statement(INSERT, ("a", b"", 0)))
    async with open_sql(config) as other:
        await asyncio.gather(store.migrate("notes", later), other.migrate("notes", later))
    assert await store.rows("SELECT seen FROM notes") == [(7,)]
    with pytest.raises(StackError, match="newer version of Llama Stack wrote its notes"):
        await store.migrate("notes", NOTES)
