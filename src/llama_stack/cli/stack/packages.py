"""The Python packages that providers need beyond the core: which they are, and bringing those that are absent."""

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

import click

from ...core.config import RunConfig, specs_of
from ...providers.registry import specs
from ...providers.spec import ProviderSpec
from ..command import Failure

__all__ = ("configured_specs", "install_missing", "requirements")

_OF_EXTRA = re.compile(r"""(?P<requirement>[^;]+);.*\bextra\s*==\s*["'](?P<extra>[\w.-]+)["']""")


def configured_specs(config: RunConfig) -> list[ProviderSpec]:
    """The rows of the providers in a config, each once."""
    registry = specs_of(config, specs())
    rows = [registry[api][entry.provider_type] for api, entries in config.providers.items() for entry in entries]
    return list({(row.api, row.provider_type): row for row in rows}.values())


def requirements(rows: Iterable[ProviderSpec]) -> list[str]:
    """What to install for these providers, sorted, each once."""
    return sorted({requirement for row in rows for requirement in (*_of_extra(row.extra), *row.pip_packages)})


def install_missing(config: RunConfig) -> bool:
    """Install what the configured providers lack. Returns whether there was anything to do."""
    lacking = requirements(row for row in configured_specs(config) if row.missing())
    if not lacking:
        return False
    command = [*_installer(), *lacking]
    click.echo(f"Installing {', '.join(lacking)}")
    if subprocess.run(command, check=False).returncode:  # noqa: S603  # no shell; the words are our own
        raise Failure(f"the packages could not be installed; the command was\n{shlex.join(command)}")
    importlib.invalidate_caches()
    return True


def _installer() -> list[str]:
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    raise Failure("packages are missing, and neither uv nor pip is here to install them; install one of the two")


def _of_extra(extra: str | None) -> list[str]:
    """The requirements of one of this package's extras, as its metadata states them."""
    if extra is None:
        return []
    try:
        lines = requires("llama-stack") or []
    except PackageNotFoundError:  # run from its source, not installed
        lines = []
    found = [
        match["requirement"].strip() for line in lines if (match := _OF_EXTRA.match(line)) and match["extra"] == extra
    ]
    return found or [f"llama-stack[{extra}]"]
