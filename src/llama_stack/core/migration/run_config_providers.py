"""One provider of another program's run config: its type, its id and its config, by the names they have here."""

from collections.abc import Mapping
from typing import Any

from ...providers.spec import ProviderSpec
from ..config.source import Path
from .fields import Fields, fields_of
from .notes import Draft
from .secrets import Vault, holds_secret, sounds_secret

__all__ = ("adapt_provider",)

# Provider types that go by another name here.
_RENAMED = {
    "inline::meta-reference": "inline::faiss",  # of vector_io
    "inline::sqlite_vec": "inline::sqlite-vec",
    "remote::llama-openai-compat": "remote::meta",
}
_COMPAT = "-openai-compat"  # the second face that services had for a while in 2025
_OLDER_FIELDS = {
    "api_base": "base_url",
    "api_token": "api_key",
    "auth_credential": "api_key",
    "openai_compat_api_base": "base_url",
    "url": "base_url",
}
_NETWORK: dict[Path, Path] = {
    ("tls_verify",): ("network", "tls", "verify"),
    ("timeout",): ("network", "read_timeout_seconds"),
    ("network", "timeout", "connect"): ("network", "connect_timeout_seconds"),
    ("network", "timeout", "read"): ("network", "read_timeout_seconds"),
    ("network", "timeout"): ("network", "read_timeout_seconds"),
    ("network", "proxy", "url"): ("network", "proxy"),
    ("network", "proxy", "https"): ("network", "proxy"),
    ("network", "proxy", "http"): ("network", "proxy"),
}


def adapt_provider(draft: Draft, path: Path, rows: Mapping[str, ProviderSpec], vault: Vault, taken: list[Any]) -> bool:
    """Change the entry at `path` in place. False, and a note, when there is no provider of its type."""
    entry = draft.get(path)
    kind = entry.get("provider_type")
    if not isinstance(kind, str) or "module" in entry:
        return True  # what is wrong with it, or with its package, is found when it is checked
    known = next((name for name in (kind, _RENAMED.get(kind), kind.removesuffix(_COMPAT)) if name in rows), None)
    if known is None:
        draft.note((*path, "provider_type"), f"no provider of type {kind!r} in this version")
        return False
    entry["provider_type"] = known
    _name(entry, known, taken)
    if isinstance(entry.get("config"), dict):
        fields = fields_of(rows[known])
        _rename(draft, (*path, "config"), fields)
        _hide_secrets(draft, (*path, "config"), fields, vault, str(known.rpartition("::")[2]))
    return True


def _name(entry: dict[str, Any], kind: str, taken: list[Any]) -> None:
    """An entry without an id gets one."""
    if "provider_id" not in entry:
        short = kind.partition("::")[2].replace("::", "-")
        entry["provider_id"] = short if short not in taken else kind.replace("::", "-")
        taken.append(entry["provider_id"])


def _rename(draft: Draft, path: Path, fields: Fields) -> None:
    for old, new in _OLDER_FIELDS.items():
        if old not in fields.names and new in fields.names:
            _move(draft, (*path, old), (*path, new))
    if "network" in fields.names:
        for before, after in _NETWORK.items():
            if before[0] == "network" or before[0] not in fields.names:
                _move(draft, (*path, *before), (*path, *after))


def _move(draft: Draft, old: Path, new: Path) -> None:
    """Rename, unless the new name is there already; a mapping that stood in its way is replaced when it is empty."""
    value = draft.get(old)
    if value is None or (isinstance(value, dict) and value):
        return
    around = draft.get(old[:-1])
    if old[: len(new)] == new:  # proxy.url → proxy
        draft.set(new, value)
    elif draft.get(new) is None and isinstance(around, dict) and value != {}:
        draft.move(old, new)
    elif value == {}:
        draft.drop(old)


def _hide_secrets(draft: Draft, path: Path, fields: Fields, vault: Vault, service: str) -> None:
    headers = draft.get((*path, "network", "headers"))
    named = [((*path, name), name, name in fields.secret) for name in draft.get(path)]
    named += [
        ((*path, "network", "headers", name), name, sounds_secret(name))
        for name in (headers if isinstance(headers, dict) else ())
    ]
    for at, name, is_secret in named:
        value = draft.get(at)
        if not isinstance(value, str) or not value or "${env." in value:
            continue
        if is_secret or (name == "base_url" and holds_secret(value)):
            variable = vault.variable(value, f"{service}_{name}")
            draft.note(at, f"a secret in clear text stays out of the run config; set {variable} to it", lost=False)
            draft.set(at, f"${{env.{variable}}}")
