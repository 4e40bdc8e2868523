"""postgres-demo: the starter, with everything it remembers on a PostgreSQL server."""

from ..spec import EVERY, Distribution, kept

__all__ = ("DISTRIBUTION",)

_SERVER = {
    "host": "${env.POSTGRES_HOST:=localhost}",
    "port": "${env.POSTGRES_PORT:=5432}",
    "db": "${env.POSTGRES_DB:=llamastack}",
    "user": "${env.POSTGRES_USER:=llamastack}",
    "password": "${env.POSTGRES_PASSWORD:=llamastack}",
}

DISTRIBUTION = Distribution(
    name="postgres-demo",
    description="the starter distribution, with its state on PostgreSQL, which several servers may share",
    providers={
        "inference": (EVERY,),
        "files": ("inline::localfs",),
        "file_processors": ("inline::auto",),
        "vector_io": ("remote::pgvector",),
        "tool_runtime": ("inline::rag-runtime",),
    },
    configs={**kept("postgres-demo"), "remote::pgvector": _SERVER},
    backends={
        "kv_default": {
            "type": "kv_postgres",
            **_SERVER,
            "table_name": "${env.POSTGRES_TABLE_NAME:=llamastack_kvstore}",
        },
        "sql_default": {"type": "sql_postgres", **_SERVER},
    },
)
