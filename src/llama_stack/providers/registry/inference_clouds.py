"""Services whose behaviour differs from a plain row: each has a class of its own, loaded when it is configured."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..remote.inference.services import SERVICES, Service
from ..spec import ProviderSpec

__all__ = ("with_own_classes",)

_PACKAGE = "llama_stack.providers.remote.inference"
_CHAT_ONLY = frozenset({"completions", "embeddings", "rerank"})


def with_own_classes(services: Iterable[Service] = SERVICES) -> Iterator[ProviderSpec]:
    """The rows of all services: those below get their class and the settings that come with it, others are plain."""
    for service in services:
        spec = service.spec()
        impl, defaults = _OF_ROWS.get(service.name, (None, {}))
        yield replace(spec, impl=f"{_PACKAGE}.{impl}", defaults=spec.defaults | defaults) if impl else spec
    yield from _CLOUDS


_OF_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "huggingface": ("huggingface:HuggingFaceRouter", {}),
    "nvidia": ("nvidia:Nvidia", {}),
    "ollama": ("ollama:Ollama", {"keep_alive": "${env.OLLAMA_KEEP_ALIVE:=}"}),
    "tgi": ("huggingface:TextGenerationInference", {}),
    "vllm": ("vllm:VLLM", {"max_tokens": "${env.VLLM_MAX_TOKENS:=}", "tls_verify": "${env.VLLM_TLS_VERIFY:=}"}),
}


def _cloud(service: Service, impl: str, **changes: Any) -> ProviderSpec:
    """A row with a class; `defaults` are joined to those of the row."""
    spec = service.spec()
    defaults = spec.defaults | changes.pop("defaults", {})
    return replace(spec, impl=f"{_PACKAGE}.{impl}", defaults=defaults, **changes)


_CLOUDS = (
    _cloud(
        Service(
            "azure",
            None,
            "AZURE_API_KEY",
            "AZURE_API_BASE",
            title="Azure OpenAI",
            quirks=("heads",),  # the first chunk of a stream names no model
            key_headers={"api-key": "{}"},
            source="https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
            checked="2026-11-23",
        ),
        "azure:Azure",
        summary="Azure OpenAI's deployments, with a key or with Entra tokens",
        defaults={
            "api_version": "${env.AZURE_API_VERSION:=}",
            "api_type": "${env.AZURE_API_TYPE:=azure}",
            "tenant_id": "${env.AZURE_TENANT_ID:=}",
            "client_id": "${env.AZURE_CLIENT_ID:=}",
            "client_secret": "${env.AZURE_CLIENT_SECRET:=}",
            "federated_token_file": "${env.AZURE_FEDERATED_TOKEN_FILE:=}",
            "authority": "${env.AZURE_AUTHORITY_HOST:=https://login.microsoftonline.com}",
        },
        key_env=None,  # an app's credentials do as well
    ),
    _cloud(
        Service(
            "bedrock",
            None,
            "AWS_BEARER_TOKEN_BEDROCK",
            title="Amazon Bedrock",
            quirks=("reasoning", "tool_calls"),
            lacks=_CHAT_ONLY,
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html",
            checked="2026-11-23",
        ),
        "bedrock:Bedrock",
        summary="Amazon Bedrock's OpenAI-compatible API, with a Bedrock key or signed with AWS keys",
        defaults={
            "region_name": "${env.AWS_REGION:=${env.AWS_DEFAULT_REGION:=}}",
            "aws_access_key_id": "${env.AWS_ACCESS_KEY_ID:=}",
            "aws_secret_access_key": "${env.AWS_SECRET_ACCESS_KEY:=}",
            "aws_session_token": "${env.AWS_SESSION_TOKEN:=}",
            "profile_name": "${env.AWS_PROFILE:=}",
            "aws_role_arn": "${env.AWS_ROLE_ARN:=}",
            "aws_web_identity_token_file": "${env.AWS_WEB_IDENTITY_TOKEN_FILE:=}",
            "aws_role_session_name": "${env.AWS_ROLE_SESSION_NAME:=}",
        },
    ),
    _cloud(
        Service(
            "vertexai",
            None,
            title="Google Vertex AI",
            lacks=_CHAT_ONLY,
            source="https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/call-vertex-using-openai-library",
            checked="2026-11-23",
        ),
        "vertexai:VertexAI",
        summary="Gemini on Google Vertex AI, with application default credentials",
        defaults={
            "base_url": "${env.VERTEX_AI_BASE_URL:=}",
            "project": "${env.VERTEX_AI_PROJECT:=}",
            "location": "${env.VERTEX_AI_LOCATION:=us-central1}",
        },
        key_env="VERTEX_AI_PROJECT",
        extra="cloud",
    ),
    _cloud(
        Service(
            "watsonx",
            "https://us-south.ml.cloud.ibm.com/ml/v1",
            "WATSONX_API_KEY",
            "WATSONX_BASE_URL",
            title="IBM watsonx.ai",
            quirks=("tool_calls",),
            lacks=frozenset({"completions"}),
            source="https://cloud.ibm.com/apidocs/watsonx-ai",
            checked="2026-11-23",
        ),
        "watsonx:Watsonx",
        summary="IBM watsonx.ai, with an API key that is exchanged for IAM tokens",
        defaults={"project_id": "${env.WATSONX_PROJECT_ID:=}", "space_id": "${env.WATSONX_SPACE_ID:=}"},
    ),
    _cloud(
        Service(
            "oci",
            None,
            "OCI_GENAI_API_KEY",
            title="Oracle Cloud's Generative AI",
            lacks=_CHAT_ONLY,
            source="https://docs.oracle.com/iaas/Content/generative-ai/openai-compatible-api.htm",
            checked="2026-11-23",
        ),
        "oci:Oci",
        summary="Oracle Cloud's Generative AI, with signed requests or a service key",
        defaults={
            "base_url": "${env.OCI_GENAI_BASE_URL:=}",
            "oci_auth_type": "${env.OCI_AUTH_TYPE:=instance_principal}",
            "oci_region": "${env.OCI_REGION:=us-ashburn-1}",
            "oci_compartment_id": "${env.OCI_COMPARTMENT_OCID:=}",
            "oci_config_file_path": "${env.OCI_CONFIG_FILE_PATH:=~/.oci/config}",
            "oci_config_profile": "${env.OCI_CLI_PROFILE:=DEFAULT}",
        },
        key_env="OCI_COMPARTMENT_OCID",
        extra="cloud",
    ),
    _cloud(
        Service(
            "databricks",
            None,
            "DATABRICKS_TOKEN",
            "DATABRICKS_HOST",
            title="Databricks",
            lacks=frozenset({"completions", "rerank"}),
            source="https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference",
            checked="2026-11-23",
        ),
        "databricks:Databricks",
        summary="A Databricks workspace's serving endpoints",
        defaults={
            "client_id": "${env.DATABRICKS_CLIENT_ID:=}",
            "client_secret": "${env.DATABRICKS_CLIENT_SECRET:=}",
        },
        key_env=None,  # a service principal does as well
    ),
    _cloud(
        Service(
            "hf-serverless",
            "https://router.huggingface.co/v1",
            "HF_TOKEN",
            title="Hugging Face Inference Providers",
            quirks=("reasoning",),
            source="https://huggingface.co/docs/inference-providers",
            checked="2026-11-23",
        ),
        "huggingface:HuggingFaceRouter",
        summary="One model, or all, of Hugging Face Inference Providers",
        defaults={"api_key": "${env.HF_TOKEN:=${env.HF_API_TOKEN:=}}", "huggingface_repo": "${env.INFERENCE_MODEL:=}"},
        provider_type="remote::hf::serverless",
    ),
    _cloud(
        Service(
            "hf-endpoint",
            None,
            "HF_TOKEN",
            title="Hugging Face Inference Endpoints",
            source="https://huggingface.co/docs/inference-endpoints",
            checked="2026-11-23",
        ),
        "huggingface:HuggingFaceEndpoint",
        summary="A dedicated endpoint of Hugging Face, found by its name",
        defaults={
            "api_key": "${env.HF_TOKEN:=${env.HF_API_TOKEN:=}}",
            "endpoint_name": "${env.INFERENCE_ENDPOINT_NAME:=}",
        },
        provider_type="remote::hf::endpoint",
        key_env="INFERENCE_ENDPOINT_NAME",
    ),
)
