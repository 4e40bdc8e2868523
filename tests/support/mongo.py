"""MongoDB for tests: a server that is named or installed, or else a small one that speaks its protocol.

The small one knows the commands, filters and update pipelines that `kv_mongodb` uses, and refuses all others, so that
what is not known here is not taken for working. LLAMA_STACK_TEST_MONGODB_URL names a real server.
"""

import atexit
import os
import shutil
import socketserver
import struct
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import bson
from typing_extensions import override

from .services import end, free_port, listens, own_folder, wait

__all__ = ("mongodb", "small_mongodb")

Document = dict[str, Any]

_HEADER = struct.Struct("<iiii")  # length, request, response to, kind
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_MORE_TO_COME = 2
_FIRST_BATCH = 101
_DUPLICATE_KEY = 11000


@asynccontextmanager
async def mongodb() -> AsyncIterator[str]:
    """The URL of an empty database, which is dropped afterwards."""
    from pymongo import AsyncMongoClient

    name = f"test_{time.time_ns()}"
    url = f"{_server_url()}/{name}"
    try:
        yield url
    finally:
        async with AsyncMongoClient[Document](url) as client:
            await client.drop_database(name)


@cache
def _server_url() -> str:
    if url := os.environ.get("LLAMA_STACK_TEST_MONGODB_URL"):
        return url.rstrip("/")
    if (program := shutil.which("mongod")) is None:
        return small_mongodb()
    port, folder = free_port(), own_folder()
    settings = ["--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", str(folder)]
    process = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL)
    atexit.register(end, process)
    wait(lambda: listens(port))
    return f"mongodb://127.0.0.1:{port}"


def small_mongodb() -> str:
    """A server in a thread of this process, which ends with it."""
    server = _Server(("127.0.0.1", 0), _Connection)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"mongodb://127.0.0.1:{server.server_address[1]}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.data = _Data()


class _Connection(socketserver.StreamRequestHandler):
    """Reads messages, answers each."""

    server: _Server

    @override
    def handle(self) -> None:
        while header := self.rfile.read(_HEADER.size):
            length, request, _, kind = _HEADER.unpack(header)
            body = self.rfile.read(length - _HEADER.size)
            if kind == _OP_QUERY:  # the first words of a connection
                start = body.index(b"\0", 4) + 9
                answer = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(self._answer(bson.decode(body[start:])))
                self._send(answer, request, _OP_REPLY)
            else:
                flags, command = _command(body)
                told = self._answer(command)
                if not flags & _MORE_TO_COME:
                    self._send(b"\0\0\0\0\0" + bson.encode(told), request, _OP_MSG)

    def _answer(self, command: Document) -> Document:
        with self.server.data.lock:
            try:
                return {"ok": 1.0, **self.server.data.run(command)}
            except NotImplementedError as error:
                return {"ok": 0.0, "code": 59, "errmsg": f"the small server does not know {error}"}

    def _send(self, body: bytes, request: int, kind: int) -> None:
        self.wfile.write(_HEADER.pack(_HEADER.size + len(body), 0, request, kind) + body)


def _command(body: bytes) -> tuple[int, Document]:
    """The command of a message: its document, and the sequences of documents that came apart from it."""
    (flags,), place, command = struct.unpack_from("<I", body), 4, Document()
    while place < len(body) - (4 if flags & 1 else 0):
        kind, (size,) = body[place], struct.unpack_from("<i", body, place + 1)
        part, place = body[place + 1 : place + 1 + size], place + 1 + size
        if kind == 0:
            command |= bson.decode(part)
        else:
            name, _, documents = part[4:].partition(b"\0")
            command[name.decode()] = bson.decode_all(documents)
    return flags, command


class _Data:
    """Collections by database and name, documents by `_id`; one command at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._collections: dict[tuple[str, str], dict[str, Document]] = {}
        self._cursors: dict[int, list[Document]] = {}
        self._numbers = count(1)

    def run(self, command: Document) -> Document:
        name, argument = next(iter(command.items()))
        known: dict[str, Callable[[Document, Any], Document]] = {
            "createIndexes": lambda *_: {},
            "delete": self._delete,
            "dropDatabase": self._drop,
            "endSessions": lambda *_: {},
            "find": self._find,
            "getMore": self._more,
            "hello": _hello,
            "ismaster": _hello,
            "update": self._update,
        }
        if name not in known:
            raise NotImplementedError(name)
        return known[name](command, argument)

    def _rows(self, command: Document, name: str) -> dict[str, Document]:
        return self._collections.setdefault((command["$db"], name), {})

    def _drop(self, command: Document, _: Any) -> Document:
        for place in [place for place in self._collections if place[0] == command["$db"]]:
            del self._collections[place]
        return {}

    def _find(self, command: Document, name: str) -> Document:
        found = _matching(self._rows(command, name), command["filter"])
        found.sort(key=lambda row: row["_id"].encode())
        found = found[: abs(command.get("limit", 0)) or None]
        return self._batch(command["$db"], name, found, "firstBatch", command.get("batchSize", _FIRST_BATCH))

    def _more(self, command: Document, cursor: int) -> Document:
        rest = self._cursors.pop(cursor)
        return self._batch(command["$db"], command["collection"], rest, "nextBatch", 1000)

    def _batch(self, database: str, name: str, rows: list[Document], key: str, size: int) -> Document:
        batch, rest = rows[:size], rows[size:]
        cursor = next(self._numbers) if rest else 0
        if rest:
            self._cursors[cursor] = rest
        return {"cursor": {"id": bson.Int64(cursor), "ns": f"{database}.{name}", key: batch}}

    def _delete(self, command: Document, name: str) -> Document:
        rows, gone = self._rows(command, name), 0
        for each in command["deletes"]:
            for row in _matching(rows, each["q"])[: each["limit"] or None]:
                del rows[row["_id"]]
                gone += 1
        return {"n": gone}

    def _update(self, command: Document, name: str) -> Document:
        rows, (each,) = self._rows(command, name), command["updates"]
        if found := _matching(rows, each["q"])[:1]:
            _change(found[0], each["u"])
            return {"n": 1, "nModified": 1}
        if not each.get("upsert"):
            return {"n": 0, "nModified": 0}
        if "$expr" in str(each["q"]):
            raise NotImplementedError("$expr in the filter of an upsert, which MongoDB refuses")
        key = each["q"]["_id"]
        if key in rows:
            return {"n": 0, "writeErrors": [{"index": 0, "code": _DUPLICATE_KEY, "errmsg": "E11000 duplicate key"}]}
        rows[key] = {"_id": key}
        _change(rows[key], each["u"])
        return {"n": 1, "nModified": 0, "upserted": [{"index": 0, "_id": key}]}


def _hello(*_: Any) -> Document:
    limits = {"maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000}
    return {"helloOk": True, "isWritablePrimary": True, "ismaster": True, "maxWireVersion": 21, **limits}


# ---- the language of filters and of update pipelines, as far as it is spoken here


def _matching(rows: dict[str, Document], where: Document) -> list[Document]:
    key = where.get("_id")
    among = [rows[key]] if isinstance(key, str) and key in rows else [] if isinstance(key, str) else rows.values()
    return [row for row in among if all(_holds(row, *condition) for condition in where.items())]


def _holds(row: Document, name: str, wanted: Any) -> bool:
    if name == "$or":
        return any(all(_holds(row, *condition) for condition in each.items()) for each in wanted)
    if name == "$expr":
        return bool(_value(row, wanted))
    if isinstance(wanted, dict):
        return all(_COMPARISONS[operator](row, name, operand) for operator, operand in wanted.items())
    return bool(row.get(name) == wanted)  # None: null, or absent


_COMPARISONS: dict[str, Callable[[Document, str, Any], bool]] = {
    "$exists": lambda row, name, wanted: (name in row) is wanted,
    "$gt": lambda row, name, text: row[name].encode() > text.encode(),
    "$gte": lambda row, name, text: row[name].encode() >= text.encode(),
    "$lt": lambda row, name, text: row[name].encode() < text.encode(),
    "$ne": lambda row, name, value: row.get(name) != value,
}


def _change(row: Document, pipeline: list[Document]) -> None:
    for stage in pipeline:
        if stage.keys() != {"$set"}:
            raise NotImplementedError(f"the stage {stage}")
        row |= {name: _value(row, expression) for name, expression in stage["$set"].items()}


def _value(row: Document, expression: Any) -> Any:
    if isinstance(expression, str) and expression.startswith("$"):
        return _now() if expression == "$$NOW" else row.get(expression[1:])
    if not isinstance(expression, dict):
        return expression
    ((operator, operand),) = expression.items()
    if operator == "$literal":
        return operand
    if operator not in _OPERATORS:
        raise NotImplementedError(operator)
    return _OPERATORS[operator](*(_value(row, each) for each in operand))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "$add": lambda moment, ms: moment + timedelta(milliseconds=ms),
    "$gt": lambda one, other: one is not None and one > other,  # null is before every date
    "$lte": lambda one, other: one is None or one <= other,
}


def _now() -> datetime:
    """In whole milliseconds, and without a zone, as documents have it."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
