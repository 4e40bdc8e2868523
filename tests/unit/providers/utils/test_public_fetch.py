"""What a server that fetches for its callers reaches, and what it does not."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from llama_stack.apis.errors import BadRequestError, TooLargeError
from llama_stack.providers.utils.public_fetch import PublicFetcher, is_public

pytestmark = pytest.mark.anyio


async def _hop(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["to"])


async def _round(_: web.Request) -> web.Response:
    raise web.HTTPFound("/round")


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="It is cold.", headers={"content-type": "text/html; charset=utf-8"})


async def _large(_: web.Request) -> web.Response:
    answer = web.Response(body=b"x" * 5000)
    answer.enable_compression(web.ContentCoding.gzip)
    return answer


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A site on this machine, which the tests below may allow."""
    app = web.Application()
    app.add_routes(
        [web.get("/hop", _hop), web.get("/round", _round), web.get("/page", _page), web.get("/large", _large)]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    await runner.cleanup()


def fetcher(*, allows: Any = None, max_bytes: int = 1000, timeout_seconds: float = 5) -> PublicFetcher:
    return PublicFetcher(max_bytes=max_bytes, timeout_seconds=timeout_seconds, allows=allows)


def this_machine(address: str) -> bool:
    return address == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://localhost/",
        "http://0x7f.1/",
    ],
)
async def test_what_is_not_public_is_not_connected_to(url: str) -> None:
    with pytest.raises(BadRequestError, match="which is no public address") as refused:
        await fetcher().get(url, param="documents[0].content")
    assert (refused.value.code, refused.value.param) == ("address_not_allowed", "documents[0].content")


@pytest.mark.parametrize("url", ["http://2130706433/", "http://127.1/", "http://0177.0.0.1/", "http://0/"])
async def test_other_ways_to_write_an_address_are_refused(url: str) -> None:
    with pytest.raises(BadRequestError):
        await fetcher().get(url, param="content")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "http://", "http://user:pass@example.com/"])
async def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(BadRequestError, match="cannot be fetched"):
        await fetcher().get(url, param="content")


async def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(BadRequestError, match=r"leads to 10\.0\.0\.7, which is no public address"):
        await fetcher().get("http://docs.example.com/secret", param="content")


@pytest.mark.parametrize("to", ["http://169.254.169.254/x", "http://[::1]:1/", "http://10.0.0.1/"])
async def test_a_redirect_to_a_private_address_is_refused(site: str, to: str) -> None:
    with pytest.raises(BadRequestError, match="which is no public address"):
        await fetcher(allows=this_machine).get(f"{site}/hop?to={to}", param="content")


async def test_a_redirect_to_another_scheme_is_refused(site: str) -> None:
    with pytest.raises(BadRequestError, match="neither http: nor https:"):
        await fetcher(allows=this_machine).get(f"{site}/hop?to=file:///etc/passwd", param="content")


async def test_redirects_end(site: str) -> None:
    with pytest.raises(BadRequestError, match="more than 5 redirects"):
        await fetcher(allows=this_machine).get(f"{site}/hop?to=/round", param="content")


async def test_what_is_allowed_is_fetched_through_redirects(site: str) -> None:
    found = await fetcher(allows=this_machine).get(f"{site}/hop?to=/page", param="content")
    assert (found.content, found.media_type, found.url) == (b"It is cold.", "text/html", f"{site}/page")


async def test_what_is_too_large_is_not_read_to_its_end_even_when_it_comes_packed(site: str) -> None:
    with pytest.raises(TooLargeError, match="more than 1000 bytes"):
        await fetcher(allows=this_machine).get(f"{site}/large", param="content")


async def test_what_takes_too_long_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/?key=secret"
        with pytest.raises(BadRequestError, match=r"did not answer within 0\.2 seconds") as refused:
            await fetcher(allows=this_machine, timeout_seconds=0.2).get(url, param="content")
    assert "secret" not in refused.value.message


async def test_a_refusal_of_the_site_is_told(site: str) -> None:
    with pytest.raises(BadRequestError, match="it answered 404"):
        await fetcher(allows=this_machine).get(f"{site}/nothing", param="content")


def test_public_addresses_are_public() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")
    assert not is_public("224.0.0.1")
    assert not is_public("no address")
