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
    ProviderSpec(
        api="files",
        provider_type="remote::s3",
        impl="llama_stack.providers.remote.files.s3:S3Files",
        summary="Files in a bucket of Amazon S3, or of any service that speaks its protocol",
        defaults={
            "bucket_name": "${env.S3_BUCKET_NAME:=}",
            "region": "${env.AWS_REGION:=us-east-1}",
            "aws_access_key_id": "${env.AWS_ACCESS_KEY_ID:=}",
            "aws_secret_access_key": "${env.AWS_SECRET_ACCESS_KEY:=}",
            "aws_session_token": "${env.AWS_SESSION_TOKEN:=}",
            "endpoint_url": "${env.S3_ENDPOINT_URL:=}",
            "auto_create_bucket": "${env.S3_AUTO_CREATE_BUCKET:=false}",
        },
        key_env="S3_BUCKET_NAME",
    ),
    ProviderSpec(
        api="files",
        provider_type="remote::openai",
        impl="llama_stack.providers.remote.files.openai:OpenAIFiles",
        summary="Files at OpenAI, or at a service that has its Files API",
        defaults={
            "base_url": "${env.OPENAI_BASE_URL:=https://api.openai.com/v1}",
            "api_key": "${env.OPENAI_API_KEY:=}",
        },
        key_env="OPENAI_API_KEY",
    ),
)
