"""Finding a model by any of its names."""

import difflib
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType
from typing import Any

from ..apis.errors import NotFoundError
from .entry import CatalogueModel, Family
from .names import loose, readings

__all__ = ("families", "find_model", "known_facts", "models", "resolve_model")

_Index = MappingProxyType[str, CatalogueModel]


def families() -> tuple[Family, ...]:
    """All families, the newest of a maker last."""
    from .data import FAMILIES  # loaded when first asked for

    return FAMILIES


def models(family: str | None = None) -> tuple[CatalogueModel, ...]:
    """All models, or those of one family."""
    wanted = families() if family is None else (_family(family),)
    return tuple(model for each in wanted for model in each.models)


def resolve_model(name: str) -> CatalogueModel:
    """The model of a name: a repository on the hub, an Ollama tag, a service's id, Meta's descriptor; any case.

    Raises `NotFoundError`, which names the nearest ones.
    """
    if model := find_model(name):
        return model
    near = _nearest(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "`llama model list` shows those that there are"
    raise NotFoundError(f"the catalogue has no model {name!r}; {hint}", param="model")


def find_model(name: str) -> CatalogueModel | None:
    """The same, or None."""
    exact, near = _index()
    if model := exact.get(name):
        return model
    for reading in readings(name):
        if model := exact.get(reading) or near.get(loose(reading)):
            return model
    return None


def known_facts(provider_resource_id: str) -> dict[str, Any]:
    """What `Model.metadata` may say of a model whose provider does not tell; empty for one that is not known.

    The context length is the longest that the makers document: a bound, since a provider may serve less.
    """
    model = find_model(provider_resource_id)
    if model is None:
        return {}
    told = {
        "context_length": model.extended_context_length or model.context_length,
        "input_modalities": list(model.input_modalities) or None,
        "output_modalities": list(model.output_modalities) if model.model_type == "llm" else None,
        "tools": model.tools or None,  # whoever serves a model may add what it lacks: a no is not known here
        "structured_output": model.structured_output or None,
        "embedding_dimension": model.embedding_dimension,
    }
    return {name: value for name, value in told.items() if value is not None}


@cache
def _index() -> tuple[_Index, _Index]:
    """Every name, as it is written and as it may be spelt; a name of one model comes before a spelling of another."""
    exact = {name: model for model in models() for name in (*model.aliases, model.name)}
    for name, model in list(exact.items()):  # Cerebras's `llama3.1-8b` is another model than Meta's `Llama3.1-8B`
        exact.setdefault(name.lower(), model)
    near: dict[str, CatalogueModel] = {}
    for name, model in _spellings():
        near.setdefault(loose(name), model)
    return MappingProxyType(exact), MappingProxyType(near)


def _spellings() -> Iterator[tuple[str, CatalogueModel]]:
    """The names without the organization; those of the hub before those elsewhere, which may mean a finer one."""
    yield from ((model.name.rpartition("/")[2], model) for model in models())
    yield from ((alias.rpartition("/")[2], model) for model in models() for alias in model.aliases)


def _nearest(name: str) -> list[str]:
    exact, _ = _index()
    wanted = name.strip().lower().rpartition("/")[2]
    by_last_part = {key.rpartition("/")[2]: model.name for key, model in exact.items()}
    close = difflib.get_close_matches(wanted, by_last_part, n=8, cutoff=0.5)
    return list(dict.fromkeys(by_last_part[key] for key in close))[:4]


def _family(name: str) -> Family:
    known = {family.name: family for family in families()}
    if found := known.get(name.lower()):
        return found
    near = difflib.get_close_matches(name.lower(), known, n=4, cutoff=0.4) or list(known)
    raise NotFoundError(f"the catalogue has no family {name!r}; did you mean {' or '.join(near)}?")
