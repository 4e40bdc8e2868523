"""The stack as one: what its providers get of each other, and how it starts when something is missing."""

from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis import Inference, Models
from llama_stack.apis.errors import ConfigError, ModelNotFoundError, StackError, UnavailableError
from llama_stack.core.config import RunConfig
from llama_stack.core.stack import LlamaStack
from llama_stack.providers.registry import specs
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio


class Judge:
    """A provider of another API, which asks a model."""

    def __init__(self, inference: Inference, models: Models) -> None:
        self.inference, self.models = inference, models


def row(api: str, name: str, impl: str, **facts: Any) -> ProviderSpec:
    return ProviderSpec(api=api, provider_type=f"inline::{name}", impl=f"{__name__}:{impl}", **facts)


ROWS = {
    "inference": {
        "inline::echo": specs()["inference"]["inline::echo"],
        "inline::absent": row("inference", "absent", "Absent", requires=("no_such_package",), extra="absent"),
    },
    "judging": {"inline::judge": row("judging", "judge", "Judge")},
}


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llama_stack.core.stack.specs", lambda: ROWS)


def config(**providers: list[str]) -> RunConfig:
    rows = {
        api: [{"provider_id": name, "provider_type": f"inline::{name}"} for name in names]
        for api, names in providers.items()
    }
    return RunConfig.model_validate({"providers": rows})


async def test_a_provider_is_given_the_apis_it_depends_on_whatever_the_order_of_the_config() -> None:
    async with LlamaStack(config(judging=["judge"], inference=["echo"])) as stack:
        judge = next(p.impl for p in stack.configured if p.api == "judging")
        assert judge.inference is stack.apis["inference"]
        assert [model.id for model in (await judge.models.list_models()).data] == ["echo/echo", "echo/echo-embedding"]


async def test_one_without_its_package_is_shown_with_what_to_install_and_the_rest_works() -> None:
    stack: Any
    chat = {"messages": [{"role": "user", "content": "hi"}]}
    async with LlamaStack(config(inference=["absent", "echo"])) as stack:
        absent, echo = (await stack.providers.list_providers()).data
        assert (absent.health.state, echo.health.state) == ("unavailable", "ready")
        assert absent.health.reason == "inline::absent needs no_such_package: pip install 'llama-stack[absent]'"
        assert (await stack.inference.post_chat_completion(model="echo", **chat)).text == "hi"
        await stack.models.register_model(model_id="m", provider_id="absent")
        with pytest.raises(UnavailableError, match=r"absent cannot run here: .*pip install"):
            await stack.inference.post_chat_completion(model="m", **chat)


async def test_a_stack_of_nothing_starts_and_says_so() -> None:
    async with LlamaStack(RunConfig(providers={})) as stack:
        assert (await stack.models.list_models()).data == []
        assert (await stack.inspect.readyz()).ready
        with pytest.raises(ModelNotFoundError, match="model 'x' not found; there are no models yet"):
            await stack.models.get_model("x")


async def test_it_may_be_opened_again_after_it_was_closed() -> None:
    for _ in range(2):
        async with LlamaStack(config(inference=["echo"])) as stack:
            assert (await stack.models.get_model("echo")).provider_id == "echo"


async def test_storage_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "kv.db"
    broken.write_text("no database " * 100)
    backend = {"type": "kv_sqlite", "db_path": str(broken)}
    settings = config(inference=["echo"]).model_dump() | {"storage": {"backends": {"kv": backend}}}
    with pytest.raises(StackError, match=r"kv\.db") as caught:
        async with LlamaStack(RunConfig.model_validate(settings)):
            pass
    assert not isinstance(caught.value, ConfigError)
