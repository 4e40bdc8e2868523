"""A request whose body is a form with a file: received on disk, within its limits, before its method is called."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError

from ...apis.declare import Route
from ...apis.errors import BadRequestError, TooLargeError
from ...apis.transfer import Intake
from ...apis.wire import explain
from ...providers.utils.files.part_file import PartFile
from .asgi import BodyPieces, Scope, header
from .multipart import MultipartParser, Part, boundary_of

__all__ = ("received_form",)

_MOST_FIELD_BYTES = 1 << 20  # of all fields that are no files
_MOST_BESIDE_BYTES = 8 << 20  # of all that is not the file: fields, headers, what stands before and behind the form
_MOST_PARTS = 100
_NAME = re.compile(r"(?P<name>[^\[\]]+)(?P<keys>(?:\[[^\[\]]*\])*)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


@asynccontextmanager
async def received_form(
    route: Route, scope: Scope, body: BodyPieces, intake: Intake, max_bytes: int
) -> AsyncIterator[dict[str, Any]]:
    """The arguments that a form holds. Its file lies on disk until the block is left, unless it is moved away."""
    content_type = header(scope, b"content-type") or b""
    form = _Form(route, intake, max_bytes)
    try:
        form.check_length(header(scope, b"content-length") or b"")
        parser = MultipartParser(boundary_of(content_type.decode("latin-1")))
        async for data in body:
            await form.take(parser, data)
        parser.finish()
        await form.finish()
        yield form.arguments()
    finally:
        form.discard()


class _Form:
    """What has come of a form so far."""

    def __init__(self, route: Route, intake: Intake, max_bytes: int) -> None:
        self.route, self.intake = route, intake
        limits = [(max_bytes, "server.max_upload_bytes"), (intake.max_bytes or max_bytes, intake.limit)]
        self.max_bytes, self.limit = min(limits, key=lambda limit: limit[0])
        self.texts: dict[str, bytes] = {}
        self.text_bytes = self.received_bytes = self.parts = 0
        self.part: Part | None = None
        self.file: PartFile | None = None
        self.file_part: Part | None = None

    def check_length(self, content_length: bytes) -> None:
        """Refuse at once what is going to be too large."""
        if content_length.isdigit() and int(content_length) > self.max_bytes + _MOST_BESIDE_BYTES:
            raise self._too_large()

    async def take(self, parser: MultipartParser, data: bytes) -> None:
        self.received_bytes += len(data)
        if self.received_bytes > self.max_bytes + _MOST_BESIDE_BYTES:
            raise self._too_large()
        for event in parser.feed(data):
            match event:
                case Part():
                    await self._begin(event)
                case bytes() if self.part is self.file_part:
                    await self._take_file(event)
                case bytes():
                    self._take_text(event)

    async def _begin(self, part: Part) -> None:
        self.part = part
        self.parts += 1
        if self.parts > _MOST_PARTS:
            raise BadRequestError(f"the form has more than {_MOST_PARTS} fields", code="invalid_form")
        name = _names(part.name)[0]
        if name not in self.route.form:
            raise BadRequestError(f"the form has a field {name!r}; it takes {', '.join(self.route.form)}", param=name)
        if part.name in self.texts or (self.file and name == self.route.upload):
            raise BadRequestError(f"the form has the field {part.name!r} twice", param=name)
        if name != self.route.upload:
            self.texts[part.name] = b""
            return
        if part.filename is None:
            raise BadRequestError(f"{name}: this should be a file, with a filename (curl -F {name}=@PATH)", param=name)
        self.file_part, self.file = part, await PartFile.create(self.intake.folder)

    async def _take_file(self, data: bytes) -> None:
        assert self.file is not None
        if self.file.size + len(data) > self.max_bytes:
            raise self._too_large()
        await self.file.write(data)

    def _take_text(self, data: bytes) -> None:
        assert self.part is not None
        self.text_bytes += len(data)
        if self.text_bytes > _MOST_FIELD_BYTES:
            raise TooLargeError(f"the form's fields beside its file are larger than {_MOST_FIELD_BYTES} bytes")
        self.texts[self.part.name] += data

    def _too_large(self) -> TooLargeError:
        return TooLargeError(f"the file is larger than {self.max_bytes} bytes ({self.limit})", param=self.route.upload)

    async def finish(self) -> None:
        if self.file is not None:
            await self.file.finish()

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()

    def arguments(self) -> dict[str, Any]:
        """The method's arguments, each as its annotation says."""
        given: dict[str, Any] = {}
        for name, text in self.texts.items():
            _put(given, _names(name), text.decode("utf-8", "replace"))
        found = {name: _validated(self.route, name, value) for name, value in given.items()}
        if self.file is not None and self.file_part is not None and self.route.upload:
            found[self.route.upload] = self.file.upload(self.file_part.filename, self.file_part.content_type)
        for name in self.route.form:
            if name not in found and self.route.params[name].default is self.route.params[name].empty:
                raise BadRequestError(f"{name}: this field of the form is required", param=name)
        return found


def _names(field: str) -> list[str]:
    """`expires_after[anchor]` → `["expires_after", "anchor"]`."""
    match = _NAME.fullmatch(field)
    if match is None:
        raise BadRequestError(f"the form has a field of the strange name {field[:80]!r}")
    return [match["name"], *_KEY.findall(match["keys"])]


def _put(given: dict[str, Any], names: list[str], value: str) -> None:
    for name in names[:-1]:
        inner = given.setdefault(name, {})
        if not isinstance(inner, dict):
            raise BadRequestError(f"{names[0]}: it is given as a whole and in parts", param=names[0])
        given = inner
    if names[-1] in given:
        raise BadRequestError(f"{names[0]}: it is given as a whole and in parts", param=names[0])
    given[names[-1]] = value


def _validated(route: Route, name: str, value: Any) -> Any:
    """A field's value. What is no text may also come whole, as one JSON text."""
    adapter = route.adapters[name]
    try:
        try:
            return adapter.validate_python(value)
        except ValidationError:
            if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
                return adapter.validate_json(value)
            raise
    except ValidationError as error:
        message, place = explain(error, value)
        path = f"{name}.{place}" if place else name
        raise BadRequestError(f"{name}.{message}" if place else f"{name}: {message}", param=path) from None
