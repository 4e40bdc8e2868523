"""The `storage` section: what it accepts, and how it says what is wrong."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from llama_stack.core.storage.config import KvSqlite, StorageConfig


def mistakes(section: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        StorageConfig.model_validate(section)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in caught.value.errors()]


def test_without_configuration_all_is_kept_in_memory() -> None:
    config = StorageConfig()
    assert {backend.type for backend in config.backends.values()} == {"kv_memory", "sql_memory"}
    assert config.stores.metadata.backend == "kv_default"
    assert config.stores.inference.backend == "sql_default"


def test_upstreams_grammar_is_read(tmp_path: Path) -> None:
    config = StorageConfig.model_validate(
        {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": "~/kv.db", "namespace": "demo"},
                "sql_default": {"type": "sql_sqlite", "db_path": str(tmp_path / "sql.db")},
            },
            "stores": {
                "metadata": {"namespace": "registry", "backend": "kv_default"},
                "inference": {"table_name": "inference_store", "backend": "sql_default", "max_write_queue_size": 99},
            },
        }
    )
    assert isinstance(config.backends["kv_default"], KvSqlite)
    assert config.backends["kv_default"].db_path == Path.home() / "kv.db"
    assert StorageConfig.model_validate_json(config.model_dump_json()) == config


def test_a_store_that_names_no_backend_gets_the_only_one() -> None:
    config = StorageConfig.model_validate({"backends": {"mine": {"type": "kv_sqlite", "db_path": "x.db"}}})
    assert config.stores.metadata.backend == "mine"


def test_among_several_backends_a_store_must_choose() -> None:
    backends = {"one": {"type": "kv_memory"}, "two": {"type": "kv_memory"}}
    assert mistakes({"backends": backends}) == [
        ("stores.metadata.backend", "there are several kv backends: say which one `metadata` uses")
    ]


def test_a_backend_that_is_not_defined_or_of_the_other_family_is_a_mistake() -> None:
    backends = {"here": {"type": "kv_memory"}}
    stores = {"metadata": {"backend": "there"}, "inference": {"backend": "here"}}
    assert mistakes({"backends": backends, "stores": stores}) == [
        ("stores.metadata.backend", "no backend is named 'there'; defined: here"),
        (
            "stores.inference.backend",
            "`inference` needs a backend whose type starts with sql_; this one is kv_memory",
        ),
    ]


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"backend": {}}, "backend"),
        ({"stores": {"responses": {}}}, "stores.responses"),
        ({"stores": {"inference": {"num_writers": 4}}}, "stores.inference.num_writers"),
        ({"stores": {"inference": {"max_write_queue_size": 0}}}, "stores.inference.max_write_queue_size"),
        ({"stores": {"inference": {"table_name": "a; drop"}}}, "stores.inference.table_name"),
        ({"stores": {"inference": {"table_name": "sqlite_x"}}}, "stores.inference.table_name"),
        ({"stores": {"metadata": {"namespace": "a:b"}}}, "stores.metadata.namespace"),
        ({"backends": {"x": {"type": "kv_sqlite"}}}, "backends.x.kv_sqlite.db_path"),
        ({"backends": {"x": {"type": "kv_sqlite", "db_path": ":memory:"}}}, "backends.x.kv_sqlite.db_path"),
        ({"backends": {"x": {"type": "kv_memory", "db_path": "y"}}}, "backends.x.kv_memory.db_path"),
        ({"backends": {"x": {"type": "kv_etcd"}}}, "backends.x"),
        ({"backends": {"x": {"type": "kv_postgres", "user": "u", "port": "none"}}}, "backends.x.kv_postgres.port"),
        (
            {"backends": {"x": {"type": "kv_postgres", "user": "u", "ssl_mode": "on"}}},
            "backends.x.kv_postgres.ssl_mode",
        ),
        (
            {"backends": {"x": {"type": "sql_postgres", "user": "u", "table_name": "t"}}},
            "backends.x.sql_postgres.table_name",
        ),
        ({"backends": {"x": {"type": "kv_redis", "db": "one"}}}, "backends.x.kv_redis.db"),
    ],
)
def test_what_is_not_known_or_not_possible_is_named_with_its_place(section: dict[str, Any], place: str) -> None:
    assert [where for where, _ in mistakes(section)] == [place]


def test_upstreams_servers_are_read() -> None:
    place = {"host": "db", "port": "5433", "db": "mine", "user": "me", "password": "1234"}
    tls = {"ssl_mode": "verify-full", "ca_cert_path": "/ca.pem"}
    config = StorageConfig.model_validate(
        {
            "backends": {
                "kv": {"type": "kv_postgres", **place, **tls, "table_name": "llamastack_kvstore", "namespace": "demo"},
                "cache": {"type": "kv_redis", "host": "cache", "port": "6380"},
                "documents": {"type": "kv_mongodb", **place, "collection_name": "llamastack_kvstore"},
                "sql": {"type": "sql_postgres", **place},
            },
            "stores": {"metadata": {"backend": "kv"}},
        }
    )
    assert config.stores.inference.backend == "sql"
    assert "1234" not in repr(config) + config.model_dump_json()


@pytest.mark.parametrize(
    ("backend", "mistake"),
    [
        ({"type": "kv_postgres"}, "user is missing: say as whom to log in, or give a url"),
        ({"type": "kv_postgres", "url": "postgresql://h/d", "host": "other"}, "give either a url or host, not both"),
        ({"type": "kv_postgres", "url": "mysql://h/d"}, "the url should start with postgresql://"),
        ({"type": "kv_postgres", "url": "postgresql://u:a/b@h/d"}, "the url's password holds / ? or #: write %2F"),
        ({"type": "sql_postgres", "user": "u", "ssl_mode": "prefer", "ca_cert_path": "x"}, "choose verify-full"),
        ({"type": "kv_redis", "url": "http://h"}, "the url should start with redis://"),
        ({"type": "kv_redis", "url": "redis://h", "tls": True}, "give either a url or tls, not both"),
        ({"type": "kv_redis", "ca_cert_path": "x"}, "ca_cert_path means nothing without TLS"),
        ({"type": "kv_mongodb", "url": "http://h"}, "the url should start with mongodb://"),
        ({"type": "kv_mongodb", "url": "mongodb+srv://h", "port": 1}, "give either a url or port, not both"),
        ({"type": "kv_mongodb", "ca_cert_path": "x"}, "ca_cert_path means nothing without TLS"),
        ({"type": "kv_mongodb", "password": "x"}, "user is missing: say whose password that is"),
    ],
)
def test_what_does_not_fit_together_is_said(backend: dict[str, Any], mistake: str) -> None:
    [(where, message)] = mistakes({"backends": {"x": backend}})
    assert where == f"backends.x.{backend['type']}"
    assert mistake in message
