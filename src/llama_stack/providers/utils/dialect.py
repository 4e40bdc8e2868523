"""Requests as one service wants them: fields renamed, left out, or with other values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

__all__ = ("Dialect",)

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MESSAGES = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a service asks for otherwise than OpenAI. A request that says nothing of it keeps its bytes."""

    rename: Mapping[str, str] = field(default_factory=dict)  # field → its name there
    drop: frozenset[str] = frozenset()  # fields it refuses, and that do not change the answer
    values: Mapping[str, Mapping[str, str | None]] = field(
        default_factory=dict
    )  # field → value → there; None: left out
    roles: Mapping[str, str] = field(default_factory=dict)  # role of a message → there

    def __bool__(self) -> bool:
        return bool(self.rename or self.drop or self.values or self.roles)

    def apply(self, body: bytes) -> bytes:
        """The request in this dialect."""
        fields: dict[str, Any] = _FIELDS.decode(body)
        changes = [self._drop(fields), self._rename(fields), self._revalue(fields), self._recast(fields)]
        return _ENCODER.encode(fields) if any(changes) else body

    def _drop(self, fields: dict[str, Any]) -> bool:
        found = [name for name in self.drop if name in fields]
        for name in found:
            del fields[name]
        return bool(found)

    def _rename(self, fields: dict[str, Any]) -> bool:
        found = [old for old in self.rename if old in fields]
        for old in found:
            fields.setdefault(self.rename[old], fields.pop(old))
        return bool(found)

    def _revalue(self, fields: dict[str, Any]) -> bool:
        changed = False
        for name, own in self.values.items():
            value = _string(fields.get(name))
            if value is not None and value in own:
                changed = True
                fields[name] = own[value]
                if own[value] is None:
                    del fields[name]
        return changed

    def _recast(self, fields: dict[str, Any]) -> bool:
        """Change the roles of messages, where the request mentions one of them at all."""
        raw = bytes(fields.get("messages", b"[]"))
        if not any(b'"%b"' % role.encode() in raw for role in self.roles):
            return False
        messages: list[dict[str, Any]] = _MESSAGES.decode(raw)
        for message in messages:
            if (own := self.roles.get(_string(message.get("role")) or "")) is not None:
                message["role"] = own
        fields["messages"] = messages
        return True


def _string(raw: Any) -> str | None:
    """A JSON value that is a string."""
    value = msgspec.json.decode(raw) if raw is not None else None
    return value if isinstance(value, str) else None
