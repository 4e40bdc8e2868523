"""Servers that run beside the stack, one row each."""

from functools import partial

from .service import Service, lacks

__all__ = ("LOCAL",)

_row = partial(Service, checked="2026-11-23", needs_key=False)

LOCAL = (
    _row(
        "ollama",
        "http://localhost:11434/v1",
        "OLLAMA_API_KEY",
        "OLLAMA_URL",
        rename={"max_completion_tokens": "max_tokens"},  # it ignores what it does not know
        quirks=("reasoning",),
        source="https://docs.ollama.com/openai",
    ),
    _row(
        "vllm",
        "http://localhost:8000/v1",
        "VLLM_API_TOKEN",
        "VLLM_URL",
        title="vLLM",
        lacks=frozenset(),
        quirks=("reasoning",),
        source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    ),
    _row(
        "sglang",
        "http://localhost:30000/v1",
        "SGLANG_API_KEY",
        "SGLANG_URL",
        title="SGLang",
        source="https://docs.sglang.io/basic_usage/openai_api.html",
    ),
    _row(
        "lmdeploy",
        "http://localhost:23333/v1",
        "LMDEPLOY_API_KEY",
        "LMDEPLOY_URL",
        title="LMDeploy",
        source="https://lmdeploy.readthedocs.io/en/latest/llm/api_server.html",
    ),
    _row(
        "tgi",
        None,  # every guide has another port
        "TGI_API_KEY",
        "TGI_URL",
        title="Text Generation Inference",
        lacks=lacks("embeddings"),
        rename={"max_completion_tokens": "max_tokens"},
        quirks=("heads", "tool_calls", "finish_reason"),  # its ids are empty, its arguments objects
        source="https://huggingface.co/docs/text-generation-inference/messages_api",
    ),
    _row(
        "lm-studio",
        "http://localhost:1234/v1",
        None,
        "LM_STUDIO_URL",
        title="LM Studio",
        source="https://lmstudio.ai/docs/developer/openai-compat",
    ),
    _row(
        "llama-cpp-server",
        "http://localhost:8080/v1",
        "LLAMA_CPP_SERVER_API_KEY",
        "LLAMA_CPP_SERVER_URL",
        title="llama.cpp's server",
        lacks=frozenset(),
        source="https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
    ),
    _row(
        "localai",
        None,  # its port, 8080, is llama.cpp's server's too
        "LOCALAI_API_KEY",
        "LOCALAI_BASE_URL",
        title="LocalAI",
        lacks=frozenset(),
        source="https://localai.io/features/",
    ),
    _row(
        "docker-model-runner",
        "http://localhost:12434/engines/v1",
        None,
        "DOCKER_MODEL_RUNNER_URL",
        title="Docker Model Runner",
        source="https://docs.docker.com/ai/model-runner/api-reference/",
    ),
)
