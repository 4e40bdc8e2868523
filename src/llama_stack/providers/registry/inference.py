"""Who can run models."""

from ..spec import ProviderSpec
from .inference_clouds import with_own_classes

__all__ = ("PROVIDERS",)

_INLINE = "llama_stack.providers.inline.inference"

PROVIDERS = (
    ProviderSpec(
        api="inference",
        provider_type="inline::llama-cpp",
        impl=f"{_INLINE}.llama_cpp:LlamaCpp",
        summary="GGUF models on this machine, run by llama.cpp in a process of its own",
        defaults={"model": "${env.LLAMA_MODEL:=}"},
        requires=("xllamacpp",),
        extra="llama-cpp",
        key_env="LLAMA_MODEL",
    ),
    ProviderSpec(
        api="inference",
        provider_type="inline::sentence-transformers",
        impl=f"{_INLINE}.sentence_transformers:SentenceTransformers",
        summary="MiniLM-class embedding models on this machine, through onnxruntime",
        defaults={"model": "${env.EMBEDDING_MODEL:=}"},
        requires=("onnxruntime", "tokenizers", "numpy"),
        extra="embeddings",
        key_env="EMBEDDING_MODEL",
    ),
    ProviderSpec(
        api="inference",
        provider_type="inline::static-embedding",
        impl=f"{_INLINE}.static_embedding:StaticEmbedding",
        summary="A small embedding model of our own that comes with the package: no key, no network, nothing to fetch",
        requires=("tokenizers", "numpy"),
        extra="embeddings",
    ),
    *with_own_classes(),
    # After all that serves real models: of those that chat, the first in the config is the default.
    ProviderSpec(
        api="inference",
        provider_type="inline::demo",
        impl=f"{_INLINE}.llama_cpp:LlamaCpp",
        summary="A tiny chat model of our own that comes with the package, to try things out: it knows nothing",
        defaults={
            "model": "package:llama-stack-demo-11m.gguf",
            "better": "LLAMA_MODEL=hf:unsloth/Llama-3.2-3B-Instruct-GGUF:Q4_K_M llama stack run starter",
            "prompt_cache_mib": 16,
        },
        requires=("xllamacpp",),
        extra="llama-cpp",
    ),
    ProviderSpec(
        api="inference",
        provider_type="inline::echo",
        impl=f"{_INLINE}.echo:Echo",
        summary="A test double: answers with what it was told",
        double=True,
    ),
    ProviderSpec(
        api="inference",
        provider_type="inline::scripted",
        impl=f"{_INLINE}.scripted:Scripted",
        summary="A test double: answers, refuses and stalls as its script says",
        double=True,
    ),
)
