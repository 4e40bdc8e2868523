"""`llama stack vector-stores`: whether what is known of stores and what their backends hold agree, and mending it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..command import TARGET_HELP, Command, Group, target

if TYPE_CHECKING:
    from ...core.vector_stores.upkeep import Drift

__all__ = ("vector_stores",)


@click.group(cls=Group, name="vector-stores")
def vector_stores() -> None:
    """Look after vector stores.

    \b
    llama stack vector-stores check starter
    llama stack vector-stores mend starter
    """


@vector_stores.command(cls=Command, epilog=TARGET_HELP)
@target
def check(target: str) -> None:
    """Find what stores and their backends do not agree about.

    \b
    llama stack vector-stores check ./run.yaml

    It opens the stack of the run config, beside a server that may be running, and changes nothing.
    Exit code 1 says that there is something to mend.
    """
    found = _with_stack(target, lambda stack: stack.upkeep.drift())
    click.echo("\n".join(_told(found)))
    if found:
        raise click.exceptions.Exit(1)


@vector_stores.command(cls=Command, epilog=TARGET_HELP)
@target
@click.option("--yes", is_flag=True, help="Do not ask.")
def mend(target: str, yes: bool) -> None:
    """Delete orphans, make lost stores anew, read lost files again.

    \b
    llama stack vector-stores mend ./run.yaml

    Of a lost store the files are read again from where they were uploaded; chunks that were inserted
    without a file cannot be brought back.
    """
    found = _with_stack(target, lambda stack: stack.upkeep.drift())
    click.echo("\n".join(_told(found)))
    if found and (yes or click.confirm("Mend this?")):
        _with_stack(target, lambda stack: stack.upkeep.mend(found))
        click.echo("Mended. Files that are read again are jobs: a server or `llama stack worker` runs them.")


def _with_stack(target: str, work: Any) -> Any:
    import asyncio

    from ...core.stack import LlamaStack
    from ...distributions import resolve
    from ..command import Failure

    config = resolve(target)
    config = config.model_copy(update={"jobs": config.jobs.model_copy(update={"run_here": False})})

    async def run() -> Any:
        async with LlamaStack(config) as stack:
            if stack.upkeep is None:
                raise Failure(f"{target} keeps no vector stores: it has no provider of the vector_io API")
            return await work(stack)

    return asyncio.run(run())


def _told(found: "Drift") -> Iterator[str]:
    for provider_id, spec in found.orphans:
        yield f"orphan   {spec.store_id} at {provider_id}: chunks of a store that nobody knows"
    for store in found.missing:
        yield f"lost     {store.id} ({store.name or 'no name'}): {store.provider_id} has nothing of it"
    for store, files in found.emptied:
        yield f"emptied  {store.id} ({store.name or 'no name'}): no chunks of {', '.join(files)}"
    for provider_id, reason in found.unreachable.items():
        yield f"unknown  {provider_id} could not be asked: {reason}"
    if not found and not found.unreachable:
        yield "Stores and backends agree."
