"""Storage on servers reached over TLS: who they are is checked, as far as the config asks for it."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from llama_stack.apis.errors import UnavailableError
from llama_stack.core.storage.backends import KvRedis, SqlPostgres
from llama_stack.core.storage.kvstore.redis import RedisKV
from llama_stack.core.storage.postgres import Postgres
from tests.support.gate import gate
from tests.support.services import postgres_with_tls, redis

pytestmark = pytest.mark.anyio


async def is_encrypted(**settings: Any) -> bool:
    """Whether the server says that it was reached over TLS."""
    _, port, _ = postgres_with_tls()
    server = SqlPostgres.model_validate({"port": port, "db": "postgres", "user": "root", **settings})
    async with Postgres(server) as db:
        rows = await db.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        return bool(rows[0][0])


async def test_postgresql_over_tls() -> None:
    host, _, ca = postgres_with_tls()
    assert await is_encrypted(host=host, ca_cert_path=ca)
    assert await is_encrypted(host=host, ssl_mode="verify-full", ca_cert_path=ca)
    assert await is_encrypted(host="127.0.0.1", ssl_mode="verify-ca", ca_cert_path=ca)
    assert await is_encrypted(host="127.0.0.1", ssl_mode="require")
    assert await is_encrypted(host="127.0.0.1")  # preferred
    assert not await is_encrypted(host="127.0.0.1", ssl_mode="disable")


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca"])
async def test_a_server_that_cannot_prove_who_it_is_is_refused(mode: str) -> None:
    with pytest.raises(UnavailableError, match="check ssl_mode and ca_cert_path"):
        await is_encrypted(host="localhost", ssl_mode=mode)  # signed by nobody whom this machine trusts


async def test_a_server_with_anothers_name_is_refused() -> None:
    _, _, ca = postgres_with_tls()
    with pytest.raises(UnavailableError, match="check ssl_mode and ca_cert_path"):
        await is_encrypted(host="127.0.0.1", ssl_mode="verify-full", ca_cert_path=ca)


async def test_redis_over_tls(tmp_path: Path) -> None:
    ca, certificates = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(certificates)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with redis() as (url, namespace), gate(url, certificates) as (way, through):
        parts = {"host": "127.0.0.1", "port": way.port, "tls": True, "ca_cert_path": tmp_path / "ca.pem"}
        whole = {"url": SecretStr(through.replace("redis://", "rediss://")), "ca_cert_path": tmp_path / "ca.pem"}
        for settings in (parts, whole):
            async with RedisKV(KvRedis.model_validate(settings), namespace) as kv:
                await kv.set("key", b"value")
                assert await kv.get("key") == b"value"
        with pytest.raises(UnavailableError, match=r"certificate.*check tls and ca_cert_path"):
            async with RedisKV(KvRedis.model_validate({**parts, "ca_cert_path": None}), namespace):
                pass
