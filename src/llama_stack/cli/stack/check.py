"""`llama stack check`: is a run config right, and do its providers answer?"""

from typing import TYPE_CHECKING

import click

from ..command import TARGET_HELP, Command, Failure, target

if TYPE_CHECKING:
    from ...apis.providers import Health
    from ...core.config import RunConfig
    from ...core.resolver import Provider

__all__ = ("check",)

_PATIENCE_SECONDS = 15.0  # for one provider to list its models
_COLOURS = {"ready": "green", "degraded": "red", "unavailable": "yellow"}


@click.command(cls=Command, epilog=TARGET_HELP)
@target
@click.option("--live", is_flag=True, help="Open the stack and ask every provider for its models.")
def check(target: str, live: bool) -> None:
    """Find the mistakes in a run config.

    \b
    llama stack check run.yaml
    llama stack check starter --live

    All of them are told at once, with line and column, and the exit code is 1 if there are any.
    With --live you also see the state
    of each provider and the reason; a provider that does not answer is no mistake of the config.
    """
    from ...apis.errors import ConfigError
    from ...distributions import own_file, resolve

    try:
        config = resolve(target)
        count = sum(map(len, config.providers.values()))
        click.echo(f"{own_file(target) or target}: no mistakes; {count} {'provider' if count == 1 else 'providers'}")
        if live:
            _look(config)
    except ConfigError as error:
        for line in error.message.splitlines():
            click.echo(line, err=True)
        count = len(error.message.splitlines())
        raise Failure(f"{target}: {count} {'mistake' if count == 1 else 'mistakes'}") from None


def _look(config: "RunConfig") -> None:
    import asyncio

    from ..logs import set_up_logs
    from ..text import columns

    set_up_logs(config)
    rows = asyncio.run(_states(config))
    click.echo()
    click.echo("\n".join(columns(rows, heading=("PROVIDER", "STATE", "MODELS", "WHY"))))


async def _states(config: "RunConfig") -> list[tuple[str, str, str, str]]:
    import asyncio

    from ...core.stack import LlamaStack

    async with LlamaStack(config) as stack:
        looks = await asyncio.gather(*(_state(provider) for provider in stack.configured))
    return [
        (provider.provider_id, click.style(health.state, fg=_COLOURS.get(health.state)), models, health.reason or "")
        for provider, (health, models) in zip(stack.configured, looks, strict=True)
    ]


async def _state(provider: "Provider") -> tuple["Health", str]:
    """A provider's health after it was asked for its models, and how many these are."""
    import asyncio

    from ...apis.errors import StackError
    from ...apis.providers import Health

    models, refusal = "", None
    try:
        if list_models := provider.method("list_models"):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                models = str(len(await list_models()))
    except StackError as error:
        refusal = error.message
    except TimeoutError:
        refusal = f"no list of models within {_PATIENCE_SECONDS:.0f} seconds"
    health = await provider.health()
    if health.state == "ready" and refusal:
        health = Health(state="degraded", reason=refusal)
    return health, models
