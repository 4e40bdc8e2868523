"""A Chroma server of our own, which comes with the package, and a database of it for each test."""

import atexit
import json
import subprocess
import sysconfig
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.services import end, free_port, listens, own_folder, wait

__all__ = ("chroma",)


@asynccontextmanager
async def chroma() -> AsyncIterator[tuple[str, str]]:
    """The URL of a server, and the name of a database that is empty."""
    url, name = _server(), f"test_{uuid.uuid4().hex}"
    _make(url, name)
    yield url, name


def _make(url: str, name: str) -> None:
    body = json.dumps({"name": name}).encode()
    databases = f"{url}/api/v2/tenants/default_tenant/databases"
    with urlopen(Request(databases, body, {"content-type": "application/json"})) as made:
        assert made.status == 200


@cache
def _server() -> str:
    if find_spec("chromadb") is None:
        pytest.skip("no Chroma: pip install 'llama-stack[chromadb]'")
    program, port = Path(sysconfig.get_path("scripts")) / "chroma", free_port()
    place = ["--path", str(own_folder()), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([program, "run", *place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(end, process)
    wait(lambda: listens(port))
    return f"http://127.0.0.1:{port}"
