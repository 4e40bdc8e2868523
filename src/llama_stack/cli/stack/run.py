"""`llama stack run`: a server, from a name to answering calls."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command import TARGET_HELP, Command, target

if TYPE_CHECKING:
    from ...core.config import RunConfig
    from ...core.stack import Traffic

__all__ = ("run",)

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


def _export(ctx: click.Context, param: click.Parameter, pairs: Sequence[str]) -> None:
    """Put NAME=VALUE into the environment, where the config, the providers and their child processes look."""
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name.strip() and equals):
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE", ctx, param)
        os.environ[name.strip()] = value


@click.command(cls=Command, epilog=TARGET_HELP)
@target
@click.option(
    "--port",
    type=int,
    metavar="PORT",
    envvar="LLAMA_STACK_PORT",
    show_envvar=True,
    help="Listen there; 0 takes a free one. [the config's: 8321]",
)
@click.option(
    "--host", metavar="ADDRESS", help="Listen on this address; 0.0.0.0 for all networks. [the config's: 127.0.0.1]"
)
@click.option(
    "--env",
    multiple=True,
    metavar="NAME=VALUE",
    is_eager=True,  # so that it comes before the options that look into the environment
    expose_value=False,
    callback=_export,
    help="Set a variable of the environment; may be repeated.",
)
@click.option("--workers", type=int, metavar="N", help="Serve from N processes. [the config's: 1]")
@click.option("--install", is_flag=True, help="First install the packages that configured providers lack.")
@click.option("--record", type=_FOLDER, metavar="DIR", help="Keep what providers ask of services, and the answers.")
@click.option("--replay", type=_FOLDER, metavar="DIR", help="Answer from there; no service is called.")
@click.option("--faults", type=_FILE, metavar="FILE", help="Make services fail as a script says.")
def run(
    target: str,
    port: int | None,
    host: str | None,
    workers: int | None,
    install: bool,
    record: Path | None,
    replay: Path | None,
    faults: Path | None,
) -> None:
    """Serve a stack over HTTP.

    \b
    llama stack run
    llama stack run starter --env INFERENCE_MODEL=llama3.2:3b --port 9000
    llama stack run inference=ollama
    llama stack run ./run.yaml --workers 4
    llama stack run starter --record session       (and later --replay session)

    A distribution's run config is kept in ~/.llama/distributions/NAME/run.yaml, for you to edit.
    Providers that are not configured keep nothing from starting: once calls are answered, you
    read what is there and what to set for more. Ctrl-C ends it when running answers are given.
    """
    from ...core.server.run import serve
    from ...distributions import resolve
    from ..logs import set_up_logs
    from .banner import ready
    from .packages import install_missing
    from .run_file import keep_run_file

    keep_run_file(target)
    config = resolve(target)
    if install and install_missing(config):
        config = resolve(target)  # their configs can be checked now
    traffic = _traffic(record, replay, faults)
    with suppress(KeyboardInterrupt):  # before the server handles it, that is while it starts
        listening = _listening(config, port=port, host=host, workers=workers)
        serve(listening, on_start=set_up_logs, on_ready=ready, traffic=traffic)
    click.echo("\nStopped.")


def _traffic(record: Path | None, replay: Path | None, faults: Path | None) -> "Traffic | None":
    if not (record or replay or faults):
        return None
    from ...testing.traffic import traffic_for

    return traffic_for(record=record, replay=replay, faults=faults)


def _listening(config: "RunConfig", **options: object) -> "RunConfig":
    from pydantic import ValidationError

    from ...apis.wire import explain

    given = {name: value for name, value in options.items() if value is not None}
    try:
        server = type(config.server).model_validate(config.server.model_dump() | given)
    except ValidationError as error:
        raise click.UsageError(explain(error)[0]) from None
    return config.model_copy(update={"server": server})
