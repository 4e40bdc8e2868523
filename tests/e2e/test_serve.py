"""`serve` in a process: ending, listening, what it logs."""

import asyncio
import io
import json
import signal
import socket
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from llama_stack.apis.errors import ConfigError
from llama_stack.core.config import load_config
from llama_stack.core.server.run import serve
from tests.e2e.serving import CHAT, client, run_config, served

pytestmark = pytest.mark.anyio

STREAM = {"model": "slow", "messages": [{"role": "user", "content": "count"}], "stream": True}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_running_stream_finish_and_refuses_new_calls(tmp_path: Path, number: int) -> None:
    async with served(run_config(tmp_path)) as server, client() as http:
        async with http.post(f"{server.url}/v1/chat/completions", json=STREAM) as answer:
            first = await answer.content.readany()
            server.terminate(number)
            await asyncio.sleep(0.3)
            with pytest.raises(aiohttp.ClientConnectorError):
                await http.get(f"{server.url}/v1/health")
            text = (first + await answer.content.read()).decode()
        assert text.count("tick") == 12
        assert text.endswith("data: [DONE]\n\n")
        assert await server.ended() == 0
        assert "Traceback" not in server.log


async def test_a_stream_that_takes_longer_than_the_shutdown_may_is_ended(tmp_path: Path) -> None:
    config = run_config(tmp_path, shutdown_timeout_seconds=1)
    config["providers"]["inference"][1]["config"]["turns"][0] = {"say": "tick tock", "pause_seconds": 60}
    async with served(config) as server, client() as http:
        answer = await http.post(f"{server.url}/v1/chat/completions", json=STREAM)
        await answer.content.readany()
        server.terminate()
        assert await server.ended() == 0
        answer.close()


async def test_what_was_stored_outlives_the_server(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    async with served(config) as server, client() as http:
        answers = []
        for _ in range(5):
            async with http.post(f"{server.url}/v1/chat/completions", json=CHAT | {"store": True}) as answer:
                answers.append((await answer.json())["id"])
        server.terminate()
        assert await server.ended() == 0
    async with served(config) as server, client() as http, http.get(f"{server.url}/v1/chat/completions") as answer:
        stored = [row["id"] for row in (await answer.json())["data"]]
    assert sorted(stored) == sorted(answers)


async def test_the_access_log_has_one_line_a_request_with_neither_prompt_nor_key(tmp_path: Path) -> None:
    key = {"X-LlamaStack-Provider-Data": '{"groq_api_key": "gsk-very-secret"}', "X-Request-Id": "mine-1"}
    async with served(run_config(tmp_path)) as server, client() as http:
        await (await http.post(f"{server.url}/v1/chat/completions?key=sk-query", json=CHAT, headers=key)).read()
        await (await http.post(f"{server.url}/v1/chat/completions", json=CHAT | {"model": "ecko"})).read()
        await (await http.get(f"{server.url}/v1/health")).read()
        await server.said("/v1/health")
        server.terminate()
        await server.ended()
    chat, refused, health = server.requests()
    assert chat["event"] == "request"
    assert (chat["method"], chat["path"], chat["status"]) == ("POST", "/v1/chat/completions", 200)
    assert chat["request_id"] == "mine-1"
    assert chat["client"] == "127.0.0.1"
    assert chat["ms"] > 0
    assert refused["status"] == 404
    assert "did you mean 'echo'" in refused["error"]
    assert health["request_id"].startswith("req_")
    for secret in ("secret words", "gsk-very-secret", "sk-query"):
        assert secret not in server.log


async def test_a_caller_who_hangs_up_is_logged_as_499(tmp_path: Path) -> None:
    async with served(run_config(tmp_path)) as server:
        async with client() as http:
            answer = await http.post(f"{server.url}/v1/chat/completions", json=STREAM)
            await answer.content.readany()
            answer.close()
        assert '"client went away"' in (await server.said('.*"status":499.*'))[0]


async def test_it_is_not_ready_while_the_storage_fails(tmp_path: Path) -> None:
    async with served(run_config(tmp_path)) as server, client() as http:
        async with http.get(f"{server.url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (
                200,
                {"ready": True, "checks": {"storage.metadata": "ok", "storage.inference": "ok"}},
            )
        with sqlite3.connect(tmp_path / "kv.db") as connection:
            connection.execute("DROP TABLE llama_stack_kv")
        connection.close()
        async with http.get(f"{server.url}/readyz") as answer:
            found = await answer.json()
            assert (answer.status, found["ready"]) == (503, False)
            assert "kv.db" in found["checks"]["storage.metadata"]
        async with http.get(f"{server.url}/livez") as answer:
            assert answer.status == 200
        async with http.post(f"{server.url}/v1/chat/completions", json=CHAT) as answer:
            assert answer.status == 200  # inference needs no registry


def test_a_taken_port_is_told_before_anything_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = load_config({"version": 2, "providers": {}, "server": {"port": port}})
        with pytest.raises(ConfigError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*another server .*--port"):
            serve(config)


def test_a_host_that_is_not_here_is_told() -> None:
    config = load_config({"version": 2, "providers": {}, "server": {"port": 0, "host": "192.0.2.1"}})
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1:0: "):
        serve(config)


async def test_pages_of_named_origins_may_call_it(tmp_path: Path) -> None:
    cors = {"allow_origins": ["https://app.example"]}
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,authorization"}
    async with served(run_config(tmp_path, cors=cors)) as server, client() as http:
        chat = f"{server.url}/v1/chat/completions"

        async def preflight(origin: str) -> tuple[int, str | None]:
            async with http.options(chat, headers=ask | {"Origin": origin}) as answer:
                return answer.status, answer.headers.get("Access-Control-Allow-Origin")

        assert await preflight("https://app.example") == (200, "https://app.example")
        assert await preflight("https://evil.example") == (400, None)
        for body, status in ((CHAT, 200), ({}, 400)):
            async with http.post(chat, json=body, headers={"Origin": "https://app.example"}) as answer:
                assert answer.status == status
                assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
                assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"].lower()


async def test_without_cors_no_page_may_call_it(tmp_path: Path) -> None:
    async with served(run_config(tmp_path)) as server, client() as http:
        answer = await http.get(f"{server.url}/v1/health", headers={"Origin": "http://localhost:3000"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        answer.close()


async def test_a_body_over_the_limit_is_refused_whether_its_length_is_told_or_not(tmp_path: Path) -> None:
    async def pieces() -> Any:
        yield b'{"model": "echo", "messages": [{"role": "user", "content": "'
        yield b"x" * 5000
        yield b'"}]}'

    async with served(run_config(tmp_path, max_body_bytes=1000)) as server, client() as http:
        for body in (json.dumps(CHAT | {"user": "x" * 5000}).encode(), pieces()):
            async with http.post(f"{server.url}/v1/chat/completions", data=body) as answer:
                assert answer.status == 413
                assert (await answer.json())["error"]["code"] == "request_too_large"


async def test_who_sends_far_too_much_still_hears_why(tmp_path: Path) -> None:
    async with served(run_config(tmp_path, max_body_bytes=1000)) as server, client() as http:
        answer = await http.post(f"{server.url}/v1/chat/completions", data=io.BytesIO(b"x" * (30 << 20)))
        assert answer.status == 413
        assert "server.max_body_bytes" in (await answer.json())["error"]["message"]
