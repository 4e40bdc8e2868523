"""The models: those of the config, those registered, and those that the providers list themselves."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from typing_extensions import override

from ...apis.common import Deleted
from ...apis.errors import BadRequestError, ConflictError, ModelNotFoundError, NotFoundError, StackError
from ...apis.models import Model, ModelList, RegisterModel
from ..resolver import Provider
from ..storage.kvstore import KVStore
from .common import Place, RoutingTable

__all__ = ("ModelTable",)

log = logging.getLogger(__name__)

_RETRY_SECONDS = 20.0  # until a provider that could not be asked is asked again
_NAME_WAITS_SECONDS = 5.0  # how long an unknown name waits for lists that are still on their way
_LISTING_WAITS_SECONDS = 1.0  # and how long a listing does
_LIST_TIMEOUT_SECONDS = 30.0
_UNLISTED_KEPT = 1000  # names that callers made up, remembered so that the next call is as fast as any


class ModelTable(RoutingTable[Model]):
    """Implements the Models API.

    A listed model goes by `provider_id/name`, and by its bare name where no other model has taken it (of two
    providers, the first in the config has it). A remote provider is also asked for `provider_id/anything`.
    """

    not_found = ModelNotFoundError

    def __init__(
        self, providers: Iterable[Provider], store: KVStore, *, declared: list[RegisterModel], refresh_seconds: float
    ) -> None:
        super().__init__(Model, providers, store)
        self.refresh_seconds = refresh_seconds
        self._wanted = declared
        self._listed: dict[str, list[Model]] = {}
        self._unlisted: dict[str, Place[Model]] = {}
        self._first_lists: list[asyncio.Future[None]] = []

    @override
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._place_declared()
        for provider in self.providers.values():
            if _lists(provider):
                first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._first_lists.append(first)
                self._spawn(self._keep_listing(provider, first))
        return self

    # ---- the Models API

    async def list_models(self) -> ModelList:
        await self._first_look(_LISTING_WAITS_SECONDS)
        return ModelList(data=await self.all())

    async def get_model(self, model_id: str) -> Model:
        return await self.get(model_id)

    async def register_model(self, request: RegisterModel) -> Model:
        await self._first_look(_NAME_WAITS_SECONDS, lambda: self._place(request) is not None)
        model = self._place(request)
        if model is None:
            known = ", ".join(self.providers)
            message = f"no provider lists {request.model_id!r}: say which one serves it in provider_id ({known})"
            raise BadRequestError(message, param="provider_id")
        return await self.register(model)

    async def unregister_model(self, model_id: str) -> Deleted:
        await self.unregister(model_id)
        return Deleted(id=model_id, object="model")

    @override
    def _unregistrable(self, identifier: str) -> StackError:
        if identifier in self._index:
            return ConflictError(f"model {identifier!r} is listed by its provider; only registered models can go")
        return super()._unregistrable(identifier)

    # ---- finding

    @override
    def _lookup(self, identifier: str) -> Place[Model] | None:
        return self._index.get(identifier) or self._by_provider(identifier)

    def _by_provider(self, identifier: str) -> Place[Model] | None:
        """`provider_id/name` for a remote provider, whether it lists that name or not."""
        if place := self._unlisted.get(identifier):
            return place
        provider_id, _, name = identifier.partition("/")
        provider = self.providers.get(provider_id)
        if not name or provider is None or not provider.spec.provider_type.startswith("remote::"):
            return None
        if len(self._unlisted) >= _UNLISTED_KEPT:
            self._unlisted.clear()
        place = self._unlisted[identifier] = provider, _model(identifier, provider_id, name)
        return place

    @override
    async def _last_resort(self, identifier: str) -> Place[Model] | None:
        """A name may be in a list that is still on its way, just after the start."""
        await self._first_look(_NAME_WAITS_SECONDS, lambda: self._lookup(identifier) is not None)
        return self._lookup(identifier)

    @override
    def _unknown(self, identifier: str) -> NotFoundError:
        if any(identifier == request.model_id for request in self._wanted):
            message = f"model {identifier!r} is in the config without a provider_id, and no provider lists it"
            return ModelNotFoundError(f"{message}; GET /v1/providers says how they are", param="model")
        return super()._unknown(identifier)

    async def _first_look(self, seconds: float, is_enough: Callable[[], bool] = lambda: False) -> None:
        """Wait until every provider has been asked for its models once, or it is enough; but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (pending := [first for first in self._first_lists if not first.done()]) and not is_enough():
                    await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)

    @override
    def _others(self) -> Iterable[Model]:
        for provider_id, models in self._listed.items():
            for model in models:
                yield model.model_copy(update={"identifier": f"{provider_id}/{model.provider_resource_id}"})

    @override
    def _reindex(self) -> None:
        super()._reindex()
        listed = {(m.provider_id, m.provider_resource_id): m for models in self._listed.values() for m in models}
        for place in list(self._index.values()):
            if place[1].source == "listed":  # it has a bare name too, if nobody took that
                self._index.setdefault(place[1].provider_resource_id, place)
        for places in (self._index, self._owned):
            for name, (provider, model) in places.items():
                same = listed.get((model.provider_id, model.provider_resource_id))
                if same and model.source != "listed":
                    facts = same.metadata | model.metadata  # what was registered is the last word
                    places[name] = provider, model.model_copy(update={"metadata": facts})

    # ---- placing

    def _place(self, request: RegisterModel) -> Model | None:
        """The model a registration means; None when it does not say whose it is and nobody lists it."""
        name = request.provider_model_id or request.model_id
        provider_id, provider_name = request.provider_id, name
        if provider_id is None:
            provider_id, provider_name = self._guess(name)
        if provider_id is None:
            return None
        self.provider(provider_id)
        listed = next((m for m in self._listed.get(provider_id, ()) if m.provider_resource_id == provider_name), None)
        return Model(
            identifier=request.model_id,
            provider_id=provider_id,
            provider_resource_id=provider_name,
            model_type=request.model_type or (listed.model_type if listed else "llm"),
            metadata=request.metadata,
        )

    def _guess(self, name: str) -> tuple[str | None, str]:
        """Whose a name is: its prefix says so, or its form, or a list; or there is one provider only."""
        prefix, _, rest = name.partition("/")
        if rest and prefix in self.providers:
            return prefix, rest
        if name.startswith("hf:") or name.endswith(".gguf"):
            local = [p.provider_id for p in self.providers.values() if p.spec.provider_type == "inline::llama-cpp"]
            return (local[0] if local else None), name
        if place := self._index.get(name):
            return place[1].provider_id, place[1].provider_resource_id
        return (next(iter(self.providers)) if len(self.providers) == 1 else None), name

    def _place_declared(self) -> None:
        """Declare what the config asks for; a name that no list has yet is tried again after the next list."""
        placed = [(request, self._place(request)) for request in self._wanted]
        self.declare(model.model_copy(update={"source": "config"}) for _, model in placed if model)

    # ---- listing

    async def _keep_listing(self, provider: Provider, first: "asyncio.Future[None]") -> None:
        """Ask a provider for its models, again and again. It delays nobody, and nothing vanishes meanwhile."""
        while True:
            listed = await self._list(provider)
            if listed is not None:
                self._listed = {**self._listed, provider.provider_id: listed}
                self._listed = {p: self._listed[p] for p in self.providers if p in self._listed}  # config's order
                self._place_declared()
            if not first.done():
                first.set_result(None)
            await asyncio.sleep(self.refresh_seconds if listed is not None else _RETRY_SECONDS)

    async def _list(self, provider: Provider) -> list[Model] | None:
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_SECONDS):
                models: list[Model] = await provider.impl.list_models()
                return [_completed(model) for model in models]
        except (StackError, TimeoutError) as error:
            log.debug("models of %s not listed: %s", provider.provider_id, error)
        except Exception:  # a provider's mistake must not end the listing of the others, nor its own next try
            log.exception("listing the models of %s failed", provider.provider_id)
        return None


def _lists(provider: Provider) -> bool:
    """Whether a provider has a list of models, and its config lets it be asked for."""
    config = getattr(provider.impl, "config", None)
    return provider.method("list_models") is not None and getattr(config, "refresh_models", True)


def _completed(model: Model) -> Model:
    """The model with what the catalogue knows and its provider did not tell."""
    from ...models import known_facts  # nothing of the catalogue loads before the first list is there

    facts = known_facts(model.provider_resource_id)
    if facts.keys() <= model.metadata.keys():
        return model
    return model.model_copy(update={"metadata": facts | model.metadata})


def _model(identifier: str, provider_id: str, name: str) -> Model:
    return Model.model_construct(
        identifier=identifier, provider_id=provider_id, provider_resource_id=name, source="listed"
    )
