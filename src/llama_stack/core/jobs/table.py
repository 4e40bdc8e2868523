"""The table of jobs: how they are submitted, leased, kept alive and ended.

A lease is a token in the row and the time until which it holds. Every write of a worker names its token, so one that
was silent for too long writes nothing once another has the job.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..storage.ownership import COLUMNS, VISIBLE, owner, viewer
from ..storage.sqlstore import Row, SqlStore, Statement
from ..storage.sqlstore.page import PageQuery
from .contract import JobRecord

__all__ = ("STEPS", "JobTable")

STEPS = (
    f"CREATE TABLE jobs (sequence <id>, id <text> NOT NULL UNIQUE, {COLUMNS}, kind <text> NOT NULL,"
    " key <text> UNIQUE, state <text> NOT NULL, created_at DOUBLE PRECISION NOT NULL, started_at DOUBLE PRECISION,"
    " ended_at DOUBLE PRECISION, attempt BIGINT NOT NULL DEFAULT 0, done BIGINT NOT NULL DEFAULT 0, total BIGINT,"
    " error <text>, cancelling BIGINT NOT NULL DEFAULT 0, payload <bytes> NOT NULL, checkpoint <bytes> NOT NULL,"
    " due_at DOUBLE PRECISION NOT NULL, lease <text>, lease_until DOUBLE PRECISION, worker <text>)",
    "CREATE INDEX jobs_due ON jobs (state, due_at, sequence)",
    "CREATE INDEX jobs_running ON jobs (state, lease_until)",
    "CREATE INDEX jobs_by_kind ON jobs (kind, sequence)",
)

_COLUMNS = ", ".join(JobRecord.__struct_fields__)
_ENDED = "('completed', 'failed', 'cancelled')"


class JobTable:
    """Reads and writes of jobs. Times are seconds since 1970."""

    def __init__(self, sql: SqlStore) -> None:
        self._sql = sql

    # ---- callers

    def submitting(
        self, job_id: str, kind: str, payload: Mapping[str, Any], key: str | None, total: int | None
    ) -> Statement:
        """The row of a new job; of two with one key, the first stays."""
        now = time.time()
        values = (job_id, *owner(), kind, key, "queued", now, total, msgspec.json.encode(payload), b"{}", now)
        return Statement(
            "INSERT INTO jobs (id, tenant, owner, kind, key, state, created_at, total, payload, checkpoint, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            values,
        )

    async def get(self, job_id: str) -> JobRecord | None:
        rows = await self._sql.rows(f"SELECT {_COLUMNS} FROM jobs WHERE {VISIBLE} AND id = ?", *viewer(), job_id)
        return _record(rows[0]) if rows else None

    async def by_key(self, key: str) -> JobRecord | None:
        rows = await self._sql.rows(f"SELECT {_COLUMNS} FROM jobs WHERE {VISIBLE} AND key = ?", *viewer(), key)
        return _record(rows[0]) if rows else None

    async def page(self, *, kind: str | None, state: str | None, after: str | None, limit: int) -> list[JobRecord]:
        """Jobs, the newest first; from behind `after`, which has to be there."""
        query = PageQuery(f"SELECT {_COLUMNS} FROM jobs WHERE {VISIBLE}", list(viewer()))
        for column, wanted in (("kind", kind), ("state", state)):
            if wanted is not None:
                query.also(f"{column} = ?", wanted)
        query.between("desc", await self._place(after), None)
        sql, values = query.limited("desc", limit)
        return [_record(row) for row in await self._sql.rows(sql, *values)]

    async def _place(self, job_id: str | None) -> int | None:
        if job_id is None:
            return None
        rows = await self._sql.rows(f"SELECT sequence FROM jobs WHERE {VISIBLE} AND id = ?", *viewer(), job_id)
        return int(rows[0][0]) if rows else -1

    async def cancel(self, job_id: str) -> bool:
        """Whether it waited, and has ended. One that runs is told at its next checkpoint, or its lease's next beat."""
        mine = (*viewer(), job_id)
        ended, _ = await self._sql.write(
            Statement(
                f"UPDATE jobs SET state = 'cancelled', ended_at = ? WHERE state = 'queued' AND {VISIBLE} AND id = ?"
                " RETURNING id",
                (time.time(), *mine),
            ),
            Statement(f"UPDATE jobs SET cancelling = 1 WHERE state = 'running' AND {VISIBLE} AND id = ?", mine),
        )
        return bool(ended)

    # ---- workers

    async def lease(
        self, kinds: Sequence[str], token: str, worker: str, seconds: float, dead: Sequence[str]
    ) -> JobRecord | None:
        """The next job for this worker: one that is due, or one whose worker is silent or `dead`.

        Of one owner and kind, the job that came first; of several, the one that has the fewest running.
        """
        now = time.time()
        free, values = _free(kinds, dead, now)
        if not await self._sql.rows(f"SELECT 1 FROM jobs WHERE {free} LIMIT 1", *values):
            return None  # mostly so, and reading holds nobody up
        heads = (
            "SELECT MIN(sequence) AS first, tenant AS t, owner AS o, kind AS k FROM jobs"
            f" WHERE {free} GROUP BY tenant, owner, kind"
        )
        pick = (
            f"SELECT first FROM ({heads}) AS heads ORDER BY (SELECT COUNT(*) FROM jobs WHERE state = 'running'"
            " AND tenant = t AND owner = o AND kind = k), first LIMIT 1"
        )
        (rows,) = await self._sql.write(
            Statement(
                "UPDATE jobs SET state = 'running', lease = ?, lease_until = ?, worker = ?, attempt = attempt + 1,"
                f" started_at = COALESCE(started_at, ?) WHERE sequence = ({pick}) AND {free} RETURNING {_COLUMNS}",
                (token, now + seconds, worker, now, *values, *values),
            )
        )
        return _record(rows[0]) if rows else None

    async def beat(self, tokens: Sequence[str], seconds: float) -> dict[str, bool]:
        """Keep leases; token → whether its job is to be cancelled. A lease that is lost is not in it."""
        marks = ", ".join("?" * len(tokens))
        (rows,) = await self._sql.write(
            Statement(
                f"UPDATE jobs SET lease_until = ? WHERE lease IN ({marks}) AND state = 'running'"
                " RETURNING lease, cancelling",
                (time.time() + seconds, *tokens),
            )
        )
        return {token: bool(cancelling) for token, cancelling in rows}

    def checkpoint(self, token: str, state: Mapping[str, Any], done: int | None, total: int | None) -> Statement:
        """How far a job is. It is needed: without the lease nothing is written."""
        return Statement(
            "UPDATE jobs SET checkpoint = ?, done = COALESCE(?, done), total = COALESCE(?, total)"
            " WHERE lease = ? AND state = 'running' RETURNING cancelling",
            (msgspec.json.encode(state), done, total, token),
            needed=True,
        )

    async def end(self, token: str, state: str, error: str | None = None) -> None:
        """The end of a job, if it is still ours."""
        await self._sql.write(
            Statement(
                "UPDATE jobs SET state = ?, error = ?, ended_at = ?, lease = NULL, lease_until = NULL, worker = NULL"
                " WHERE lease = ? AND state = 'running'",
                (state, error, time.time(), token),
            )
        )

    async def put_back(self, token: str, wait_seconds: float, error: str | None, *, attempts: int) -> None:
        """Let any worker go on with a job after a while. `attempts`: how many of its begins do not count."""
        await self._sql.write(
            Statement(
                "UPDATE jobs SET state = 'queued', due_at = ?, error = ?, attempt = attempt - ?, lease = NULL,"
                " lease_until = NULL, worker = NULL WHERE lease = ? AND state = 'running'",
                (time.time() + wait_seconds, error, attempts, token),
            )
        )

    async def next_due(self, kinds: Sequence[str]) -> float | None:
        """When the next job that waits is due; None when none waits."""
        marks = ", ".join("?" * len(kinds))
        rows = await self._sql.rows(
            f"SELECT MIN(due_at) FROM jobs WHERE state = 'queued' AND kind IN ({marks})", *kinds
        )
        return rows[0][0] if rows else None

    async def workers(self) -> list[str]:
        """Whoever has jobs running."""
        rows = await self._sql.rows("SELECT DISTINCT worker FROM jobs WHERE state = 'running' AND worker IS NOT NULL")
        return [row[0] for row in rows]

    async def prune(self, older_than: float) -> None:
        """Forget jobs that ended before a time."""
        await self._sql.write(Statement(f"DELETE FROM jobs WHERE state IN {_ENDED} AND ended_at < ?", (older_than,)))


def _free(kinds: Sequence[str], dead: Sequence[str], now: float) -> tuple[str, tuple[object, ...]]:
    """The condition of jobs that may be begun, and its values."""
    kind_marks, dead_marks = ", ".join("?" * len(kinds)), ", ".join("?" * len(dead)) or "''"
    condition = (
        f"kind IN ({kind_marks}) AND ((state = 'queued' AND due_at <= ?)"
        f" OR (state = 'running' AND (lease_until < ? OR worker IN ({dead_marks}))))"
    )
    return condition, (*kinds, now, now, *dead)


def _record(row: Row) -> JobRecord:
    return JobRecord(*(*row[:-2], *map(msgspec.json.decode, row[-2:])))
