"""What is said once a server answers: where it is, what it can do, what it lacks, how to try it."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ... import __version__
from ..text import labelled

if TYPE_CHECKING:
    from ...apis.models import Model
    from ...apis.providers import Health
    from ...core.resolver import Provider
    from ...core.stack import LlamaStack

__all__ = ("banner", "ready")

_SHOWN_MODELS = 5
_SHOWN_WAYS = 6
_LOCALHOST = {"localhost", "127.0.0.1", "::1"}


async def ready(stack: "LlamaStack", url: str) -> None:
    """Print the banner. A function of a module, because a worker process may be the one to call it."""
    models = (await stack.models.list_models()).data
    rows = [(provider, await provider.health()) for provider in stack.configured]
    preferred = os.environ.get("INFERENCE_MODEL")
    click.echo("\n".join(banner(stack.config.distro_name, url, models, rows, preferred=preferred)))


def banner(
    name: str,
    url: str,
    models: Sequence["Model"],
    rows: Sequence[tuple["Provider", "Health"]],
    *,
    preferred: str | None = None,
) -> Iterator[str]:
    """The lines. `preferred` is the model to name first."""
    models = sorted(models, key=lambda model: model.identifier != preferred)
    yield ""
    yield f"{click.style('Llama Stack', bold=True)} {__version__} serves {name} at {click.style(url, fg='cyan')}"
    yield ""
    yield from labelled("Models", _model_names(models))
    yield from _providers(rows, Counter(model.provider_id for model in models))
    if chat := next((model for model in models if model.model_type == "llm"), None):
        if better := chat.metadata.get("better"):
            words = f"{chat.identifier} is a toy; this brings a real model:\n{better}"
            yield from labelled("Better", words, wrap=False)
        yield from labelled("Try it", "\n".join(_trials(url, chat.identifier)), wrap=False)
    yield ""


def _model_names(models: Sequence["Model"]) -> str:
    if not models:
        return "none yet; configure a provider, or start a local server"
    names = ", ".join(model.identifier for model in models[:_SHOWN_MODELS])
    return f"{len(models)}: {names}{', …' if len(models) > _SHOWN_MODELS else ''}"


def _providers(rows: Sequence[tuple["Provider", "Health"]], counts: Counter[str]) -> Iterator[str]:
    by_state: dict[str, list[tuple[Provider, Health]]] = {}
    for provider, health in rows:
        by_state.setdefault(health.state, []).append((provider, health))
    if answering := by_state.get("ready"):
        yield from labelled("Ready", ", ".join(_counted(p, counts[p.provider_id]) for p, _ in answering))
    for provider, health in by_state.get("degraded", ()):
        yield from labelled("Degraded", f"{provider.provider_id}: {health.reason}")
    yield from _unconfigured(by_state.get("unconfigured", ()))
    yield from _unavailable(by_state.get("unavailable", ()))


def _counted(provider: "Provider", models: int) -> str:
    if provider.api != "inference":
        return provider.provider_id
    return f"{provider.provider_id} ({models} {'model' if models == 1 else 'models'})"


def _unconfigured(rows: Sequence[tuple["Provider", "Health"]]) -> Iterator[str]:
    """The first of what a variable configures, the servers that could be started, and where the whole list is."""
    keys, absent = [], []
    for provider, health in rows:
        variable = provider.spec.key_env or provider.spec.url_env
        if variable is None:
            yield from labelled("Configure", f"{provider.provider_id}: {health.reason}")
        elif provider.spec.key_env is None and provider.settings.get("base_url"):
            absent.append((provider.provider_id, variable))
        else:
            keys.append(variable)
    if keys:
        yield from labelled("For more", f"set {_first(keys)}")
    if absent:
        names, variables = (_first(words) for words in zip(*absent, strict=True))
        way = f"start a server on its usual port ({names}), or say where it is ({variables})"
        yield from labelled("" if keys else "For more", f"or {way}" if keys else way)
    if max(len(keys), len(absent)) > _SHOWN_WAYS:
        yield from labelled("", f"`llama stack list-providers` shows what each of all {len(rows)} needs")


def _first(words: Sequence[str]) -> str:
    """The first few of many, in the registry's order: the best known come first."""
    rest = len(words) - _SHOWN_WAYS
    return ", ".join(words) if rest <= 0 else f"{', '.join(words[:_SHOWN_WAYS])}, …"


def _unavailable(rows: Sequence[tuple["Provider", "Health"]]) -> Iterator[str]:
    for provider, health in rows:
        yield from labelled("Missing", str(health.reason) + (" (or --install)" if provider.spec.missing() else ""))


def _trials(url: str, model: str) -> Iterator[str]:
    place = urlsplit(url)
    is_default = place.scheme == "http" and place.hostname in _LOCALHOST and place.port == 8321
    yield "llama chat" if is_default else f"llama chat --url {url}"
    asked = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    yield f"curl {url}/v1/chat/completions -H 'content-type: application/json' \\\n  -d '{json.dumps(asked)}'"
