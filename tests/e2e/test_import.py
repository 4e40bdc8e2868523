"""A LiteLLM config, imported, run, and asked by the name that its callers know."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.command import LLAMA, running

CONFIG = """\
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/echo/echo
      api_base: {url}/v1
      api_key: sk-made-up
  - model_name: text-embedding-3-small
    litellm_params:
      model: openai/echo/echo-embedding
      api_base: {url}/v1
      api_key: sk-made-up
    model_info: {{mode: embedding}}
  - model_name: "any/*"
    litellm_params: {{model: "openai/*", api_base: os.environ/UPSTREAM, api_key: os.environ/UPSTREAM_KEY}}
router_settings:
  model_group_alias: {{best: gpt-4o}}
"""
RUN_CONFIG = """\
version: '2'
image_name: old
apis: [inference, safety]
providers:
  inference:
  - provider_id: ${{env.UPSTREAM:+up}}
    provider_type: remote::vllm
    config: {{url: "${{env.UPSTREAM:http://localhost:1/v1}}", api_token: "${{env.UPSTREAM_KEY:fake}}"}}
  safety: [{{provider_id: llama-guard, provider_type: "inline::llama-guard"}}]
models: [{{model_id: gpt-4o, provider_id: up, provider_model_id: echo/echo, metadata: {{}}}}]
"""


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "COLUMNS": "100"}


def imported(text: str, folder: Path, env: Mapping[str, str]) -> str:
    (folder / "config.yaml").write_text(text)
    command = [LLAMA, "stack", "import", "config.yaml"]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "sk-made-up" not in (folder / "run.yaml").read_text() + ran.stderr
    return str(folder / "run.yaml")


def ask(url: str, path: str, **body: Any) -> Any:
    request = Request(f"{url}/v1/{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urlopen(request) as answer:
        return json.load(answer)


def chat(url: str, model: str) -> str:
    answer = ask(url, "chat/completions", model=model, messages=[{"role": "user", "content": "Hello"}])
    return str(answer["choices"][0]["message"]["content"])


def test_an_imported_litellm_config_serves_its_models_by_their_names(tmp_path: Path, env: Mapping[str, str]) -> None:
    with running("inference=echo", "--port", "0", env=env) as (upstream, _, _):
        run_yaml = imported(CONFIG.format(url=upstream), tmp_path, env)
        more = {**env, "UPSTREAM": f"{upstream}/v1", "UPSTREAM_KEY": "x"}
        with running(run_yaml, "--port", "0", env=more) as (url, _, _):
            assert [chat(url, name) for name in ("gpt-4o", "best", "any/echo/echo")] == ["Hello"] * 3
            embedded = ask(url, "embeddings", model="text-embedding-3-small", input="Hello")
            assert embedded["data"][0]["embedding"]
            with pytest.raises(HTTPError) as refused:  # no name of LiteLLM's, so not served before, nor now
                chat(url, "passthrough/something-else")
            assert refused.value.code == 404
            refused.value.close()


def test_an_imported_run_config_serves_its_models_by_their_names(tmp_path: Path, env: Mapping[str, str]) -> None:
    with running("inference=echo", "--port", "0", env=env) as (upstream, _, _):
        run_yaml = imported(RUN_CONFIG.format(), tmp_path, env)
        with running(run_yaml, "--port", "0", env={**env, "UPSTREAM": f"{upstream}/v1"}) as (url, _, _):
            assert chat(url, "gpt-4o") == "Hello"
