"""`llama stack show`: a run config as it is in force."""

from pathlib import Path

import click

from ..command import TARGET_HELP, Command, target

__all__ = ("show",)


@click.command(cls=Command, epilog=TARGET_HELP)
@target
@click.option("--template", is_flag=True, help="The run.yaml itself, its references not filled in.")
@click.option("--schema", is_flag=True, help="Instead, the JSON Schema of run configs, for editors.")
def show(target: str, template: bool, schema: bool) -> None:
    """Print a run config as it is in force.

    \b
    llama stack show
    llama stack show starter --template > run.yaml    to begin one of your own
    llama stack show --schema > run.schema.json

    Defaults and the environment are filled in, and secrets are masked.
    """
    if template and schema:
        raise click.UsageError("--template and --schema exclude each other")
    click.echo(_schema() if schema else _template(target) if template else _in_force(target))


def _in_force(target: str) -> str:
    from ...core.config import redacted
    from ...distributions import resolve
    from ...distributions.yaml_text import to_yaml

    return to_yaml(redacted(resolve(target))).rstrip()


def _template(target: str) -> str:
    from ...distributions import ad_hoc, distributions, find

    if "=" in target:
        return ad_hoc(target).run_yaml().rstrip()
    if Path(target).is_file() and target not in distributions():
        return Path(target).read_text(encoding="utf-8").rstrip()
    return find(target).run_yaml().rstrip()


def _schema() -> str:
    import json

    from ...core.config import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False)
