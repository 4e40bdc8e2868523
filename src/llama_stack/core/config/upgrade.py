"""Older and wider forms of the run config, brought to today's; each part keeps the place where it was written."""

from typing import Any

from .source import Path, Source

__all__ = ("older_names", "upgrade")

VERSION = 2

_RENAMED: dict[Path, Path] = {
    ("image_name",): ("distro_name",),
    ("metadata_store",): ("storage", "backends", "kv_default"),
    ("inference_store",): ("storage", "backends", "sql_default"),
    ("server", "registry_refresh_interval_seconds"): ("models", "refresh_interval_seconds"),
}
_STORE_FAMILIES = {"metadata_store": "kv", "inference_store": "sql"}
# Resources used to stand at the top, as lists.
_KINDS = ("models", "shields", "vector_stores", "datasets", "scoring_fns", "benchmarks", "tool_groups")
_SERVED_KINDS = ("models", "vector_stores", "tool_groups")
_OLD_KINDS = {"vector_dbs": "vector_stores"}
_STORES = ("connectors", "conversations", "prompts", "responses")

_REMOVE = "remove the key"
_NO_API = "no API serves {} in this version; " + _REMOVE
_NOT_SERVED: dict[Path, str] = {
    **{("registered_resources", kind): _NO_API.format(kind) for kind in _KINDS if kind not in _SERVED_KINDS},
    **{("storage", "stores", store): _NO_API.format(store) for store in _STORES},
    ("storage", "stores", "inference", "num_writers"): f"one writer serves every request; {_REMOVE}",
    ("connectors",): _NO_API.format("connectors"),
    ("container_image",): f"the package is the same in and out of containers; {_REMOVE}",
    ("external_apis_dir",): f"APIs are not loaded from folders; {_REMOVE}",
    ("external_providers_dir",): "name the package on the provider itself: `module: package`",
    ("image_type",): f"the package is the same in every environment; {_REMOVE}",
    ("safety",): _NO_API.format("shields"),
    ("server", "auth"): f"this version does not authenticate callers; {_REMOVE}",
    ("server", "quota"): f"this version counts no quotas; {_REMOVE}",
    ("telemetry",): f"this version exports no telemetry; {_REMOVE}",
}
_URL_NAMES = ("url", "api_base", "openai_compat_api_base", "openai_api_base")


def upgrade(source: Source) -> None:
    """Change `source` in place to what `RunConfig` reads."""
    if not isinstance(source.data, dict):
        source.add_mistake((), "a run config is a mapping: `providers:`, `server:`, …")
        source.raise_mistakes()
    _version(source)
    for kind in (*_KINDS, *_OLD_KINDS):
        if isinstance(source.get((kind,)), list):
            _move(source, (kind,), ("registered_resources", _OLD_KINDS.get(kind, kind)))
    for store, family in _STORE_FAMILIES.items():
        _name_backend_type(source, store, family)
    for old, new in _RENAMED.items():
        _move(source, old, new)
    for path, reason in _NOT_SERVED.items():
        _drop(source, path, reason)


def older_names(config: dict[str, Any], fields: set[str]) -> dict[str, str]:
    """Names a provider's address once had → `base_url`, for a config whose model has that field and not those."""
    if "base_url" not in fields:
        return {}
    return {name: "base_url" for name in _URL_NAMES if name in config and name not in fields}


def _version(source: Source) -> None:
    version = source.data.get("version", VERSION)
    number = int(version) if str(version).isdecimal() else None
    if number in range(1, VERSION + 1):
        source.data["version"] = VERSION
    elif number is not None:
        message = f"version {number} is newer than this program, which reads {VERSION}; upgrade llama-stack"
        source.add_mistake(("version",), message)
        source.data["version"] = VERSION


def _move(source: Source, old: Path, new: Path) -> None:
    if not _has(source, old):
        return
    if source.get(new) is not None:
        source.add_mistake(
            old, f"the older name of {'.'.join(map(str, new))}, which is given too; {_REMOVE}", at_key=True
        )
        source.get(old[:-1]).pop(old[-1])
    elif all(source.get(new[:end]) is None or isinstance(source.get(new[:end]), dict) for end in range(1, len(new))):
        source.move(old, new)


def _name_backend_type(source: Source, store: str, family: str) -> None:
    """A store at the top was a backend of its own: `type: sqlite`, now `kv_sqlite` or `sql_sqlite`."""
    backend = source.get((store,))
    if isinstance(backend, dict) and backend.get("type", "sqlite") == "sqlite":
        backend["type"] = f"{family}_sqlite"


def _drop(source: Source, path: Path, reason: str) -> None:
    """Remove what this version has no use for; unless it is empty, say so."""
    if not _has(source, path):
        return
    if source.get(path) not in (None, [], {}, ""):
        source.add_mistake(path, reason, at_key=True)
    source.get(path[:-1]).pop(path[-1])


def _has(source: Source, path: Path) -> bool:
    parent = source.get(path[:-1])
    return isinstance(parent, dict) and path[-1] in parent
