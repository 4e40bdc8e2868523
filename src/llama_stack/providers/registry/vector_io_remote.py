"""Who can hold vector stores on a server, or with an engine of another product."""

from ..spec import ProviderSpec

__all__ = ("PROVIDERS",)

_INLINE = "llama_stack.providers.inline.vector_io"
_REMOTE = "llama_stack.providers.remote.vector_io"

PROVIDERS = (
    ProviderSpec(
        api="vector_io",
        provider_type="remote::pgvector",
        impl=f"{_REMOTE}.pgvector.provider:Pgvector",
        summary="Vector stores in PostgreSQL, with the pgvector extension",
        defaults={
            "host": "${env.PGVECTOR_HOST:=localhost}",
            "port": "${env.PGVECTOR_PORT:=5432}",
            "db": "${env.PGVECTOR_DB:=}",
            "user": "${env.PGVECTOR_USER:=postgres}",
            "password": "${env.PGVECTOR_PASSWORD:=}",
        },
        requires=("asyncpg",),
        extra="pgvector",
        key_env="PGVECTOR_DB",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="inline::chromadb",
        impl=f"{_INLINE}.chromadb:InlineChroma",
        summary="Vector stores in a folder on this machine, kept by Chroma",
        defaults={"db_path": "${env.CHROMADB_PATH:=}"},
        requires=("chromadb",),
        extra="chromadb",
        key_env="CHROMADB_PATH",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="remote::chromadb",
        impl=f"{_REMOTE}.chromadb:RemoteChroma",
        summary="Vector stores on a Chroma server",
        defaults={"url": "${env.CHROMADB_URL:=}"},
        url_env="CHROMADB_URL",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="inline::qdrant",
        impl=f"{_INLINE}.qdrant:InlineQdrant",
        summary="Vector stores in a folder on this machine, kept by Qdrant's client",
        defaults={"path": "${env.QDRANT_PATH:=}"},
        requires=("qdrant_client",),
        extra="qdrant",
        key_env="QDRANT_PATH",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="remote::qdrant",
        impl=f"{_REMOTE}.qdrant:RemoteQdrant",
        summary="Vector stores on a Qdrant server",
        defaults={"url": "${env.QDRANT_URL:=}", "api_key": "${env.QDRANT_API_KEY:=}"},
        url_env="QDRANT_URL",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="inline::milvus",
        impl=f"{_INLINE}.milvus:InlineMilvus",
        summary="Vector stores in a folder on this machine, kept by Milvus Lite",
        defaults={"db_path": "${env.MILVUS_DB_PATH:=}"},
        requires=("pymilvus", "milvus_lite"),
        extra="milvus",
        key_env="MILVUS_DB_PATH",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="remote::milvus",
        impl=f"{_REMOTE}.milvus:RemoteMilvus",
        summary="Vector stores on a Milvus server",
        defaults={"uri": "${env.MILVUS_ENDPOINT:=}", "token": "${env.MILVUS_TOKEN:=}"},
        requires=("pymilvus",),
        extra="milvus",
        url_env="MILVUS_ENDPOINT",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="remote::elasticsearch",
        impl=f"{_REMOTE}.elasticsearch.provider:Elasticsearch",
        summary="Vector stores in Elasticsearch",
        defaults={
            "elasticsearch_url": "${env.ELASTICSEARCH_URL:=}",
            "elasticsearch_api_key": "${env.ELASTICSEARCH_API_KEY:=}",
        },
        url_env="ELASTICSEARCH_URL",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="remote::weaviate",
        impl=f"{_REMOTE}.weaviate.provider:Weaviate",
        summary="Vector stores in Weaviate",
        defaults={
            "weaviate_cluster_url": "${env.WEAVIATE_CLUSTER_URL:=}",
            "weaviate_api_key": "${env.WEAVIATE_API_KEY:=}",
        },
        url_env="WEAVIATE_CLUSTER_URL",
    ),
)
