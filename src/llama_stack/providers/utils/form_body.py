"""A form (multipart/form-data) with a file, as the body of a request: put together while it is sent."""

import secrets
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import BaseModel

from ...apis.transfer import Upload

__all__ = ("FormBody",)

_ESCAPED = {"\\": "\\\\", '"': "%22", "\r": "%0D", "\n": "%0A"}


class FormBody:
    """The fields, then the file, so that whoever reads it knows all of them when the file comes."""

    def __init__(self, fields: Mapping[str, Any], files: Mapping[str, Upload]) -> None:
        """A field that is a model or a dict is sent as OpenAI does: `expires_after[seconds]`."""
        boundary = f"llama-stack-{secrets.token_hex(16)}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        begin = f"--{boundary}\r\n".encode()
        texts = (text for name, value in fields.items() for text in _texts(name, value))
        head = b"".join(begin + _head(name) + value + b"\r\n" for name, value in texts)
        self._parts: list[bytes | Upload] = [head]
        for name, file in files.items():
            self._parts += [begin + _head(name, file), file, b"\r\n"]
        self._parts.append(f"--{boundary}--\r\n".encode())

    @property
    def size(self) -> int | None:
        """The length of the body; None when the file's is not known."""
        sizes = [len(part) if isinstance(part, bytes) else part.size for part in self._parts]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        for part in self._parts:
            if isinstance(part, Upload):
                async for piece in part:
                    yield piece
            else:
                yield part


def _texts(name: str, value: Any) -> Iterator[tuple[str, bytes]]:
    match value:
        case None:
            return
        case BaseModel():
            yield from _texts(name, value.model_dump(mode="json", exclude_none=True))
        case Mapping():
            for key, inner in value.items():
                yield from _texts(f"{name}[{key}]", inner)
        case str():
            yield name, value.encode()
        case _:
            yield name, msgspec.json.encode(value)


def _head(name: str, file: Upload | None = None) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{_quoted(name)}"']
    if file is not None:
        lines[0] += f'; filename="{_quoted(file.filename)}"'
        if "%" in file.filename:  # the escapes that are usual would be read where none were written
            lines[0] += f"; filename*=UTF-8''{quote(file.filename, safe='')}"
        lines.append(f"Content-Type: {file.content_type or 'application/octet-stream'}")
    return "\r\n".join([*lines, "", ""]).encode()


def _quoted(text: str) -> str:
    return "".join(_ESCAPED.get(c, c) for c in text)
