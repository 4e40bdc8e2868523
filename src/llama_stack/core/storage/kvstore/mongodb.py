"""Keys and values in a collection on a MongoDB server: one document for each key.

A key is the document's `_id`, a text: MongoDB compares texts by their bytes, and so by code point. When something
expires is decided by the server's clock, which all who share it have in common.
"""

import contextlib
import math
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from bson.errors import BSONError
from pymongo import AsyncMongoClient
from pymongo import errors as refusals
from typing_extensions import override

from ....apis.errors import StackError
from ..backends import KvMongoDB
from ..errors import storage_away, storage_error
from .contract import KVStore

__all__ = ("MongoKV",)

Document = dict[str, Any]

_CONNECT_MS = 5_000  # also for a primary to be elected
_ANSWER_MS = 10_000  # also for a connection of the pool to become free
_LAST = chr(0x10FFFF)
_LIVE: Document = {"$or": [{"expires_at": None}, {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}]}
_EXPIRED: Document = {"expires_at": {"$ne": None}, "$expr": {"$lte": ["$expires_at", "$$NOW"]}}
# No document is without a value, so this matches none: such an upsert adds, or meets the key that is there.
_NEW: Document = {"value": {"$exists": False}}
_ADVICE = {
    13: "let the user read and write there, and make indexes",
    18: "check user and password",
    8000: "check user and password",  # Atlas has a number of its own
}


class MongoKV(KVStore):
    """A `KVStore` in the collection that `backend` names. A write that returned is on most of the servers' disks."""

    def __init__(self, backend: KvMongoDB) -> None:
        self._backend = backend
        self._place = _place(backend)

    @override
    async def __aenter__(self) -> Self:
        with self._told():
            self._client = _client(self._backend)
            database = self._client.get_default_database(self._backend.db)
        self._rows = database[self._backend.collection_name]
        try:
            with self._told():  # the server forgets what has expired, once a minute
                await self._rows.create_index("expires_at", expireAfterSeconds=0)
        except StackError:
            await self._client.close()
            raise
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._client.close()

    @override
    async def get(self, key: str) -> bytes | None:
        with self._told():
            row = await self._rows.find_one({"_id": key, **_LIVE})
        return None if row is None else row["value"]

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        with self._told():
            # Once more if the connection was cut, or another one added the key meanwhile: twice does no harm.
            with contextlib.suppress(refusals.AutoReconnect, refusals.DuplicateKeyError):
                await self._put({"_id": key}, value, ttl_seconds, upsert=True)
                return
            await self._put({"_id": key}, value, ttl_seconds, upsert=True)

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        with self._told():
            if expected is not None:
                return await self._put({"_id": key, "value": expected, **_LIVE}, value, ttl_seconds) > 0
            if await self._add(key, value, ttl_seconds):
                return True
            forgotten = await self._rows.delete_one({"_id": key, **_EXPIRED})
            return forgotten.deleted_count > 0 and await self._add(key, value, ttl_seconds)

    @override
    async def delete(self, key: str) -> bool:
        with self._told():
            return (await self._rows.delete_one({"_id": key, **_LIVE})).deleted_count > 0

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        if limit == 0:  # which means all to MongoDB
            return []
        with self._told():
            return [row async for row in self._found(_between(prefix, after), limit or 0)]

    async def _found(self, keys: Document, limit: int) -> AsyncIterator[tuple[str, bytes]]:
        async with self._rows.find({"_id": keys, **_LIVE}, sort=[("_id", 1)], limit=limit) as rows:
            async for row in rows:
                yield row["_id"], row["value"]

    async def _add(self, key: str, value: bytes, ttl_seconds: float | None) -> bool:
        try:
            await self._put({"_id": key, **_NEW}, value, ttl_seconds, upsert=True)
        except refusals.DuplicateKeyError:
            return False
        return True

    async def _put(
        self, which: Mapping[str, Any], value: bytes, ttl_seconds: float | None, *, upsert: bool = False
    ) -> int:
        """How many documents there were to write over."""
        ms = None if ttl_seconds is None else max(0, math.ceil(ttl_seconds * 1000))
        expires_at = {"$literal": None} if ms is None else {"$add": ["$$NOW", ms]}
        row = {"value": {"$literal": value}, "expires_at": expires_at}
        return (await self._rows.update_one(which, [{"$set": row}], upsert=upsert)).matched_count

    @contextlib.contextmanager
    def _told(self) -> Any:
        """Around calls of the driver: its errors, in our words."""
        try:
            yield
        except (refusals.PyMongoError, BSONError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StackError:
        match error:
            case refusals.OperationFailure(code=code) if code in _ADVICE:
                return storage_away(self._place, f"{_reason(error)}: {_ADVICE[code]}")
            case refusals.WaitQueueTimeoutError():
                return storage_away(self._place, "every connection is busy: raise max_connections")
            case refusals.ConnectionFailure():
                return storage_away(self._place, _unreached(_reason(error)))
        return storage_error(self._place, _reason(error))


def _client(backend: KvMongoDB) -> "AsyncMongoClient[Document]":
    settings: Document = {
        "appname": "llama-stack",
        "connectTimeoutMS": _CONNECT_MS,
        "journal": True,
        "maxPoolSize": backend.max_connections,
        "serverSelectionTimeoutMS": _CONNECT_MS,
        "socketTimeoutMS": _ANSWER_MS,
        "w": "majority",
        "waitQueueTimeoutMS": _ANSWER_MS,
    }
    if backend.ca_cert_path is not None:
        settings["tlsCAFile"] = str(backend.ca_cert_path)
    if backend.url is not None:
        return AsyncMongoClient(backend.url.get_secret_value(), **settings)
    password = backend.password.get_secret_value() if backend.password else None
    settings |= {"username": backend.user or None, "password": password, "tls": backend.tls}
    return AsyncMongoClient(backend.host, backend.port, **settings)


def _between(prefix: str, after: str | None) -> Document:
    """Which `_id`s start with `prefix`, and come behind `after`."""
    keys: Document = {"$gte": prefix} if after is None or after < prefix else {"$gt": after}
    if (end := _behind(prefix)) is not None:
        keys["$lt"] = end
    return keys


def _behind(prefix: str) -> str | None:
    """The first text behind all that start with `prefix`; None where there is none."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)  # between lie halves of characters


def _unreached(reason: str) -> str:
    """What to do about a connection; the driver tells its errors apart in words alone."""
    if "timed out" in reason:
        return f"no answer in time ({reason}): check that the server runs and can be reached"
    if "SSL" in reason:
        return f"{reason}: check tls and ca_cert_path"
    return f"{reason}: check that the server runs, and that host and port are right"


def _reason(error: Exception) -> str:
    """What the driver says, without its own settings and all that it knows of the servers."""
    return re.split(r" \(configured timeouts|, Timeout:|, full error:", str(error))[0]


def _place(backend: KvMongoDB) -> str:
    """Where it is, without what should not be told."""
    if backend.url is None:
        return f"mongodb://{backend.host}:{backend.port}/{backend.db}"
    found = urlsplit(backend.url.get_secret_value())
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}{found.path}"
