"""`llama model list`: the families, or the models."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ..command import Command

if TYPE_CHECKING:
    from ...models import CatalogueModel, Family

__all__ = ("list_",)


@click.command(cls=Command, name="list")
@click.option("--family", metavar="F", help="List the models of this family.")
@click.option("--all", "every", is_flag=True, help="List all models.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(family: str | None, every: bool, as_json: bool) -> None:
    """List the families of models, or the models.

    \b
    llama model list
    llama model list --family llama-3.2

    NEEDS is the memory to run a model with 8,192 tokens of context: one that writes in Q4_K_M, one
    that embeds or reranks in F16.
    """
    from ...models import families, models

    if family is None and not every:
        _print_families(families(), as_json)
    else:
        _print_models(models(family), as_json)


def _print_families(families: "Iterable[Family]", as_json: bool) -> None:
    from ..text import columns

    if as_json:
        click.echo(json.dumps([_family(each) for each in families], indent=2))
        return
    rows = [(each.name, each.maker, str(len(each.models)), _sizes(each)) for each in families]
    click.echo("\n".join(columns(rows, heading=("FAMILY", "MAKER", "MODELS", "WHAT THERE IS"))))


def _print_models(models: "Iterable[CatalogueModel]", as_json: bool) -> None:
    from dataclasses import asdict

    from ..text import columns
    from .words import context, count, takes

    if as_json:
        click.echo(json.dumps([asdict(model) for model in models], indent=2))
        return
    rows = [(m.name, count(m.parameters), context(m.context_length), _needs(m), takes(m)) for m in models]
    click.echo("\n".join(columns(rows, heading=("MODEL", "SIZE", "CONTEXT", "NEEDS", "TAKES"))))


def _needs(model: "CatalogueModel") -> str:
    from .words import bytes_, memory

    needed = memory(model, "Q4_K_M" if model.model_type == "llm" else "F16", 8192)
    return "-" if needed is None else bytes_(needed)


def _family(family: "Family") -> dict[str, object]:
    names = [model.name for model in family.models]
    return {"name": family.name, "maker": family.maker, "checked": family.checked, "models": names}


def _sizes(family: "Family") -> str:
    """`0.5B to 72B`, or the names where a size is not known."""
    from .words import count

    known = sorted({model.parameters for model in family.models if model.parameters})
    kind = {"embedding": "embeds, ", "rerank": "reranks, "}.get(family.models[0].model_type, "")
    if not family.models[0].is_open:
        return f"{kind}behind an API"
    if not known:
        return kind.rstrip(", ")
    return kind + (f"{count(known[0])} to {count(known[-1])}" if len(known) > 1 else count(known[0]))
