"""A provider's page."""

import re
from collections.abc import Iterator
from typing import Any

from llama_stack.apis import APIS
from llama_stack.apis.declare import Route, routes_of
from llama_stack.core.config import config_model
from llama_stack.distributions.yaml_text import to_yaml
from llama_stack.providers.contracts import CONTRACTS
from llama_stack.providers.remote.inference.openai_compatible import OpenAICompatible
from llama_stack.providers.remote.inference.services import Service
from llama_stack.providers.spec import ProviderSpec
from llama_stack.providers.utils.quirks import QUIRKS
from scripts.docs.rows import our_specs, page_of
from scripts.docs.tables import code, fields, table

__all__ = ("configured_by", "page")

OPERATIONS = {  # what a service may lack → the method that does it
    "chat": "post_chat_completion",
    "completions": "post_completion",
    "embeddings": "post_embeddings",
    "rerank": "rerank",
}


def page(spec: ProviderSpec) -> str:
    """What can be told from a provider's row, its class and its config."""
    sections = (title(spec), facts(spec), entry(spec), environment(spec), config(spec), quirks(spec))
    return "\n".join(section for section in sections if section)


def title(spec: ProviderSpec) -> str:
    service = spec.facts
    name = service.label if isinstance(service, Service) else page_of(spec).stem
    about = "" if spec.load() is OpenAICompatible else f"\n{_paragraph(spec.load().__doc__)}\n"
    summary = f"\n{_sentence(spec.summary)}\n" if spec.summary != name else ""
    return f"# {name}\n{summary}{about}"


def facts(spec: ProviderSpec) -> str:
    return table(("", ""), [row for row in _facts(spec) if row[1]])


def _facts(spec: ProviderSpec) -> Iterator[tuple[str, str]]:
    routed = [] if spec.api in CONTRACTS else [route for route in routes_of(APIS[spec.api]) if route.routed_by]
    able = {route.name: _can(spec, route) for route in routed}
    yield "provider type", f"`{spec.provider_type}`"
    yield "API", f"[{spec.api}](../README.md#{spec.api})"
    yield "install", f"`{spec.install_hint}`" if spec.requires or spec.extra else "part of the core"
    yield "configured by", code(configured_by(spec))
    yield "does", ", ".join(_operation(name) for name, can in able.items() if can)
    yield "does not", ", ".join(_operation(name) for name, can in able.items() if not can)
    if isinstance(service := spec.facts, Service):
        if service.key_headers and service.key_env:
            field = f"{service.name.replace('-', '_')}_api_key"
            yield "a caller's own key", f'`X-LlamaStack-Provider-Data: {{"{field}": "…"}}`'
        yield "models", "listed by the service" if service.models else "no list: name them in `allowed_models`"
        yield "where this is from", f"<{service.source}>, read {service.checked}" if service.source else ""


def _can(spec: ProviderSpec, route: Route) -> bool:
    method = getattr(spec.load(), route.name, None)
    lacking = spec.facts.lacks if isinstance(spec.facts, Service) else ()
    usual = method is getattr(OpenAICompatible, route.name, None)
    return method is not None and not (usual and any(OPERATIONS[each] == route.name for each in lacking))


def _operation(method: str) -> str:
    return next((name for name, of in OPERATIONS.items() if of == method), f"`{method}`")


def configured_by(spec: ProviderSpec) -> list[str]:
    return [name for name in (spec.key_env, spec.url_env) if name]


def entry(spec: ProviderSpec) -> str:
    """An entry for a run config."""
    row: dict[str, Any] = {"provider_id": page_of(spec).stem, "provider_type": spec.provider_type}
    given = {name: value for name, value in spec.defaults.items() if value is not None}
    if given:
        row["config"] = given
    shown = to_yaml({"providers": {spec.api: [row]}})
    words = "This config is what it has when you give none; write only what you change.\n" if given else ""
    alone = f"`llama stack run {spec.api}={_called(spec)}` serves it alone.\n"
    return f"## In a run config\n\n```yaml\n{shown}```\n\n{words}{alone}"


def _called(spec: ProviderSpec) -> str:
    """Its name on a command line: the type without its kind, where that is enough."""
    short = [each.provider_type.partition("::")[2] for each in our_specs()[spec.api]]
    name = spec.provider_type.partition("::")[2]
    return name if short.count(name) == 1 else spec.provider_type


def environment(spec: ProviderSpec) -> str:
    """The variables that the row's defaults read."""
    rows = [
        (f"`{name}`", f"`{field}`", f"`{default}`" if default and "$" not in default else "")
        for field, value in spec.defaults.items()
        for name, default in re.findall(r"\$\{env\.(\w+)(?::=([^}]*))?", str(value))
    ]
    return f"## Environment\n\n{table(('variable', 'sets', 'else'), list(dict.fromkeys(rows)))}" if rows else ""


def config(spec: ProviderSpec) -> str:
    model = config_model(spec)
    rows = list(fields(model, spec.defaults)) if model else []
    return f"## Config\n\n{table(('field', 'value', 'default', 'meaning'), rows)}" if rows else ""


def quirks(spec: ProviderSpec) -> str:
    """What is done to requests and answers."""
    if not isinstance(service := spec.facts, Service):
        return ""
    lines = [f"`{old}` is sent as `{new}`." for old, new in service.rename.items()]
    lines += [f"`{name}` is not sent: the service refuses it." for name in sorted(service.drop)]
    lines += [f"Messages of the role `{old}` are sent as `{new}`." for old, new in service.roles.items()]
    for field, values in service.values.items():
        sent = {old: f"as `{new}`" if new else "not at all" for old, new in values.items()}
        lines += [f"`{field}: {old}` is sent {how}." for old, how in sent.items()]
    lines += [f"In answers, evened out: {_quirk(name)}" for name in service.quirks]
    return "\n".join(["## On the way", "", *(f"- {line}" for line in lines), ""]) if lines else ""


def _quirk(name: str) -> str:
    known = QUIRKS.get(name)
    return _lower(_paragraph(known.mend.__doc__)) if known else f"{name.replace('_', ' ')}."


def _paragraph(doc: str | None) -> str:
    return " ".join((doc or "").partition("\n\n")[0].split())


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _lower(text: str) -> str:
    """With a small first letter, unless the first word is a name or a code."""
    first = text.partition(" ")[0]
    return text if first[1:] != first[1:].lower() or first.startswith("`") else text[:1].lower() + text[1:]
