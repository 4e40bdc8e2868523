"""PostgreSQL through asyncpg: a bounded pool, time limits, and errors that name the server and what to do.

Imported when a backend of this kind is opened, not before.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import asyncpg

from ...apis.errors import StackError
from .backends import PostgresServer
from .errors import storage_away, storage_error

__all__ = ("Postgres", "Work")

T = TypeVar("T")
Work = Callable[[Any], Awaitable[T]]  # asyncpg has no types: what is handed over is an asyncpg.Connection

_CONNECT_SECONDS = 5.0  # also for a connection of the pool to become free
_QUERY_SECONDS = 10.0
_IDLE_SECONDS = 60.0  # shorter than firewalls forget a silent connection

# The connection went while it was in use. Another one may do: the server has restarted, or ended just this one.
_CUT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    ConnectionResetError,
    BrokenPipeError,
)
_AWAY = (
    *_CUT,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    OSError,
    TimeoutError,
)
_ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (asyncpg.InvalidPasswordError, "check user and password"),
    (asyncpg.InvalidAuthorizationSpecificationError, "check user, password and ssl_mode, and the server's pg_hba.conf"),
    (asyncpg.InvalidCatalogNameError, "create the database, or set db to another one"),
    (asyncpg.InsufficientPrivilegeError, "let the user create tables there: GRANT CREATE ON SCHEMA public TO …"),
    (asyncpg.InvalidSchemaNameError, "create the schema that search_path names"),
    (asyncpg.TooManyConnectionsError, "raise the server's max_connections, or lower the backend's"),
    (asyncpg.CannotConnectNowError, "try again in a moment"),
    (asyncpg.DiskFullError, "free some space on the server"),
    (asyncpg.ReadOnlySQLTransactionError, "this server only reads: give the address of the primary"),
    (asyncpg.DuplicateTableError, "another program made it: choose another table_name, or another db"),
    (ssl.SSLError, "check ssl_mode and ca_cert_path"),
    (OSError, "check that the server runs, and that host and port are right"),
)


class Postgres:
    """A database and up to `max_connections` connections to it. Opened and closed with `async with`.

    No call waits without end, and one that fails because the server is away does not keep later ones from
    succeeding: connections are made anew as they are needed.
    """

    _pool: Any

    def __init__(self, server: PostgresServer) -> None:
        self.place = _place(server)
        self._server = server

    async def __aenter__(self) -> Self:
        try:
            self._pool = await asyncpg.create_pool(
                **_address(self._server),
                min_size=0,
                max_size=self._server.max_connections,
                max_inactive_connection_lifetime=_IDLE_SECONDS,
                timeout=_CONNECT_SECONDS,
                command_timeout=_QUERY_SECONDS,
                reset=_leave,
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise self._failure(error) from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._pool.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):  # it cannot say goodbye
            self._pool.terminate()

    async def rows(self, statement: str, *values: object, again: bool = True) -> list[Any]:
        """The rows that a statement gives. `again`: doing it twice is like doing it once."""
        return await self.run(lambda connection: connection.fetch(statement, *values), again=again)

    async def write(self, work: Work[T], *, again: bool = True) -> T:
        """Run `work` in a transaction; returns once that is durable. Of failed work nothing remains."""

        async def transaction(connection: Any) -> T:
            async with connection.transaction():
                return await work(connection)

        return await self.run(transaction, again=again)

    async def run(self, work: Work[T], *, again: bool) -> T:
        """Run `work` on a connection; on another one if the first was cut and doing it twice does no harm."""
        try:
            with contextlib.suppress(*(_CUT if again else ())):
                return await self._attempt(work)
            return await self._attempt(work)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise self._failure(error) from error

    async def _attempt(self, work: Work[T]) -> T:
        async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
            return await work(connection)

    def _failure(self, error: Exception) -> StackError:
        what = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        advice = next((text for kind, text in _ADVICE if isinstance(error, kind)), None)
        message = f"{what}: {advice}" if advice else what
        return (storage_away if isinstance(error, _AWAY) else storage_error)(self.place, message)


async def _leave(connection: Any) -> None:
    """Nothing to reset between two users of a connection: they leave no state. It saves a round trip."""


def _address(server: PostgresServer) -> dict[str, Any]:
    tls = {} if server.ssl_mode is None and server.ca_cert_path is None else {"ssl": _tls(server)}
    if server.url is not None:
        return {"dsn": server.url.get_secret_value(), **tls}
    password = server.password.get_secret_value() if server.password else None
    where = {"host": server.host, "port": server.port, "database": server.db}
    return {**where, "user": server.user, "password": password, **tls}


def _tls(server: PostgresServer) -> ssl.SSLContext | str | None:
    """What asyncpg calls `ssl`. A given certificate is checked, with `require` too, as libpq does."""
    mode = server.ssl_mode or "verify-full"
    if server.ca_cert_path is None and not mode.startswith("verify"):
        return mode
    try:
        context = ssl.create_default_context(cafile=server.ca_cert_path)
    except OSError as error:
        message = f"ca_cert_path {server.ca_cert_path} cannot be read ({error.strerror or error})"
        raise storage_error(_place(server), message) from error
    context.check_hostname = mode == "verify-full"
    return context


def _place(server: PostgresServer) -> str:
    """Where it is, without what should not be told."""
    if server.url is None:
        return f"postgresql://{server.user}@{server.host}:{server.port}/{server.db}"
    found = urlsplit(server.url.get_secret_value())
    return f"postgresql://{re.sub(':.*@', '@', found.netloc)}{found.path}"
