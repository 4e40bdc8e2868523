"""Run configs of llama-stack, versions 1 and 2 of 2025, and of OGX, as run configs of this version."""

import re
from collections.abc import Mapping
from typing import Any

from ...apis import APIS
from ..config import Registry
from ..config.providers import entries
from ..config.upgrade import upgrade
from ..env import expand
from .notes import Draft
from .prune import prune
from .result import Imported, switched_on
from .run_config_providers import adapt_provider
from .secrets import Vault

__all__ = ("import_run_config",)

_OLD_DEFAULT = re.compile(r"\$\{env\.(?P<name>\w+):(?![=+])")  # ${env.NAME:default}, until the middle of 2025
_VARIABLE = re.compile(r"\$\{env\.(\w+)")
_DISABLED = "__disabled__"


def import_run_config(draft: Draft, registry: Registry, form: str = "llama-stack") -> Imported:
    """The same stack, as far as this version serves it."""
    draft.data = _tidy(draft.data)
    if not isinstance(draft.get(("providers",)), dict):
        draft.data["providers"] = {}
    upgrade(draft)
    _keep_served_apis(draft, registry)
    _adapt_providers(draft, registry)
    prune(draft, registry)
    _keep_served(draft, "models", "model", "model_id", "inference")
    _keep_served(draft, "tool_groups", "tool group", "toolgroup_id", "tool_runtime")
    _tell_of_storing(draft)
    config = {"version": 2, "distro_name": "imported", **_without_empty(draft.data)}
    return Imported(form, config, sorted(draft.notes, key=lambda note: note.place))


def _tidy(value: Any) -> Any:
    """Defaults written today's way; keys without a value, which others write for "as usual", left out."""
    match value:
        case str():
            return _OLD_DEFAULT.sub(r"${env.\g<name>:=", value)
        case Mapping():
            return {key: _tidy(item) for key, item in value.items() if item is not None}
        case list():
            return [_tidy(item) for item in value]
    return value


def _keep_served_apis(draft: Draft, registry: Registry) -> None:
    providers = draft.get(("providers",))
    unserved = [api for api in providers if api not in registry]
    for api in unserved:
        names = ", ".join(_types(providers[api]))
        left = f", so its providers were left out: {names}" if names else ""
        draft.note(("providers", api), f"this version has no API of this name{left}")
        draft.drop(("providers", api))
    apis = draft.get(("apis",))
    if not isinstance(apis, list):
        return
    known = [*APIS, *registry]
    for index, api in enumerate(apis):
        if api not in known and api not in unserved:
            draft.note(("apis", index), f"this version has no API {api!r}")
    draft.keep(("apis",), [index for index, api in enumerate(apis) if api in known])


def _types(rows: Any) -> list[str]:
    found = [row.get("provider_type") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return list(dict.fromkeys(kind for kind in found if isinstance(kind, str)))


def _adapt_providers(draft: Draft, registry: Registry) -> None:
    vault = Vault(_VARIABLE.findall(str(draft.data)))
    for api in draft.get(("providers",)):
        rows = draft.get(("providers", api))
        if not isinstance(rows, list):
            continue  # refused as a whole, later
        taken = [row.get("provider_id") for row in rows if isinstance(row, dict)]
        kept = []
        for index, row in enumerate(rows):
            path = ("providers", api, index)
            if not isinstance(row, dict):
                draft.note(path, "no provider: it needs a `provider_type`")
            elif row.get("provider_id") != _DISABLED and adapt_provider(draft, path, registry[api], vault, taken):
                kept.append(index)
        draft.keep(("providers", api), kept)


def _keep_served(draft: Draft, kind: str, what: str, key: str, api: str) -> None:
    """Only resources of a kind whose provider came along, each name once."""
    path = ("registered_resources", kind)
    listed = draft.get(path)
    if not isinstance(listed, list):
        return
    env = switched_on(draft.data)
    served = {expand(str(entry.get("provider_id")), env)[0] for _, each, entry in entries(draft) if each == api}
    kept: dict[str, int] = {}
    for index, resource in enumerate(listed):
        provider = resource.get("provider_id")
        if provider is not None and expand(str(provider), env)[0] not in served:
            draft.note((*path, index), f"its provider {provider!r} did not come along")
        elif resource[key] in kept:
            draft.note((*path, index), f"a further {what} {resource[key]!r}: a name stands for one, the first")
        elif resource[key] != _DISABLED:
            kept[resource[key]] = index
    draft.keep(path, list(kept.values()))


def _tell_of_storing(draft: Draft) -> None:
    """Elsewhere every completion was stored; here those whose request says so."""
    path = ("storage", "stores", "inference")
    store = draft.get(path)
    if isinstance(store, dict) and "store_by_default" not in store:
        draft.note(path, "completions are stored when a request says so; for all: `store_by_default: true`", lost=False)


def _without_empty(value: Any) -> Any:
    """Without mappings and lists that hold nothing, except for those in providers."""
    match value:
        case dict():
            shown = {key: item if key == "providers" else _without_empty(item) for key, item in value.items()}
            return {key: item for key, item in shown.items() if key == "providers" or item not in ({}, [])}
        case list():
            return [_without_empty(item) for item in value]
    return value
