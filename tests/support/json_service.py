"""A product's REST API, acted by a function: for products whose servers cannot be had where tests run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.upstream import Line, Request, upstream

__all__ = ("Call", "Refused", "json_service")


class Call:
    """What was asked: a method, the parts of a path, the query, the body."""

    def __init__(self, request: Request) -> None:
        where = urlsplit(request.path)
        self.method, self.headers, self.body = request.method, request.headers, request.body
        self.path = [unquote(part) for part in where.path.split("/")[1:]]
        self.query = dict(parse_qsl(where.query))

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}


class Refused(Exception):
    """The product's answer to what it does not take."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


@contextmanager
def json_service(act: Callable[[Call], Any]) -> Iterator[str]:
    """The URL of a service that answers what `act` returns, until the block is left."""

    async def behave(line: Line, request: Request) -> None:
        try:
            status, answer = 200, act(Call(request))
        except Refused as refused:
            status, answer = refused.status, refused.body
        content = b"" if request.method == "HEAD" else json.dumps(answer).encode()
        await line.answer(status, content, content_type="application/json")

    with upstream(behave) as service:
        service.listing = False
        yield service.url.removesuffix("/v1")
