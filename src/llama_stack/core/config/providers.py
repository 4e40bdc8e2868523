"""The providers of a run config: what each row adds to an entry, and whether the provider's own model agrees."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, get_type_hints

from pydantic import AliasChoices, BaseModel

from ...apis.errors import ConfigError, UnavailableError
from ...providers.spec import ProviderSpec
from .models import RunConfig
from .source import Path, Source
from .substitute import substitute
from .upgrade import older_names
from .validate import did_you_mean, validate

__all__ = ("Registry", "check_providers", "config_model", "entries", "specs_of")

Registry = Mapping[str, Mapping[str, ProviderSpec]]  # API → provider type → row

_REQUIREMENT = re.compile(r"(?P<package>[A-Za-z_][\w.]*)(?:==(?P<version>[\w.+!-]+))?")


def config_model(spec: ProviderSpec) -> type[BaseModel] | None:
    """The model of a provider's config: what its constructor says `config` is. None when it takes none.

    Raises `UnavailableError` when its code cannot be loaded.
    """
    model = get_type_hints(spec.load().__init__).get("config")  # type: ignore[misc]
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def specs_of(config: RunConfig, registry: Registry) -> dict[str, dict[str, ProviderSpec]]:
    """The registry, joined by the rows that a config's `module:` entries bring along."""
    specs = {api: dict(rows) for api, rows in registry.items()}
    for api, configured in config.providers.items():
        for entry in configured:
            if entry.module:
                specs.setdefault(api, {})[entry.provider_type] = _from_module(entry.module, api, entry.provider_type)
    return specs


def entries(source: Source) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Each well-formed provider entry: its path, its API, its data."""
    providers = source.get(("providers",))
    for api, rows in providers.items() if isinstance(providers, dict) else ():
        for index, entry in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(entry, dict):
                yield ("providers", api, index), api, entry


def check_providers(source: Source, registry: Registry, env: Mapping[str, str]) -> None:
    """Complete each entry's config from its row, and check it against the provider's own model."""
    for path, api, entry in entries(source):
        spec = _spec(source, path, api, entry, registry)
        if entry.get("config") is None:
            entry["config"] = {}
        if spec and isinstance(entry["config"], dict):
            _check(source, (*path, "config"), spec, env)


def _check(source: Source, path: Path, spec: ProviderSpec, env: Mapping[str, str]) -> None:
    try:
        model = config_model(spec)
    except UnavailableError:  # it will be shown as unavailable, with the reason
        _fill_in(source, path, spec.defaults, env)
        return
    names = _accepted_names(model) if model else {}
    _use_first_names(source, path, names)
    _fill_in(source, path, spec.defaults, env)
    if model:
        validate(model, source, path)
    elif config := source.get(path):
        source.add_mistake((*path, next(iter(config))), f"{spec.provider_type} takes no config", at_key=True)


def _fill_in(source: Source, path: Path, defaults: Mapping[str, Any], env: Mapping[str, str]) -> None:
    """Put the row's values where the entry has none; only those are read from the environment."""
    config = source.get(path)
    for key, value in defaults.items():
        if key not in config:
            config[key] = deepcopy(value)
            substitute(source, env, (*path, key))
        elif isinstance(value, dict) and isinstance(config[key], dict):
            _fill_in(source, (*path, key), value, env)


def _accepted_names(model: type[BaseModel]) -> dict[str, str]:
    """Every name that a field goes by → its first name."""
    names: dict[str, str] = {}
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        known = [choice for choice in choices if isinstance(choice, str)] + ([name] if by_name else [])
        names |= dict.fromkeys(known, known[0]) if known else {}
    return names


def _use_first_names(source: Source, path: Path, names: Mapping[str, str]) -> None:
    """Bring other and older names to the first, so that they replace the row's value rather than join it."""
    config = source.get(path)
    for name, first in (dict(names) | older_names(config, set(names))).items():
        if name == first or name not in config:
            continue
        if first in config:
            source.add_mistake((*path, name), f"another name of {first}, which is given too; remove one", at_key=True)
            del config[name]
        else:
            source.move((*path, name), (*path, first))


def _spec(source: Source, path: Path, api: str, entry: dict[str, Any], registry: Registry) -> ProviderSpec | None:
    kind, module = entry.get("provider_type"), entry.get("module")
    if not isinstance(kind, str):
        return None  # the model of the entry says so
    if isinstance(module, str):
        try:
            return _from_module(module, api, kind)
        except ConfigError as error:
            source.add_mistake((*path, "module"), error.message)
            return None
    rows = registry.get(api, {})
    if kind not in rows and not source.has_mistake((*path, "provider_type")):
        source.add_mistake((*path, "provider_type"), f"no provider type {kind!r}" + did_you_mean(kind, rows))
    return rows.get(kind)


def _from_module(requirement: str, api: str, provider_type: str) -> ProviderSpec:
    """The row that another package's `provider.get_provider_spec()` offers."""
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None:
        raise ConfigError("name a package to import: `package` or `package==version`")
    package = match["package"]
    try:
        offered = import_module(f"{package}.provider").get_provider_spec()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"no provider comes from {package}.provider ({error}); pip install '{requirement}'"
        ) from error
    _check_version(package, match["version"])
    specs = [offered] if isinstance(offered, ProviderSpec) else list(offered)
    for spec in specs:
        if (spec.api, spec.provider_type) == (api, provider_type):
            return spec
    types = ", ".join(f"{spec.provider_type} for {spec.api}" for spec in specs)
    raise ConfigError(f"{package} offers {types or 'nothing'}, not {provider_type} for {api}")


def _check_version(package: str, wanted: str | None) -> None:
    try:
        installed = version(package.partition(".")[0])
    except PackageNotFoundError:  # importable, but not installed under its own name: nothing to compare with
        return
    if wanted and installed != wanted:
        raise ConfigError(f"{package} {installed} is installed; pip install '{package}=={wanted}'")
