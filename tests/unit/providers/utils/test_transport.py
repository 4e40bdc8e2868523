"""The transport over real sockets: TLS, proxies, connections that are kept or lost, waiting."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from llama_stack.apis.errors import StackError, UnavailableError, UpstreamError, UpstreamTimeoutError
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.transport import AiohttpTransport, UpstreamRequest
from tests.unit.providers.utils.sockets import Asked, Reader, Writer, answer, proxy, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def transport(**network: object) -> AsyncIterator[AiohttpTransport]:
    opened = AiohttpTransport("groq", NetworkConfig.model_validate(network))
    try:
        yield opened
    finally:
        await opened.aclose()


async def get(through: AiohttpTransport, url: str) -> bytes:
    return await send(through, UpstreamRequest("GET", url))


async def send(through: AiohttpTransport, request: UpstreamRequest) -> bytes:
    response = await through.send(request)
    try:
        return await response.read()
    finally:
        response.close()


async def failure(through: AiohttpTransport, url: str) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await get(through, url)
    assert caught.value.provider_id == "groq"
    return caught.value


# ---- what is sent


async def test_a_request_arrives_as_it_was_made() -> None:
    async with serving() as server, transport() as through:
        request = UpstreamRequest("POST", server.url("/v1/x?a=%20b"), {"X-Mine": "yes"}, b'{"a": 1}')
        assert await send(through, request) == b"{}"
        assert server.asked[0].line == "POST /v1/x?a=%20b HTTP/1.1"
        assert server.asked[0].headers["x-mine"] == "yes"
        assert server.asked[0].body == b'{"a": 1}'


async def test_a_large_body_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with serving() as server, transport() as through:
        await send(through, UpstreamRequest("POST", server.url(), body=body))
        assert server.asked[0].body == body


async def test_cookies_are_not_kept() -> None:
    async def sets_cookie(asked: Asked, reader: Reader, writer: Writer) -> None:
        await answer(writer, head="set-cookie: session=1\r\n")

    async with serving(sets_cookie) as server, transport() as through:
        await get(through, server.url())
        await get(through, server.url())
        assert "cookie" not in server.asked[1].headers


async def test_a_redirect_is_the_answer_and_takes_no_key_along() -> None:
    async def redirects(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")

    async with serving(redirects) as server, transport() as through:
        response = await through.send(UpstreamRequest("GET", server.url(), {"authorization": "Bearer key"}))
        assert response.status == 307
        response.close()


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx: y", "a\x00"])
async def test_a_key_that_no_header_can_hold_is_told_without_quoting_it(value: str) -> None:
    async with serving() as server, transport() as through:
        with pytest.raises(StackError, match="authorization") as caught:
            await through.send(UpstreamRequest("GET", server.url(), {"authorization": f"Bearer {value}"}))
        assert caught.value.status == 400
        assert value not in caught.value.message
        assert server.asked == []


# ---- connections


async def test_a_connection_is_used_again() -> None:
    async with serving() as server, transport() as through:
        for _ in range(3):
            await get(through, server.url())
        assert server.connections == 1


@pytest.mark.parametrize("reset", [False, True])
async def test_a_kept_connection_that_the_service_has_closed_is_no_failure(reset: bool) -> None:
    async def closes_later(asked: Asked, reader: Reader, writer: Writer) -> None:
        await answer(writer)
        if reset:
            writer.transport.set_write_buffer_limits(0)
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        writer.close()

    async with serving(closes_later) as server, transport() as through:
        for _ in range(5):
            assert await send(through, UpstreamRequest("POST", server.url(), body=b"{}")) == b"{}"
        assert len(server.asked) == 5


async def test_a_request_that_a_fresh_connection_lost_is_not_sent_twice() -> None:
    async def drops(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.close()

    async with serving(drops) as server, transport() as through:
        with pytest.raises(UpstreamError) as caught:
            await send(through, UpstreamRequest("POST", server.url(), body=b"{}"))
        assert caught.value.code == "upstream_connection_lost"
        assert len(server.asked) == 1


async def test_closing_an_answer_before_its_end_hangs_up_at_once() -> None:
    gone = asyncio.Event()

    async def endless(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        assert await reader.read(1) == b""
        gone.set()
        writer.close()

    async with serving(endless) as server, transport() as through:
        response = await through.send(UpstreamRequest("GET", server.url()))
        assert await anext(response.reads()) == b"hello"
        response.close()
        await asyncio.wait_for(gone.wait(), 1)


async def test_an_answer_that_breaks_off_is_told() -> None:
    async def breaks(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        writer.close()

    async with serving(breaks) as server, transport() as through:
        error = await failure(through, server.url())
        assert (error.code, error.status) == ("upstream_connection_lost", 502)
        assert error.message.startswith(f"groq at http://127.0.0.1:{server.port} broke off its answer")


# ---- not reaching it


async def test_nobody_listening_is_told() -> None:
    async with serving() as server:
        pass
    async with transport() as through:
        error = await failure(through, server.url())
        assert error.message == (
            f"groq cannot be reached at http://127.0.0.1:{server.port}: Connection refused; is it running?"
        )


async def test_an_unknown_host_is_told() -> None:
    async with transport() as through:
        error = await failure(through, "http://no.such.host.invalid/v1")
        assert error.message.endswith("its host name cannot be resolved (no.such.host.invalid)")


@pytest.mark.parametrize("url", ["http://", "http:///v1", "groq/v1", "ftp://host/v1", "http://host:99999/v1"])
async def test_what_is_no_url_is_told(url: str) -> None:
    async with transport() as through:
        assert "see base_url in its config" in (await failure(through, url)).message


async def test_credentials_and_queries_of_a_url_are_not_told() -> None:
    async with serving() as server:
        pass
    async with transport() as through:
        error = await failure(through, f"http://user:pass@127.0.0.1:{server.port}/v1?key=sk-1")
        assert f"http://127.0.0.1:{server.port}:" in error.message
        assert "pass" not in error.message
        assert "sk-1" not in error.message


# ---- waiting


async def test_a_service_that_does_not_take_a_connection_is_given_up() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        async with transport(connect_timeout_seconds=0.1) as through:
            with pytest.raises(UpstreamTimeoutError, match="did not accept a connection in time"):
                await get(through, f"http://127.0.0.1:{address[1]}/v1")
        for each in waiting:
            each.close()


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"])
async def test_silence_is_given_up(before: bytes) -> None:
    async def silent(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(before)
        await asyncio.sleep(60)

    async with serving(silent) as server, transport(read_timeout_seconds=0.1) as through:
        with pytest.raises(UpstreamTimeoutError, match=r"stopped answering .network\.read_timeout_seconds") as caught:
            await get(through, server.url())
        assert (caught.value.status, caught.value.code) == (504, "upstream_timeout")


async def test_slow_but_steady_is_not_silence() -> None:
    async def slow(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
        for letter in b"hello":
            await asyncio.sleep(0.06)
            writer.write(bytes([letter]))

    async with serving(slow) as server, transport(read_timeout_seconds=0.2) as through:
        assert await get(through, server.url()) == b"hello"


# ---- TLS


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(ca: trustme.CA, tmp_path: Path) -> Path:
    """`ca.pem`, and a caller's `client.pem`."""
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca.issue_cert("caller@example.org").private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    return tmp_path


def server_context(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


async def test_a_ca_of_ones_own_is_trusted_and_no_other(ca: trustme.CA, files: Path) -> None:
    async with serving(tls=server_context(ca)) as server:
        url = server.url(scheme="https")
        async with transport(tls={"verify": str(files / "ca.pem")}) as through:
            assert await get(through, url) == b"{}"
        async with transport(tls={"verify": False}) as through:
            assert await get(through, url) == b"{}"
        async with transport() as through:
            error = await failure(through, url)
            assert error.code == "upstream_unreachable"
            assert "TLS failed" in error.message
            assert error.message.endswith("see network.tls in its config")


async def test_a_certificate_for_another_host_is_not_trusted(ca: trustme.CA, files: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("elsewhere.example").configure_cert(context)
    async with serving(tls=context) as server, transport(tls={"verify": str(files / "ca.pem")}) as through:
        assert "TLS failed" in (await failure(through, server.url(scheme="https"))).message


@pytest.mark.parametrize("verify", [True, False])
async def test_a_service_that_asks_for_a_certificate_gets_ours(ca: trustme.CA, files: Path, verify: bool) -> None:
    context = server_context(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    ca.configure_trust(context)
    trust = {"verify": str(files / "ca.pem") if verify else False}
    async with serving(tls=context) as server:
        url = server.url(scheme="https")
        async with transport(tls=trust | {"client_cert": str(files / "client.pem")}) as through:
            assert await get(through, url) == b"{}"
        async with transport(tls=trust) as through:
            await failure(through, url)


@pytest.mark.parametrize("setting", ["verify", "client_cert", "client_key"])
async def test_a_file_that_cannot_be_read_is_named(files: Path, setting: str) -> None:
    tls = {"client_cert": str(files / "client.pem")} | {setting: str(files / "missing.pem")}
    async with transport(tls=tls) as through:
        with pytest.raises(UnavailableError, match=r"groq: network\.tls\..*missing\.pem cannot be used: No such file"):
            await get(through, "https://127.0.0.1:1/v1")


# ---- proxies


async def test_a_proxy_is_asked_in_the_services_place() -> None:
    async with serving(proxy) as middle, transport(proxy=middle.url("")) as through:
        assert await get(through, "http://service.example/v1") == b'{"through": "proxy"}'
        assert middle.asked[0].line == "GET http://service.example/v1 HTTP/1.1"


async def test_https_goes_through_a_tunnel(ca: trustme.CA, files: Path) -> None:
    async with serving(tls=server_context(ca)) as server, serving(proxy) as middle:
        async with transport(tls={"verify": str(files / "ca.pem")}, proxy=middle.url("")) as through:
            assert await get(through, server.url(scheme="https")) == b"{}"
        assert middle.asked[0].line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"


async def test_the_environments_proxy_is_used_but_for_hosts_it_excepts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(proxy) as middle, serving() as server, transport() as through:
        monkeypatch.setenv("HTTP_PROXY", middle.url(""))
        monkeypatch.setenv("NO_PROXY", "excepted.invalid,ported.invalid:8080")
        assert await get(through, "http://service.invalid/v1") == b'{"through": "proxy"}'
        assert await get(through, "http://ported.invalid:9090/v1") == b'{"through": "proxy"}'
        assert await get(through, server.url()) == b"{}"  # this machine needs none
        for excepted in ("http://excepted.invalid/v1", "http://a.excepted.invalid/v1", "http://ported.invalid:8080/v1"):
            assert "cannot be resolved" in (await failure(through, excepted)).message


async def test_a_proxy_wants_credentials_and_gets_them() -> None:
    async with serving(proxy) as middle, transport(proxy=f"http://user:word@127.0.0.1:{middle.port}") as through:
        await get(through, "http://service.example/v1")
        assert middle.asked[0].headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


async def test_a_proxy_that_is_not_there_is_named_without_its_credentials() -> None:
    async with serving() as middle:
        pass
    async with transport(proxy=f"http://user:word@127.0.0.1:{middle.port}") as through:
        error = await failure(through, "https://service.example/v1")
        assert f"the proxy 127.0.0.1:{middle.port} does not take connections" in error.message
        assert "word" not in error.message


async def test_a_proxy_that_refuses_the_tunnel_is_named() -> None:
    async def refuses(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    async with serving(refuses) as middle, transport(proxy=middle.url("")) as through:
        error = await failure(through, "https://service.example/v1")
        assert f"the proxy http://127.0.0.1:{middle.port} answered 407" in error.message
