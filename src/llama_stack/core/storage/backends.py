"""The `storage.backends` section of a run config: what can keep things, and how it is reached."""

import uuid
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

__all__ = (
    "Backend",
    "Family",
    "KvMemory",
    "KvMongoDB",
    "KvPostgres",
    "KvRedis",
    "KvSqlite",
    "Namespace",
    "PostgresServer",
    "SqlMemory",
    "SqlPostgres",
    "SqlSqlite",
    "Strict",
    "Table",
)

Family = Literal["kv", "sql"]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


def _file(path: Path) -> Path:
    if str(path) == ":memory:":
        raise ValueError("name a file; to keep nothing, choose the type kv_memory or sql_memory")
    return path.expanduser()


def _table(name: str) -> str:
    if name.lower().startswith(("sqlite_", "llama_stack_")):
        raise ValueError("names that start with sqlite_ or llama_stack_ are taken")
    return name


File = Annotated[Path, AfterValidator(_file), Field(description="path of a file; its folder is made when absent")]
Table = Annotated[str, AfterValidator(_table), Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Namespace = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="keeps its keys apart from others'")]
CaFile = Annotated[Path, AfterValidator(Path.expanduser), Field(description="whom to trust, as PEM")]
Connections = Annotated[int, Field(ge=1, description="connections that each store of each process may hold")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class KvMemory(Strict):
    """Keys and values in this process alone; forgotten when it ends."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_memory"] = "kv_memory"
    # The medium itself, so that all stores opened on one backend share it: value and time of expiry by key.
    _entries: dict[str, tuple[bytes, float | None]] = PrivateAttr(default_factory=dict)


class KvSqlite(Strict):
    """Keys and values in an SQLite file, which several processes may share."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_sqlite"] = "kv_sqlite"
    db_path: File
    namespace: Namespace | None = None


class SqlMemory(Strict):
    """Tables in this process alone; forgotten when they are closed."""

    family: ClassVar[Family] = "sql"
    type: Literal["sql_memory"] = "sql_memory"
    _place: str = PrivateAttr(default="")

    @property
    def place(self) -> str:
        """The medium's name, so that all stores opened on one backend share it. Given at the first opening."""
        self._place = self._place or f":memory:{uuid.uuid4().hex}"
        return self._place


class SqlSqlite(Strict):
    """Tables in an SQLite file, which several processes may share."""

    family: ClassVar[Family] = "sql"
    type: Literal["sql_sqlite"] = "sql_sqlite"
    db_path: File


class PostgresServer(Strict):
    """How a PostgreSQL database is reached: by its URL, or by its parts."""

    url: SecretStr | None = Field(default=None, description="postgresql://user:password@host:port/db")
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=5432, ge=1, le=65535)
    db: str = Field(default="llamastack", min_length=1)
    user: str | None = None
    password: SecretStr | None = None
    ssl_mode: SslMode | None = Field(default=None, description="`prefer` unless the URL says otherwise")
    ca_cert_path: CaFile | None = None
    max_connections: Connections = 8

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.url is not None:
            _check_url(self, self.url, ("postgresql", "postgres"), {"host", "port", "db", "user", "password"})
        elif not self.user:
            raise ValueError("user is missing: say as whom to log in, or give a url")
        if self.ca_cert_path and self.ssl_mode not in (None, "require", "verify-ca", "verify-full"):
            raise ValueError(f"ca_cert_path means nothing with ssl_mode {self.ssl_mode}: choose verify-full")
        return self


class KvPostgres(PostgresServer):
    """Keys and values in a table on a PostgreSQL server, which many machines may share."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_postgres"] = "kv_postgres"
    table_name: Table = "llamastack_kvstore"
    namespace: Namespace | None = None


class SqlPostgres(PostgresServer):
    """Tables on a PostgreSQL server, which many machines may share."""

    family: ClassVar[Family] = "sql"
    type: Literal["sql_postgres"] = "sql_postgres"


class KvRedis(Strict):
    """Keys and values on a Redis or Valkey server; as durable as that server is set up to be."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_redis"] = "kv_redis"
    url: SecretStr | None = Field(default=None, description="redis://user:password@host:port/db; rediss:// with TLS")
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=6379, ge=1, le=65535)
    db: int = Field(default=0, ge=0)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_cert_path: CaFile | None = None
    max_connections: Connections = 32
    namespace: Namespace | None = None

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.url is not None:
            _check_url(self, self.url, ("redis", "rediss"), {"host", "port", "db", "username", "password", "tls"})
        if self.ca_cert_path and not self.uses_tls:
            raise ValueError("ca_cert_path means nothing without TLS: set tls: true, or give a rediss:// url")
        return self

    @property
    def uses_tls(self) -> bool:
        return self.tls or (self.url is not None and self.url.get_secret_value().startswith("rediss:"))


class KvMongoDB(Strict):
    """Keys and values in a collection on a MongoDB server, or a replica set of them."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_mongodb"] = "kv_mongodb"
    url: SecretStr | None = Field(default=None, description="mongodb://user:password@host:port/db, or mongodb+srv://…")
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=27017, ge=1, le=65535)
    db: str = Field(default="llamastack", min_length=1)
    user: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_cert_path: CaFile | None = None
    max_connections: Connections = 32
    collection_name: str = Field(default="llamastack_kvstore", pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,100}$")
    namespace: Namespace | None = None

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.url is not None:
            _check_url(self, self.url, ("mongodb", "mongodb+srv"), {"host", "port", "db", "user", "password", "tls"})
        elif self.password and not self.user:
            raise ValueError("user is missing: say whose password that is")
        if self.ca_cert_path and not self.uses_tls:
            raise ValueError("ca_cert_path means nothing without TLS: set tls: true, or say tls=true in the url")
        return self

    @property
    def uses_tls(self) -> bool:
        text = "" if self.url is None else self.url.get_secret_value()
        asked = ("tls=true" in text or "ssl=true" in text) or (
            text.startswith("mongodb+srv:") and "tls=false" not in text
        )
        return self.tls or asked


Backend = Annotated[
    KvMemory | KvSqlite | KvPostgres | KvRedis | KvMongoDB | SqlMemory | SqlSqlite | SqlPostgres,
    Field(discriminator="type"),
]


def _check_url(backend: Strict, url: SecretStr, schemes: tuple[str, ...], parts: set[str]) -> None:
    """See to it that the URL is one, and says all that the parts would say."""
    fields = type(backend).model_fields
    if doubled := sorted(part for part in parts if getattr(backend, part) != fields[part].default):
        raise ValueError(f"give either a url or {', '.join(doubled)}, not both")
    text = url.get_secret_value()
    found = urlsplit(text)
    if found.scheme not in schemes:
        raise ValueError(f"the url should start with {schemes[0]}://")
    if "@" in text and "@" not in found.netloc:
        raise ValueError("the url's password holds / ? or #: write %2F, %3F or %23")
