"""`llama model prompt-format`: how a model is spoken to, below the API."""

import json
from typing import TYPE_CHECKING

import click

from ..command import Command

if TYPE_CHECKING:
    from ...models import PromptFormat

__all__ = ("prompt_format",)


@click.command(cls=Command, name="prompt-format")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prompt_format(name: str, as_json: bool) -> None:
    """Show how a Llama model is spoken to, below the API.

    \b
    llama model prompt-format llama3.1:8b

    Roles, special tokens, the form of a tool call, and a prompt. A server applies it to your
    messages; it is of use where a prompt is written by hand.
    """
    from ... import models
    from ..text import columns, labelled

    form = models.prompt_format(models.resolve_model(name))
    if as_json:
        click.echo(json.dumps(_as_json(form), indent=2))
        return
    click.secho(form.name, bold=True)
    click.echo("\n".join(labelled("what it is", form.summary)))
    click.echo("\n".join(labelled("roles", ", ".join(form.roles))))
    click.echo("\n".join(labelled("ends with", " or ".join(form.ends_with))))
    if form.tool_calls:
        click.echo("\n".join(labelled("tool call", form.tool_calls)))
    click.echo("\n" + "\n".join(columns(list(form.tokens.items()), heading=("TOKEN", "WHAT IT IS FOR"))))
    click.echo(f"\n{click.style('A prompt, up to where the model answers:', dim=True)}\n\n{form.example()}")


def _as_json(form: "PromptFormat") -> dict[str, object]:
    return {
        "name": form.name,
        "summary": form.summary,
        "roles": form.roles,
        "tokens": dict(form.tokens),
        "ends_with": form.ends_with,
        "tool_calls": form.tool_calls,
        "example": form.example(),
    }
