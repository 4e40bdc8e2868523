"""HTTPS, and callers who show a certificate."""

import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from llama_stack.apis.errors import ConfigError
from llama_stack.core.config import load_config
from llama_stack.core.server.run import serve
from tests.e2e.serving import client, run_config, served

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def certified(ca: trustme.CA, folder: Path) -> dict[str, Any]:
    """The server's part of a config, its certificate in `folder`."""
    cert = ca.issue_cert("127.0.0.1", "localhost")
    cert.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    return {"tls_certfile": str(folder / "server.pem"), "tls_keyfile": str(folder / "server.pem")}


def trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


async def test_it_serves_https(tmp_path: Path, ca: trustme.CA) -> None:
    async with served(run_config(tmp_path, **certified(ca, tmp_path))) as server, client() as http:
        assert server.url.startswith("https://127.0.0.1:")
        answer = await http.get(f"{server.url}/v1/health", ssl=trusting(ca))
        assert await answer.json() == {"status": "OK"}
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(f"{server.url}/v1/health")


async def test_with_a_ca_only_callers_with_its_certificate_are_served(tmp_path: Path, ca: trustme.CA) -> None:
    settings = certified(ca, tmp_path) | {"tls_cafile": str(tmp_path / "ca.pem")}
    async with served(run_config(tmp_path, **settings)) as server, client() as http:
        for authority, known in ((ca, True), (trustme.CA(), False), (None, False)):
            context = trusting(ca)
            if authority is not None:
                authority.issue_cert("client@example.org").configure_cert(context)
            if known:
                answer = await http.get(f"{server.url}/v1/health", ssl=context)
                assert await answer.json() == {"status": "OK"}
            else:
                with pytest.raises(aiohttp.ClientError):
                    await http.get(f"{server.url}/v1/health", ssl=context)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "server.pem"
    if content:
        path.write_text(content)
    server = {"port": 0, "tls_certfile": str(path), "tls_keyfile": str(path)}
    with pytest.raises(ConfigError, match=r"server\.tls_certfile: .*server\.pem"):
        serve(load_config({"version": 2, "providers": {}, "server": server}))
