"""Values of a LiteLLM config where they are written, and as a run config has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..config.source import Path
from .litellm_reasons import info_reason
from .notes import Draft

__all__ = ("Part", "is_off", "metadata_of", "network_of", "plain", "reference", "variable_of")

_ENVIRON = "os.environ/"
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_FACTS = {
    "max_input_tokens": "context_length",
    "output_vector_size": "embedding_dimension",
    "supports_function_calling": "tools",
    "supports_response_schema": "structured_output",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A value where it is written."""

    draft: Draft
    path: Path

    @property
    def key(self) -> str:
        return str(self.path[-1])

    @property
    def value(self) -> Any:
        return self.draft.get(self.path)

    def note(self, message: str, *, lost: bool = True) -> None:
        self.draft.note(self.path, message, lost=lost)

    def below(self) -> dict[str, "Part"]:
        """The parts of a mapping by name; of anything else, none."""
        return {key: Part(self.draft, (*self.path, key)) for key in self.value or ()} if self.is_mapping else {}

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)


def network_of(given: Mapping[str, Part], into: dict[str, Any] | None = None) -> dict[str, Any]:
    """`timeout`, `request_timeout` and `ssl_verify` as the `network` of a provider."""
    network = {} if into is None else into
    for key in ("request_timeout", "timeout"):
        if (part := given.get(key)) and not is_off(part.value):
            _put_timeout(network, part)
    if (part := given.get("ssl_verify")) and part.value not in (None, True):
        network["tls"] = {"verify": plain(part.value)}
    return network


def is_off(value: Any) -> bool:
    """Whether a setting says nothing: its absence means the same."""
    return value in (None, False, "", [], {})


def _put_timeout(network: dict[str, Any], part: Part) -> None:
    seconds = reference(part) if variable_of(part.value) else _seconds(part.value)
    if seconds is not None:
        network["read_timeout_seconds"] = seconds
    elif not variable_of(part.value):
        part.note("a time-out is a number of seconds, above 0")


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return (int(seconds) if seconds.is_integer() else seconds) if 0 < seconds < float("inf") else None


def variable_of(value: Any) -> str | None:
    """`NAME`, of `os.environ/NAME`."""
    return value.removeprefix(_ENVIRON) if isinstance(value, str) and value.startswith(_ENVIRON) else None


def reference(part: Part) -> str | None:
    """`${env.NAME}` in place of `os.environ/NAME`; None, and a note, when there is no such name here."""
    name = variable_of(part.value) or ""
    if _VARIABLE.fullmatch(name):
        return f"${{env.{name}}}"
    part.note("the name of a variable has letters, digits and `_` here; rename it")
    return None


def plain(value: Any) -> Any:
    """A value that means itself, save the references in it."""
    match value:
        case str():
            name = variable_of(value)
            is_name = name is not None and _VARIABLE.fullmatch(name)
            return f"${{env.{name}}}" if is_name else value.replace("${env.", "$${env.")
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def metadata_of(info: Mapping[str, Part]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for key, part in info.items():
        if key in _FACTS and isinstance(part.value, int):
            metadata[_FACTS[key]] = part.value
        elif key == "supports_vision" and isinstance(part.value, bool):
            metadata["input_modalities"] = ["text", "image"] if part.value else ["text"]
        elif key != "mode" and not is_off(part.value):
            part.note(info_reason(key))
    return metadata
