"""Which provider type LiteLLM's `model: prefix/name` stands for, and what the name is once the prefix is gone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...providers.spec import ProviderSpec

__all__ = (
    "NATIVE",
    "OPENAI_LIKE",
    "Spelling",
    "by_address",
    "provider_spec",
    "spelling",
    "split_model",
    "usual_address",
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A prefix of LiteLLM's whose service goes by another name here, or whose variables do."""

    name: str
    key_env: str | None = None  # where LiteLLM looks for the key; None: where we do
    base_env: str | None = None  # likewise, for the address
    base_url: str | None = None  # an address of its own


# Prefixes that differ by more than `_`, `-` and a final `ai`.
_SPELLINGS = {
    "ai21_chat": Spelling("ai21"),
    "anthropic_text": Spelling("anthropic"),
    "codestral": Spelling("mistral", "CODESTRAL_API_KEY", base_url="https://codestral.mistral.ai/v1"),
    "cohere_chat": Spelling("cohere"),
    "dashscope": Spelling("qwen"),
    "databricks": Spelling("databricks", "DATABRICKS_API_KEY", "DATABRICKS_API_BASE"),
    "featherless_ai": Spelling("featherless", "FEATHERLESS_AI_API_KEY"),
    "github": Spelling("github-models", "GITHUB_API_KEY"),
    "gradient_ai": Spelling("digitalocean", "GRADIENT_AI_API_KEY"),
    "hosted_vllm": Spelling("vllm", "HOSTED_VLLM_API_KEY", "HOSTED_VLLM_API_BASE"),
    "huggingface": Spelling("huggingface", "HUGGINGFACE_API_KEY"),
    "infinity": Spelling("passthrough", "INFINITY_API_KEY", "INFINITY_API_BASE"),
    "litellm_proxy": Spelling("litellm"),
    "llamafile": Spelling("llama-cpp-server", "LLAMAFILE_API_KEY", "LLAMAFILE_API_BASE"),
    "lm_studio": Spelling("lm-studio", "LM_STUDIO_API_KEY", "LM_STUDIO_API_BASE"),
    "nvidia_nim": Spelling("nvidia", "NVIDIA_NIM_API_KEY", "NVIDIA_NIM_API_BASE"),
    "ollama": Spelling("ollama", base_env="OLLAMA_API_BASE"),
    "ollama_chat": Spelling("ollama", base_env="OLLAMA_API_BASE"),
    "perplexity": Spelling("perplexity", "PERPLEXITYAI_API_KEY"),
    "veniceai": Spelling("venice", "VENICE_AI_API_KEY"),
    "vercel_ai_gateway": Spelling("vercel", "VERCEL_AI_GATEWAY_API_KEY"),
    "vertex_ai_beta": Spelling("vertexai"),
    "volcengine": Spelling("volcengine", "VOLCENGINE_API_KEY"),
    "watsonx_text": Spelling("watsonx"),
    "xiaomi_mimo": Spelling("xiaomi", "XIAOMI_MIMO_API_KEY"),
    "xinference": Spelling("passthrough", "XINFERENCE_API_KEY", "XINFERENCE_API_BASE"),
}
# OpenAI's service, or with an `api_base` whatever speaks its format.
OPENAI_LIKE = frozenset({"aiohttp_openai", "custom_openai", "openai", "openai_like", "text-completion-openai"})
# Services that LiteLLM calls in their own formats.
NATIVE = frozenset({"anthropic", "anthropic_text", "bedrock", "cohere", "cohere_chat", "gemini"})
# Names without a prefix, as far as LiteLLM's own table is a rule.
_BARE = (
    (re.compile(r"gpt-|o[1-9]|chatgpt-|text-embedding-|davinci-|babbage-|ft:|\*$"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "vertex_ai"),
    (re.compile(r"command-|embed-|rerank-"), "cohere"),
)
# Words after the prefix that choose one of a service's older APIs.
_ROUTES = {
    "azure": {"gpt5_series", "o_series", "responses"},
    "bedrock": {"converse", "converse_like", "invoke"},
    "openai": {"responses"},
}
_FIREWORKS = "accounts/fireworks/models/"
_HOST = re.compile(r"https://[^/:}\s]+")


def split_model(model: str, given: str | None = None) -> tuple[str | None, str]:
    """`groq/llama-3.3` → `groq`, `llama-3.3`; the prefix is `given` when LiteLLM is told, None when nobody can know."""
    prefix, slash, rest = model.partition("/")
    if given:
        return given, _own_name(given, rest if slash and prefix == given else model)
    if slash:
        return prefix, _own_name(prefix, rest)
    return next((service for names, service in _BARE if names.match(model)), None), model


def spelling(prefix: str) -> Spelling:
    """What LiteLLM means by a prefix."""
    return _SPELLINGS.get(prefix, Spelling("openai" if prefix in OPENAI_LIKE else prefix))


def provider_spec(name: str, rows: Mapping[str, ProviderSpec]) -> ProviderSpec | None:
    """The row of a service, which may be spelled LiteLLM's way: `together_ai`, `friendliai`, `vertex_ai`."""
    plain = name.replace("_", "-")
    for word in (plain, plain.replace("-", ""), plain.removesuffix("-ai"), plain.removesuffix("ai")):
        if (row := rows.get(f"remote::{word}")) and not row.double:
            return row
    return None


def by_address(url: str, rows: Mapping[str, ProviderSpec]) -> ProviderSpec | None:
    """The row of the service that lives on this host, if any does."""
    if found := _HOST.match(url):
        return next((row for row in rows.values() if found[0] in _HOST.findall(_text(row))), None)
    return None


def usual_address(spec: ProviderSpec, url: str) -> bool:
    """Whether this is where the row says the service is anyway."""
    return url.rstrip("/") in (_text(spec), _text(spec).removesuffix("}").rpartition(":=")[2])


def _text(spec: ProviderSpec) -> str:
    return str(spec.defaults.get("base_url") or "")


def _own_name(prefix: str, name: str) -> str:
    """What the service itself calls the model."""
    word, slash, rest = name.partition("/")
    if slash and word in _ROUTES.get(prefix, ()):
        return _own_name(prefix, rest)
    if prefix == "fireworks_ai" and name != "*" and not name.startswith("accounts/"):
        return f"{_FIREWORKS}{name}"
    if prefix == "huggingface" and name.count("/") == 2:  # the router's: PROVIDER/ORGANIZATION/NAME
        return f"{rest}:{word}"
    return name
