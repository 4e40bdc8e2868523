"""`llama model describe`: all that is known of a model."""

import json
from typing import TYPE_CHECKING, Any

import click

from ..command import Command

if TYPE_CHECKING:
    from ...models import Architecture, CatalogueModel, Family

__all__ = ("describe",)

_FORMATS = ("Q4_K_M", "Q8_0", "BF16")


@click.command(cls=Command)
@click.argument("name")
@click.option("--context", default=8192, show_default=True, metavar="TOKENS", help="Tokens to reckon the memory with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def describe(name: str, context: int, as_json: bool) -> None:
    """Tell all that is known of a model.

    \b
    llama model describe llama3.2:3b
    llama model describe Qwen/Qwen3-8B --context 32768
    """
    from ...models import families, resolve_model
    from ..text import labelled

    model = resolve_model(name)
    family = next(each for each in families() if each.name == model.family)
    if as_json:
        click.echo(json.dumps(_as_json(model, family, context), indent=2))
        return
    click.secho(model.name, bold=True)
    for label, text in _facts(model, family, context).items():
        if text:
            click.echo("\n".join(labelled(label, text)))


def _facts(model: "CatalogueModel", family: "Family", tokens: int) -> dict[str, str | None]:
    from .words import abilities, takes

    return {
        "made by": f"{family.maker}, in the family {family.name}",
        "kind": {"llm": "writes text", "embedding": "embeds texts", "rerank": "puts documents in order"}[
            model.model_type
        ],
        "size": _size(model),
        "context": _context(model),
        "dimension": str(model.embedding_dimension) if model.embedding_dimension else None,
        "takes": takes(model),
        "can": abilities(model),
        "shape": _shape(model.architecture) if model.architecture else None,
        "tokenizer": model.tokenizer,
        "license": model.license,
        "memory": _memory(model, tokens),
        "published": ", ".join(model.published_as),
        "GGUF": model.gguf,
        "names": ", ".join(model.aliases),
        "source": f"{family.source}; checked on {family.checked}",
    }


def _size(model: "CatalogueModel") -> str | None:
    from .words import count

    if model.parameters is None:
        return None
    active = f", {count(model.active_parameters)} of them for one token" if model.active_parameters else ""
    return f"{count(model.parameters)} parameters{active}"


def _context(model: "CatalogueModel") -> str | None:
    from .words import context

    if model.context_length is None:
        return None
    more = model.extended_context_length
    return f"{context(model.context_length)} tokens" + (f"; {context(more)} with rope scaling" if more else "")


def _shape(shape: "Architecture") -> str:
    said = [
        f"{shape.layers} layers of width {shape.hidden}",
        f"{shape.heads} heads of {shape.head_size}, {shape.kv_heads} for keys and values",
        f"feed-forward {shape.ffn}",
        f"vocabulary {shape.vocab:,}{' (one table for input and output)' if shape.tied else ''}",
    ]
    if shape.latent:
        said[1] = f"{shape.heads} heads with latent attention of {shape.latent.key_value}"
    if shape.experts:
        said.append(f"{shape.experts} experts of {shape.expert_ffn}, {shape.experts_used} for one token")
    if shape.attention_layers is not None:
        said.append(f"{shape.attention_layers} layers keep keys and values")
    if shape.window:
        said.append(f"{shape.full_layers or 0} layers look back over all, the rest over {shape.window} tokens")
    if shape.rope_theta:
        said.append(f"rope base {shape.rope_theta:,.0f}")
    return "; ".join(said)


def _memory(model: "CatalogueModel", tokens: int) -> str | None:
    from .words import bytes_, context

    needed = _needs(model, tokens)
    if not needed:
        return None
    figures = ", ".join(f"{bytes_(number)} in {name}" for name, number in needed.items())
    return figures if model.model_type != "llm" else f"{figures}, with {context(tokens)} tokens of context"


def _needs(model: "CatalogueModel", tokens: int) -> dict[str, int]:
    from .words import memory

    formats = _FORMATS if model.model_type == "llm" else ("F32", "F16")
    needed = {name: memory(model, name, tokens) for name in (*_published(model), *formats)}
    return {name: number for name, number in needed.items() if number is not None}


def _published(model: "CatalogueModel") -> list[str]:
    from ...models import QUANTIZATIONS

    return [name for name in model.published_as if name in QUANTIZATIONS]


def _as_json(model: "CatalogueModel", family: "Family", tokens: int) -> dict[str, Any]:
    from dataclasses import asdict

    told = {"maker": family.maker, "source": family.source, "checked": family.checked}
    return asdict(model) | told | {"memory_bytes": _needs(model, tokens), "memory_context": tokens}
