"""A user without keys, at home in an empty folder, and a way to type a command."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llama_stack.cli.main import main
from llama_stack.providers.registry import specs

Llama = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for row in (row for rows in specs().values() for row in rows.values()):
        for name in filter(None, (row.key_env, row.url_env)):
            monkeypatch.delenv(name, raising=False)
    for name in ("INFERENCE_MODEL", "LLAMA_STACK_CONFIG_DIR", "LLAMA_STACK_LOGGING", "LLAMA_STACK_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def llama() -> Llama:
    """`llama("stack", "list")`, and what came of it."""

    def type_in(*words: str, env: Mapping[str, str] | None = None, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, words, prog_name="llama", env=env, input=stdin)

    return type_in
