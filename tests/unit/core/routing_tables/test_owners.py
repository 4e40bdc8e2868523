"""Who sees which registered model, where users are known."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from llama_stack.apis.errors import ConflictError, ModelNotFoundError
from llama_stack.apis.models import Model, RegisterModel
from llama_stack.core.request_context import current
from llama_stack.core.resolver import Provider
from llama_stack.core.routing_tables.models import ModelTable
from llama_stack.core.storage.config import KvMemory, MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import open_kv
from llama_stack.core.storage.ownership import on_behalf_of
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio

STRANGERS = [("acme", "bob"), ("acme", ""), ("other", "ann"), ("", "ann"), ("", "")]


class Lists:
    async def list_models(self) -> list[Model]:
        listed = {"provider_id": "far", "source": "listed", "metadata": {"context_length": 8}}
        return [Model(identifier=name, provider_resource_id=name, **listed) for name in ("big", "small")]


@contextmanager
def acting(tenant: str, user: str) -> Iterator[None]:
    token = current.set(on_behalf_of(tenant, user))
    try:
        yield
    finally:
        current.reset(token)


@asynccontextmanager
async def table(storage: StorageConfig | None = None) -> AsyncIterator[ModelTable]:
    provider = Provider("inference", "far", ProviderSpec("inference", "remote::thing", "x:y"), {}, impl=Lists())
    config = storage or StorageConfig(backends={"kv": KvMemory()})
    async with (
        open_kv(config, MetadataStore(backend="kv")) as kv,
        ModelTable([provider], kv, declared=[], refresh_seconds=3600) as models,
    ):
        await models.list_models()
        yield models


def request(name: str, model: str = "big") -> RegisterModel:
    return RegisterModel(model_id=name, provider_id="far", provider_model_id=model)


async def names(models: ModelTable) -> set[str]:
    return {model.identifier for model in (await models.list_models()).data}


async def test_what_a_user_registered_is_there_for_that_user_alone() -> None:
    async with table() as models:
        with acting("acme", "ann"):
            await models.register_model(request("hers"))
            assert (await models.find("hers"))[1].provider_resource_id == "big"
            assert (await models.get_model("hers")).metadata == {"context_length": 8}
            assert "hers" in await names(models)
        for stranger in STRANGERS:
            with acting(*stranger):
                assert "hers" not in await names(models)
                with pytest.raises(ModelNotFoundError, match=r"^model 'hers' not found; did you mean '(?!hers)"):
                    await models.get_model("hers")
                with pytest.raises(ModelNotFoundError):
                    await models.unregister_model("hers")
                with pytest.raises(ConflictError, match=r"'hers' cannot be registered: the name is taken$"):
                    await models.register_model(request("hers"))
        with acting("acme", "ann"):
            await models.unregister_model("hers")
            assert "hers" not in await names(models)


async def test_a_name_that_a_user_took_stays_to_others_what_it_was() -> None:
    async with table() as models:
        with acting("acme", "ann"):
            await models.register_model(request("small", "big"))
            assert (await models.find("small"))[1].provider_resource_id == "big"
        with acting("acme", "bob"):
            assert (await models.find("small"))[1].provider_resource_id == "small"
            assert "small" in await names(models) or "far/small" in await names(models)


async def test_what_nobody_in_particular_registered_is_everybodys() -> None:
    async with table() as models:
        await models.register_model(request("ours"))
        for user in STRANGERS:
            with acting(*user):
                assert (await models.get_model("ours")).identifier == "ours"
                assert (await models.register_model(request("ours"))).identifier == "ours"


async def test_a_tenants_own_is_its_members() -> None:
    async with table() as models:
        with acting("acme", ""):
            await models.register_model(request("theirs"))
        with acting("acme", "bob"):
            assert (await models.get_model("theirs")).identifier == "theirs"
        with acting("other", "bob"), pytest.raises(ModelNotFoundError):
            await models.get_model("theirs")


async def test_whose_it_is_outlives_a_restart_and_is_not_told() -> None:
    storage = StorageConfig(backends={"kv": KvMemory()})
    async with table(storage) as models:
        with acting("acme", "ann"):
            told = await models.register_model(request("hers"))
    assert "acme" not in told.model_dump_json()
    async with table(storage) as models:
        with acting("acme", "ann"):
            assert (await models.get_model("hers")).whose == ("acme", "ann")
        with acting("acme", "bob"), pytest.raises(ModelNotFoundError):
            await models.get_model("hers")
