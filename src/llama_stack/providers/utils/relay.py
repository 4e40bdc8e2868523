"""Calls to one service that speaks OpenAI's wire format, whole or streamed."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Set
from contextlib import suppress
from typing import Any, Self, TypeVar

import msgspec

from ...apis.errors import UpstreamError
from ...apis.stream import EventStream
from ...apis.wire import WireModel
from ..config import NetworkConfig
from .form_body import FormBody
from .refusal import NO_ERROR, hide_keys, refusal
from .sse import EventCleaner
from .transport import Transport, UpstreamRequest, UpstreamResponse, open_transport

__all__ = ("Relay",)

A = TypeVar("A", bound=WireModel)
_DRAIN_SECONDS = 0.1
_OK = frozenset({200})
_NONE = msgspec.Raw()


class _Peek(msgspec.Struct):
    error: msgspec.Raw = _NONE


_Said = msgspec.json.Decoder[Any]
_OBJECT = msgspec.json.Decoder(_Peek)
_OBJECT_OR_LIST = msgspec.json.Decoder(_Peek | list[msgspec.Raw])  # Together lists its models in a bare list


class Relay:
    """A service at `base_url`. Answers are checked for errors and passed on as the bytes they came in.

    Raises `UpstreamError`: the service's refusal with its status, or what kept it from answering.
    """

    def __init__(
        self,
        provider_id: str,
        base_url: str,
        *,
        api_key: str | None = None,
        network: NetworkConfig | None = None,
        transport: Transport | None = None,
    ) -> None:
        network = network or NetworkConfig()
        self.provider_id = provider_id
        self.base_url = base_url.rstrip("/")
        self.transport = transport or open_transport(provider_id, network)
        self.headers = {"content-type": "application/json", **network.headers}
        if api_key:
            self.headers["authorization"] = f"Bearer {api_key}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.transport.aclose()

    async def whole(self, path: str, body: bytes, answer: type[A], headers: Mapping[str, str] | None = None) -> A:
        """`POST path` and the whole answer."""
        return answer.from_wire(await self.call("POST", path, body, headers))

    async def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Any call, and the JSON object it answers."""
        return await self._call(method, path, body, headers, _OBJECT)

    async def _call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None, said: _Said
    ) -> bytes:
        headers = self._with_own(headers)
        try:
            response = await self._send(method, path, body, headers)
            try:
                content = await response.read()
            finally:
                response.close()
            self._refuse_errors(content, said)
        except UpstreamError as error:
            hide_keys(error, headers)
            raise
        return content

    async def send_form(self, path: str, form: FormBody, headers: Mapping[str, str] | None = None) -> bytes:
        """`POST path` with a form, whose file is read as it is sent, and the JSON object it answers."""
        headers = {**self._with_own(headers), "content-type": form.content_type}
        try:
            response = await self._answered(UpstreamRequest("POST", self.base_url + path, headers, pieces=form), _OK)
            try:
                content = await response.read()
            finally:
                response.close()
            self._refuse_errors(content, _OBJECT)
        except UpstreamError as error:
            hide_keys(error, headers)
            raise
        return content

    async def open(self, path: str, headers: Mapping[str, str] | None = None) -> UpstreamResponse:
        """`GET path`, whatever it answers: 200, or 206 where the headers ask for a range. The caller closes it."""
        headers = self._with_own(headers)
        try:
            return await self._answered(UpstreamRequest("GET", self.base_url + path, headers), {200, 206})
        except UpstreamError as error:
            hide_keys(error, headers)
            raise

    async def stream(
        self, path: str, body: bytes, event: type[A], headers: Mapping[str, str] | None = None
    ) -> EventStream[A]:
        """`POST path` and the events of the answer; it returns when the first one is there."""
        headers = self._with_own(headers)
        try:
            response = await self._send("POST", path, body, headers)
            try:
                await self._refuse_whole_answers(response)
                return await EventStream(event, self._events(response, headers)).start()
            except BaseException:
                response.close()
                raise
        except UpstreamError as error:
            hide_keys(error, headers)
            raise

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """`GET path` and the decoded JSON, an object or a list."""
        return msgspec.json.decode(await self._call("GET", path, None, headers, _OBJECT_OR_LIST))

    def _with_own(self, headers: Mapping[str, str] | None) -> Mapping[str, str]:
        return {**self.headers, **headers} if headers else self.headers

    async def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> UpstreamResponse:
        """An answer whose status is 200."""
        return await self._answered(UpstreamRequest(method, self.base_url + path, headers, body), _OK)

    async def _answered(self, request: UpstreamRequest, good: Set[int]) -> UpstreamResponse:
        response = await self.transport.send(request)
        if response.status in good:
            return response
        try:
            raise refusal(self.provider_id, await response.read(), status=response.status, headers=response.headers)
        finally:
            response.close()

    def _refuse_errors(self, content: bytes, said: _Said) -> None:
        """Some services answer 200 with an error inside (Ollama does while a model loads)."""
        try:
            peek = said.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
            raise self._malformed(content) from broken
        if isinstance(peek, _Peek) and peek.error is not _NONE and bytes(peek.error) not in NO_ERROR:
            raise refusal(self.provider_id, content)

    async def _refuse_whole_answers(self, response: UpstreamResponse) -> None:
        """A JSON document where a stream was asked for is an error, or a service that cannot stream."""
        if response.headers.get("content-type", "").startswith("application/json"):
            content = await response.read()
            self._refuse_errors(content, _OBJECT)
            raise self._malformed(content, "did not stream; it answered")

    async def _events(self, response: UpstreamResponse, headers: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
        cleaner = EventCleaner(self.provider_id)
        reads = response.reads()
        try:
            async for data in reads:
                if block := cleaner.feed(data):
                    yield block
                if cleaner.done or cleaner.failure is not None:
                    break
            else:
                if block := cleaner.finish():
                    yield block
            if cleaner.failure is not None:
                hide_keys(cleaner.failure, headers)
                raise cleaner.failure
            if cleaner.done:
                await _drain(reads)
        finally:
            await reads.aclose()
            response.close()

    def _malformed(self, content: bytes, what: str = "answered something that is not JSON:") -> UpstreamError:
        message = f"{self.provider_id} {what} {content[:80]!r}"
        return UpstreamError(message, provider_id=self.provider_id, code="upstream_malformed")


async def _drain(reads: AsyncGenerator[bytes, None]) -> None:
    """Read the end of a body whose last event has come, so that its connection can be used again.

    A service that says `[DONE]` and then keeps the line open is hung up on.
    """
    with suppress(TimeoutError, UpstreamError):  # the answer is complete, whatever comes now
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in reads:
                pass
