"""What SQLite reports, as errors that name the file and what to do."""

import sqlite3

from ...apis.errors import StackError

__all__ = ("storage_error", "storage_failure")

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
    """An error about the file at `place`."""
    return StackError(f"storage {place}: {message}", code=_CODE)


def storage_failure(place: str, error: sqlite3.Error) -> StackError:
    """SQLite's error about the file at `place`, with what to do about it where that is known."""
    code = getattr(error, "sqlite_errorcode", None)  # absent where the sqlite3 module raised it by itself
    advice = _ADVICE.get(code & 0xFF) if code is not None else None
    failure = storage_error(place, f"{error}: {advice}" if advice else str(error))
    failure.__cause__ = error
    return failure
