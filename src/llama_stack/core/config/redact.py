"""A run config as it may be shown: secrets are masked by their type, and where no type is known, by default."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ...apis.errors import UnavailableError
from ...providers import registry as providers_registry
from ...providers.spec import ProviderSpec
from .models import RunConfig
from .providers import Registry, config_model, specs_of

__all__ = ("redacted", "redacted_provider")

MASK = "**********"  # what pydantic prints for a SecretStr

_SECRET_WORDS = frozenset(
    {"apikey", "auth", "authorization", "bearer", "cookie", "credential", "credentials", "key", "keys", "passphrase"}
    | {"passwd", "password", "secret", "secrets", "token"}
)
# What may be shown of a config whose model cannot be loaded.
_HARMLESS = frozenset(
    {"allowed_models", "base_url", "db_path", "host", "max_connections", "model", "models", "path", "port", "proxy"}
    | {"connect_timeout_seconds", "namespace", "read_timeout_seconds", "refresh_models", "timeout", "url", "verify"}
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_URL_LOGIN = re.compile(r"(?<=://)\S*@")  # to the last @: a password may hold one, and a slash
_URL_PARAMETER = re.compile(r"([?&][^=&#\s]*(?:key|token|secret|password|sig)[^=&#\s]*=)[^&#\s]+", re.IGNORECASE)


def redacted(config: RunConfig, registry: Registry | None = None) -> dict[str, Any]:
    """The whole config, ready to be printed."""
    shown: dict[str, Any] = _mask_named(config.model_dump(mode="json", exclude={"providers"}, exclude_none=True))
    specs = specs_of(config, providers_registry.specs() if registry is None else registry)
    shown["providers"] = {
        api: [
            entry.model_dump(exclude={"config"}, exclude_none=True)
            | {"config": redacted_provider(entry.config, specs.get(api, {}).get(entry.provider_type))}
            for entry in configured
        ]
        for api, configured in config.providers.items()
    }
    return {name: shown[name] for name in type(config).model_fields if name in shown}


def redacted_provider(config: Mapping[str, Any], spec: ProviderSpec | None) -> dict[str, Any]:
    """One provider's config, ready to be printed; without a model to tell secrets, only what is surely none."""
    try:
        model = config_model(spec) if spec else None
        checked = model.model_validate(config) if model else None
    except (UnavailableError, ImportError, ValidationError):
        checked = None
    if checked is None:
        return {key: _mask_unknown(value, key) for key, value in config.items()}
    shown: dict[str, Any] = _mask_named(checked.model_dump(mode="json", exclude_unset=True))
    return shown


def _mask_named(value: Any, key: str = "") -> Any:
    """Mask what the types let through: headers, free-form entries named like secrets, logins in URLs."""
    match value:
        case dict():
            return {name: MASK if key == "headers" else _mask_named(item, name) for name, item in value.items()}
        case list():
            return [_mask_named(item, key) for item in value]
        case str() if value and _SECRET_WORDS & {word.lower() for word in _WORD.findall(key)}:
            return MASK
        case str():
            return _URL_PARAMETER.sub(rf"\1{MASK}", _URL_LOGIN.sub(f"{MASK}@", value))
    return value


def _mask_unknown(value: Any, key: str) -> Any:
    match value:
        case dict():
            return {name: _mask_unknown(item, name) for name, item in value.items()}
        case list():
            return [_mask_unknown(item, key) for item in value]
        case None | bool() | "":
            return value
    return _mask_named(value, key) if key in _HARMLESS and isinstance(value, str | int | float) else MASK
