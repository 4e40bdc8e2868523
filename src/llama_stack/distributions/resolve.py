"""From what a user names to a run config: a distribution, `inference=ollama`, a path, or a mapping."""

import os
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ..apis.errors import ConfigError
from ..core.config import Registry, RunConfig, did_you_mean, load_config, load_text
from ..providers import registry as providers_registry
from .spec import MEMORY, Distribution

__all__ = ("ad_hoc", "distributions", "find", "own_file", "resolve", "run_file")

_AD_HOC = re.compile(r"\w+=")
_NAME = re.compile(r"\w[\w+-]*")
_FILE = "run.yaml"


def resolve(
    source: str | Path | Mapping[str, Any],
    env: Mapping[str, str] = os.environ,
    *,
    registry: Registry | None = None,
) -> RunConfig:
    """The run config that `source` stands for. Raises `ConfigError` with what would have been valid.

    A distribution whose run.yaml the user has in `~/.llama/distributions/<name>` is read from there.
    """
    if isinstance(source, Mapping):
        return load_config(source, env=env, registry=registry)
    if isinstance(source, Path):
        return load_config(_file(source), env=env, registry=registry)
    if _AD_HOC.match(source):
        return _load(ad_hoc(source, registry), env, registry)
    if (own := own_file(source, env)) is not None:
        return load_config(own, env=env, registry=registry)
    if source in distributions():
        return _load(find(source), env, registry)
    if _NAME.fullmatch(source) and not Path(source).exists():
        known = {*distributions(), *(file.parent.name for file in _folder(env).glob(f"*/{_FILE}"))}
        message = f"no distribution {source!r}{did_you_mean(source, known)}"
        raise ConfigError(f"{message} A path of a run config works as well, and `inference=ollama`.")
    return load_config(_file(Path(source)), env=env, registry=registry)


@cache
def distributions() -> dict[str, Distribution]:
    """Name → distribution: each folder beside this file is one."""
    folder = str(Path(__file__).parent)
    packages = [found.name for found in pkgutil.iter_modules([folder]) if found.ispkg]
    found: list[Distribution] = [import_module(f"{__package__}.{name}").DISTRIBUTION for name in packages]
    return {distribution.name: distribution for distribution in sorted(found, key=lambda each: each.name)}


def find(name: str) -> Distribution:
    """The distribution of that name. Raises `ConfigError` with the nearest one."""
    if name not in distributions():
        raise ConfigError(f"no distribution {name!r}" + did_you_mean(name, distributions()))
    return distributions()[name]


def run_file(name: str, env: Mapping[str, str] = os.environ) -> Path:
    """Where a user's own run.yaml of a distribution is kept, below LLAMA_STACK_CONFIG_DIR or ~/.llama."""
    return _folder(env) / name / _FILE


def ad_hoc(text: str, registry: Registry | None = None) -> Distribution:
    """`inference=ollama,inference=remote::groq` as a distribution that keeps nothing on disk."""
    registry = providers_registry.specs() if registry is None else registry
    providers: dict[str, tuple[str, ...]] = {}
    mistakes: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        api, _, kind = (word.strip() for word in part.partition("="))
        try:
            provider_type = _provider_type(api, kind, registry)
        except ConfigError as error:
            mistakes.append(f"{part}: {error.message}")
            continue
        if provider_type not in providers.setdefault(api, ()):
            providers[api] += (provider_type,)
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    names = [kind.rpartition("::")[2] for kinds in providers.values() for kind in kinds]
    description = f"made from {' '.join(text.split())}; what is registered is forgotten when the server stops"
    return Distribution("-".join(["ad-hoc", *names]), description, providers, backends=MEMORY)


def _provider_type(api: str, kind: str, registry: Registry) -> str:
    """`groq` or `remote::groq` → `remote::groq`."""
    if api not in registry:
        raise ConfigError(f"no API {api!r} takes providers in this version" + did_you_mean(api, registry))
    rows = registry[api]
    fitting = [row for row in rows if kind in (row, row.partition("::")[2])]
    if len(fitting) > 1:
        raise ConfigError(f"{kind} may be {' or '.join(fitting)}: write one of them")
    if not fitting:
        short = [row.partition("::")[2] for row in rows]
        raise ConfigError(f"no {api} provider {kind!r}" + did_you_mean(kind, rows if "::" in kind else short))
    return fitting[0]


def _load(distribution: Distribution, env: Mapping[str, str], registry: Registry | None) -> RunConfig:
    text, name = distribution.run_yaml(registry), f"{distribution.name}/{_FILE}"
    return load_text(text, name=name, env=env, registry=registry)


def _folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("LLAMA_STACK_CONFIG_DIR") or "~/.llama").expanduser() / "distributions"


def own_file(name: str, env: Mapping[str, str] = os.environ) -> Path | None:
    """The user's own run.yaml of that name, where there is one."""
    file = run_file(name, env)
    return file if _NAME.fullmatch(name) and file.is_file() else None


def _file(path: Path) -> Path:
    """A folder stands for the run.yaml in it."""
    return path.expanduser() / _FILE if path.expanduser().is_dir() else path
