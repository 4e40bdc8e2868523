"""SQLite off the event loop: groups, sharing, faults that name the file, schema versions."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from llama_stack.apis.errors import StackError
from llama_stack.core.storage.kvstore.sqlite import SqliteKV
from llama_stack.core.storage.migrations import migrate
from llama_stack.core.storage.sqlite import Database, database

pytestmark = pytest.mark.anyio


def execute(statement: str) -> Callable[[sqlite3.Connection], list[tuple[object, ...]]]:
    return lambda connection: connection.execute(statement).fetchall()


async def opening(path: Path) -> str:
    """What opening the file complains of."""
    with pytest.raises(StackError) as caught:
        async with SqliteKV(path):
            pass
    assert caught.value.code == "storage_failed"
    assert str(path) in caught.value.message
    return caught.value.message


# ---- transactions


async def test_writes_that_wait_share_a_transaction() -> None:
    def note(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (1)")
        return connection.total_changes

    async with database(None) as db:
        hold = threading.Event()
        await db.write(execute("CREATE TABLE t (x)"))
        begun: list[str] = []
        await db.write(lambda connection: connection.set_trace_callback(begun.append))
        holding = asyncio.create_task(db.write(lambda connection: hold.wait()))
        await asyncio.sleep(0.02)
        waiting = [asyncio.create_task(db.write(note)) for _ in range(20)]
        await asyncio.sleep(0)
        hold.set()
        await asyncio.gather(holding, *waiting)
        assert begun.count("BEGIN IMMEDIATE") == 2


async def test_failed_work_leaves_nothing_and_harms_no_other_of_its_group() -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES ('half')")
        raise KeyError("stop")

    async with database(None) as db:
        await db.write(execute("CREATE TABLE t (x)"))
        writes = [db.write(execute("INSERT INTO t VALUES ('whole')")), db.write(half)]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert isinstance(outcomes[1], KeyError)
        assert await db.read(execute("SELECT x FROM t")) == [("whole",)]


async def test_one_file_has_one_writer_in_a_process(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    async with database(tmp_path / "a.db") as one, database(tmp_path / "link" / "a.db") as other:
        assert one is other
    async with database(tmp_path / "a.db") as again:
        assert again is not one
        await again.write(execute("CREATE TABLE t (x)"))


async def test_closing_writes_what_waits_and_leaves_one_file(tmp_path: Path) -> None:
    async with database(tmp_path / "a.db") as db:
        await db.write(execute("CREATE TABLE t (x)"))
        left = [asyncio.create_task(db.write(execute("INSERT INTO t VALUES (1)"))) for _ in range(100)]
        await asyncio.sleep(0)
    await asyncio.gather(*left)
    assert os.listdir(tmp_path) == ["a.db"]
    async with database(tmp_path / "a.db") as db:
        assert await db.read(execute("SELECT count(*) FROM t")) == [(100,)]


async def test_several_event_loops_may_share_a_file(tmp_path: Path) -> None:
    async def count_up(name: str) -> None:
        async with SqliteKV(tmp_path / "kv.db") as kv:
            for number in range(20):
                await kv.set(f"{name}{number}", b"")

    await asyncio.gather(*(asyncio.to_thread(asyncio.run, count_up(name)) for name in "ab"))
    async with SqliteKV(tmp_path / "kv.db") as kv:
        assert len(await kv.scan()) == 40


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with database(tmp_path / "a.db") as db:
        with pytest.raises(StackError, match="readonly"):
            await db.read(execute("CREATE TABLE t (x)"))


async def test_expired_keys_are_swept_from_the_file(tmp_path: Path) -> None:
    async with SqliteKV(tmp_path / "kv.db") as kv:
        await kv.set("keep", b"")
        for number in range(10):
            await kv.set(f"{number}", b"", ttl_seconds=0)
    async with SqliteKV(tmp_path / "kv.db") as kv, database(tmp_path / "kv.db") as db:
        await kv.set("keep", b"")
        assert await db.read(execute("SELECT key FROM llama_stack_kv")) == [("keep",)]


# ---- faults


async def test_a_folder_in_place_of_the_file_is_said_so(tmp_path: Path) -> None:
    assert "this is a folder" in await opening(tmp_path)


async def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = await opening(tmp_path / "file" / "kv.db")
    assert "its folder cannot be used (File exists)" in message
    assert "set db_path to a place that may be written" in message


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a folder that not even root may write")
async def test_a_folder_that_may_not_be_written_is_said_so() -> None:
    assert "check that its folder exists and may be written" in await opening(Path("/proc/kv.db"))


async def test_a_file_of_another_kind_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "kv.db").write_bytes(b"no database at all" * 500)
    assert "the file is no SQLite database" in await opening(tmp_path / "kv.db")
    assert (tmp_path / "kv.db").read_bytes().startswith(b"no database")


async def test_a_damaged_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "kv.db"
    async with SqliteKV(path) as kv:
        await asyncio.gather(*(kv.set(f"{number}", b"x" * 1000) for number in range(200)))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x7f" * (len(content) - 4096))
    async with database(path) as db:
        with pytest.raises(StackError, match="damaged; move it aside"):
            await db.read(execute("SELECT * FROM llama_stack_kv"))


async def test_a_full_disk_is_said_so_and_what_was_written_stays(tmp_path: Path) -> None:
    def fill_up(connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then reports what it reports of a full disk

    async with SqliteKV(tmp_path / "kv.db") as kv, database(tmp_path / "kv.db") as db:
        await kv.set("small", b"1")
        await db.write(fill_up)
        with pytest.raises(StackError, match=r"kv\.db.*the disk is full; free some space"):
            await kv.set("big", b"x" * 1_000_000)
        assert await kv.scan() == [("small", b"1")]
        assert await kv.delete("small") is True


# ---- schema versions


def migrated(db: Database, *steps: str) -> Callable[[sqlite3.Connection], None]:
    return lambda connection: migrate(connection, db.place, "thing", steps)


async def test_a_schema_moves_forward_and_keeps_its_rows(tmp_path: Path) -> None:
    first, second = "CREATE TABLE t (x)", "ALTER TABLE t ADD COLUMN y DEFAULT 'new'"
    async with database(tmp_path / "a.db") as db:
        await db.write(migrated(db, first))
        await db.write(execute("INSERT INTO t VALUES (1)"))
        await db.write(migrated(db, first, second))
        await db.write(migrated(db, first, second))
        assert await db.read(execute("SELECT * FROM t")) == [(1, "new")]


async def test_a_schema_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with database(tmp_path / "a.db") as db:
        await db.write(migrated(db, "CREATE TABLE t (x)", "CREATE TABLE u (x)"))
        with pytest.raises(StackError, match=r"a\.db: a newer version .*schema 2, this version knows 1\): upgrade"):
            await db.write(migrated(db, "CREATE TABLE t (x)"))


async def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    async with database(tmp_path / "a.db") as db:
        with pytest.raises(StackError, match="syntax error"):
            await db.write(migrated(db, "CREATE TABLE t (x)", "CREATE NONSENSE"))
        await db.write(migrated(db, "CREATE TABLE t (x)"))
