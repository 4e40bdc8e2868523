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
    *vector_io_remote.PROVIDERS,
)
