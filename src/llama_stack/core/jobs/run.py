"""One job while it runs here."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from ..storage.sqlstore import SqlStore, Statement, UnmetError
from .contract import JobCancelledError, JobRecord, JobRun, LeaseLostError
from .table import JobTable

__all__ = ("LeasedRun",)


class LeasedRun(JobRun):
    """A job whose lease `token` is ours. What it writes, it writes with the lease or not at all."""

    def __init__(self, record: JobRecord, token: str, max_attempts: int, table: JobTable, sql: SqlStore) -> None:
        self.record = record
        self.token = token
        self._state = record.checkpoint
        self._max_attempts = max_attempts
        self._table = table
        self._sql = sql

    @property
    @override
    def id(self) -> str:
        return self.record.id

    @property
    @override
    def payload(self) -> Mapping[str, Any]:
        return self.record.payload

    @property
    @override
    def state(self) -> Mapping[str, Any]:
        return self._state

    @property
    @override
    def last_attempt(self) -> bool:
        return self.record.attempt >= self._max_attempts

    @override
    async def checkpoint(
        self, state: Mapping[str, Any], *statements: Statement, done: int | None = None, total: int | None = None
    ) -> None:
        try:
            kept, *_ = await self._sql.write(self._table.checkpoint(self.token, state, done, total), *statements)
        except UnmetError as unmet:
            if unmet.args == (self._table.checkpoint(self.token, state, done, total).sql,):
                raise LeaseLostError(self.id) from None
            raise
        self._state = dict(state)
        if kept[0][0]:
            raise JobCancelledError(self.id)
