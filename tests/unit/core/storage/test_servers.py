"""Storage on servers that go away, hang, come back, refuse, or hold what another version wrote."""

import asyncio
import gc
import re
import sys
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from llama_stack.apis.errors import StackError, UnavailableError
from llama_stack.core.stack import LlamaStack
from llama_stack.core.storage import completion_postgres
from llama_stack.core.storage import postgres as postgres_module
from llama_stack.core.storage.completions import open_completions
from llama_stack.core.storage.config import MetadataStore, SqlPostgres, StorageConfig
from llama_stack.core.storage.kvstore import KVStore, open_kv
from llama_stack.core.storage.kvstore import mongodb as mongodb_module
from llama_stack.core.storage.kvstore import redis as redis_module
from llama_stack.core.storage.postgres import Postgres
from llama_stack.core.storage.postgres_migrations import migrate
from llama_stack.distributions import resolve
from tests.support.completions import ids, record
from tests.support.gate import Gate, gate
from tests.support.mongo import mongodb
from tests.support.services import postgres, redis

pytestmark = pytest.mark.anyio

NOWHERE = 1  # a port on which nobody listens


@pytest.fixture(autouse=True)
def half_open() -> Iterator[None]:
    """MongoDB's driver leaves a connection that it was still making, when it is closed, to the garbage collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@asynccontextmanager
async def gated_postgres(kind: str) -> AsyncIterator[tuple[Gate, dict[str, Any]]]:
    async with postgres() as url, gate(url) as (way, through):
        yield way, {"type": kind, "url": through, "max_connections": 2}


@asynccontextmanager
async def gated_redis() -> AsyncIterator[tuple[Gate, dict[str, Any]]]:
    async with redis() as (url, namespace), gate(url) as (way, through):
        yield way, {"type": "kv_redis", "url": through, "namespace": namespace}


@asynccontextmanager
async def gated_mongodb() -> AsyncIterator[tuple[Gate, dict[str, Any]]]:
    async with mongodb() as url, gate(url) as (way, through):
        yield way, {"type": "kv_mongodb", "url": through}


SERVERS = {
    "kv_postgres": lambda: gated_postgres("kv_postgres"),
    "kv_redis": gated_redis,
    "kv_mongodb": gated_mongodb,
}


@pytest.fixture(params=SERVERS)
async def server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Gate, dict[str, Any]]]:
    """A gate, and the backend behind it."""
    monkeypatch.setattr(mongodb_module, "_CONNECT_MS", 1_000)  # it waits so long for another server to take over
    async with SERVERS[request.param]() as found:
        yield found


def storage(backend: dict[str, Any]) -> StorageConfig:
    return StorageConfig.model_validate({"backends": {"here": backend}})


def opened(backend: dict[str, Any]) -> KVStore:
    return open_kv(storage(backend), MetadataStore(backend="here", namespace="test"))


async def refusal(backend: dict[str, Any]) -> StackError:
    """What opening it complains of."""
    store: Any = opened(backend) if backend["type"].startswith("kv") else open_completions(storage(backend))
    with pytest.raises(StackError) as caught:
        async with store:
            pass
    assert "secret" not in repr(caught.value)
    return caught.value


# ---- away


async def test_a_server_that_is_away_when_opened_is_named(server: tuple[Gate, dict[str, Any]]) -> None:
    way, backend = server
    await way.close()
    error = await refusal(backend)
    assert isinstance(error, UnavailableError)
    assert f"127.0.0.1:{way.port}" in error.message
    assert "check that the server runs, and that host and port are right" in error.message


async def test_a_connection_that_was_cut_is_made_anew(server: tuple[Gate, dict[str, Any]]) -> None:
    way, backend = server
    async with opened(backend) as kv:
        for number in range(3):
            await kv.set(f"{number}", b"")
            await way.cut()
        assert [key for key, _ in await kv.scan()] == ["0", "1", "2"]


async def test_while_the_server_is_away_calls_say_so_and_afterwards_all_is_well(
    server: tuple[Gate, dict[str, Any]],
) -> None:
    way, backend = server
    async with opened(backend) as kv:
        await kv.set("key", b"kept")
        await way.close()
        for _ in range(3):
            with pytest.raises(UnavailableError, match=f"{way.port}.*: check that the server runs"):
                await kv.get("key")
        await way.open()
        assert await kv.get("key") == b"kept"


async def test_a_server_that_hangs_holds_nobody_forever(
    server: tuple[Gate, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_QUERY_SECONDS", 0.3)
    monkeypatch.setattr(postgres_module, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(redis_module, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(redis_module, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(mongodb_module, "_ANSWER_MS", 300)
    way, backend = server
    async with opened(backend) as kv:
        await kv.set("key", b"kept")
        way.hang()
        started = time.monotonic()
        for _ in range(3):
            with pytest.raises(UnavailableError, match=r"no answer in time|every connection is busy"):
                await kv.get("key")
        assert time.monotonic() - started < 15
        await way.open()
        assert await kv.get("key") == b"kept"
        way.hang()
    assert time.monotonic() - started < 20


async def test_who_finds_every_connection_busy_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_ANSWER_SECONDS", 2)
    monkeypatch.setattr(redis_module, "_CONNECT_SECONDS", 0.1)
    async with gated_redis() as (way, backend), opened(backend | {"max_connections": 1}) as kv:
        way.hang()
        first = asyncio.create_task(kv.get("key"))
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match="every connection is busy: raise max_connections"):
            await kv.get("key")
        await way.open()
        assert await first is None


async def test_readiness_tells_of_a_server_that_is_away(server: tuple[Gate, dict[str, Any]]) -> None:
    way, backend = server
    providers = {"inference": [{"provider_id": "echo", "provider_type": "inline::echo"}]}
    config = {"version": 2, "providers": providers, "storage": {"backends": {"here": backend}}}
    async with LlamaStack(resolve(config, {})) as stack:
        assert (await stack.inspect.readyz()).checks == {"storage.metadata": "ok", "storage.inference": "ok"}
        await way.close()
        ready = await stack.inspect.readyz()
        assert ready.ready is False
        assert f"127.0.0.1:{way.port}" in ready.checks["storage.metadata"]
        answer: Any = await stack.inference.post_chat_completion(
            model="echo", messages=[{"role": "user", "content": "still here"}]
        )
        assert "still here" in answer.text
        await way.open()
        assert (await stack.inspect.readyz()).ready


async def test_completions_wait_while_postgresql_is_away_and_are_written_once_it_is_back() -> None:
    async with gated_postgres("sql_postgres") as (way, backend), open_completions(storage(backend)) as store:
        await store.put(record("c1"))
        assert await ids(store) == ["c1"]
        await way.close()
        await store.put(record("c2"))
        with pytest.raises(UnavailableError, match="check that the server runs"):
            await store.list()
        assert (await store.get("c2")).id == "c2"
        await way.open()
        await store.flush()
        assert await ids(store) == ["c2", "c1"]


# ---- refused


async def test_a_database_that_is_not_there_is_named() -> None:
    async with postgres() as url:
        error = await refusal({"type": "sql_postgres", "url": url.replace("/test?", "/nowhere?")})
    assert 'database "nowhere" does not exist: create the database, or set db to another one' in error.message


async def test_a_password_that_redis_refuses_is_not_repeated() -> None:
    async with redis() as (url, _):
        error = await refusal({"type": "kv_redis", "url": url.replace("://", "://me:secret@")})
    assert error.message.endswith("check username and password")


async def test_what_is_told_of_a_server_is_no_secret() -> None:
    url = f"postgresql://me:secret@127.0.0.1:{NOWHERE}/db?password=secret"
    assert (
        f"storage postgresql://me@127.0.0.1:{NOWHERE}/db: "
        in (await refusal({"type": "kv_postgres", "url": url})).message
    )
    parts = {"host": "127.0.0.1", "port": NOWHERE, "user": "me", "password": "secret"}
    assert f"me@127.0.0.1:{NOWHERE}/llamastack: " in (await refusal({"type": "sql_postgres", **parts})).message
    redis_parts = {"host": "127.0.0.1", "port": NOWHERE, "password": "secret", "tls": True}
    assert f"rediss://127.0.0.1:{NOWHERE}/0: " in (await refusal({"type": "kv_redis", **redis_parts})).message


async def test_what_is_told_of_mongodb_is_no_secret_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongodb_module, "_CONNECT_MS", 100)
    url = f"mongodb://me:secret@127.0.0.1:{NOWHERE}/db"
    error = await refusal({"type": "kv_mongodb", "url": url})
    assert error.message.startswith(f"storage mongodb://127.0.0.1:{NOWHERE}/db: 127.0.0.1:{NOWHERE}: [Errno 111] ")
    assert error.message.endswith(": check that the server runs, and that host and port are right")
    parts = {"host": "127.0.0.1", "port": NOWHERE, "user": "me", "password": "secret"}
    assert f"mongodb://127.0.0.1:{NOWHERE}/llamastack: " in (await refusal({"type": "kv_mongodb", **parts})).message


async def test_a_certificate_that_cannot_be_read_is_named() -> None:
    error = await refusal({"type": "kv_postgres", "user": "me", "ca_cert_path": "/nowhere.pem"})
    assert "ca_cert_path /nowhere.pem cannot be read (No such file or directory)" in error.message


@pytest.mark.parametrize(
    ("kind", "package"),
    [("kv_postgres", "asyncpg"), ("sql_postgres", "asyncpg"), ("kv_redis", "redis"), ("kv_mongodb", "pymongo")],
)
async def test_a_driver_that_is_not_installed_is_asked_for(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = re.compile(r"llama_stack\.core\.storage\..*(postgres|redis|mongodb)")
    for name in list(sys.modules):
        if name.partition(".")[0] == package or ours.match(name):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    config = storage({"type": kind} | ({"user": "me"} if package == "asyncpg" else {}))
    extra = {"asyncpg": "postgres", "pymongo": "mongodb"}.get(package, package)
    with pytest.raises(
        UnavailableError, match=rf"{kind} needs the package {package}\S*: pip install 'llama-stack\[{extra}\]'"
    ):
        open_kv(config, MetadataStore(backend="here")) if kind.startswith("kv") else open_completions(config)


# ---- schemas


async def test_an_older_schema_is_brought_forward_and_a_newer_one_refused() -> None:
    async def fill(connection: Any) -> None:
        await connection.execute("UPDATE t SET b = a + 1")

    steps = ["CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN b INT", fill]
    async with postgres() as url, Postgres(SqlPostgres(url=SecretStr(url))) as db:
        await migrate(db, "thing", steps[:2])
        await migrate(db, "thing", steps)
        await migrate(db, "thing", steps)
        assert [tuple(row) for row in await db.rows("SELECT a, b FROM t")] == [(1, 2)]
        with pytest.raises(StackError, match=r"a newer version .* wrote its thing \(schema 4, this version knows 2\)"):
            await migrate(db, "thing", steps[:2])


async def test_completions_from_before_owners_are_brought_forward() -> None:
    async with postgres() as url, Postgres(SqlPostgres(url=SecretStr(url))) as db:
        older = [step.replace("<table>", '"chat_completions"') for step in completion_postgres._STEPS[:3]]
        await migrate(db, "table chat_completions", older)
        columns = "id, created, model, body, messages, metadata"
        values = ("c1", 7, "m", record("c1").body, b"[]", b'{"topic":"fish","a":"b"}')
        await db.rows(f"INSERT INTO chat_completions ({columns}) VALUES ($1, $2, $3, $4, $5, $6)", *values)
        async with open_completions(storage({"type": "sql_postgres", "url": url})) as store:
            await store.put(record("c2", owner="ann"))
            assert await ids(store) == ["c1"]
            assert await ids(store, metadata={"topic": "fish"}) == ["c1"]
        rows = await db.rows("SELECT indexdef FROM pg_indexes WHERE tablename = 'chat_completions'")
        assert sorted(row[0].partition("btree ")[2] for row in rows if "current" not in row[0]) == [
            "(id)",
            "(tenant, created, sequence)",
            "(tenant, model, created, sequence)",
        ]


async def test_a_step_that_fails_leaves_everything_as_it_was() -> None:
    async with postgres() as url, Postgres(SqlPostgres(url=SecretStr(url))) as db:
        with pytest.raises(StackError, match="division by zero"):
            await migrate(db, "thing", ["CREATE TABLE t (a INT)", "SELECT 1 / 0"])
        await migrate(db, "thing", ["CREATE TABLE t (a INT)"])


async def test_a_table_that_another_program_made_is_refused() -> None:
    async with postgres() as url:
        connection: Any = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE chat_completions (id TEXT)")
        await connection.close()
        error = await refusal({"type": "sql_postgres", "url": url})
    assert "another program made it: choose another table_name, or another db" in error.message


async def test_a_user_who_may_only_use_tables_needs_no_more_once_they_are_there() -> None:
    async with postgres() as url:
        backend = {"type": "kv_postgres", "url": url}
        async with opened(backend):
            pass
        async with Postgres(SqlPostgres(url=SecretStr(url))) as db:
            [[schema]] = await db.rows("SELECT current_schema()")
            await db.rows(f"CREATE ROLE {schema} LOGIN")
            await db.rows(f"GRANT USAGE ON SCHEMA {schema} TO {schema}")
            await db.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {schema}")
        try:
            lesser = backend | {"url": url.replace("://root@", f"://{schema}@")}
            async with opened(lesser) as kv:
                await kv.set("key", b"value")
                assert await kv.delete("key")
            assert "GRANT CREATE ON SCHEMA" in (await refusal({**lesser, "table_name": "another"})).message
        finally:
            async with Postgres(SqlPostgres(url=SecretStr(url))) as db:
                await db.rows(f"DROP OWNED BY {schema}")
                await db.rows(f"DROP ROLE {schema}")


async def test_connections_that_the_server_ends_are_made_anew() -> None:
    async with postgres() as url:
        name = url.rpartition("=")[2]
        async with opened({"type": "kv_postgres", "url": f"{url}&application_name={name}"}) as kv:
            await kv.set("key", b"one")
            connection: Any = await asyncpg.connect(url)
            ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1"
            assert await connection.fetchval(ended, name) is True
            await connection.close()
            assert await kv.replace("key", b"two", expected=b"one")
            assert await kv.get("key") == b"two"
