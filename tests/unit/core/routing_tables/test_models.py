"""Which model a name means, who serves it, and what outlives a restart."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from llama_stack.apis.errors import BadRequestError, ConflictError, ModelNotFoundError, NotFoundError, StackError
from llama_stack.apis.models import Model, ModelType, RegisterModel
from llama_stack.core.resolver import Provider
from llama_stack.core.routing_tables import models as module
from llama_stack.core.routing_tables.models import ModelTable
from llama_stack.core.storage.config import KvMemory, KvSqlite, MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import KVStore, open_kv
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio


class Lists:
    """A provider that lists some models; `answers` may be changed, be an error, or take its time."""

    def __init__(self, *names: str, model_type: ModelType = "llm") -> None:
        self.answers: list[str] | Exception | Callable[[], Awaitable[list[str]]] = list(names)
        self.model_type = model_type
        self.asked = 0

    async def list_models(self) -> list[Model]:
        self.asked += 1
        answers = self.answers
        if isinstance(answers, Exception):
            raise answers
        names = answers if isinstance(answers, list) else await answers()
        return [
            Model(identifier=n, provider_id="", provider_resource_id=n, source="listed", model_type=self.model_type)
            for n in names
        ]


class Silent:
    """A provider that lists nothing."""


async def never() -> list[str]:
    await asyncio.sleep(3600)
    return []


def provider(provider_id: str, impl: Any, kind: str = "remote::thing") -> Provider:
    """A provider whose listed models say whose they are, as real ones do."""
    if isinstance(impl, Lists):
        listing = impl.list_models

        async def list_models() -> list[Model]:
            return [model.model_copy(update={"provider_id": provider_id}) for model in await listing()]

        impl.list_models = list_models  # type: ignore[method-assign]
    return Provider("inference", provider_id, ProviderSpec("inference", kind, "x:y"), {}, impl=impl)


def sqlite(folder: Path) -> StorageConfig:
    return StorageConfig(backends={"kv": KvSqlite(db_path=folder / "kv.db")})


@asynccontextmanager
async def table(
    *providers: Provider,
    declared: list[dict[str, Any]] | None = None,
    storage: StorageConfig | None = None,
    refresh_seconds: float = 3600,
) -> AsyncIterator[ModelTable]:
    wanted = [RegisterModel.model_validate(row) for row in declared or []]
    config = storage or StorageConfig(backends={"kv": KvMemory()})
    async with (
        open_kv(config, MetadataStore(backend="kv")) as store,
        ModelTable(providers, store, declared=wanted, refresh_seconds=refresh_seconds) as opened,
    ):
        yield opened


def register(**fields: Any) -> RegisterModel:
    return RegisterModel.model_validate(fields)


async def ids(of: ModelTable) -> list[str]:
    return [model.id for model in (await of.list_models()).data]


async def whose(of: ModelTable, name: str) -> str:
    """Provider and name there, of the model that a name means."""
    found, model = await of.find(name)
    return f"{found.provider_id}:{model.provider_resource_id}"


# ---- names


async def test_a_listed_model_goes_by_its_prefixed_and_its_bare_name() -> None:
    async with table(provider("a", Lists("m", "org/n"))) as models:
        assert await ids(models) == ["a/m", "a/org/n"]
        for name, found in {"a/m": "a:m", "m": "a:m", "a/org/n": "a:org/n", "org/n": "a:org/n"}.items():
            assert await whose(models, name) == found


async def test_of_two_providers_the_first_in_the_config_has_the_bare_name() -> None:
    slow = Lists("m")

    async def later() -> list[str]:
        await asyncio.sleep(0.05)
        return ["m"]

    slow.answers = later
    async with table(provider("first", slow), provider("second", Lists("m"))) as models:
        assert await ids(models) == ["first/m", "second/m"]
        assert await whose(models, "m") == "first:m"
        assert await whose(models, "second/m") == "second:m"


async def test_a_name_that_was_chosen_comes_before_one_that_is_listed() -> None:
    declared = [{"model_id": "m", "provider_id": "b", "provider_model_id": "chosen"}]
    async with table(provider("a", Lists("m", "n")), provider("b", Lists("chosen")), declared=declared) as models:
        await models.register_model(register(model_id="n", provider_id="b", provider_model_id="chosen"))
        assert await whose(models, "m") == await whose(models, "n") == "b:chosen"
        assert await whose(models, "a/m") == "a:m"
        assert await ids(models) == ["m", "n", "a/m", "a/n", "b/chosen"]


async def test_a_chosen_name_may_even_look_like_a_providers() -> None:
    async with table(provider("a", Lists("m")), provider("b", Lists("x"))) as models:
        await models.register_model(register(model_id="a/m", provider_id="b", provider_model_id="x"))
        assert await whose(models, "a/m") == "b:x"


async def test_a_remote_provider_is_asked_for_names_it_does_not_list_an_inline_one_is_not() -> None:
    async with table(provider("far", Lists("m")), provider("near", Lists("m"), "inline::thing")) as models:
        assert await whose(models, "far/not/listed") == "far:not/listed"
        assert (await models.get_model("far/not/listed")).id == "far/not/listed"
        for name in ("near/not-listed", "far/", "far", "nobody/m"):
            with pytest.raises(ModelNotFoundError):
                await models.find(name)


async def test_names_that_callers_make_up_are_not_listed_and_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_UNLISTED_KEPT", 10)
    async with table(provider("far", Lists("m"))) as models:
        for number in range(100):
            assert await whose(models, f"far/{number}") == f"far:{number}"
        assert await ids(models) == ["far/m"]
        assert len(models._unlisted) <= 10


async def test_an_unknown_name_is_told_with_its_neighbours() -> None:
    async with table(provider("a", Lists("llama-3.1-8b", "qwen")), declared=[]) as models:
        with pytest.raises(
            ModelNotFoundError, match=r"model 'lama-3.1-8b' not found; did you mean 'llama-3.1-8b'"
        ) as e:
            await models.find("lama-3.1-8b")
        assert (e.value.status, e.value.code, e.value.param) == (404, "model_not_found", "model")


@pytest.mark.parametrize(("asked", "told_once"), [("qwn", "qwen"), ("b/qwen", "a/qwen"), ("zzz", "a/qwen")])
async def test_a_neighbour_with_two_names_is_told_once(asked: str, told_once: str) -> None:
    async with table(provider("a", Lists("qwen")), declared=[]) as models:
        with pytest.raises(ModelNotFoundError, match=f"model '{asked}' not found; did you mean '{told_once}'[?]$"):
            await models.find(asked)


# ---- registering


async def test_a_registered_model_is_there_at_once_and_after_a_restart(tmp_path: Path) -> None:
    wanted = register(
        model_id="mine", provider_id="a", provider_model_id="m", model_type="embedding", metadata={"dimension": 3}
    )
    async with table(provider("a", Lists("m")), storage=sqlite(tmp_path)) as models:
        made = await models.register_model(wanted)
        assert (made.id, made.provider_id, made.provider_resource_id, made.source) == ("mine", "a", "m", "registered")
    async with table(provider("a", Lists()), storage=sqlite(tmp_path)) as models:
        assert await models.get_model("mine") == made
        assert (await models.unregister_model("mine")).model_dump() == {
            "id": "mine",
            "object": "model",
            "deleted": True,
        }
    async with table(provider("a", Lists()), storage=sqlite(tmp_path)) as models:
        assert await ids(models) == []


async def test_another_process_sees_what_was_registered_and_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llama_stack.core.routing_tables.common._FRESH_SECONDS", 0.02)
    storage = sqlite(tmp_path)
    here, there = (table(provider("a", Silent()), storage=storage) for _ in range(2))
    async with here as one, there as other:
        await one.register_model(register(model_id="mine", provider_id="a", provider_model_id="m"))
        assert await whose(other, "mine") == "a:m"
        await one.unregister_model("mine")
        assert await ids(other) == []
        await one.register_model(register(model_id="mine", provider_id="a", provider_model_id="m2"))
        await whose(other, "mine")
        await one.unregister_model("mine")
        await one.register_model(register(model_id="mine", provider_id="a", provider_model_id="m3"))
        await asyncio.sleep(0.05)
        await whose(other, "mine")  # a lookup that succeeds may be stale for a moment, and looks
        await asyncio.sleep(0.05)
        assert await whose(other, "mine") == "a:m3"


async def test_the_same_again_is_no_mistake_other_content_is(tmp_path: Path) -> None:
    storage = sqlite(tmp_path)
    async with table(provider("a", Silent()), provider("b", Silent()), storage=storage) as one:
        first = await one.register_model(register(model_id="mine", provider_id="a"))
        async with table(provider("a", Silent()), provider("b", Silent()), storage=storage) as other:
            assert await other.register_model(register(model_id="mine", provider_id="a")) == first
            for fields in ({"provider_id": "b"}, {"provider_id": "a", "metadata": {"x": 1}}):
                with pytest.raises(ConflictError, match=r"model 'mine' exists already \(a/mine\); unregister it first"):
                    await other.register_model(register(model_id="mine", **fields))
            assert await whose(other, "mine") == "a:mine"


async def test_of_two_who_register_at_once_one_wins_and_both_know(tmp_path: Path) -> None:
    storage = sqlite(tmp_path)
    here, there = (table(provider("a", Silent()), storage=storage) for _ in range(2))
    async with here as one, there as other:
        for round_ in range(10):
            wishes = [(one, "x"), (other, "y"), (one, "z"), (other, "x")]
            results = await asyncio.gather(
                *(
                    t.register_model(register(model_id=f"m{round_}", provider_id="a", provider_model_id=name))
                    for t, name in wishes
                ),
                return_exceptions=True,
            )
            won = {result.provider_resource_id for result in results if isinstance(result, Model)}
            assert len(won) == 1
            assert all(isinstance(result, Model | ConflictError) for result in results)
            assert {await whose(one, f"m{round_}"), await whose(other, f"m{round_}")} == {f"a:{won.pop()}"}


async def test_a_row_whose_writer_died_before_telling_is_in_the_way_of_another_content(tmp_path: Path) -> None:
    storage = sqlite(tmp_path)
    async with table(provider("a", Silent()), storage=storage) as models:
        row = Model(identifier="mine", provider_id="a", provider_resource_id="theirs")
        await models.store.set("registry:v1:model:mine", row.model_dump_json().encode())
        with pytest.raises(ConflictError, match="a/theirs"):
            await models.register_model(register(model_id="mine", provider_id="a"))
        assert await whose(models, "mine") == "a:theirs"


async def test_a_declared_name_cannot_be_registered_otherwise_nor_unregistered() -> None:
    declared = [{"model_id": "mine", "provider_id": "a"}]
    async with table(provider("a", Silent()), declared=declared) as models:
        same = await models.register_model(register(model_id="mine", provider_id="a"))
        assert same.source == "config"
        with pytest.raises(ConflictError, match="exists already"):
            await models.register_model(register(model_id="mine", provider_id="a", provider_model_id="other"))
        with pytest.raises(ConflictError, match="declared in the run config; remove it there"):
            await models.unregister_model("mine")


async def test_what_the_config_declares_comes_before_what_was_registered_earlier(tmp_path: Path) -> None:
    storage = sqlite(tmp_path)
    async with table(provider("a", Silent()), storage=storage) as models:
        await models.register_model(register(model_id="mine", provider_id="a", provider_model_id="old"))
    declared = [{"model_id": "mine", "provider_id": "a", "provider_model_id": "new"}]
    async with table(provider("a", Silent()), storage=storage, declared=declared) as models:
        assert await whose(models, "mine") == "a:new"
    async with table(provider("a", Silent()), storage=storage) as models:
        assert await whose(models, "mine") == "a:old"


async def test_a_model_of_a_provider_that_left_the_config_waits_for_it_and_can_be_unregistered(tmp_path: Path) -> None:
    storage = sqlite(tmp_path)
    async with table(provider("gone", Silent()), storage=storage) as models:
        await models.register_model(register(model_id="one", provider_id="gone"))
        await models.register_model(register(model_id="two", provider_id="gone"))
    async with table(provider("a", Silent()), storage=storage) as models:
        assert await ids(models) == []
        await models.unregister_model("one")
    async with table(provider("gone", Silent()), storage=storage) as models:
        assert await ids(models) == ["two"]


async def test_what_cannot_be_unregistered_is_told() -> None:
    async with table(provider("a", Lists("m"))) as models:
        await models.list_models()
        with pytest.raises(ConflictError, match="listed by its provider; only registered models can go"):
            await models.unregister_model("a/m")
        with pytest.raises(ModelNotFoundError):
            await models.unregister_model("nothing")
        with pytest.raises(NotFoundError, match="provider 'b' not found; configured: a"):
            await models.register_model(register(model_id="x", provider_id="b"))


async def test_a_providers_hooks_have_a_say() -> None:
    class Hooks:
        seen: list[str] = []  # noqa: RUF012

        async def register_model(self, model: Model) -> Model:
            if model.id == "no":
                raise BadRequestError("not that one")
            return model.model_copy(update={"metadata": {"dimension": 7}})

        async def unregister_model(self, model: Model) -> None:
            self.seen.append(model.id)

    async with table(provider("a", Hooks())) as models:
        assert (await models.register_model(register(model_id="m", provider_id="a"))).metadata == {"dimension": 7}
        with pytest.raises(BadRequestError, match="not that one"):
            await models.register_model(register(model_id="no", provider_id="a"))
        await models.unregister_model("m")
        assert Hooks.seen == ["m"]
        assert await ids(models) == []


# ---- whose a name is, when nobody says


async def test_the_prefix_the_list_or_the_only_provider_says_whose_a_name_is() -> None:
    async with table(provider("a", Lists("m")), provider("b", Lists("n"))) as models:
        for asked, found in {"n": "b:n", "b/other": "b:other", "a/m": "a:m"}.items():
            name = f"my {asked}"
            await models.register_model(register(model_id=name, provider_model_id=asked))
            assert await whose(models, name) == found
        with pytest.raises(BadRequestError, match=r"no provider lists 'nobody': say which one .* \(a, b\)"):
            await models.register_model(register(model_id="nobody"))
    async with table(provider("only", Silent())) as models:
        await models.register_model(register(model_id="any"))
        assert await whose(models, "any") == "only:any"


async def test_a_file_belongs_to_the_provider_that_reads_files() -> None:
    async with table(provider("a", Lists()), provider("local", Silent(), "inline::llama-cpp")) as models:
        for name in ("hf:org/repo", "/models/tiny.gguf"):
            assert (await models.register_model(register(model_id=name))).provider_id == "local"


async def test_registering_waits_for_a_list_that_is_on_its_way() -> None:
    late = Lists()

    async def later() -> list[str]:
        await asyncio.sleep(0.05)
        return ["m"]

    late.answers = later
    async with table(provider("a", late), provider("b", Lists("n"))) as models:
        assert (await models.register_model(register(model_id="mine", provider_model_id="m"))).provider_id == "a"


async def test_a_declared_model_that_only_a_later_list_can_place_is_placed_then() -> None:
    late = Lists()
    declared = [{"model_id": "chat", "provider_model_id": "m"}]
    providers = provider("a", late), provider("b", Lists("n"))
    async with table(*providers, declared=declared, refresh_seconds=0.02) as models:
        assert await ids(models) == ["b/n"]
        with pytest.raises(ModelNotFoundError, match="in the config without a provider_id, and no provider lists it"):
            await models.find("chat")
        late.answers = ["m"]
        await soon(lambda: "chat" in models._index)
        assert await whose(models, "chat") == "a:m"
        assert (await models.get_model("chat")).source == "config"


# ---- lists that come, change, fail


async def soon(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def test_a_list_that_changes_is_swapped_in_whole() -> None:
    changing = Lists("a", "b", "c")
    async with table(provider("p", changing), refresh_seconds=0.005) as models:
        assert await ids(models) == ["p/a", "p/b", "p/c"]
        changing.answers = ["c", "d"]
        before = changing.asked
        while changing.asked < before + 3:
            assert await whose(models, "c") == "p:c"
            assert await ids(models) in (["p/a", "p/b", "p/c"], ["p/c", "p/d"])
            await asyncio.sleep(0)
        assert await ids(models) == ["p/c", "p/d"]


async def test_what_a_provider_listed_stays_while_it_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    failing = Lists("m")
    async with table(provider("p", failing), refresh_seconds=0.01) as models:
        assert await ids(models) == ["p/m"]
        failing.answers = StackError("gone for lunch")
        before = failing.asked
        await soon(lambda: failing.asked > before + 2)
        assert await whose(models, "m") == "p:m"
        failing.answers = ["n"]
        await soon(lambda: "n" in models._index)


async def test_a_provider_that_breaks_is_logged_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    broken = Lists()
    broken.answers = ZeroDivisionError("oops")
    async with table(provider("p", broken), provider("q", Lists("n"))) as models:
        assert await ids(models) == ["q/n"]
        broken.answers = ["m"]
        await soon(lambda: "m" in models._index)
    assert "listing the models of p failed" in caplog.text


async def test_a_provider_that_never_answers_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LISTING_WAITS_SECONDS", 0.05)
    monkeypatch.setattr(module, "_NAME_WAITS_SECONDS", 0.1)
    stuck = Lists()
    stuck.answers = never
    begun = time.monotonic()
    async with table(provider("stuck", stuck), provider("q", Lists("n"))) as models:
        assert await whose(models, "n") == "q:n"
        assert await whose(models, "stuck/any") == "stuck:any"
        assert await ids(models) == ["q/n"]
        with pytest.raises(ModelNotFoundError):
            await models.find("unknown")
    assert time.monotonic() - begun < 1


async def test_a_list_that_takes_too_long_is_given_up_and_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIST_TIMEOUT_SECONDS", 0.02)
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    stuck = Lists()
    stuck.answers = never
    async with table(provider("p", stuck)) as models:
        await soon(lambda: stuck.asked > 2)
        stuck.answers = ["m"]
        await soon(lambda: "m" in models._index)


async def test_closing_the_table_ends_its_work() -> None:
    stuck = Lists()
    stuck.answers = never
    before = asyncio.all_tasks()
    async with table(provider("p", stuck), provider("q", Lists("n"))):
        await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == before


# ---- a store that fails


class Failing(KVStore):
    """A store that can be made to fail."""

    fails = False

    def __init__(self, store: KVStore) -> None:
        self.store = store

    @override
    async def get(self, key: str) -> bytes | None:
        if self.fails:
            raise StackError("the disk is gone")
        return await self.store.get(key)

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        return await self.store.scan(prefix, after=after, limit=limit)


async def test_known_names_are_found_while_the_store_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("llama_stack.core.routing_tables.common._FRESH_SECONDS", 0.0)
    async with open_kv(StorageConfig(backends={"kv": KvMemory()}), MetadataStore(backend="kv")) as kv:
        store = Failing(kv)
        async with ModelTable([provider("a", Lists("m"))], store, declared=[], refresh_seconds=3600) as models:
            await models.list_models()
            store.fails = True
            with caplog.at_level(logging.ERROR):
                for _ in range(3):
                    assert await whose(models, "m") == "a:m"
                    await asyncio.sleep(0.01)
            assert "the disk is gone" in caplog.text
            with pytest.raises(StackError, match="the disk is gone"):
                await models.find("unknown")
