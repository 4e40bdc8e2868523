"""LiteLLM's `config.yaml`, and the files it includes, as a run config."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...providers.spec import ProviderSpec
from ..config import Registry
from .litellm_assembly import Assembly
from .litellm_deployment import Deployment, Deployments
from .litellm_reasons import SECTIONS, reason
from .litellm_services import provider_spec, spelling, split_model
from .litellm_values import Part, is_off, network_of
from .notes import Draft
from .prune import prune
from .result import Imported, references
from .secrets import Vault

__all__ = ("import_litellm",)

_SETTINGS = ("general_settings", "litellm_settings", "router_settings")
_ELSEWHERE = frozenset({*_SETTINGS, "credential_list", "environment_variables", "include", "model_list"})
_NETWORK = frozenset({"request_timeout", "ssl_verify", "timeout"})
_ALIASES = frozenset({"model_alias_map", "model_group_alias"})
_ENVIRON = re.compile(r"os\.environ/(\w+)")


def import_litellm(drafts: Sequence[Draft], registry: Registry) -> Imported:
    """The run config that serves what LiteLLM would. `drafts` are its file and those that it includes, parsed."""
    settings = [part for draft in drafts for name in _SETTINGS for part in _below(draft, name)]
    rows = registry.get("inference", {})
    vault = Vault((*_variables(drafts), *_usual_keys(drafts, rows)))
    network = network_of({part.key: part for part in settings})
    reader = Deployments(rows, vault, _credentials(drafts), network)
    assembly = Assembly(_deployments(drafts, reader))
    for part in settings:
        _setting(part, assembly)
    config = _config(assembly, settings)
    _environment(drafts, config)
    _sections(drafts)
    result = Draft(config, drafts[0].name)
    prune(result, registry)  # values that LiteLLM might take, and that are none here
    notes = [note for draft in (*drafts, result) for note in sorted(draft.notes, key=lambda note: note.place)]
    return Imported("litellm", config, notes)


def _deployments(drafts: Sequence[Draft], reader: Deployments) -> list[Deployment]:
    """The first deployment of each name that can be served."""
    served: dict[str, Deployment] = {}
    for part in (part for draft in drafts for part in _items(draft, "model_list")):
        name = part.value.get("model_name") if part.is_mapping else None
        if isinstance(name, str) and name in served:
            part.note(f"a further deployment of {name!r}: a model has one target in this version, the first")
        elif deployment := reader.read(part):
            served[deployment.name] = deployment
    return list(served.values())


def _config(assembly: Assembly, settings: Sequence[Part]) -> dict[str, Any]:
    config: dict[str, Any] = {"version": 2, "distro_name": "litellm", "providers": {"inference": assembly.providers}}
    if assembly.models:
        config["registered_resources"] = {"models": assembly.models}
    config["server"] = {"host": "${env.LLAMA_STACK_HOST:=127.0.0.1}", "port": "${env.LLAMA_STACK_PORT:=8321}"}
    for part in settings:
        if part.key == "max_request_size_mb" and isinstance(part.value, int | float) and part.value > 0:
            config["server"]["max_body_bytes"] = int(part.value * 1024 * 1024)
    return config


def _setting(part: Part, assembly: Assembly) -> None:
    """One setting of the whole proxy."""
    if part.key in _ALIASES and part.is_mapping:
        for alias in part.below().values():
            _alias(alias, assembly)
    elif part.key not in _NETWORK | {"max_request_size_mb"} and not is_off(part.value):
        part.note(reason(part.key))


def _alias(part: Part, assembly: Assembly) -> None:
    other = part.value.get("model") if part.is_mapping else part.value
    if not assembly.alias(part.key, str(other)):
        part.note("no model of that name came along, or the name is taken; register the model under it")
    elif part.is_mapping and part.value.get("hidden"):
        part.below()["hidden"].note(reason("hidden"))


def _environment(drafts: Sequence[Draft], config: dict[str, Any]) -> None:
    """Variables that LiteLLM sets itself; values may be secrets, and stay where they are."""
    read = {name for name, _ in references(config)}
    for part in (part for draft in drafts for part in _below(draft, "environment_variables")):
        if part.key in read:
            part.note(f"a run config sets no variables; set {part.key} where the server runs", lost=False)
        else:
            part.note("a run config sets no variables, and nothing that came along reads this one", lost=False)


def _sections(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        for name in draft.data:
            part = Part(draft, (name,))
            if name in _ELSEWHERE or is_off(part.value):
                continue
            lacking = SECTIONS.get(name)
            part.note(f"this version has no API for {lacking}" if lacking else reason(name))


def _credentials(drafts: Sequence[Draft]) -> dict[str, dict[str, Part]]:
    """The credentials that deployments may name, by their name."""
    found = {}
    for part in (part for draft in drafts for part in _items(draft, "credential_list")):
        given = part.below()
        if "credential_name" in given and "credential_values" in given:
            found[str(given["credential_name"].value)] = given["credential_values"].below()
    return found


def _variables(drafts: Sequence[Draft]) -> Iterator[str]:
    """Every variable that is spoken of: a name of ours must not be one of them."""
    for draft in drafts:
        yield from (name for _, text in draft.scalars() for name in _ENVIRON.findall(text))
        yield from (part.key for part in _below(draft, "environment_variables"))


def _usual_keys(drafts: Sequence[Draft], rows: Mapping[str, ProviderSpec]) -> Iterator[str]:
    """The variables that deployments without a key read: no other key is to stand there."""
    for part in (part for draft in drafts for part in _items(draft, "model_list")):
        given = part.value.get("litellm_params") if part.is_mapping else None
        if isinstance(given, dict) and is_off(given.get("api_key")):
            told = given.get("custom_llm_provider")
            prefix, _ = split_model(str(given.get("model")), told if isinstance(told, str) else None)
            spec = provider_spec(spelling(prefix).name, rows) if prefix else None
            if spec and spec.key_env:
                yield spec.key_env


def _below(draft: Draft, section: str) -> list[Part]:
    return list(Part(draft, (section,)).below().values())


def _items(draft: Draft, section: str) -> Iterator[Part]:
    items = draft.get((section,))
    for index in range(len(items) if isinstance(items, list) else 0):
        yield Part(draft, (section, index))
