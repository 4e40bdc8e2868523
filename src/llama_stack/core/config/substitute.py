"""Fill the environment into a source."""

from collections.abc import Mapping

from ..env import expand
from .source import Path, Source

__all__ = ("drop_disabled", "substitute")

DISABLED = "__disabled__"


def substitute(source: Source, env: Mapping[str, str], path: Path = ()) -> None:
    """Replace the references in every string below `path`; what is wrong with them is noted."""
    for at, text in source.scalars(path):
        value, problems = expand(text, env)
        for problem in problems:
            source.add_mistake(at, problem)
        source.set(at, value)


def drop_disabled(source: Source, env: Mapping[str, str]) -> None:
    """Remove providers and resources whose id says so, before the rest of them is read.

    `provider_id: ${env.KEY:+name}` is there only with a KEY; `__disabled__` never is.
    """
    providers = source.get(("providers",))
    ids: dict[Path, str] = {
        ("providers", api): "provider_id" for api in (providers if isinstance(providers, dict) else ())
    }
    ids[("registered_resources", "models")] = "model_id"
    ids[("registered_resources", "tool_groups")] = "toolgroup_id"
    for path, key in ids.items():
        items = source.get(path)
        if isinstance(items, list):
            source.keep(path, [index for index, item in enumerate(items) if not _is_off(item, key, env)])


def _is_off(item: object, key: str, env: Mapping[str, str]) -> bool:
    name = item.get(key) if isinstance(item, dict) else None
    if not isinstance(name, str) or not name:
        return False
    value, problems = expand(name, env)
    return value in (None, "", DISABLED) and not problems
