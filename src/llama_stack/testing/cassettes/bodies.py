"""Bodies as a reader of a cassette wants them: JSON as structure, text as text; and back, to the byte."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .scrub import Scrubber

__all__ = ("comparable", "read_body", "request_body", "response_body")

_MANY = 2000  # values; above that JSON stays text: nobody reads it, and YAML would take seconds
_LONG = 1024  # characters or bytes of what nobody can read
_ENCODED = re.compile(r"(?:data:[\w.+-]+/[\w.+-]+(?:;[\w=-]+)*;base64,)?[A-Za-z0-9+/_\r\n-]+={0,2}")
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?')
_NONE = object()


# How services write JSON. The first is what is meant when a cassette does not say.
_SHAPES: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {"separators": (", ", ": ")},
    "indent 2": {"indent": 2},
    "indent 4": {"indent": 4},
}
_LAYOUTS: dict[str, Callable[[Any], str]] = {
    f"{name}{' ascii' if ascii_only else ''}": partial(json.dumps, allow_nan=False, ensure_ascii=ascii_only, **shape)
    for ascii_only in (False, True)
    for name, shape in _SHAPES.items()
}
_DEFAULT = "compact"
_LINE = " line"  # a newline follows


# ---- answers


def response_body(body: bytes, scrubber: Scrubber) -> dict[str, Any]:
    """`json` and its layout, where that gives the same bytes again; else `text`, else `base64`."""
    value = _parsed(body)
    clean = scrubber.tree(value) if isinstance(value, dict | list) else value
    if isinstance(value, dict | list) and _size(value) <= _MANY and _can_be_written(clean):
        layout = _layout(value, body)
        if layout is None and clean != value:
            layout = _DEFAULT  # what holds a secret is not kept to the byte
        if layout is not None:
            return {"json": clean} | ({} if layout == _DEFAULT else {"layout": layout})
    if clean != value:
        return _plain(json.dumps(clean).encode(), scrubber)
    return _plain(body, scrubber)


def read_body(kept: Mapping[str, Any]) -> bytes:
    """The bytes that a body was made from."""
    if "json" in kept:
        layout = str(kept.get("layout", _DEFAULT))
        text = _LAYOUTS[layout.removesuffix(_LINE)](kept["json"])
        return text.encode() + (b"\n" if layout.endswith(_LINE) else b"")
    if "base64" in kept:
        return base64.b64decode(kept["base64"])
    return str(kept.get("text", "")).encode()


def _layout(value: Any, body: bytes) -> str | None:
    """The layout that makes these bytes again."""
    for name, dumps in _LAYOUTS.items():
        try:
            made = dumps(value).encode()
        except ValueError:  # half a character, which JSON can name and no text can hold
            continue
        if made == body:
            return name
        if made + b"\n" == body:
            return name + _LINE
    return None


# ---- requests


def request_body(body: bytes | None, content_type: str, scrubber: Scrubber) -> dict[str, Any]:
    """What tells this body from others. What nobody can read is kept as its checksum."""
    if not body:
        return {}
    if found := _BOUNDARY.search(content_type):
        body = body.replace(found[1].encode(), b"boundary")  # it is made up anew for each request
    value = _parsed(body)
    if isinstance(value, dict | list):
        clean = _shortened(scrubber.tree(value))
        if _size(clean) <= _MANY and _can_be_written(clean):
            return {"json": clean}
        return {"text": json.dumps(clean)}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return {"text": scrubber.form(body.decode(errors="replace"))}
    kept = _plain(body, scrubber)
    return _checksum(body) if "base64" in kept and len(body) > _LONG else kept


def comparable(kept: Mapping[str, Any]) -> Any:
    """A request's body, to be compared: JSON however it is kept."""
    if "json" in kept:
        return kept["json"]
    if "text" in kept:
        value = _parsed(str(kept["text"]).encode())
        return kept["text"] if value is _NONE else value
    return kept.get("sha256") or kept.get("base64")


def _shortened(value: Any) -> Any:
    match value:
        case dict():
            return {key: _shortened(item) for key, item in value.items()}
        case list():
            return [_shortened(item) for item in value]
        case str() if len(value) > _LONG and _ENCODED.fullmatch(value):
            return f"sha256:{hashlib.sha256(value.encode()).hexdigest()} of {len(value)} characters"
    return value


def _checksum(body: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}


# ---- both


def _plain(body: bytes, scrubber: Scrubber) -> dict[str, Any]:
    try:
        return {"text": scrubber.text(body.decode())}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _parsed(body: bytes) -> Any:
    """The JSON in a body, or `_NONE`."""
    if body[:1].isspace() or body[:1] in b"{[":
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    return _NONE


def _size(value: Any) -> int:
    match value:
        case dict():
            return 1 + sum(map(_size, value.values()))
        case list():
            return 1 + sum(map(_size, value))
    return 1


def _can_be_written(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True
