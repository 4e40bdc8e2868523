"""Who serves which resource of one kind: those declared in the config, and those registered since."""

import asyncio
import difflib
import logging
import time
import uuid
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Generic, Self, TypeVar

import msgspec

from ...apis.errors import ConflictError, NotFoundError, StackError
from ...apis.resource import Resource
from ..resolver import Provider
from ..storage.kvstore import KVStore
from ..storage.ownership import owner, sees

__all__ = ("Place", "RoutingTable")

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Resource)
Place = tuple[Provider, R]

_FRESH_SECONDS = 1.0  # how long another process's registrations may go unnoticed by a lookup that succeeds
_HINTS = 5  # resources named to who asked for one that is not there


class RoutingTable(Generic[R]):
    """The resources of one kind, by the name callers use.

    Declared ones come from the config at every start. Registered ones live in the key-value store: they
    survive restarts and are seen by every process that shares it. A lookup that fails has looked there first.

    A name is one resource's in the whole stack. What a known user registered is there for those alone whom
    `ownership` lets see it, and hides nothing from others; what nobody in particular registered is everybody's.
    """

    not_found: type[NotFoundError] = NotFoundError

    def __init__(self, resource: type[R], providers: Iterable[Provider], store: KVStore) -> None:
        self.resource = resource
        self.providers: Mapping[str, Provider] = {provider.provider_id: provider for provider in providers}
        self.store = store
        self._declared: dict[str, R] = {}
        self._registered: dict[str, R] = {}
        self._index: dict[str, Place[R]] = {}
        self._owned: dict[str, Place[R]] = {}  # what not everybody sees
        self._version: bytes | None = None
        self._checked = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._read_through()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- finding

    async def find(self, identifier: str) -> Place[R]:
        """The provider that serves a resource, and the resource."""
        if time.monotonic() - self._checked > _FRESH_SECONDS:
            self._checked = time.monotonic()
            self._spawn(self._read_through())
        if place := self._own(identifier) or self._lookup(identifier):
            return place
        await self._read_through()
        if place := self._own(identifier) or self._lookup(identifier) or await self._last_resort(identifier):
            return place
        raise self._unknown(identifier)

    async def all(self) -> list[R]:
        """Every resource, those of the config first."""
        await self._read_through()
        found = {resource.identifier: resource for _, resource in self._index.values()}
        own = {resource.identifier: resource for _, resource in self._owned.values() if sees(*resource.whose)}
        return list((found | own).values())

    async def get(self, identifier: str) -> R:
        _, resource = await self.find(identifier)
        return resource

    def _own(self, identifier: str) -> Place[R] | None:
        """What not everybody sees, where the caller does."""
        place = self._owned.get(identifier) if self._owned else None
        return place if place and sees(*place[1].whose) else None

    def _lookup(self, identifier: str) -> Place[R] | None:
        return self._index.get(identifier)

    async def _last_resort(self, identifier: str) -> Place[R] | None:
        """What a kind can still try before a name is unknown."""
        return None

    def _unknown(self, identifier: str) -> NotFoundError:
        kind, known = self.resource.kind, sorted(self._index)
        near: dict[str, str] = {}  # of the names of each resource the one that is nearest
        for name in difflib.get_close_matches(identifier, known, n=2 * _HINTS, cutoff=0.4) or known:
            near.setdefault(self._index[name][1].identifier, name)
        names = " or ".join(map(repr, list(near.values())[:_HINTS]))
        hint = f"did you mean {names}?" if names else f"there are no {self.resource.plural} yet"
        return self.not_found(f"{kind} {identifier!r} not found; {hint}", param=kind)

    # ---- changing

    def declare(self, resources: Iterable[R]) -> None:
        """Set what the config says."""
        self._declared = {resource.identifier: resource for resource in resources}
        self._reindex()

    async def register(self, resource: R) -> R:
        """Keep a resource. The same again is no mistake; the same name with other content is."""
        provider = self.provider(resource.provider_id)
        if hook := provider.method(f"register_{self.resource.kind}"):
            resource = await hook(resource)
        await self._read_through()
        present = self._declared.get(resource.identifier) or self._registered.get(resource.identifier)
        if present is None:
            present = await self._keep(resource.of(*owner()))
        if not _visible(present):
            raise ConflictError(f"{resource.kind} {resource.identifier!r} cannot be registered: the name is taken")
        if not _same(present, resource):
            raise ConflictError(
                f"{resource.kind} {resource.identifier!r} exists already ({_described(present)}); unregister it first"
            )
        return present

    async def _keep(self, resource: R) -> R:
        """Store a resource; if another process was faster, its own is returned."""
        key, row = self._key(resource.identifier), _row(resource)
        kept = row
        while not await self.store.replace(key, row, expected=None):
            if there := await self.store.get(key):
                kept = there
                break
        await self._changed()
        return self._read(kept)

    def _read(self, row: bytes) -> R:
        whose = msgspec.json.decode(row, type=_Whose)
        return self.resource.model_validate_json(row).of(whose.tenant, whose.owner)

    async def unregister(self, identifier: str) -> R:
        """Forget a registered resource."""
        await self._read_through()
        if identifier in self._declared:
            raise ConflictError(f"{self.resource.kind} {identifier!r} is declared in the run config; remove it there")
        present = self._registered.get(identifier)
        if present is None or not _visible(present):
            raise self._unregistrable(identifier)
        provider = self.providers.get(present.provider_id)  # it may have left the config since
        if provider and (hook := provider.method(f"unregister_{self.resource.kind}")):
            await hook(present)
        await self.store.delete(self._key(identifier))
        await self._changed()
        return present

    def _unregistrable(self, identifier: str) -> StackError:
        return self._unknown(identifier)

    def provider(self, provider_id: str) -> Provider:
        try:
            return self.providers[provider_id]
        except KeyError:
            configured = ", ".join(self.providers) or "none"
            raise NotFoundError(
                f"provider {provider_id!r} not found; configured: {configured}", param="provider_id"
            ) from None

    # ---- the store

    def _key(self, identifier: str) -> str:
        return f"{self._prefix}{identifier}"

    @property
    def _prefix(self) -> str:
        return f"registry:v1:{self.resource.kind}:"

    @property
    def _version_key(self) -> str:
        return f"registry:v1:version:{self.resource.kind}"

    async def _read_through(self) -> None:
        """Read the registered resources again if anybody has changed them."""
        version = await self.store.get(self._version_key)
        if version == self._version:
            return
        rows = await self.store.scan(self._prefix)
        self._registered = {(r := self._read(value)).identifier: r for _, value in rows}
        self._version = version
        self._reindex()

    async def _changed(self) -> None:
        await self.store.set(self._version_key, uuid.uuid4().bytes)
        await self._read_through()

    def _reindex(self) -> None:
        """Put the index together anew and swap it in whole: no lookup ever finds it half made."""
        index: dict[str, Place[R]] = {}
        owned: dict[str, Place[R]] = {}
        for resource in (*self._declared.values(), *self._registered.values(), *self._others()):
            if resource.provider_id in self.providers:
                places = owned if any(resource.whose) else index
                places.setdefault(resource.identifier, (self.providers[resource.provider_id], resource))
        self._index, self._owned = index, owned

    def _others(self) -> Iterable[R]:
        """Resources that a kind knows from elsewhere; names of the config and of callers come before them."""
        return ()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("in the background of the %s: %s", self.resource.plural, error)


class _Whose(msgspec.Struct):
    """What a row says beside its resource. Rows that nobody in particular made say nothing."""

    tenant: str = ""
    owner: str = ""


def _row(resource: Resource) -> bytes:
    tenant, user = resource.whose
    whose = {name: value for name, value in (("tenant", tenant), ("owner", user)) if value}
    return msgspec.json.encode(resource.model_dump(mode="json") | whose)


def _visible(resource: Resource) -> bool:
    return not any(resource.whose) or sees(*resource.whose)


def _same(one: Resource, other: Resource) -> bool:
    left, right = (r.model_dump(exclude={"source", "created"}) for r in (one, other))
    return left == right


def _described(resource: Resource) -> str:
    return f"{resource.provider_id}/{resource.provider_resource_id}"
