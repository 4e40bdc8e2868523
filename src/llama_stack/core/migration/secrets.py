"""Secrets that stand in a file in clear text: they stay there, and a variable is named in their place."""

import re
from collections.abc import Iterable
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo

__all__ = ("Vault", "holds_secret", "secret_fields", "sounds_secret")

_NAMES = re.compile(
    r"(^|[_-])(keys?|token|secret|password|passwd|credentials?|authorization|auth|cookie)($|[_-]id$)", re.IGNORECASE
)
_PARAMETER = re.compile(r"[?&][^=&]*(key|token|secret|password|sig)[^=&]*=", re.IGNORECASE)


class Vault:
    """Gives each secret a variable of its own, and the same secret the same one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._names: dict[str, str] = {}

    def variable(self, secret: Any, wanted: str) -> str:
        """The name of the variable that is to hold this secret: `wanted`, or `wanted` with a number."""
        text = str(secret)
        if text not in self._names:
            self._names[text] = self._free(re.sub(r"\W+", "_", wanted).upper())
        return self._names[text]

    def _free(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name


def sounds_secret(name: str) -> bool:
    """Whether what goes by this name is likely to be a secret: `x-api-key`, `aws_access_key_id`."""
    return _NAMES.search(name) is not None


def holds_secret(url: str) -> bool:
    """Whether an address has a login or a key in it."""
    try:
        return "@" in urlsplit(url).netloc or _PARAMETER.search(url) is not None
    except ValueError:
        return True  # nothing is known of what is no address


def secret_fields(model: type[BaseModel]) -> set[str]:
    """The names of the fields of a config that hold secrets, other names that they go by included."""
    return {
        name for field, info in model.model_fields.items() if _is_secret(field, info) for name in _names(field, info)
    }


def _is_secret(field: str, info: FieldInfo) -> bool:
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation) or sounds_secret(field)


def _names(field: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    others = alias.choices if isinstance(alias, AliasChoices) else [alias] if alias else []
    return [field, *(other for other in others if isinstance(other, str))]
