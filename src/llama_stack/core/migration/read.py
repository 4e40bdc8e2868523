"""From a file to a run config: which program it is of, what it includes, and then what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...apis.errors import ConfigError
from ...providers import registry as providers_registry
from ..config import Registry
from ..config.yaml import parse_yaml
from .litellm import import_litellm
from .notes import Draft
from .result import Imported
from .run_config import import_run_config

__all__ = ("FORMATS", "guess_format", "import_file")

FORMATS = ("litellm", "llama-stack", "ogx")
_LITELLM = frozenset({"general_settings", "litellm_settings", "model_list", "router_settings"})
_RUN_CONFIG = frozenset({"api_providers", "apis", "image_name", "providers"})


def import_file(path: Path, form: str | None = None, registry: Registry | None = None) -> Imported:
    """What the file at `path` says, as a run config. Raises `ConfigError` when it cannot be read.

    The result may hold no provider at all, when nothing of it could be carried over; its notes say why.
    """
    registry = providers_registry.specs() if registry is None else registry
    drafts = list(_read(path, set()))
    form = form or guess_format(drafts[0].data)
    if form is None:
        message = "neither a config of LiteLLM (model_list) nor a run config (providers); say which with --format"
        raise ConfigError(f"{path}: {message}")
    imported = import_litellm(drafts, registry) if form == "litellm" else import_run_config(drafts[0], registry, form)
    imported.check(registry)
    return imported


def guess_format(data: Any) -> str | None:
    """Whose config this is, by its keys."""
    keys = set(data) if isinstance(data, dict) else set()
    if keys & _LITELLM or "include" in keys:
        return "litellm"
    if "distro_name" in keys:
        return "ogx"
    return "llama-stack" if keys & _RUN_CONFIG else None


def _read(path: Path, seen: set[Path]) -> Iterator[Draft]:
    """A file, and those that LiteLLM would include, each once."""
    seen.add(path.resolve())
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8: byte {error.start}: {error.reason}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    draft = Draft.of(parse_yaml(text, str(path)))
    if not isinstance(draft.data, dict):
        raise ConfigError(f"{path}: a config is a mapping: `model_list:`, `providers:`, …")
    yield draft
    named = draft.get(("include",))
    for name in [named] if isinstance(named, str) else named if isinstance(named, list) else ():
        if (other := path.parent / str(name)).resolve() not in seen:
            yield from _read(other, seen)
