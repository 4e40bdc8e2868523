"""The published `llama-stack-client` SDK against a server of ours, in an environment of its own.

It imports under the same name as our client and needs Python 3.12, so it runs in a process with its own packages,
which are installed once into a cache folder.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import served_in_thread

PACKAGE = "llama-stack-client==0.7.5"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llama-stack-tests"

CALLS = """
import json, sys
from llama_stack_client import APIStatusError, LlamaStackClient

client = LlamaStackClient(base_url=sys.argv[1], api_key="none")
say = {"model": "echo", "messages": [{"role": "user", "content": "say this please"}]}
with_usage = {"stream": True, "stream_options": {"include_usage": True}}
chat = client.chat.completions.create

def refusal(call):
    try:
        call()
    except APIStatusError as error:
        return type(error).__name__, error.status_code, error.body["error"]["code"]

print(json.dumps({
    "models": [model.id for model in client.models.list()],
    "model type": client.models.list()[-1].model_type,
    "chat": chat(**say).choices[0].message.content,
    "stream": [c.choices[0].delta.content or "" for c in chat(**say, stream=True)],
    "usage": [c.usage.total_tokens for c in chat(**say, **with_usage) if c.usage],
    "tool": chat(model="caller", messages=say["messages"]).choices[0].message.tool_calls[0].function.name,
    "completion": client.completions.create(model="echo", prompt="a b").choices[0].text,
    "embedding": len(client.embeddings.create(model="echo-embedding", input="x").data[0].embedding),
    "rerank": [row.index for row in client.alpha.inference.rerank(model="echo", query="b", items=["a", "b"])],
    "stored": len(client.chat.completions.list().data),
    "providers": [provider.provider_id for provider in client.providers.list()],
    "provider": client.providers.retrieve("echo").provider_type,
    "health": client.inspect.health().status,
    "version": client.inspect.version().version,
    "routes": [route.route for route in client.routes.list()],
    "unknown model": refusal(lambda: chat(model="nope", messages=say["messages"])),
    "no messages": refusal(lambda: chat(model="echo", messages=[])),
}))
"""


@pytest.fixture(scope="module")
def sdk() -> Path:
    """A Python that has the SDK."""
    folder = CACHE / PACKAGE.replace("==", "-")
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as made:
            _install(Path(made) / "env")
            shutil.move(Path(made) / "env", folder)
    return folder / "bin" / "python"


def _install(folder: Path) -> None:
    python, uv = _newer_python(), shutil.which("uv")
    if uv:
        steps = [[uv, "venv", "-p", python, folder], [uv, "pip", "install", "--python", folder / "bin/python", PACKAGE]]
    else:
        pip = [folder / "bin/python", "-m", "pip", "install", "--retries", "1", "--timeout", "10"]
        steps = [[python, "-m", "venv", folder], [*pip, PACKAGE]]
    for step in steps:
        try:
            subprocess.run([*map(str, step)], capture_output=True, text=True, timeout=100, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"{PACKAGE} cannot be installed here: {str(error.stderr or error).strip()[-300:]}")


def _newer_python() -> str:
    """A Python of 3.12 or later: this one, one on PATH, or one of pyenv's."""
    if sys.version_info >= (3, 12):
        return sys.executable
    on_path = [found for name in ("python3.13", "python3.12") if (found := shutil.which(name))]
    of_pyenv = sorted(map(str, Path.home().glob(".pyenv/versions/3.1[23]*/bin/python")))
    for python in (*of_pyenv, *on_path):  # a name on PATH may be a shim that refuses
        if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    pytest.skip(f"{PACKAGE} needs Python 3.12 or later, and there is none")


@pytest.fixture(scope="module")
def said(sdk: Path) -> dict[str, Any]:
    """What the SDK got for each of its calls."""
    call = [{"name": "weather", "arguments": {"city": "Oslo"}}]
    script = {"model": "caller", "turns": [{"call": call}], "repeat": True}
    providers = [
        {"provider_id": "echo", "provider_type": "inline::echo"},
        {"provider_id": "script", "provider_type": "inline::scripted", "config": script},
    ]
    with served_in_thread({"version": 2, "providers": {"inference": providers}}) as server:
        done = subprocess.run([str(sdk), "-c", CALLS, server.url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_it_lists_models(said: dict[str, Any]) -> None:
    assert said["models"] == ["echo/echo", "echo/echo-embedding", "script/caller"]
    assert said["model type"] == "llm"


def test_it_chats(said: dict[str, Any]) -> None:
    assert said["chat"] == "say this please"
    assert "".join(said["stream"]) == "say this please"
    assert len(said["stream"]) > 3
    assert said["usage"] == [6]
    assert said["tool"] == "weather"


def test_it_completes_embeds_and_ranks(said: dict[str, Any]) -> None:
    assert said["completion"] == "a b"
    assert said["embedding"] == 64
    assert said["rerank"] == [1, 0]


def test_it_asks_the_stack_about_itself(said: dict[str, Any]) -> None:
    assert said["providers"] == ["echo", "script"]
    assert said["provider"] == "inline::echo"
    assert said["health"] == "OK"
    assert said["version"]
    assert "/v1/chat/completions" in said["routes"]
    assert said["stored"] == 0


def test_it_raises_what_it_should(said: dict[str, Any]) -> None:
    assert said["unknown model"] == ["NotFoundError", 404, "model_not_found"]
    assert said["no messages"] == ["BadRequestError", 400, None]
