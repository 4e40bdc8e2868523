"""A session of `llama stack run --record`, replayed by `--replay` while the service is gone."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openai
import pytest

from tests.support.command import LLAMA, running
from tests.support.serving import served_in_thread

KEY = "sk-operators-own-secret-key"
CALLERS_KEY = "sk-callers-own-secret-key"
SCRIPT = [
    {"say": "one two three four five"},
    {"say": "another answer to the same question"},
    {"think": "two and two", "say": "four"},
    {"call": [{"name": "weather", "arguments": {"city": "Oslo"}}]},
    {"fail": {"status": 429, "message": "too many", "code": "slow_down", "retry_after_seconds": 7}},
    {"say": "said before", "fail": {"status": 503, "message": "lost the thread"}},
]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


def chat(text: str, *, model: str = "up/scripted", **fields: Any) -> tuple[str, dict[str, Any]]:
    return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}], **fields}


# What a client asks, in this order: whole and streamed, twice the same, tools, refusals, vectors.
SESSION = [
    chat("hello", stream=True, stream_options={"include_usage": True}),
    chat("hello", stream=True, stream_options={"include_usage": True}),
    chat("what is two and two?"),
    chat("how is the weather?", tools=TOOLS, stream=True),
    chat("hurry"),
    chat("go on", stream=True),
    chat("say é and 😀", model="up/echo"),
    ("/v1/completions", {"model": "up/echo", "prompt": "once upon", "stream": True}),
    ("/v1/embeddings", {"model": "up/echo-embedding", "input": ["red fish", "blue fish"]}),
]


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "COLUMNS": "100"}


@contextmanager
def service() -> Iterator[str]:
    """Another server of ours, with a script that is given once."""
    providers = [
        {"provider_id": "script", "provider_type": "inline::scripted", "config": {"turns": SCRIPT}},
        {"provider_id": "echo", "provider_type": "inline::echo"},
    ]
    with served_in_thread({"version": 2, "providers": {"inference": providers}}) as server:
        yield server.url


@contextmanager
def server(tmp_path: Path, upstream: str, *options: str, env: Mapping[str, str]) -> Iterator[str]:
    """The stack in front of it, in a process of its own."""
    run = tmp_path / "run.yaml"
    config = {"base_url": f"{upstream}/v1", "api_key": KEY}
    entry = {"provider_id": "up", "provider_type": "remote::vllm", "config": config}
    run.write_text(json.dumps({"version": 2, "providers": {"inference": [entry]}}))
    with running(str(run), "--port", "0", *options, env=env) as (url, _, process):
        yield url
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def answered(url: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
    """The status and the bytes of an answer."""
    headers = {"content-type": "application/json"}
    headers["x-llamastack-provider-data"] = json.dumps({"vllm_api_key": CALLERS_KEY})
    request = Request(url + path, json.dumps(body).encode() if body else None, headers)
    try:
        with urlopen(request) as response:
            return response.status, response.read()
    except HTTPError as error:
        return error.code, error.read()


def session(url: str) -> list[tuple[int, bytes]]:
    return [answered(url, path, body) for path, body in SESSION]


@pytest.fixture
def recorded(tmp_path: Path, env: Mapping[str, str]) -> list[tuple[int, bytes]]:
    """What the session was answered while it was recorded."""
    with service() as upstream, server(tmp_path, upstream, "--record", str(tmp_path / "tapes"), env=env) as url:
        answered(url, "/v1/models")
        return session(url)


NOWHERE = "http://127.0.0.1:9"


def test_a_recorded_session_is_replayed_to_the_byte_without_the_service(
    tmp_path: Path, env: Mapping[str, str], recorded: list[tuple[int, bytes]]
) -> None:
    assert [status for status, _ in recorded] == [200, 200, 200, 200, 429, 200, 200, 200, 200]
    assert b"another" in recorded[1][1]
    assert b"lost the thread" in recorded[5][1]
    with server(tmp_path, NOWHERE, "--replay", str(tmp_path / "tapes"), env=env) as url:
        assert session(url) == recorded
        models = [row["id"] for row in json.loads(answered(url, "/v1/models")[1])["data"]]
    assert {"up/script/scripted", "up/echo/echo", "up/echo/echo-embedding"} <= set(models)


def test_the_recording_holds_no_key(tmp_path: Path, recorded: list[tuple[int, bytes]]) -> None:
    files = [path.read_text() for path in (tmp_path / "tapes").iterdir()]
    assert len(files) == 1
    assert [key for key in (KEY, CALLERS_KEY) if key in files[0]] == []
    assert files[0].count("\n  method: POST\n") == len(SESSION)


def test_a_request_that_was_not_recorded_is_told_what_is_nearest(
    tmp_path: Path, env: Mapping[str, str], recorded: list[tuple[int, bytes]]
) -> None:
    tapes = str(tmp_path / "tapes")
    with server(tmp_path, NOWHERE, "--replay", tapes, env=env) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="-")
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="up/echo", messages=[{"role": "user", "content": "say é and 😁"}])
    assert caught.value.code == "cassette_miss"
    said = caught.value.body["message"]  # type: ignore[index]
    assert 'body.messages[0].content: recorded "say é and 😀", asked "say é and 😁"' in said
    assert f"add --record {tapes} to the command line" in said


def test_what_is_missing_can_be_recorded_later(
    tmp_path: Path, env: Mapping[str, str], recorded: list[tuple[int, bytes]]
) -> None:
    tapes = str(tmp_path / "tapes")
    path, body = chat("a new question", model="up/echo")
    with service() as upstream, server(tmp_path, upstream, "--replay", tapes, "--record", tapes, env=env) as url:
        new = answered(url, path, body)
        assert answered(url, *SESSION[0]) == recorded[0]
    assert new[0] == 200
    with server(tmp_path, NOWHERE, "--replay", tapes, env=env) as url:
        assert answered(url, path, body) == new


def test_a_session_is_not_recorded_over_another_one(
    tmp_path: Path, env: Mapping[str, str], recorded: list[tuple[int, bytes]]
) -> None:
    words = [LLAMA, "stack", "run", "inference=echo", "--port", "0", "--record", str(tmp_path / "tapes")]
    ran = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "holds a session already (up.yaml)" in ran.stderr
