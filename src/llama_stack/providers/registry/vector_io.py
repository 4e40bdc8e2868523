"""Who can hold vector stores."""

from ..spec import ProviderSpec
from . import vector_io_remote

__all__ = ("PROVIDERS",)

_INLINE = "llama_stack.providers.inline.vector_io"

PROVIDERS = (
    ProviderSpec(
        api="vector_io",
        provider_type="inline::sqlite",
        impl=f"{_INLINE}.sqlite:Sqlite",
        summary="Vector stores in an SQLite file on this machine: no server, nothing to set up",
        requires=("numpy",),
        extra="vectors",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="inline::faiss",
        impl=f"{_INLINE}.faiss:Faiss",
        summary="Vector stores on this machine, searched by faiss, with graphs of a shape of your choice",
        requires=("numpy", "faiss"),
        extra="vectors",
    ),
    ProviderSpec(
        api="vector_io",
        provider_type="inline::sqlite-vec",
        impl=f"{_INLINE}.sqlite_vec:SqliteVec",
        summary="Vector stores on this machine, searched by sqlite-vec: always exact, with little in memory",
        requires=("numpy", "apsw", "sqlite_vec"),
        extra="sqlite-vec",
    ),
    *vector_io_remote.PROVIDERS,
)
