"""`llama stack list`, `list-apis`, `list-providers`: what there is to choose from."""

import os
from inspect import cleandoc
from typing import TYPE_CHECKING

import click

from ..command import Command, Mistake

if TYPE_CHECKING:
    from ...providers.spec import ProviderSpec

__all__ = ("list_", "list_apis", "list_providers")


@click.command(cls=Command, name="list")
def list_() -> None:
    """List the distributions, and the run configs that you keep.

    \b
    llama stack list
    """
    from ...distributions import distributions, run_file
    from ..text import columns, shown_path

    folder = run_file("any").parent.parent
    own = {file.parent.name: shown_path(file) for file in sorted(folder.glob("*/run.yaml"))}
    about = {name: each.description for name, each in distributions().items()}
    about |= {name: "a distribution of your own" for name in own if name not in about}
    rows = [(name, own.get(name, "built in"), text) for name, text in about.items()]
    click.echo("\n".join(columns(rows, heading=("NAME", "RUN CONFIG", "WHAT IT IS"))))


@click.command(cls=Command, name="list-apis")
def list_apis() -> None:
    """List the APIs that a stack serves.

    \b
    llama stack list-apis
    """
    from ...apis import APIS
    from ...providers.registry import specs
    from ..text import columns

    rows = [(name, _kinds(len(specs().get(name, ()))), _summary(api)) for name, api in APIS.items()]
    click.echo("\n".join(columns(rows, heading=("API", "PROVIDERS", "WHAT IT IS FOR"))))


@click.command(cls=Command, name="list-providers")
@click.argument("api", required=False)
def list_providers(api: str | None) -> None:
    """List the provider types, and what each needs.

    \b
    llama stack list-providers
    llama stack list-providers inference
    """
    from ...core.config import did_you_mean
    from ...providers.registry import specs
    from ..text import columns

    if api is not None and api not in specs():
        raise Mistake(f"no providers for an API {api!r}{did_you_mean(api, specs())}")
    for name in [api] if api else specs():
        rows = [(row.provider_type, _state(row), row.summary) for row in specs()[name].values()]
        click.echo("\n".join(columns(rows, heading=(f"{name.upper()} PROVIDER", "STATE", "WHAT IT IS"))))


def _kinds(count: int) -> str:
    return str(count) if count else "built in"


def _summary(api: type) -> str:
    return cleandoc(api.__doc__ or "").partition("\n")[0]


def _state(row: "ProviderSpec") -> str:
    """What is between this provider and its use: a package, a variable, a server, or nothing."""
    if row.missing():
        return row.install_hint
    variable = row.key_env or row.url_env
    if variable is None or os.environ.get(variable):
        return "ready"
    return f"set {variable}" if row.key_env or not _has_address(row) else f"start it, or set {variable}"


def _has_address(row: "ProviderSpec") -> bool:
    from ...core.env import expand

    address, _ = expand(str(row.defaults.get("base_url") or ""), {})
    return bool(address)
