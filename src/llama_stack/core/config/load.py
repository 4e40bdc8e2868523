"""Read a run config: all mistakes at once, each with its place, its path and the nearest valid word."""

import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from ...apis import APIS
from ...apis.errors import ConfigError
from ...providers import registry as providers_registry
from .models import RunConfig
from .providers import Registry, check_providers, entries
from .source import Path, Source
from .substitute import drop_disabled, substitute
from .upgrade import upgrade
from .validate import did_you_mean, validate
from .yaml import parse_yaml

__all__ = ("load_config", "load_text")


def load_config(
    source: str | FilePath | Mapping[str, Any],
    *,
    env: Mapping[str, str] = os.environ,
    registry: Registry | None = None,
) -> RunConfig:
    """The run config in a file, or in a mapping. Raises `ConfigError`, one line a mistake."""
    if isinstance(source, Mapping):
        return _load(Source(_plain(source)), env, registry)
    path = FilePath(source).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8: byte {error.start}: {error.reason}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    return load_text(text, name=str(path), env=env, registry=registry)


def load_text(
    text: str, *, name: str, env: Mapping[str, str] = os.environ, registry: Registry | None = None
) -> RunConfig:
    """The run config in a YAML text; `name` stands before each mistake's line."""
    return _load(parse_yaml(text, name), env, registry)


def _load(source: Source, env: Mapping[str, str], registry: Registry | None) -> RunConfig:
    registry = providers_registry.specs() if registry is None else registry
    upgrade(source)
    _drop_unknown_apis(source, registry)
    drop_disabled(source, env)
    substitute(source, env)
    _check_apis(source, registry)
    check_providers(source, registry, env)
    _check_ids(source)
    config = validate(RunConfig, source)
    source.raise_mistakes()
    if config is None:
        raise AssertionError("a config that does not validate has mistakes")
    return config


def _plain(value: Any) -> Any:
    """A copy that shares no container with the caller, nor within itself."""
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _drop_unknown_apis(source: Source, registry: Registry) -> None:
    """Refuse providers of what this version does not serve, and look no further into them."""
    providers = source.get(("providers",))
    for api in list(providers) if isinstance(providers, dict) else ():
        if api not in registry and api not in APIS.added:
            message = "no API of this name takes providers in this version" + did_you_mean(str(api), registry)
            source.add_mistake(("providers", api), message, at_key=True)
            del providers[api]


def _check_apis(source: Source, registry: Registry) -> None:
    known = {*APIS, *registry}
    apis = source.get(("apis",))
    for index, api in enumerate(apis if isinstance(apis, list) else ()):
        if isinstance(api, str) and api not in known:
            source.add_mistake(("apis", index), f"no API {api!r} in this version" + did_you_mean(api, known))


def _check_ids(source: Source) -> None:
    """Every id is given once, and the provider of everything registered is there."""
    served: dict[str, set[str]] = {}
    for path, api, entry in entries(source):
        _check_once(source, (*path, "provider_id"), entry.get("provider_id"), served.setdefault(api, set()))
    for kind, (name, api) in _REGISTERED.items():
        _check_registered(source, ("registered_resources", kind), name, api, served.get(api, set()))


# What is registered → the key that names it, and the API whose providers serve it.
_REGISTERED = {"models": ("model_id", "inference"), "tool_groups": ("toolgroup_id", "tool_runtime")}


def _check_registered(source: Source, place: Path, name: str, api: str, served: set[str]) -> None:
    listed = source.get(place)
    seen: set[str] = set()
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            path = (*place, index)
            _check_once(source, (*path, name), each.get(name), seen)
            _check_served(source, (*path, "provider_id"), each.get("provider_id"), api, served)


def _check_once(source: Source, path: Path, name: object, seen: set[str]) -> None:
    if not isinstance(name, str):
        return
    if name in seen:
        source.add_mistake(path, f"{name!r} is taken; choose another name")
    seen.add(name)


def _check_served(source: Source, path: Path, provider: object, api: str, configured: set[str]) -> None:
    if isinstance(provider, str) and provider not in configured:
        message = f"no {api} provider {provider!r} is configured"
        source.add_mistake(path, message + did_you_mean(provider, configured, what="configured"))
