"""The run config: read with every mistake named, shown without secrets, described to editors."""

from .load import load_config, load_text
from .models import (
    LOGGERS,
    CorsConfig,
    LoggingConfig,
    ModelsConfig,
    ProviderEntry,
    RegisteredResources,
    RunConfig,
    ServerConfig,
)
from .providers import Registry, config_model, specs_of
from .redact import redacted, redacted_provider
from .schema import json_schema
from .validate import did_you_mean

__all__ = (
    "LOGGERS",
    "CorsConfig",
    "LoggingConfig",
    "ModelsConfig",
    "ProviderEntry",
    "RegisteredResources",
    "Registry",
    "RunConfig",
    "ServerConfig",
    "config_model",
    "did_you_mean",
    "json_schema",
    "load_config",
    "load_text",
    "redacted",
    "redacted_provider",
    "specs_of",
)
