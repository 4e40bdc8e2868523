"""`llama stack worker`: a process that does the background work of a stack, without serving it."""

from typing import TYPE_CHECKING

import click

from ..command import TARGET_HELP, Command, target

if TYPE_CHECKING:
    from ...core.config import RunConfig

__all__ = ("worker",)


@click.command(cls=Command, epilog=TARGET_HELP)
@target
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="Jobs at a time. [the config's: 2]")
def worker(target: str, concurrency: int | None) -> None:
    """Do the background work of a stack, without serving it.

    \b
    llama stack worker postgres-demo
    llama stack worker ./run.yaml --concurrency 8

    It takes jobs from the database that the config names, so servers that name the same one share it.
    With `jobs: {run_here: false}` in their config, servers leave all jobs to workers. Ctrl-C lets
    running jobs go at their last checkpoint; whoever comes next goes on from there.
    """
    import asyncio

    from ...apis.errors import ConfigError
    from ...core.storage.config import SqlMemory
    from ...distributions import resolve
    from ..logs import set_up_logs
    from .run_file import keep_run_file

    keep_run_file(target)
    config = resolve(target)
    if isinstance(config.storage.backends[config.storage.choose("sql", None)], SqlMemory):
        raise ConfigError(
            "a worker takes jobs from a database, and this config keeps them in memory: name an SQL backend"
        )
    given = {"run_here": True, **({"concurrency": concurrency} if concurrency else {})}
    config = config.model_copy(update={"jobs": config.jobs.model_copy(update=given)})
    set_up_logs(config)
    asyncio.run(_work(config))
    click.echo("\nStopped.")


async def _work(config: "RunConfig") -> None:
    import asyncio
    import signal

    from ...core.stack import LlamaStack

    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with LlamaStack(config):
        click.echo(f"Running the jobs of {config.distro_name}, {config.jobs.concurrency} at a time. Ctrl-C stops.")
        await stopping.wait()
