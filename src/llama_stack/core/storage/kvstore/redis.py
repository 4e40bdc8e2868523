"""Keys and values on a Redis or Valkey server.

Redis keeps no order, so a sorted set beside the values holds every key in the order of its bytes, and another
one when those with an end expire. Scripts change them together with the values; all keys of a space share a
hash tag, and so a node of a cluster.
"""

import contextlib
import math
import ssl
from typing import Any, Self
from urllib.parse import urlsplit

import redis.asyncio as aioredis
import redis.exceptions as refusals
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from typing_extensions import override

from ....apis.errors import StackError
from ..backends import KvRedis
from ..errors import storage_away, storage_error
from .contract import KVStore

__all__ = ("RedisKV",)

_CONNECT_SECONDS = 5.0  # also for a connection of the pool to become free
_ANSWER_SECONDS = 10.0
_PAGE = 500  # keys that one call of a script looks through: Redis serves nobody else meanwhile

# KEYS: value, index, ends · ARGV: key, value, milliseconds to live or "", and for a swap: "1" and what is expected
# ("1" alone: absent). The index entries of keys that expired more than a second ago go, some at a time.
_PUT = """
if ARGV[4] == '1' and redis.call('GET', KEYS[1]) ~= (ARGV[5] or false) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - 1000, 'LIMIT', 0, 20)) do
  redis.call('ZREM', KEYS[2], old)
  redis.call('ZREM', KEYS[3], old)
end
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
elseif ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 1
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  redis.call('ZADD', KEYS[3], now + ARGV[3], ARGV[1])
end
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
"""
_DELETE = """
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
"""


class RedisKV(KVStore):
    """A `KVStore` on the server that `backend` names; stores with the same `space` share their keys."""

    _redis: Any

    def __init__(self, backend: KvRedis, space: str) -> None:
        self._backend = backend
        self._place = _place(backend)
        # The 1 is the version of this layout.
        self._values, self._index, self._ends = (f"llama_stack:1:{{{space}}}:{part}" for part in ("v:", "keys", "ends"))

    @override
    async def __aenter__(self) -> Self:
        self._redis = aioredis.Redis.from_pool(_pool(self._backend))
        self._put_script = self._redis.register_script(_PUT)
        self._delete_script = self._redis.register_script(_DELETE)
        try:
            await self._done(self._redis.ping)
        except StackError:
            await self._redis.aclose()
            raise
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._redis.aclose()

    @override
    async def get(self, key: str) -> bytes | None:
        value: bytes | None = await self._done(self._redis.get, self._value(key))
        return value

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        await self._put(key, value, ttl_seconds)

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        condition = ("1",) if expected is None else ("1", expected)
        return await self._put(key, value, ttl_seconds, *condition)

    @override
    async def delete(self, key: str) -> bool:
        return bool(await self._script(self._delete_script, key, again=False))

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        start, end = b"[" + prefix.encode(), b"(" + prefix.encode() + b"\xff"  # UTF-8 has no byte 0xFF
        if after is not None and after >= prefix:
            start = b"(" + after.encode()
        rows: list[tuple[str, bytes]] = []
        while limit is None or len(rows) < limit:
            keys: list[bytes] = await self._done(self._redis.zrangebylex, self._index, start, end, 0, _PAGE)
            if not keys:
                break
            rows += await self._present(keys)
            start = b"(" + keys[-1]
        return rows[:limit]

    async def _present(self, keys: list[bytes]) -> list[tuple[str, bytes]]:
        """Those that have not expired, and their values."""
        names = [key.decode() for key in keys]
        values = await self._done(self._redis.mget, [self._value(name) for name in names])
        return [(name, value) for name, value in zip(names, values, strict=True) if value is not None]

    async def _put(self, key: str, value: bytes, ttl_seconds: float | None, *condition: str | bytes) -> bool:
        ttl = "" if ttl_seconds is None else str(max(0, math.ceil(ttl_seconds * 1000)))
        values = (value, ttl, *(condition or ("",)))
        return bool(await self._script(self._put_script, key, *values, again=not condition))

    async def _script(self, script: Any, key: str, *values: str | bytes, again: bool) -> Any:
        keys = [self._value(key), self._index, self._ends]
        return await self._done(script, keys=keys, args=[key, *values], again=again)

    def _value(self, key: str) -> str:
        return self._values + key

    async def _done(self, call: Any, *arguments: Any, again: bool = True, **named: Any) -> Any:
        """Call; once more if the connection was cut and doing it twice does no harm."""
        try:
            with contextlib.suppress(*((refusals.ConnectionError,) if again else ())):
                return await call(*arguments, **named)
            return await call(*arguments, **named)
        except (refusals.RedisError, OSError, TimeoutError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StackError:
        match error:
            case refusals.AuthenticationError():
                return storage_away(self._place, f"{error}: check username and password")
            case refusals.MaxConnectionsError() | refusals.ConnectionError(__cause__=TimeoutError()):
                return storage_away(self._place, "every connection is busy: raise max_connections")
            case refusals.TimeoutError() | TimeoutError():
                return storage_away(self._place, "no answer in time: check that the server runs and can be reached")
            case refusals.BusyLoadingError() | refusals.ClusterDownError() | refusals.MasterDownError():
                return storage_away(self._place, f"{error}: try again in a moment")
            case refusals.ConnectionError(__context__=ssl.SSLError()):
                return storage_away(self._place, f"{error}: check tls and ca_cert_path")
            case refusals.ConnectionError() | OSError():
                return storage_away(
                    self._place, f"{error}: check that the server runs, and that host and port are right"
                )
            case refusals.ReadOnlyError():
                return storage_error(self._place, f"{error}: give the address of the primary")
            case refusals.OutOfMemoryError():
                return storage_error(self._place, f"{error}: raise the server's maxmemory")
        return storage_error(self._place, str(error))


def _pool(backend: KvRedis) -> Any:
    settings: dict[str, Any] = {
        "max_connections": backend.max_connections,
        "timeout": _CONNECT_SECONDS,
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        # Once more is decided below, call by call: what is not harmless to do twice is done once.
        "retry": Retry(NoBackoff(), 0),
    }
    if backend.ca_cert_path is not None:
        settings["ssl_ca_certs"] = str(backend.ca_cert_path)
    if backend.url is not None:
        return aioredis.BlockingConnectionPool.from_url(backend.url.get_secret_value(), **settings)
    password = backend.password.get_secret_value() if backend.password else None
    settings |= {"host": backend.host, "port": backend.port, "db": backend.db}
    settings |= {"username": backend.username or None, "password": password}
    kind = aioredis.SSLConnection if backend.tls else aioredis.Connection
    return aioredis.BlockingConnectionPool(connection_class=kind, **settings)


def _place(backend: KvRedis) -> str:
    """Where it is, without what should not be told."""
    scheme = "rediss" if backend.uses_tls else "redis"
    if backend.url is None:
        return f"{scheme}://{backend.host}:{backend.port}/{backend.db}"
    found = urlsplit(backend.url.get_secret_value())
    return f"{scheme}://{found.netloc.rpartition('@')[2]}{found.path}"
