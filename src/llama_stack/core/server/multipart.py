"""A form (multipart/form-data, RFC 7578) taken apart as it arrives."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from ...apis.errors import BadRequestError

__all__ = ("Event", "MultipartParser", "Part", "boundary_of")

_MOST_HEADERS = 64 * 1024  # bytes of the headers of one part
_LONGEST_BOUNDARY = 200
_TYPE = re.compile(r"\s*multipart/form-data\s*(;.*)?", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # what browsers write for characters that end a name


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a part. With a `filename` it is a file."""

    name: str
    filename: str | None = None
    content_type: str | None = None


Event = Part | bytes | None  # a part begins, its bytes, its end


def boundary_of(content_type: str) -> bytes:
    """The line between the parts. Raises `BadRequestError` for any other content type."""
    match = _TYPE.fullmatch(content_type)
    if match is None:
        raise BadRequestError(
            f"the request has the content type {content_type or 'nothing'!r}; send the file as multipart/form-data",
            code="invalid_content_type",
        )
    boundary = _parameters(match[1] or "").get("boundary", "")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise _broken("its content type names no boundary")
    return boundary.encode("latin-1", "replace")


class MultipartParser:
    """Feed it what arrives; it gives what has been recognised, and keeps no more than a line of it."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._rest = b"\r\n"  # so that the first delimiter looks like the others
        self._state: Callable[[list[Event]], bool] = self._before

    def feed(self, data: bytes) -> list[Event]:
        """Raises `BadRequestError` when this is no form."""
        self._rest += data
        events: list[Event] = []
        while self._state(events):
            pass
        return events

    def finish(self) -> None:
        """The request is over. Raises `BadRequestError` when the form is not."""
        if self._state != self._after_the_end:
            raise _broken("it breaks off before its last boundary")

    # ---- what comes next; each says whether it got on

    def _before(self, events: list[Event]) -> bool:
        at = self._rest.find(self._delimiter)
        if at < 0:
            self._rest = self._rest[-len(self._delimiter) :]
            return False
        return self._go_on(at + len(self._delimiter), self._at_delimiter)

    def _at_delimiter(self, events: list[Event]) -> bool:
        if len(self._rest) < 2:
            return False
        if self._rest.startswith(b"--"):
            return self._go_on(2, self._after_the_end)
        end = self._rest.find(b"\r\n")
        if self._rest[: max(end, 0)].strip(b" \t") or (end < 0 and len(self._rest) > _LONGEST_BOUNDARY):
            raise _broken("a boundary is followed by something else")
        return end >= 0 and self._go_on(end + 2, self._headers)

    def _headers(self, events: list[Event]) -> bool:
        end = self._rest.find(b"\r\n\r\n", 0, _MOST_HEADERS)
        if end < 0:
            if len(self._rest) > _MOST_HEADERS:
                raise _broken(f"the headers of a part are longer than {_MOST_HEADERS} bytes")
            return False
        events.append(_part(self._rest[:end]))
        return self._go_on(end + 4, self._body)

    def _body(self, events: list[Event]) -> bool:
        at = self._rest.find(self._delimiter)
        certain = at if at >= 0 else len(self._rest) - len(self._delimiter) + 1
        if certain > 0:
            events.append(self._rest[:certain])
        if at < 0:
            return self._go_on(max(certain, 0), self._body) and False
        events.append(None)
        return self._go_on(at + len(self._delimiter), self._at_delimiter)

    def _after_the_end(self, events: list[Event]) -> bool:
        self._rest = b""
        return False

    def _go_on(self, at: int, state: Callable[[list[Event]], bool]) -> bool:
        self._rest, self._state = self._rest[at:], state
        return True


def _part(head: bytes) -> Part:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    kind, _, _ = headers.get("content-disposition", "").partition(";")
    said = _parameters(headers.get("content-disposition", ""))
    if kind.strip().lower() != "form-data" or "name" not in said:
        raise _broken('a part lacks the header `Content-Disposition: form-data; name="…"`')
    return Part(said["name"], _filename(said), headers.get("content-type"))


def _parameters(text: str) -> dict[str, str]:
    """`; name="file"; filename="a.txt"` by name."""
    found = {}
    for name, value in _PARAMETER.findall(text):
        quoted = value.startswith('"') and len(value) > 1
        found[name.lower()] = _ESCAPED.sub(r"\1", value[1:-1]) if quoted else value.strip()
    return found


def _filename(said: dict[str, str]) -> str | None:
    if "filename*" in said:  # RFC 5987, which says exactly what is meant
        charset, _, rest = said["filename*"].partition("'")
        known = "latin-1" if charset.lower() == "iso-8859-1" else "utf-8"
        return unquote(rest.partition("'")[2], known, "replace")
    name = said.get("filename")
    for written, meant in _PERCENT.items() if name is not None else ():
        name = re.sub(written, meant, name or "", flags=re.IGNORECASE)
    return name


def _broken(what: str) -> BadRequestError:
    return BadRequestError(f"the form cannot be read: {what}", code="invalid_form")
