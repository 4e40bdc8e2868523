"""The run config: what a stack is made of. Unknown keys are mistakes at every level."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ...apis.common import Size
from ...apis.models import RegisterModel
from ...apis.tool_groups import RegisterToolGroup
from ...apis.vector_io.types import RegisterVectorStore
from ..jobs.config import JobsConfig
from ..storage.config import StorageConfig
from .section import Section
from .vector_stores import VectorStoresConfig

__all__ = (
    "LOGGERS",
    "CorsConfig",
    "FilesConfig",
    "LoggingConfig",
    "ModelsConfig",
    "ProviderEntry",
    "RegisteredResources",
    "RunConfig",
    "ServerConfig",
)

UserPath = Annotated[Path, AfterValidator(Path.expanduser)]

# What people call the parts of a stack → the logger that speaks for it.
LOGGERS = {
    "all": "llama_stack",
    "core": "llama_stack.core",
    "models": "llama_stack.core.routing_tables",
    "providers": "llama_stack.providers",
    "server": "llama_stack.core.server",
    "storage": "llama_stack.core.storage",
}
LogCategory = Literal["all", "core", "models", "providers", "server", "storage"]
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error", "critical"],
    BeforeValidator(lambda level: level.lower() if isinstance(level, str) else level),
]


class ProviderEntry(Section):
    """One provider. Its config is complete: the row's defaults are merged in, references are filled in."""

    provider_id: str = Field(min_length=1, description="a name of your choice")
    provider_type: str = Field(description="`remote::groq`, `inline::llama-cpp`, …")
    # Kept out of repr: it holds keys in clear text.
    config: dict[str, Any] = Field(default={}, repr=False)
    module: str | None = Field(
        default=None, description="the package that brings this provider type: `package` or `package==version`"
    )


class CorsConfig(Section):
    """Which web pages may call the server from a browser."""

    allow_origins: list[str] = Field(default=[], description='`["*"]` for all')
    allow_origin_regex: str | None = None
    allow_methods: list[str] = Field(default=["DELETE", "GET", "OPTIONS", "POST", "PUT"])
    allow_headers: list[str] = Field(default=["*"])
    allow_credentials: bool = False
    expose_headers: list[str] = Field(default=[])
    max_age: int = Field(default=600, ge=0, description="seconds for which a browser may remember the answer")

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.allow_credentials and "*" in self.allow_origins:
            raise ValueError("allow_credentials needs named origins: with `*`, any page could act as its visitor")
        try:
            re.compile(self.allow_origin_regex or "")
        except re.error as error:
            raise ValueError(f"allow_origin_regex is no regular expression: {error}") from error
        return self


_LOCALHOST = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def _cors(value: object) -> object:
    """`true` allows pages served from this machine, `false` none."""
    switch = value.lower() if isinstance(value, str) else value
    if switch in (True, "true"):
        return {"allow_origin_regex": _LOCALHOST}
    return None if switch in (False, "false", "") else value


class ServerConfig(Section):
    """How the HTTP server listens."""

    port: int = Field(default=8321, ge=0, le=65535, description="0 takes a free one")
    host: str = Field(default="127.0.0.1", min_length=1, description="`0.0.0.0` or `::` to listen on all networks")
    workers: int = Field(default=1, ge=1, description="processes that share the port")
    tls_certfile: UserPath | None = Field(default=None, description="serve HTTPS with this certificate chain")
    tls_keyfile: UserPath | None = None
    tls_cafile: UserPath | None = Field(default=None, description="ask clients for a certificate signed by this CA")
    cors: Annotated[CorsConfig | None, BeforeValidator(_cors, json_schema_input_type=bool | CorsConfig | None)] = Field(
        default=None, description="true for pages from this machine, or which pages may call"
    )
    max_body_bytes: int = Field(default=100 * 1024 * 1024, ge=1, description="larger requests answer 413")
    max_upload_bytes: Size = Field(default=4 * 1024**3, ge=1, description="likewise for files that are handed in")
    shutdown_timeout_seconds: float = Field(default=30, ge=0, description="how long running requests may finish")

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_certfile is None) != (self.tls_keyfile is None):
            raise ValueError("tls_certfile and tls_keyfile go together: give both, or neither")
        if self.tls_cafile and not self.tls_certfile:
            raise ValueError("tls_cafile asks clients for certificates, which needs tls_certfile and tls_keyfile")
        return self


class LoggingConfig(Section):
    """How much each part says."""

    category_levels: dict[LogCategory, LogLevel] = Field(default={}, description="`all: info`, `providers: debug`, …")

    def levels(self) -> dict[str, int]:
        """Logger name → level, as the `logging` module wants them."""
        import logging

        names = logging.getLevelNamesMapping()
        return {LOGGERS[category]: names[level.upper()] for category, level in self.category_levels.items()}


class ModelsConfig(Section):
    refresh_interval_seconds: float = Field(
        default=300, gt=0, description="how often providers are asked for their models, in the background"
    )


class FilesConfig(Section):
    default_provider_id: str | None = Field(
        default=None, description="which of several providers takes uploads; otherwise the first"
    )


class RegisteredResources(Section):
    """What is served under names of your choice from the start."""

    models: list[RegisterModel] = Field(default=[])
    vector_stores: list[RegisterVectorStore] = Field(default=[])
    tool_groups: list[RegisterToolGroup] = Field(default=[])


class RunConfig(Section):
    """A whole stack."""

    version: Literal[2] = 2
    distro_name: str = Field(default="custom", pattern=r"^[\w][\w.+-]*$", description="names the stack and its folder")
    apis: list[str] = Field(default=[], description="the APIs to serve; empty: all that have a provider")
    providers: dict[str, list[ProviderEntry]] = Field(description="API → its providers")
    storage: StorageConfig = Field(default_factory=StorageConfig)  # each with a memory of its own
    registered_resources: RegisteredResources = RegisteredResources()
    models: ModelsConfig = ModelsConfig()
    vector_stores: VectorStoresConfig = VectorStoresConfig()
    jobs: JobsConfig = JobsConfig()
    files: FilesConfig = FilesConfig()
    logging: LoggingConfig = LoggingConfig()
    server: ServerConfig = ServerConfig()
