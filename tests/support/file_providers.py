"""Every files provider, ready to be tried: an entry of a run config, and whatever stands behind it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.support.serving import served_in_thread

__all__ = ("FILE_PROVIDERS", "files_config")

Entry = dict[str, Any]
FILE_PROVIDERS: dict[str, Callable[[Path], AbstractContextManager[Entry]]] = {}


def files_config(*entries: Entry) -> dict[str, Any]:
    """A stack of these files providers, that forgets which files there are when it closes."""
    return {"version": 2, "providers": {"files": list(entries)}}


def _provider(make: Callable[[Path], Iterator[Entry]]) -> None:
    FILE_PROVIDERS[make.__name__.strip("_")] = contextmanager(make)


@_provider
def _localfs(folder: Path) -> Iterator[Entry]:
    yield {"provider_id": "files", "provider_type": "inline::localfs", "config": {"storage_dir": str(folder / "kept")}}


@_provider
def _localfs_for_a_while(folder: Path) -> Iterator[Entry]:
    yield {"provider_id": "files", "provider_type": "inline::localfs"}


@_provider
def _s3(folder: Path) -> Iterator[Entry]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {
            "provider_id": "files",
            "provider_type": "remote::s3",
            "config": {
                "bucket_name": f"bucket-{uuid.uuid4().hex[:8]}",
                "endpoint_url": f"http://{host}:{port}",
                "aws_access_key_id": "key",
                "aws_secret_access_key": "secret",
                "auto_create_bucket": True,
            },
        }
    finally:
        server.stop()


@_provider
def _openai(folder: Path) -> Iterator[Entry]:
    """Our own server stands in for OpenAI's."""
    behind = {"provider_id": "behind", "provider_type": "inline::localfs"}
    with served_in_thread(files_config(behind)) as server:
        config = {"base_url": f"{server.url}/v1", "api_key": "sk-of-the-operator"}
        yield {"provider_id": "files", "provider_type": "remote::openai", "config": config}
