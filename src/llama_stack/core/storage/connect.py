"""How an SQLite file is opened here: in WAL mode, patiently, durably."""

import sqlite3
import time
from pathlib import Path

from .errors import storage_error, storage_failure

__all__ = ("MEMORY", "connect", "prepare")

MEMORY = ":memory:"
_PATIENCE_SECONDS = 30.0  # for other processes' writes


def prepare(path: Path | None) -> sqlite3.Connection:
    """Make the file and its folder where absent, and open it for writing. Raises an error that names it."""
    if path is not None:
        _check(path)
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        raise storage_failure(str(path), error) from error
    try:
        _set_up(connection)
    except sqlite3.Error as error:
        connection.close()
        raise storage_failure(str(path), error) from error
    return connection


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection that any one thread at a time may use; transactions are begun by hand."""
    return sqlite3.connect(
        path or MEMORY, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
    )


def _check(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        taken = path.is_dir()
    except OSError as error:
        message = f"its folder cannot be used ({error.strerror or error}): set db_path to a place that may be written"
        raise storage_error(str(path), message) from error
    if taken:
        raise storage_error(str(path), "this is a folder: set db_path to a file in it")


def _set_up(connection: sqlite3.Connection) -> None:
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # what was answered survives a power cut as well
    connection.execute("PRAGMA journal_size_limit = 33554432")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for this lock by itself when processes start together."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
