"""Gateways that pass requests on to other services, one row each."""

from functools import partial

from .service import Service

__all__ = ("GATEWAYS",)

_row = partial(Service, checked="2026-11-23")

GATEWAYS = (
    _row(
        "openrouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        title="OpenRouter",
        quirks=("reasoning", "choice_error"),
        source="https://openrouter.ai/docs/api/reference/overview",
    ),
    _row(
        "huggingface",
        "https://router.huggingface.co/v1",
        "HF_TOKEN",
        title="Hugging Face Inference Providers",
        quirks=("reasoning",),
        source="https://huggingface.co/docs/inference-providers",
    ),
    _row(
        "vercel",
        "https://ai-gateway.vercel.sh/v1",
        "AI_GATEWAY_API_KEY",
        title="Vercel AI Gateway",
        quirks=("reasoning",),
        source="https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions",
    ),
    _row(
        "requesty",
        "https://router.requesty.ai/v1",
        "REQUESTY_API_KEY",
        source="https://docs.requesty.ai",
    ),
    _row(
        "helicone",
        "https://ai-gateway.helicone.ai/v1",
        "HELICONE_API_KEY",
        title="Helicone AI Gateway",
        source="https://docs.helicone.ai/rest/ai-gateway/post-v1-chat-completions",
    ),
    _row(
        "poe",
        "https://api.poe.com/v1",
        "POE_API_KEY",
        source="https://creator.poe.com/docs/external-applications/openai-compatible-api",
    ),
    _row(
        "cortecs",
        "https://api.cortecs.ai/v1",
        "CORTECS_API_KEY",
        title="cortecs",
        source="https://docs.cortecs.ai",
    ),
    _row(
        "litellm",
        "http://localhost:4000/v1",
        "LITELLM_PROXY_API_KEY",
        "LITELLM_PROXY_API_BASE",
        needs_key=False,
        title="LiteLLM's proxy",
        lacks=frozenset(),
        source="https://docs.litellm.ai/docs/simple_proxy",
    ),
    _row(
        "passthrough",
        None,
        "PASSTHROUGH_API_KEY",
        "PASSTHROUGH_URL",
        needs_key=False,
        title="Another Llama Stack, or any OpenAI-compatible server",
        lacks=frozenset(),
        source="https://platform.openai.com/docs/api-reference",
    ),
)
