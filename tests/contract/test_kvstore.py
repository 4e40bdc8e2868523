"""What every key-value backend does. A new backend joins by a row in `BACKENDS`."""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from llama_stack.core.storage.config import MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import KVStore, open_kv
from tests.support.mongo import mongodb
from tests.support.services import postgres, redis

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {}


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "kv.db")}


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with postgres() as url:
        yield {"url": url, "max_connections": 3}


@asynccontextmanager
async def on_redis(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with redis() as (url, namespace):
        yield {"url": url, "namespace": namespace}


@asynccontextmanager
async def on_mongodb(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with mongodb() as url:
        yield {"url": url}


BACKENDS: dict[str, Callable[[Path], AbstractAsyncContextManager[dict[str, Any]]]] = {
    "kv_memory": in_memory,
    "kv_sqlite": in_a_file,
    "kv_postgres": on_postgres,
    "kv_redis": on_redis,
    "kv_mongodb": on_mongodb,
}
durable = pytest.mark.parametrize("config", [name for name in BACKENDS if name != "kv_memory"], indirect=True)
ODD = [
    "%",
    "_",
    "%%",
    "a%b",
    "a_b",
    "axb",
    "é",
    "e\u0301",
    "ß",
    "😀",
    "\U0010ffff",
    "\uffff",
    "\x00",
    "a\x00b",
    "'",
    '"',
    "\\",
]


@pytest.fixture(params=BACKENDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StorageConfig]:
    async with BACKENDS[request.param](tmp_path) as settings:
        yield StorageConfig.model_validate({"backends": {"here": {"type": request.param} | settings}})


def opened(config: StorageConfig, namespace: str = "test") -> KVStore:
    return open_kv(config, MetadataStore(backend="here", namespace=namespace))


async def test_a_value_reads_back_as_it_was_written(config: StorageConfig) -> None:
    async with opened(config) as kv:
        for value in (b"one", b"", bytes(range(256)), "é😀".encode(), b"x" * 5_000_000):
            await kv.set("key", value)
            assert await kv.get("key") == value


async def test_a_key_that_was_never_written_has_no_value(config: StorageConfig) -> None:
    async with opened(config) as kv:
        assert await kv.get("nothing") is None
        assert await kv.delete("nothing") is False
        assert await kv.scan() == []


async def test_a_later_write_wins(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await kv.set("key", b"one")
        await kv.set("key", b"two")
        assert await kv.scan() == [("key", b"two")]


async def test_a_deleted_key_is_gone(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await kv.set("key", b"")
        assert await kv.delete("key") is True
        assert await kv.get("key") is None
        assert await kv.delete("key") is False


async def test_keys_come_in_the_order_of_their_code_points(config: StorageConfig) -> None:
    keys = ["", "A", "B", "a", "a:", "aa", "b", "~", "é", "\ue000", "\uffff", "😀", "\U0010ffff", *ODD]
    async with opened(config) as kv:
        for key in reversed(keys):
            await kv.set(key, key.encode())
        assert await kv.scan() == [(key, key.encode()) for key in sorted(set(keys))]


@pytest.mark.parametrize("prefix", ["a", *ODD])
async def test_a_prefix_is_taken_literally(config: StorageConfig, prefix: str) -> None:
    keys = {*ODD, *(prefix + end for end in ["", "a", "%", "\x00", "é", "\uffff", "😀", "\U0010ffff", "\U0010ffffz"])}
    async with opened(config) as kv:
        for key in keys:
            await kv.set(key, b"")
        assert [key for key, _ in await kv.scan(prefix)] == sorted(key for key in keys if key.startswith(prefix))


async def test_scanning_goes_page_by_page(config: StorageConfig) -> None:
    async with opened(config) as kv:
        for number in range(10):
            await kv.set(f"n:{number}", b"")
        await kv.set("m", b"")
        await kv.set("o", b"")
        assert [key for key, _ in await kv.scan("n:", limit=3)] == ["n:0", "n:1", "n:2"]
        assert [key for key, _ in await kv.scan("n:", after="n:6", limit=5)] == ["n:7", "n:8", "n:9"]
        assert [key for key, _ in await kv.scan("n:", after="n:65", limit=1)] == ["n:7"]
        assert [key for key, _ in await kv.scan("n:", after="a", limit=1)] == ["n:0"]
        assert await kv.scan("n:", after="n:9") == []
        assert await kv.scan("n:", limit=0) == []


async def test_replace_writes_only_over_what_was_expected(config: StorageConfig) -> None:
    async with opened(config) as kv:
        assert await kv.replace("key", b"one", expected=b"zero") is False
        assert await kv.get("key") is None
        assert await kv.replace("key", b"", expected=None) is True
        assert await kv.replace("key", b"one", expected=None) is False
        assert await kv.replace("key", b"one", expected=b"") is True
        assert await kv.get("key") == b"one"


async def test_of_twenty_who_race_to_replace_exactly_one_wins(config: StorageConfig) -> None:
    async with opened(config) as one, opened(config) as other:
        for expected, round_ in pairwise([None, b"0", b"1", b"2"]):
            assert round_ is not None
            race = [kv.replace("key", round_, expected=expected) for kv in (one, other) * 10]
            assert sum(await asyncio.gather(*race)) == 1


async def test_counting_by_replace_loses_nothing(config: StorageConfig) -> None:
    async def count_up(kv: KVStore) -> None:
        while True:
            now = await kv.get("count")
            if await kv.replace("count", b"%d" % (int(now or 0) + 1), expected=now):
                return

    async with opened(config) as kv:
        await asyncio.gather(*(count_up(kv) for _ in range(20)))
        assert await kv.get("count") == b"20"


async def test_an_expired_key_is_as_good_as_deleted(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await kv.set("short", b"1", ttl_seconds=0.05)
        await kv.set("long", b"2", ttl_seconds=60)
        assert await kv.get("short") == b"1"
        await asyncio.sleep(0.06)
        assert await kv.get("short") is None
        assert await kv.scan() == [("long", b"2")]
        assert await kv.delete("short") is False
        await kv.set("short", b"1", ttl_seconds=0)
        assert await kv.replace("short", b"again", expected=b"1") is False
        assert await kv.replace("short", b"again", expected=None) is True


async def test_a_page_is_full_though_expired_keys_lie_between(config: StorageConfig) -> None:
    async with opened(config) as kv:
        for number in range(10):
            await kv.set(f"{number}", b"", ttl_seconds=0 if number % 2 else None)
        assert [key for key, _ in await kv.scan(limit=3)] == ["0", "2", "4"]


async def test_a_write_without_ttl_stays(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await kv.set("set", b"1", ttl_seconds=0.05)
        await kv.set("replaced", b"1", ttl_seconds=0.05)
        await kv.set("set", b"2")
        await kv.replace("replaced", b"2", expected=b"1")
        await asyncio.sleep(0.06)
        assert await kv.scan() == [("replaced", b"2"), ("set", b"2")]


async def test_a_lease_taken_by_replace_ends_by_itself(config: StorageConfig) -> None:
    async with opened(config) as kv:
        assert await kv.replace("lease", b"mine", expected=None, ttl_seconds=0.05) is True
        assert await kv.replace("lease", b"theirs", expected=None, ttl_seconds=60) is False
        await asyncio.sleep(0.06)
        assert await kv.replace("lease", b"theirs", expected=None, ttl_seconds=60) is True


async def test_namespaces_keep_keys_apart(config: StorageConfig) -> None:
    async with opened(config, "a") as one, opened(config, "a.b") as other:
        await one.set("key", b"one")
        await one.set(".b:key", b"odd")
        await other.set("key", b"other")
        assert await one.scan() == [(".b:key", b"odd"), ("key", b"one")]
        assert await other.scan(after="a") == [("key", b"other")]


async def test_two_instances_see_each_others_writes(config: StorageConfig) -> None:
    async with opened(config) as one, opened(config) as other:
        await one.set("key", b"one")
        assert await other.get("key") == b"one"
        await other.delete("key")
        assert await one.scan() == []


async def test_a_second_instance_closing_leaves_the_first_open(config: StorageConfig) -> None:
    async with opened(config) as one:
        async with opened(config) as other:
            await other.set("key", b"other")
        await one.set("key", b"one")
        assert await one.get("key") == b"one"


async def test_many_concurrent_writes_and_reads_all_arrive(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await asyncio.gather(*(kv.set(f"{number:04}", b"%d" % number) for number in range(1500)))
        assert await asyncio.gather(*(kv.get(f"{n:04}") for n in range(100))) == [b"%d" % n for n in range(100)]
        assert len(await kv.scan()) == 1500


async def test_a_cancelled_write_harms_no_other(config: StorageConfig) -> None:
    async with opened(config) as kv:
        left = asyncio.create_task(kv.set("left", b""))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        await kv.set("stayed", b"")
        assert await kv.get("stayed") == b""


# ---- durable backends


@durable
async def test_what_was_written_is_there_after_reopening(config: StorageConfig) -> None:
    async with opened(config) as kv:
        await kv.set("key", b"value")
        await kv.set("brief", b"value", ttl_seconds=0.01)
    await asyncio.sleep(0.02)
    async with opened(config) as kv:
        assert await kv.scan() == [("key", b"value")]


WRITER = """
import asyncio, pickle, sys
from llama_stack.core.storage.config import MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import open_kv

async def main(config, name, count):
    async with open_kv(config, MetadataStore(backend="here", namespace="test")) as kv:
        for number in range(count):
            await kv.set(f"{name}:{number}", b"x" * 500)
            while True:
                now = await kv.get("count")
                if await kv.replace("count", b"%d" % (int(now or 0) + 1), expected=now):
                    break
            print(f"{name}:{number}", flush=True)

asyncio.run(main(pickle.loads(bytes.fromhex(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
"""


def writer(config: StorageConfig, name: str, count: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, pickle.dumps(config).hex(), name, str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@durable
async def test_kill_9_loses_nothing_that_was_acknowledged(config: StorageConfig) -> None:
    with writer(config, "child", 1_000_000) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(50)]
        child.kill()
        acknowledged += child.stdout.read().split()
    async with opened(config) as kv:
        assert {key for key, _ in await kv.scan("child:")} >= set(acknowledged)


@durable
async def test_processes_that_share_it_all_get_through(config: StorageConfig) -> None:
    children = [writer(config, name, 20) for name in "abc"]
    for child in children:
        await asyncio.to_thread(child.communicate)
        assert child.returncode == 0
    async with opened(config) as kv:
        assert len(await kv.scan()) == 61
        assert await kv.get("count") == b"60"
