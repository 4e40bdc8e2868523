"""A bucket of S3, or of a service that speaks its protocol: what file storage needs of it, and no more.

Facts (AWS's "Amazon S3 API Reference", read 2026-11): a part of a multipart upload has 5 MiB or more, but for the
last; `CompleteMultipartUpload` may answer 200 with an error inside; 5xx answers are to be tried again.
"""

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from ...apis.errors import NotFoundError, OutOfSpaceError, StackError, UpstreamError
from .aws_signing import AwsKeys, sign
from .tokens import TokenSource
from .transport import Transport, UpstreamRequest, UpstreamResponse

__all__ = ("PART_BYTES", "Bucket", "gathered")

PART_BYTES = 8 << 20
_PARTS_AT_A_TIME = 3
_TRIES = 4
_AGAIN = frozenset({429, 500, 502, 503, 504})
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"})
_ABSENT = frozenset({"NoSuchKey", "NoSuchUpload", "NotFound"})
_UNKNOWN = frozenset({405, 501})  # services that have no list of unfinished uploads have none to clear away


class Bucket:
    """Objects under keys, whose characters need no escape in a URL. Every call is signed, and tried again on 5xx."""

    def __init__(
        self, provider_id: str, transport: Transport, url: str, region: str, keys: TokenSource[AwsKeys] | None
    ) -> None:
        self.provider_id, self.url, self.region = provider_id, url, region
        self.problem: str | None = None  # what the last call failed for
        self._transport, self._keys = transport, keys

    async def aclose(self) -> None:
        if self._keys is not None:
            await self._keys.aclose()
        await self._transport.aclose()

    async def create(self) -> None:
        """Make the bucket, unless it is there."""
        place = "" if self.region == "us-east-1" else f"<LocationConstraint>{escape(self.region)}</LocationConstraint>"
        body = f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>" if place else ""
        try:
            await self._call("PUT", "", body=body.encode())
        except UpstreamError as error:
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise

    async def put(self, key: str, parts: AsyncIterator[bytes]) -> None:
        """Keep an object; its parts are as `gathered` gives them. One that fails midway leaves nothing."""
        first = await anext(parts, b"")
        second = await anext(parts, None)
        if second is None:
            await self._call("PUT", key, body=first)
        else:
            await self._put_in_parts(key, _chained(first, second, parts))

    async def get(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `stop`."""
        if stop <= start:
            return
        response = await self._send("GET", key, headers={"range": f"bytes={start}-{stop - 1}"})
        try:
            async for piece in response.reads():
                yield piece
        finally:
            response.close()

    async def delete(self, key: str) -> None:
        """Remove an object, and what uploads that broke off have left of it."""
        for upload_id in await self._unfinished(key):
            await self._call("DELETE", key, {"uploadId": upload_id})
        await self._call("DELETE", key)

    # ---- in parts

    async def _put_in_parts(self, key: str, parts: AsyncIterator[bytes]) -> None:
        _, said = await self._call("POST", key, {"uploads": ""})
        upload_id = _tag(said, "UploadId")
        try:
            etags = await self._put_each(key, upload_id, parts)
            listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in etags)
            body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
            await self._call("POST", key, {"uploadId": upload_id}, body)
        except BaseException:
            await asyncio.shield(self._abort(key, upload_id))
            raise

    async def _put_each(self, key: str, upload_id: str, parts: AsyncIterator[bytes]) -> list[tuple[int, str]]:
        """Send the parts, a few at a time: no more of them are in memory."""
        free = asyncio.Semaphore(_PARTS_AT_A_TIME)

        async def put(number: int, part: bytes) -> tuple[int, str]:
            try:
                headers, _ = await self._call("PUT", key, {"partNumber": str(number), "uploadId": upload_id}, part)
                return number, escape(headers["etag"])
            finally:
                free.release()

        tasks: list[asyncio.Task[tuple[int, str]]] = []
        try:
            async with asyncio.TaskGroup() as group:
                async for part in parts:
                    await free.acquire()
                    tasks.append(group.create_task(put(len(tasks) + 1, part)))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _abort(self, key: str, upload_id: str) -> None:
        try:
            await self._call("DELETE", key, {"uploadId": upload_id})
        except StackError:  # a sweep comes back to it
            return

    async def _unfinished(self, key: str) -> list[str]:
        try:
            _, said = await self._call("GET", "", {"prefix": key, "uploads": ""})
        except UpstreamError as error:
            if error.error.get("http_status") in _UNKNOWN:
                return []
            raise
        return re.findall(r"<UploadId>([^<]+)</UploadId>", said)

    # ---- calls

    async def _call(
        self, method: str, key: str, query: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[Mapping[str, str], str]:
        """The headers and the text of an answer; what is absent is deleted."""
        try:
            response = await self._send(method, key, query, body)
        except NotFoundError:
            if method == "DELETE":
                return {}, ""
            raise
        try:
            text = (await response.read()).decode("utf-8", "replace")
        finally:
            response.close()
        if "<Error>" in text:
            raise self._refused(200, text)
        return {name.lower(): value for name, value in response.headers.items()}, text

    async def _send(
        self,
        method: str,
        key: str,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> UpstreamResponse:
        url = f"{self.url}/{key}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        own = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest(), **(headers or {})}
        for attempt in range(_TRIES):
            signed = await self._signature(method, url, own, body)
            try:
                response = await self._transport.send(UpstreamRequest(method, url, {**own, **signed}, body or None))
            except UpstreamError as error:
                self.problem = error.message
                raise
            if response.status < 300:
                self.problem = None
                return response
            text = (await response.read()).decode("utf-8", "replace")
            response.close()
            if response.status not in _AGAIN or attempt == _TRIES - 1:
                break
            await asyncio.sleep(0.1 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  # it spreads calls
        raise self._refused(response.status, text)

    async def _signature(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        if self._keys is None:
            return {}  # a bucket that is open to everybody
        return sign(method, url, headers, body, keys=await self._keys.get(), region=self.region, service="s3")

    def _refused(self, status: int, text: str) -> StackError:
        """A refusal in our words. It is the stack's own storage: the caller has done nothing wrong."""
        code, said = _tag(text, "Code"), _tag(text, "Message") or f"HTTP {status}"
        if code in _ABSENT:
            return NotFoundError(f"{self.provider_id} has no such object: {said}", param="file_id")
        if code in _FULL:
            return OutOfSpaceError(f"{self.provider_id} has no room left: {said}")
        self.problem = f"{self.url} answers {code or status}: {said}"
        error = {"http_status": status}
        return UpstreamError(self.problem, provider_id=self.provider_id, code=code or None, error=error)


async def gathered(pieces: AsyncIterator[bytes], size: int = PART_BYTES) -> AsyncGenerator[bytes, None]:
    """The same bytes in parts of `size`, but for the last."""
    waiting: list[bytes] = []
    async for piece in pieces:
        waiting.append(piece)
        while sum(map(len, waiting)) >= size:
            whole = b"".join(waiting)
            waiting = [whole[size:]] if len(whole) > size else []
            yield whole[:size]
    if waiting:
        yield b"".join(waiting)


async def _chained(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    yield second
    async for part in rest:
        yield part


def _tag(xml: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else ""
