"""An imported run config as a file that people like to edit."""

from collections.abc import Iterator
from typing import Any

from ...core.migration import Imported, sounds_secret
from ...distributions.yaml_text import to_yaml
from ...providers.registry import specs
from ...providers.spec import ProviderSpec

__all__ = ("run_yaml",)

_HEAD = """\
# Imported from {name}, a config of {program}.
#
# ${{env.NAME}} is the environment variable NAME; ${{env.NAME:=x}} is x when NAME is unset or empty.
# `llama stack check` names every mistake with its line; `llama stack show` prints what is in force.
"""
_COMMENTS = {
    "registered_resources": "# The names that callers use, and who serves each.\n",
    "server": "# `host: 0.0.0.0` to be reached from other machines; callers are not authenticated.\n",
}
_FIRST = ("version", "distro_name", "apis", "providers", "storage", "registered_resources")


def run_yaml(imported: Imported, name: str, program: str) -> str:
    """The whole text; `name` is the file that it came from."""
    config = imported.config
    facts: dict[str, Any] = {key: config[key] for key in ("version", "distro_name", "apis") if key in config}
    sections = [_HEAD.format(name=name, program=program) + to_yaml(facts)]
    sections.append("providers:\n" + "".join(_providers(config["providers"])))
    rest = [key for key in _FIRST if key in config and key not in facts and key != "providers"]
    rest += [key for key in config if key not in _FIRST]
    sections += [_COMMENTS.get(key, "") + to_yaml({key: config[key]}) for key in rest]
    return "\n".join(sections)


def _providers(providers: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for api, rows in providers.items():
        yield f"  {api}:\n" if rows else ""
        for entry in rows:
            spec = specs().get(api, {}).get(entry["provider_type"])
            written = {key: entry[key] for key in ("provider_id", "provider_type", "module", "config") if key in entry}
            yield (f"  # {_comment(spec, entry)}\n" if spec else "") + to_yaml([written], indent=2)


def _comment(spec: ProviderSpec, entry: dict[str, Any]) -> str:
    summary = spec.summary or spec.provider_type
    has_key = any(sounds_secret(key) for key in entry.get("config", {}))
    return f"{summary}; needs {spec.key_env}" if spec.key_env and not has_key else summary
