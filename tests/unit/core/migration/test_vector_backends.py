"""Vector backends of another program's run config: what means nothing here is dropped, and told."""

from tests.unit.core.migration.importing import loaded, lost, run_config, told

UPSTREAM = """\
version: 2
image_name: vectors
apis: [vector_io]
providers:
  vector_io:
  - provider_id: pgvector
    provider_type: remote::pgvector
    config:
      host: db
      port: 5432
      db: vectors
      user: me
      password: ${env.PGVECTOR_PASSWORD:=secret}
      distance_metric: COSINE
      vector_index: {type: HNSW, m: 16, ef_construction: 64, ef_search: 40}
      persistence: {namespace: vector_io::pgvector, backend: kv_default}
  - provider_id: qdrant
    provider_type: remote::qdrant
    config:
      host: q
      grpc_port: 6334
      prefer_grpc: false
      timeout: 5
      persistence: {namespace: vector_io::qdrant, backend: kv_default}
  - provider_id: chromadb
    provider_type: remote::chromadb
    config:
      url: http://c:8000
      persistence: {namespace: vector_io::chroma_remote, backend: kv_default}
  - provider_id: milvus
    provider_type: remote::milvus
    config:
      uri: http://m:19530
      token: ${env.MILVUS_TOKEN:=}
      consistency_level: Strong
      persistence: {namespace: vector_io::milvus_remote, backend: kv_default}
storage:
  backends:
    kv_default: {type: kv_sqlite, db_path: /tmp/kv.db}
"""


def test_they_come_over_without_what_means_nothing_here() -> None:
    configs = {entry.provider_id: entry.config for entry in loaded(run_config(UPSTREAM)).providers["vector_io"]}
    assert configs["pgvector"]["vector_index"] == {"type": "HNSW", "m": 16, "ef_construction": 64, "ef_search": 40}
    assert {name: value for name, value in configs["qdrant"].items() if value} == {"host": "q", "timeout": 5}
    assert configs["chromadb"]["url"] == "http://c:8000"
    assert configs["milvus"]["consistency_level"] == "Strong"
    assert not any("persistence" in config for config in configs.values())


def test_what_is_dropped_says_why() -> None:
    imported = run_config(UPSTREAM)
    assert len(lost(imported)) == 7
    assert told(imported)[0] == (
        "14:7: providers.vector_io[0].config.distance_metric: "
        "each vector store has a metric of its own, chosen when it is made: remove this key"
    )
    assert told(imported)[-1] == (
        "36:7: providers.vector_io[3].config.persistence: "
        "stores are listed from the backend itself and nothing is kept beside it: remove this key"
    )
