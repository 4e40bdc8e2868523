"""The services that speak OpenAI's wire format, one row each. Facts only; behaviour needs a class."""

from dataclasses import dataclass, field

from ...spec import ProviderSpec

__all__ = ("SERVICES", "Service")


@dataclass(frozen=True, slots=True)
class Service:
    """What is particular about a service.

    `lacks` names the operations it does not have: "completions", "embeddings", "rerank".
    """

    name: str  # "groq": the provider type is `remote::groq`, a caller's own key `groq_api_key`
    base_url: str | None  # None: the user must say
    key_env: str | None = None
    url_env: str | None = None
    needs_key: bool = True
    title: str = ""
    lacks: frozenset[str] = frozenset({"rerank"})
    key_headers: dict[str, str] = field(default_factory=lambda: {"authorization": "Bearer {}"})
    headers: dict[str, str] = field(default_factory=dict)
    strip_prefix: str = ""  # what its model list puts before every id
    rename: dict[str, str] = field(default_factory=dict)  # request fields it calls otherwise
    drop: frozenset[str] = frozenset()  # request fields it refuses

    @property
    def label(self) -> str:
        return self.title or self.name.replace("-", " ").capitalize()

    @property
    def is_local(self) -> bool:
        """Whether it usually runs beside the stack, so that its absence is no fault."""
        return self.base_url is not None and self.base_url.startswith("http://localhost")

    def spec(self) -> ProviderSpec:
        """The row as the registry wants it."""
        url = f"${{env.{self.url_env}:={self.base_url or ''}}}" if self.url_env else self.base_url
        key = {"api_key": f"${{env.{self.key_env}:=}}"} if self.key_env else {}
        return ProviderSpec(
            api="inference",
            provider_type=f"remote::{self.name}",
            impl="llama_stack.providers.remote.inference.openai_compatible:OpenAICompatible",
            summary=f"{self.label}, over its OpenAI-compatible API",
            defaults={"base_url": url, **key},
            facts=self,
            key_env=self.key_env if self.needs_key else None,
            url_env=self.url_env,
        )


def _lacks(*operations: str) -> frozenset[str]:
    return frozenset({"rerank", *operations})


SERVICES = (
    Service("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "OPENAI_BASE_URL", title="OpenAI"),
    Service(
        "anthropic",
        "https://api.anthropic.com/v1",
        "ANTHROPIC_API_KEY",
        title="Anthropic",
        lacks=_lacks("completions", "embeddings"),
        key_headers={"authorization": "Bearer {}", "x-api-key": "{}"},  # chat wants the one, the model list the other
        headers={"anthropic-version": "2023-06-01"},
    ),
    Service(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        title="Google Gemini",
        lacks=_lacks("completions"),
        strip_prefix="models/",
    ),
    Service("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", lacks=_lacks("completions", "embeddings")),
    Service("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY", title="Together AI"),
    Service("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", title="Fireworks AI"),
    Service("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", lacks=_lacks("embeddings")),
    Service(
        "sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", title="SambaNova", lacks=_lacks("completions")
    ),
    Service("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY", "NVIDIA_BASE_URL", title="NVIDIA NIM"),
    Service("ollama", "http://localhost:11434/v1", "OLLAMA_API_KEY", "OLLAMA_URL", needs_key=False),
    Service(
        "vllm",
        "http://localhost:8000/v1",
        "VLLM_API_TOKEN",
        "VLLM_URL",
        needs_key=False,
        title="vLLM",
        lacks=frozenset(),
    ),
    Service("lm-studio", "http://localhost:1234/v1", None, "LM_STUDIO_URL", needs_key=False, title="LM Studio"),
    Service(
        "llama-cpp-server",
        "http://localhost:8080/v1",
        "LLAMA_CPP_SERVER_API_KEY",
        "LLAMA_CPP_SERVER_URL",
        needs_key=False,
        title="llama.cpp's server",
        lacks=frozenset(),
    ),
    Service(
        "passthrough",
        None,
        "PASSTHROUGH_API_KEY",
        "PASSTHROUGH_URL",
        needs_key=False,
        title="Another Llama Stack, or any OpenAI-compatible server",
        lacks=frozenset(),
    ),
)
