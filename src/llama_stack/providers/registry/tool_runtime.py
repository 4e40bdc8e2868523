"""Who can run tools."""

from ..spec import ProviderSpec

__all__ = ("PROVIDERS",)

PROVIDERS = (
    ProviderSpec(
        api="tool_runtime",
        provider_type="inline::rag-runtime",
        impl="llama_stack.providers.inline.tool_runtime.rag:RagRuntime",
        summary="Documents into vector stores and out again, as tools for models",
        requires=("toktok",),
        extra="documents",
    ),
)
