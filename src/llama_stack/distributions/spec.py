"""A distribution: a name, its providers, and the run config that a user gets to keep and edit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.config import Registry
from ..providers import registry as providers_registry
from ..providers.spec import ProviderSpec
from .yaml_text import to_yaml

__all__ = ("EVERY", "MEMORY", "VECTOR_STORES", "Distribution", "kept")

EVERY = "*"  # every provider there is, save test doubles

MEMORY = {"kv_default": {"type": "kv_memory"}, "sql_default": {"type": "sql_memory"}}

_HEAD = """\
# {name}: {description}.
#
# ${{env.NAME}} is the environment variable NAME; ${{env.NAME:=x}} is x when NAME is unset or empty.
# `llama stack check` names every mistake with its line; `llama stack show` prints what is in force.
version: 2
distro_name: {name}
"""

_MODELS = """\
registered_resources:
  models:
  # INFERENCE_MODEL is served under its own name; INFERENCE_PROVIDER says by whom, where several could.
  - model_id: ${env.INFERENCE_MODEL:=}
    provider_id: ${env.INFERENCE_PROVIDER:=}
"""

_TOOLS = """\
  tool_groups:
  - toolgroup_id: builtin::rag
    provider_id: rag-runtime
"""

_SERVER = """\
server:
  host: ${env.LLAMA_STACK_HOST:=127.0.0.1}  # 0.0.0.0 to be reached from other machines
  port: ${env.LLAMA_STACK_PORT:=8321}
"""


# Where vector stores can be kept. The first needs nothing; the others wait for their variable.
VECTOR_STORES = (
    "inline::sqlite",
    "remote::pgvector",
    "inline::chromadb",
    "remote::chromadb",
    "inline::qdrant",
    "remote::qdrant",
    "inline::milvus",
    "remote::milvus",
    "remote::elasticsearch",
    "remote::weaviate",
)


def kept(name: str) -> dict[str, dict[str, str]]:
    """The configs with which files and vectors stay in the folder of a distribution."""
    folder = f"~/.llama/distributions/{name}"
    return {
        "inline::localfs": {"storage_dir": f"${{env.FILES_STORAGE_DIR:={folder}/files}}"},
        "inline::sqlite": {"db_path": f"${{env.SQLITE_STORE_DIR:={folder}}}/vector_index.db"},
    }


@dataclass(frozen=True, slots=True)
class Distribution:
    """Data from which a run config is written."""

    name: str
    description: str
    providers: Mapping[str, tuple[str, ...]]  # API → provider types; EVERY for all
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # provider type → over its defaults
    backends: Mapping[str, Mapping[str, Any]] | None = None  # None: SQLite files in the distribution's folder

    def specs(self, registry: Registry | None = None) -> dict[str, list[ProviderSpec]]:
        """API → the rows of its providers, in order."""
        registry = providers_registry.specs() if registry is None else registry
        return {api: list(_rows(types, registry[api])) for api, types in self.providers.items()}

    def run_yaml(self, registry: Registry | None = None) -> str:
        """The whole run config, with comments."""
        sections = (
            _HEAD.format(name=self.name, description=self.description),
            "providers:\n" + "".join(self._provider_lines(self.specs(registry))),
            "storage:\n" + to_yaml({"backends": self.backends or self._files()}, indent=2),
            _MODELS + (_TOOLS if "inline::rag-runtime" in self.providers.get("tool_runtime", ()) else ""),
            _SERVER,
        )
        return "\n".join(sections)

    def _provider_lines(self, specs: Mapping[str, list[ProviderSpec]]) -> Iterator[str]:
        for api, rows in specs.items():
            yield f"  {api}:\n"
            names = _names(rows)
            for spec in rows:
                entry: dict[str, Any] = {"provider_id": names[spec.provider_type], "provider_type": spec.provider_type}
                if config := {**spec.defaults, **self.configs.get(spec.provider_type, {})}:
                    entry["config"] = config
                yield f"  # {_comment(spec)}\n" + to_yaml([entry], indent=2)

    def _files(self) -> dict[str, dict[str, str]]:
        folder = f"${{env.SQLITE_STORE_DIR:=~/.llama/distributions/{self.name}}}"
        return {
            "kv_default": {"type": "kv_sqlite", "db_path": f"{folder}/kvstore.db"},
            "sql_default": {"type": "sql_sqlite", "db_path": f"{folder}/sql_store.db"},
        }


def _rows(types: tuple[str, ...], rows: Mapping[str, ProviderSpec]) -> Iterator[ProviderSpec]:
    for kind in types:
        if kind == EVERY:
            yield from (spec for spec in rows.values() if not spec.double and spec.provider_type not in types)
        else:
            yield rows[kind]


def _names(rows: list[ProviderSpec]) -> dict[str, str]:
    """Provider type → provider id: `groq` for `remote::groq`; where two would be called the same, all of the type."""
    short = {spec.provider_type: spec.provider_type.partition("::")[2].replace("::", "-") for spec in rows}
    taken = list(short.values())
    return {kind: name if taken.count(name) == 1 else kind.replace("::", "-") for kind, name in short.items()}


def _comment(spec: ProviderSpec) -> str:
    summary = spec.summary or spec.provider_type
    if spec.key_env:
        return f"{summary}; needs {spec.key_env}"
    return f"{summary}; its address is {spec.url_env}" if spec.url_env else summary
