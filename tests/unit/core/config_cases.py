"""A small registry and ways to read a config against it."""

from collections.abc import Mapping
from textwrap import dedent
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, SecretStr

from llama_stack.apis.errors import ConfigError
from llama_stack.core.config import RunConfig, load_text
from llama_stack.providers.config import ProviderConfig, RemoteConfig
from llama_stack.providers.spec import ProviderSpec


class Steady(ProviderConfig):
    kind: Literal["steady"] = "steady"
    pace: int = 1


class Bursty(ProviderConfig):
    kind: Literal["bursty"] = "bursty"
    burst_size: int = 8


class LocalConfig(ProviderConfig):
    model: str
    threads: int = 4
    mode: Literal["fast", "exact"] = "fast"
    schedule: Annotated[Steady | Bursty, Field(discriminator="kind")] = Steady()
    password: SecretStr | None = None
    extras: dict[str, Any] = Field(default={})


class Local:
    def __init__(self, config: LocalConfig) -> None: ...


class Service:
    def __init__(self, config: RemoteConfig) -> None: ...


class Bare:
    """Takes no config."""


class OwnUrlConfig(ProviderConfig):
    base_url: str | None = None
    url: str | None = None


class OwnUrl:
    def __init__(self, config: OwnUrlConfig) -> None: ...


def _spec(provider_type: str, cls: type, **more: Any) -> ProviderSpec:
    return ProviderSpec(api="inference", provider_type=provider_type, impl=f"{__name__}:{cls.__name__}", **more)


_GROQ = {
    "base_url": "${env.GROQ_URL:=https://api.groq.com/openai/v1}",
    "api_key": "${env.GROQ_API_KEY:=}",
    "network": {"headers": {"x-app": "stack"}},
}
_SPECS = (
    _spec("remote::groq", Service, defaults=_GROQ, key_env="GROQ_API_KEY", summary="Groq's models"),
    _spec("remote::ollama", Service, defaults={"base_url": "http://localhost:11434/v1"}, url_env="OLLAMA_URL"),
    _spec("inline::local", Local, defaults={"model": "${env.LOCAL_MODEL:=tiny.gguf}"}),
    _spec("inline::bare", Bare, double=True),
    _spec("remote::own-url", OwnUrl),
    _spec("remote::strict", Service, defaults={"api_key": "${env.STRICT_KEY}"}),
    _spec("inline::absent", Local, requires=("no_such_package",), pip_packages=("no-such-package",)),
)
REGISTRY = {"inference": {spec.provider_type: spec for spec in _SPECS}}


def read(text: str, env: Mapping[str, str] | None = None) -> RunConfig:
    return load_text(dedent(text), name="run.yaml", env=env or {}, registry=REGISTRY)


def mistakes(text: str, env: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, env)
    return caught.value.message.splitlines()


def provider(config: str, env: Mapping[str, str] | None = None, kind: str = "remote::groq") -> dict[str, Any]:
    """The complete config of one provider; `config` is a YAML mapping in one line."""
    return read(_one_provider(config, kind), env).providers["inference"][0].config


def provider_mistakes(config: str, env: Mapping[str, str] | None = None, kind: str = "remote::groq") -> list[str]:
    return mistakes(_one_provider(config, kind), env)


def _one_provider(config: str, kind: str) -> str:
    return f"providers:\n  inference:\n  - provider_id: p\n    provider_type: {kind}\n    config: {config}\n"
