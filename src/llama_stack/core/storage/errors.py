"""What storage reports, as errors that name the place and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ...apis.errors import StackError, UnavailableError

__all__ = ("driver", "storage_away", "storage_error", "storage_failure")

_CODE = "storage_failed"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process holds it for too long; see which one has it open",
    sqlite3.SQLITE_CANTOPEN: "check that its folder exists and may be written",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; move it aside (a new one is made) or restore a backup",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk did not answer; check that it is mounted and has space",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database; set db_path to another one, or move it aside",
    sqlite3.SQLITE_PERM: "check who may write it",
    sqlite3.SQLITE_READONLY: "check that the file and its folder may be written",
}


def storage_error(place: str, message: str) -> StackError:
    """An error about the file or the server at `place`."""
    return StackError(f"storage {place}: {message}", code=_CODE)


def storage_away(place: str, message: str) -> UnavailableError:
    """An error about a server that cannot be reached now, and may be again later."""
    return UnavailableError(f"storage {place}: {message}", code="storage_unavailable")


def storage_failure(place: str, error: sqlite3.Error) -> StackError:
    """SQLite's error about the file at `place`, with what to do about it where that is known."""
    code = getattr(error, "sqlite_errorcode", None)  # absent where the sqlite3 module raised it by itself
    advice = _ADVICE.get(code & 0xFF) if code is not None else None
    failure = storage_error(place, f"{error}: {advice}" if advice else str(error))
    failure.__cause__ = error
    return failure


@contextmanager
def driver(backend_type: str, extra: str) -> Iterator[None]:
    """Around the import of a backend's code: where its driver is missing, say how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{backend_type} needs the package {error.name}: pip install 'llama-stack[{extra}]'"
        raise UnavailableError(message, code="storage_unavailable") from error
