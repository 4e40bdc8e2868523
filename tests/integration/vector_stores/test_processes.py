"""Servers in processes of their own: what one knows the other knows, and what `kill -9` leaves behind is whole."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import openai
import pytest

from llama_stack.core.loop_thread import LoopThread
from tests.support.command import LLAMA, running
from tests.support.services import pgvector, redis

TEXT = " ".join(f"Sentence number {n} tells of the llama that was born in the year {1000 + n}." for n in range(6000))


T = TypeVar("T")


def providers(folder: Path, index: dict[str, Any]) -> dict[str, Any]:
    return {
        "inference": [{"provider_id": "static-embedding", "provider_type": "inline::static-embedding"}],
        "files": [
            {"provider_id": "f", "provider_type": "inline::localfs", "config": {"storage_dir": str(folder / "files")}}
        ],
        "file_processors": [{"provider_id": "auto", "provider_type": "inline::auto"}],
        "vector_io": [{"provider_id": "v", **index}],
    }


@pytest.fixture(params=["sqlite", "pgvector", "pgvector and redis"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """All state in files of this machine, or in one PostgreSQL with pgvector."""
    jobs = {"poll_seconds": 0.1, "lease_seconds": 2}
    with ExitStack() as held:
        if request.param == "sqlite":
            backends = {"kv": {"type": "kv_sqlite", "db_path": str(tmp_path / "kv.db")}}
            backends["sql"] = {"type": "sql_sqlite", "db_path": str(tmp_path / "sql.db")}
            index = {"provider_type": "inline::sqlite", "config": {"db_path": str(tmp_path / "vectors.db")}}
        else:
            url = held.enter_context(waited(pgvector()))
            backends = {"kv": {"type": "kv_postgres", "url": url}, "sql": {"type": "sql_postgres", "url": url}}
            if "redis" in request.param:
                address, namespace = held.enter_context(waited(redis()))
                backends["kv"] = {"type": "kv_redis", "url": address, "namespace": namespace}
            index = {"provider_type": "remote::pgvector", "config": {"url": url}}
        yield {"version": 2, "providers": providers(tmp_path, index), "storage": {"backends": backends}, "jobs": jobs}


@contextmanager
def waited(opened: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """A service, for tests that wait rather than await."""
    thread = LoopThread()
    try:
        yield thread.run(opened.__aenter__())
        thread.run(opened.__aexit__(None, None, None))
    finally:
        thread.stop()


@contextmanager
def server(config: dict[str, Any], file: Path) -> Iterator[tuple[openai.OpenAI, int]]:
    """A client of a server in a process of its own, and the process's number."""
    file.write_text(json.dumps({**config, "server": {"port": 0}}))
    with (
        running(str(file), env=dict(os.environ)) as (url, _, process),
        openai.OpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0) as client,
    ):
        yield client, process.pid


def until_done(client: openai.OpenAI, store_id: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while (store := client.vector_stores.retrieve(store_id)).status == "in_progress":
        assert time.monotonic() < deadline, store
        time.sleep(0.1)
    return store


def test_what_one_replica_takes_in_the_other_finds(config: dict[str, Any], tmp_path: Path) -> None:
    with ExitStack() as started:
        (one, _), (other, _) = (started.enter_context(server(config, tmp_path / f"{n}.yaml")) for n in range(2))
        file = one.files.create(file=("llamas.txt", b"Llamas live in the Andes."), purpose="assistants")
        store = one.vector_stores.create(name="shared")
        assert other.vector_stores.retrieve(store.id).name == "shared"
        other.vector_stores.files.create(store.id, file_id=file.id, attributes={"n": 1})
        until_done(one, store.id)
        for client in (one, other):
            (found,) = client.vector_stores.search(store.id, query="where do llamas live?").data
            assert (found.file_id, found.attributes) == (file.id, {"n": 1})
        one.vector_stores.files.delete(file.id, vector_store_id=store.id)
        assert other.vector_stores.search(store.id, query="llamas").data == []
        other.vector_stores.delete(store.id)
        with pytest.raises(openai.NotFoundError):
            one.vector_stores.retrieve(store.id)


def test_a_file_whose_server_was_killed_is_taken_in_by_the_next(config: dict[str, Any], tmp_path: Path) -> None:
    with server(config, tmp_path / "one.yaml") as (client, pid):
        file = client.files.create(file=("years.txt", TEXT.encode()), purpose="assistants")
        strategy: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
        store = client.vector_stores.create(name="years", file_ids=[file.id], chunking_strategy=strategy)
        halfway = time.monotonic() + 20
        while not client.vector_stores.search(store.id, query="llama").data and time.monotonic() < halfway:
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
    with server(config, tmp_path / "two.yaml") as (client, _):
        done = until_done(client, store.id)
        assert (done.file_counts.completed, done.file_counts.total) == (1, 1)
        pages = list(client.vector_stores.files.content(file.id, vector_store_id=store.id))
        text = " ".join(part.text or "" for part in pages)
        assert [n for n in range(6000) if f"number {n} " not in text] == []
        assert len({part.text for part in pages}) == len(pages)
        (found, *_) = client.vector_stores.search(store.id, query="2718", extra_body={"search_mode": "keyword"}).data
        assert "born in the year 2718" in found.content[0].text


def test_a_worker_does_what_a_server_leaves_to_it(config: dict[str, Any], tmp_path: Path) -> None:
    left = {**config, "jobs": {**config["jobs"], "run_here": False}}
    with server(left, tmp_path / "server.yaml") as (client, _):
        file = client.files.create(file=("a.txt", b"Llamas live in the Andes."), purpose="assistants")
        store = client.vector_stores.create(file_ids=[file.id])
        time.sleep(0.5)
        assert client.vector_stores.retrieve(store.id).status == "in_progress"
        (tmp_path / "worker.yaml").write_text(json.dumps(config))
        command = [LLAMA, "stack", "worker", str(tmp_path / "worker.yaml")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            try:
                assert until_done(client, store.id).file_counts.completed == 1
            finally:
                worker.send_signal(signal.SIGINT)
            assert worker.wait(20) == 0


def url_of(client: openai.OpenAI) -> str:
    return str(client.base_url).removesuffix("/v1/")


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


def test_a_job_tells_how_far_a_file_is(config: dict[str, Any], tmp_path: Path) -> None:
    with server(config, tmp_path / "one.yaml") as (client, _):
        file = client.files.create(file=("years.txt", TEXT.encode()), purpose="assistants")
        store = client.vector_stores.create(file_ids=[file.id])
        until_done(client, store.id)
        (job,) = asked(f"{url_of(client)}/v1alpha/jobs?kind=vector_store_file")["data"]
        assert (job["state"], job["payload"]["file_id"]) == ("completed", file.id)
        assert job["done"] == job["total"] > 10
        with pytest.raises(urllib.error.HTTPError):
            asked(f"{url_of(client)}/v1alpha/jobs/job_nothing")
