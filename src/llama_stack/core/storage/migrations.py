"""Schemas that know their version, and move forward."""

import sqlite3
from collections.abc import Callable, Sequence

from .errors import storage_error

__all__ = ("Step", "migrate")


Step = str | Callable[[sqlite3.Connection], None]


def migrate(connection: sqlite3.Connection, place: str, component: str, steps: Sequence[Step]) -> None:
    """Bring `component`'s tables to the newest version; `steps[n]` leads from version n to n + 1.

    A step is an SQL statement or a function. Steps that were released are never changed, only followed by
    others. Runs within the caller's transaction, which holds the write lock: so two processes that start
    together do the work once. One file may hold several components; hence a table, not `PRAGMA user_version`.
    """
    version = _version(connection, component)
    if version > len(steps):
        raise storage_error(
            place,
            f"a newer version of Llama Stack wrote its {component} (schema {version}, this version knows "
            f"{len(steps)}): upgrade Llama Stack, or use another file",
        )
    for step in steps[version:]:
        _take(connection, step)
    if version < len(steps):
        connection.execute("INSERT OR REPLACE INTO llama_stack_schema VALUES (?, ?)", (component, len(steps)))


def _version(connection: sqlite3.Connection, component: str) -> int:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS llama_stack_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
    )
    row = connection.execute("SELECT version FROM llama_stack_schema WHERE component = ?", (component,)).fetchone()
    return int(row[0]) if row else 0


def _take(connection: sqlite3.Connection, step: Step) -> None:
    if callable(step):
        step(connection)
    else:
        connection.execute(step)
