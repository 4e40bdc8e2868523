"""Who can keep files."""

from ..spec import ProviderSpec

__all__ = ("PROVIDERS",)

PROVIDERS = (
    ProviderSpec(
        api="files",
        provider_type="inline::localfs",
        impl="llama_stack.providers.inline.files.localfs:LocalFiles",
        summary="Files in a folder of this machine",
    ),
)
