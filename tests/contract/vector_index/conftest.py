"""Each test runs on every backend."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llama_stack.apis.vector_io.index import StoreSpec, VectorIndex
from tests.support.vector_backends import BACKENDS, DIM, S1, Place


@pytest.fixture(params=BACKENDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    backend = BACKENDS[request.param]
    async with backend.configured(tmp_path) as config:
        yield Place(backend, config)


@pytest.fixture
def shared(place: Place) -> Place:
    if not place.backend.shared:
        pytest.skip("what it holds is its own")
    return place


@pytest.fixture
def lasting(place: Place) -> Place:
    if not place.backend.lasting:
        pytest.skip("what it holds is forgotten when it is closed")
    return place


@pytest.fixture
async def index(place: Place) -> AsyncIterator[VectorIndex]:
    async with place.open() as opened:
        await opened.create_store(StoreSpec(S1, DIM))
        yield opened
