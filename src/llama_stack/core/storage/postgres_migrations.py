"""Schemas on a PostgreSQL server that know their version, and move forward."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .errors import storage_error
from .postgres import Postgres

__all__ = ("Step", "migrate")

Step = str | Callable[[Any], Awaitable[None]]

_LOCK = 0x6C6C616D61  # "llama": whoever changes our schemas in a database holds this
_SECONDS = 600.0  # for a step, which may have a large table to go through


async def migrate(db: Postgres, component: str, steps: Sequence[Step]) -> None:
    """Bring `component`'s tables to the newest version; `steps[n]` leads from version n to n + 1.

    The twin of `migrations.migrate`, with its rules. All steps are one transaction, under a lock of the
    database: of replicas that start together one does the work, and the others find it done.
    """

    async def forward(connection: Any) -> None:
        await connection.execute("SELECT pg_advisory_xact_lock($1::bigint)", _LOCK, timeout=_SECONDS)
        version = await _version(connection, component)
        if version > len(steps):
            raise storage_error(
                db.place,
                f"a newer version of Llama Stack wrote its {component} (schema {version}, this version knows "
                f"{len(steps)}): upgrade Llama Stack, or use another database",
            )
        for step in steps[version:]:
            await _take(connection, step)
        if version < len(steps):
            await connection.execute(
                "INSERT INTO llama_stack_schema VALUES ($1, $2)"
                " ON CONFLICT (component) DO UPDATE SET version = excluded.version",
                component,
                len(steps),
            )

    await db.write(forward)


async def _version(connection: Any, component: str) -> int:
    # Asked for first: a user who may not create tables can work with those that an administrator made.
    if await connection.fetchval("SELECT to_regclass('llama_stack_schema')") is None:
        await connection.execute(
            "CREATE TABLE llama_stack_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
        )
    version = await connection.fetchval("SELECT version FROM llama_stack_schema WHERE component = $1", component)
    return version or 0


async def _take(connection: Any, step: Step) -> None:
    if callable(step):
        await step(connection)
    else:
        await connection.execute(step, timeout=_SECONDS)
