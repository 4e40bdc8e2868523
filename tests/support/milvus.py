"""A server that speaks Milvus's protocol: the engine of Milvus Lite, which its package starts on a port."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

__all__ = ("milvus",)


@contextmanager
def milvus(folder: Path) -> Iterator[str]:
    """The URI of a server that is empty."""
    if find_spec("milvus_lite") is None:
        pytest.skip("no Milvus: pip install 'llama-stack[milvus]'")
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, engine, port = start_server_in_thread(data_dir=str(folder / "milvus"), host="127.0.0.1", port=0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(grace=0).wait()
        engine.close()
