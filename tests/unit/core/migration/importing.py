"""Small documents, imported: what became of them, in a few words."""

from textwrap import dedent
from typing import Any

from llama_stack.core.config import RunConfig, load_config
from llama_stack.core.config.yaml import parse_yaml
from llama_stack.core.migration import Draft, Imported, import_litellm, import_run_config
from llama_stack.core.migration.result import switched_on
from llama_stack.providers.registry import specs

__all__ = ("deployment", "draft", "litellm", "loaded", "lost", "models", "providers", "run_config", "told")


def draft(text: str, name: str = "config.yaml") -> Draft:
    return Draft.of(parse_yaml(dedent(text), name))


def litellm(text: str, *included: str) -> Imported:
    drafts = [draft(text), *(draft(more, f"more{number}.yaml") for number, more in enumerate(included, 1))]
    imported = import_litellm(drafts, specs())
    imported.check(specs())
    return imported


def deployment(parameters: str, more: str = "", *, info: str = "") -> Imported:
    """One model called `m`; its parameters, and its `model_info`, are YAML mappings without the braces."""
    known = f"  model_info: {{{info}}}\n" if info else ""
    return litellm(f"model_list:\n- model_name: m\n  litellm_params: {{{parameters}}}\n{known}{dedent(more)}")


def run_config(text: str) -> Imported:
    imported = import_run_config(draft(text, "run.yaml"), specs())
    imported.check(specs())
    return imported


def providers(imported: Imported) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = imported.config["providers"].get("inference", [])
    return found


def models(imported: Imported) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = imported.config.get("registered_resources", {}).get("models", [])
    return found


def told(imported: Imported) -> list[str]:
    """Every note, without the name of the file."""
    return [str(note).partition(":")[2] for note in imported.notes]


def lost(imported: Imported) -> list[str]:
    """The paths of what did not come along."""
    return [note.path for note in imported.lost]


def loaded(imported: Imported) -> RunConfig:
    """As our own loader reads it, with every variable set."""
    return load_config(imported.config, env=switched_on(imported.config))
