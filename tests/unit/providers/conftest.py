"""A small Hugging Face hub on a real socket."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

COMMIT = "a" * 40


class FakeHub:
    """Repositories by name, each a dict of files; faults are set by attributes."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.gated: set[str] = set()
        self.wrong_checksum: set[str] = set()  # file names
        self.cut_after: dict[str, int] = {}  # file name -> bytes, once
        self.requests: Counter[str] = Counter()  # "GET path [range]"
        hub = self

        class Handler(_Handler):
            fake = hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def etag(self, name: str, content: bytes) -> str:
        return hashlib.sha256(b"other" if name in self.wrong_checksum else content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeHub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.strip("/")
        wanted = self.headers.get("Range", "")
        self.fake.requests[f"{self.command} {path} {wanted}".strip()] += 1
        if path.startswith("api/models/"):
            self.tree(path.removeprefix("api/models/").partition("/tree/")[0])
        else:
            repo, _, place = path.partition("/resolve/")
            self.file(repo, place.partition("/")[2])

    def tree(self, repo: str) -> None:
        if self.refused(repo):
            return
        files = self.fake.repos[repo].items()
        listing = [{"type": "file", "path": name, "size": len(body), "oid": "0" * 40} for name, body in files]
        self.answer(json.dumps(listing).encode())

    def file(self, repo: str, name: str) -> None:
        if self.refused(repo):
            return
        body = self.fake.repos[repo].get(name)
        if body is None:
            self.refuse(404, "EntryNotFound")
            return
        first = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{self.fake.etag(name, body)}"'}
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        cut = self.fake.cut_after.pop(name, None) if self.command == "GET" else None
        self.answer(body[first:], 206 if first else 200, headers, cut)

    def refused(self, repo: str) -> bool:
        if repo in self.fake.gated:
            self.refuse(403, "GatedRepo")
            return True
        if repo not in self.fake.repos:
            self.refuse(404, "RepoNotFound")
            return True
        return False

    def refuse(self, status: int, code: str) -> None:
        self.answer(b"", status, {"X-Error-Code": code})

    def answer(
        self, body: bytes, status: int = 200, headers: dict[str, str] | None = None, cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body)), "Connection": "close"} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that huggingface_hub talks to, with a cache of its own."""
    from huggingface_hub import constants

    hub = FakeHub()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    yield hub
    hub.stop()
