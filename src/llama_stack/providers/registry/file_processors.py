"""Who can make chunks of documents."""

from ..spec import ProviderSpec

__all__ = ("PROVIDERS",)

_INLINE = "llama_stack.providers.inline.file_processors"

PROVIDERS = (
    ProviderSpec(
        api="file_processors",
        provider_type="inline::auto",
        impl=f"{_INLINE}.auto:Auto",
        summary="Documents of every format the stack knows, each read by what reads it best; nothing to set up",
        requires=("toktok",),
        extra="documents",
    ),
    ProviderSpec(
        api="file_processors",
        provider_type="inline::pypdf",
        impl=f"{_INLINE}.pypdf:PyPdf",
        summary="PDF, read by pypdf; other formats are refused",
        requires=("toktok", "pypdf"),
        extra="documents",
    ),
    ProviderSpec(
        api="file_processors",
        provider_type="inline::markitdown",
        impl=f"{_INLINE}.markitdown:MarkItDownFiles",
        summary="Office documents, PDF and HTML, converted to markdown by markitdown",
        requires=("toktok", "markitdown"),
        extra="markitdown",
    ),
)
