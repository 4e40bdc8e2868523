"""A double of Qdrant's server: its REST API before the local mode of its own client, whose models check each body."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from tests.support.json_service import Call, Refused, json_service

__all__ = ("qdrant",)


@asynccontextmanager
async def qdrant(api_key: str | None = None) -> AsyncIterator[str]:
    """The URL of a server that is empty."""
    if find_spec("qdrant_client") is None:
        pytest.skip("no double of Qdrant: pip install 'llama-stack[qdrant]'")
    with json_service(_Server(api_key)) as url:
        yield url


class _Server:
    def __init__(self, api_key: str | None) -> None:
        from qdrant_client import QdrantClient, models

        self.client, self.models, self.api_key = (
            QdrantClient(":memory:", force_disable_check_same_thread=True),
            models,
            api_key,
        )
        self.indexed: dict[tuple[str, str], str] = {}

    def __call__(self, call: Call) -> Any:
        if self.api_key is not None and call.headers.get("api-key") != self.api_key:
            raise Refused(401, {"status": {"error": "Must provide an API key or an Authorization bearer token"}})
        match call.method, call.path:
            case "GET", ["collections"]:
                return _result(self.client.get_collections().model_dump(mode="json"))
            case "PUT", ["collections", name]:
                return self._create(name, self.models.CreateCollection.model_validate(call.json))
            case _, ["collections", name, *rest]:
                return self._in(name, call, rest)
        raise Refused(404, "")

    def _create(self, name: str, wanted: Any) -> Any:
        if self.client.collection_exists(name):
            raise Refused(409, {"status": {"error": f"Wrong input: Collection `{name}` already exists!"}})
        self.client.create_collection(name, wanted.vectors, wanted.sparse_vectors)
        return _result(True)

    def _in(self, name: str, call: Call, rest: list[str]) -> Any:
        if call.method == "DELETE" and not rest:
            return _result(self.client.collection_exists(name) and self.client.delete_collection(name))
        if not self.client.collection_exists(name):
            raise Refused(404, {"status": {"error": f"Not found: Collection `{name}` doesn't exist!"}})
        if call.method == "GET" and not rest:
            return _result(self.client.get_collection(name).model_dump(mode="json"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that indexes do nothing in the local mode
            try:
                return _result(getattr(self, _ROUTES[call.method, *rest])(name, call.json))
            except ValueError as error:
                raise Refused(400, {"status": {"error": f"Wrong input: {error}"}}) from error

    def index(self, name: str, body: Any) -> Any:
        wanted = self.models.CreateFieldIndex.model_validate(body)
        self.indexed[name, wanted.field_name] = wanted.field_schema.value
        return {"status": "completed"}

    def upsert(self, name: str, body: Any) -> Any:
        points = self.models.PointsList.model_validate(body).points
        self.client.upsert(name, points)
        return {"status": "completed"}

    def retrieve(self, name: str, body: Any) -> Any:
        asked = self.models.PointRequest.model_validate(body)
        return _dumped(self.client.retrieve(name, asked.ids, asked.with_payload, asked.with_vector))

    def scroll(self, name: str, body: Any) -> Any:
        asked = self.models.ScrollRequest.model_validate(body)
        if asked.order_by is not None and (name, asked.order_by.key) not in self.indexed:
            raise Refused(
                400, {"status": {"error": f"Bad request: No range index for `order_by` key: `{asked.order_by.key}`"}}
            )
        found, following = self.client.scroll(
            name,
            asked.filter,
            asked.limit or 10,
            asked.order_by,
            with_payload=asked.with_payload,
            with_vectors=asked.with_vector,
        )
        return {"points": _dumped(found), "next_page_offset": following}

    def query(self, name: str, body: Any) -> Any:
        asked = self.models.QueryRequest.model_validate(body)
        found = self.client.query_points(
            name,
            asked.query,
            asked.using,
            query_filter=asked.filter,
            limit=asked.limit or 10,
            with_payload=asked.with_payload or False,
        )
        return found.model_dump(mode="json")

    def count(self, name: str, body: Any) -> Any:
        asked = self.models.CountRequest.model_validate(body)
        return self.client.count(name, asked.filter, exact=True).model_dump(mode="json")

    def delete(self, name: str, body: Any) -> Any:
        self.client.delete(name, self.models.FilterSelector.model_validate(body).filter)
        return {"status": "completed"}

    def payload(self, name: str, body: Any) -> Any:
        wanted = self.models.SetPayload.model_validate(body)
        self.client.set_payload(name, wanted.payload, points=wanted.filter)
        return {"status": "completed"}


_ROUTES: dict[tuple[str, ...], str] = {
    ("PUT", "index"): "index",
    ("PUT", "points"): "upsert",
    ("POST", "points"): "retrieve",
    ("POST", "points", "scroll"): "scroll",
    ("POST", "points", "query"): "query",
    ("POST", "points", "count"): "count",
    ("POST", "points", "delete"): "delete",
    ("POST", "points", "payload"): "payload",
}


def _result(value: Any) -> dict[str, Any]:
    return {"result": value, "status": "ok", "time": 0.001}


def _dumped(points: list[Any]) -> list[Any]:
    return [point.model_dump(mode="json") for point in points]
